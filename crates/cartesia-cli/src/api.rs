//! `api`: raw API requests.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use cartesia::http::{Method, RawCall, Upload};
use clap::Args;
use serde_json::Value;

use crate::connect::{self, with_timeout};
use crate::download;
use crate::failure::Failure;
use crate::file_names;
use crate::global::Global;

/// Send a raw API request, with the key, version and retries of every other verb, and write the
/// response's body to stdout or a file.
#[derive(Debug, Args)]
pub(crate) struct Api {
    /// GET, POST, PATCH, PUT or DELETE
    #[arg(value_parser = method)]
    method: Method,
    /// The path, such as /voices
    path: String,
    /// A query parameter; may be repeated
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = pair)]
    query: Vec<(String, String)>,
    /// A JSON body: the text itself, `@FILE`, or `-` for stdin
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "form")]
    data: Option<String>,
    /// A part of a form: `NAME=VALUE`, or `NAME=@FILE`; may be repeated
    #[arg(long, value_name = "NAME=VALUE|NAME=@FILE", value_parser = pair)]
    form: Vec<(String, String)>,
    /// Where to write the body; `-` is stdout
    #[arg(long, short, value_name = "FILE|-", default_value = "-")]
    output: PathBuf,
}

pub(crate) async fn run(global: &Global, api: Api) -> Result<(), Failure> {
    file_names::check(&api.output)?;
    let client = connect::client(global)?;
    let mut call = client.request(api.method, &api.path);
    for (name, value) in api.query {
        call = call.query(&name, value);
    }
    if let Some(data) = api.data {
        call = call.json(&json(&data)?)?;
    }
    call = api.form.into_iter().fold(call, add_part);
    let body = with_timeout!(call, global).await?;
    download::write(global, body, &api.output).await?;
    Ok(())
}

fn add_part(call: RawCall, (name, value): (String, String)) -> RawCall {
    match value.strip_prefix('@') {
        Some(path) => call.form_file(name, Upload::from_path(path)),
        None => call.form_text(name, value),
    }
}

fn json(data: &str) -> Result<Value, Failure> {
    let text = match data.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::file("read", Path::new(path), &error))?,
        None if data == "-" => {
            let mut text = String::new();
            let read = io::stdin().read_to_string(&mut text);
            read.map_err(|error| Failure::usage(format!("stdin cannot be read: {error}")))?;
            text
        }
        None => data.to_owned(),
    };
    serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("the body is not JSON: {error}")))
}

fn method(text: &str) -> Result<Method, String> {
    text.to_uppercase()
        .parse()
        .map_err(|_| "it is not an HTTP method".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it has no `=`")?;
    Ok((name.to_owned(), value.to_owned()))
}
