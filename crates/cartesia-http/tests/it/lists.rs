//! Lists over several pages, whatever their cursors look like.

use cartesia_types::ErrorKind;
use cartesia_types::voice::ListVoicesRequest;
use futures_core::stream::FusedStream as _;
use serde_json::json;

use crate::support::{Server, answer, client, response, within};

fn page(ids: &[&str], has_more: Option<bool>, next: Option<&str>) -> String {
    let data: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    let mut body = json!({"data": data, "next_page": next});
    if let Some(has_more) = has_more {
        body["has_more"] = json!(has_more);
    }
    response(
        "200 OK",
        &["content-type: application/json"],
        &body.to_string(),
    )
}

/// The items of a list whose pages are these, and the requests that fetched them.
async fn fetch(
    pages: &[String],
    request: ListVoicesRequest,
) -> (Result<Vec<String>, ErrorKind>, Vec<String>) {
    let server = Server::start(pages.iter().map(|page| answer(page.clone()))).await;
    let client = client(&server.url());
    let mut items = client.voices().list(request).items();
    let mut ids = Vec::new();
    let outcome = loop {
        match within(items.next_item()).await {
            Ok(Some(voice)) => ids.push(voice.id.to_string()),
            Ok(None) => break Ok(ids),
            Err(error) => break Err(error.kind()),
        }
    };
    assert!(items.is_terminated());
    assert!(
        within(items.next_item()).await.unwrap().is_none(),
        "it stays at its end"
    );
    let lines = server.finish().await;
    let paths = lines
        .iter()
        .map(|request| request.line().split(' ').nth(1).unwrap().to_owned())
        .collect();
    (outcome, paths)
}

#[tokio::test]
async fn pages_are_followed_by_every_style_of_cursor() {
    let pages = [
        page(&["a", "b"], Some(true), None),
        page(&["c"], None, Some("opaque/1")),
        page(&["d"], Some(true), Some("e f")),
        // Empty, and still not the last.
        page(&[], Some(true), Some("z")),
        page(&["e"], Some(false), Some("y")),
    ];
    let (items, paths) = fetch(&pages, ListVoicesRequest::new().with_limit(2)).await;
    assert_eq!(
        items,
        Ok(["a", "b", "c", "d", "e"].map(str::to_owned).to_vec())
    );
    assert_eq!(
        paths,
        [
            "/voices?limit=2",
            "/voices?limit=2&starting_after=b",
            "/voices?limit=2&starting_after=opaque%2F1",
            "/voices?limit=2&starting_after=e%20f",
            "/voices?limit=2&starting_after=z",
        ]
    );
}

#[tokio::test]
async fn a_list_is_read_backwards_when_it_was_asked_for_so() {
    let pages = [
        page(&["y", "z"], Some(true), None),
        page(&["x"], Some(false), None),
    ];
    let (items, paths) = fetch(&pages, ListVoicesRequest::new().with_ending_before("end")).await;
    assert_eq!(items.unwrap(), ["y", "z", "x"]);
    assert_eq!(
        paths,
        ["/voices?ending_before=end", "/voices?ending_before=y"]
    );
}

#[tokio::test]
async fn a_cursor_that_comes_twice_is_an_error_and_not_a_loop() {
    let round = [
        page(&["a"], Some(true), Some("1")),
        page(&["b"], Some(true), Some("2")),
        page(&["c"], Some(true), Some("1")),
    ];
    let (items, paths) = fetch(&round, ListVoicesRequest::new()).await;
    assert_eq!(items, Err(ErrorKind::Protocol));
    assert_eq!(paths.len(), 3);
    // The cursor that the list began with counts, too.
    let same = [page(&["a"], Some(true), Some("0"))];
    let from = ListVoicesRequest::new().with_starting_after("0");
    let (items, paths) = fetch(&same, from).await;
    assert_eq!(items, Err(ErrorKind::Protocol));
    assert_eq!(paths.len(), 1);
}

#[tokio::test]
async fn an_empty_page_is_the_last_only_if_the_service_says_so() {
    let pages = [
        page(&[], Some(true), Some("c1")),
        page(&[], None, Some("c2")),
        page(&["a"], None, None),
    ];
    let (items, paths) = fetch(&pages, ListVoicesRequest::new()).await;
    assert_eq!(items.unwrap(), ["a"]);
    assert_eq!(paths[2], "/voices?starting_after=c2");
    // More is announced, but nothing says where.
    let pages = [page(&[], Some(true), None)];
    let (items, _) = fetch(&pages, ListVoicesRequest::new()).await;
    assert_eq!(items, Err(ErrorKind::Protocol));
}

#[tokio::test]
async fn an_error_ends_the_list() {
    let pages = [
        page(&["a"], Some(true), None),
        response("404 Gone", &[], "Not found: no such page"),
    ];
    let (items, _) = fetch(&pages, ListVoicesRequest::new()).await;
    assert_eq!(items, Err(ErrorKind::NotFound));
}

#[tokio::test]
async fn pages_and_collected_items() {
    let pages = || {
        [
            page(&["a", "b"], Some(true), None),
            page(&["c"], Some(false), None),
        ]
        .map(answer)
    };
    let server = Server::start(pages()).await;
    let list = client(&server.url())
        .voices()
        .list(ListVoicesRequest::new());
    let mut stream = list.pages();
    let mut sizes = Vec::new();
    while let Some(page) = within(stream.next_page()).await.unwrap() {
        sizes.push(page.data.len());
    }
    assert_eq!(sizes, [2, 1]);
    server.finish().await;

    let server = Server::start(pages()).await;
    let list = client(&server.url())
        .voices()
        .list(ListVoicesRequest::new());
    assert_eq!(within(list.items().collect()).await.unwrap().len(), 3);
}
