//! Reading forms as a server would, and answering them.

use wiremock::matchers::any;

use crate::support::assert_usual_headers;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// One part of a form: name, file name and media type if it is a file, content.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file: Option<(String, String)>,
    pub(crate) content: String,
}

pub(crate) fn text(name: &str, content: &str) -> Part {
    Part {
        name: name.to_owned(),
        file: None,
        content: content.to_owned(),
    }
}

pub(crate) fn file(name: &str, file_name: &str, media_type: &str, content: &str) -> Part {
    Part {
        name: name.to_owned(),
        file: Some((file_name.to_owned(), media_type.to_owned())),
        content: content.to_owned(),
    }
}

/// The parts of a form whose contents are text.
pub(crate) fn parts(request: &Request) -> Vec<Part> {
    let kind = request.headers["content-type"].to_str().unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = std::str::from_utf8(&request.body).unwrap();
    let body = body.strip_suffix(&format!("--{boundary}--\r\n")).unwrap();
    body.split(&format!("--{boundary}\r\n"))
        .skip(1)
        .map(|part| {
            let (head, content) = part.split_once("\r\n\r\n").unwrap();
            let quoted = |key: &str| {
                let (_, rest) = head.split_once(&format!(" {key}=\""))?;
                Some(rest.split_once('"')?.0.to_owned())
            };
            let media_type = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-type: ")
                    .map(str::to_owned)
            });
            Part {
                name: quoted("name").unwrap(),
                file: quoted("filename").map(|name| (name, media_type.unwrap())),
                content: content.strip_suffix("\r\n").unwrap().to_owned(),
            }
        })
        .collect()
}

pub(crate) async fn answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

pub(crate) async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    requests.iter().for_each(assert_usual_headers);
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// Method, path and query as they were sent.
pub(crate) fn line(request: &Request) -> String {
    let (method, path) = (&request.method, request.url.path());
    match request.url.query() {
        Some(query) => format!("{method} {path}?{query}"),
        None => format!("{method} {path}"),
    }
}
