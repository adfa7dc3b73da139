//! The causes of an error.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::iter::successors;
use std::sync::Arc;

pub(super) type Shared = Arc<dyn StdError + Send + Sync>;

/// More causes than this are not looked at.
const DEEPEST: usize = 16;
/// More of a cause's text does not go into a message.
const LONGEST: usize = 1_024;

/// An error and everything underneath it.
pub(super) fn chain<'a>(
    top: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(top), |error| (*error).source()).take(DEEPEST)
}

/// The cause, unless something of it shows a secret; then its texts without the secret.
pub(super) fn scrubbed(cause: Shared, scrub: &dyn Fn(String) -> String) -> Shared {
    let shows_secret = |text: String| scrub(text.clone()) != text;
    let is_clean = chain(&*cause)
        .all(|error| !shows_secret(error.to_string()) && !shows_secret(format!("{error:?}")));
    if is_clean {
        return cause;
    }
    let texts: Vec<String> = chain(&*cause)
        .map(|error| scrub(error.to_string()))
        .collect();
    let chain = texts
        .into_iter()
        .rev()
        .fold(None, |beneath, text| Some(Box::new(Text { text, beneath })));
    match chain {
        Some(top) => Arc::new(*top),
        None => cause,
    }
}

/// How many causes, from the first on, a message has said when it quotes the last of them.
pub(super) fn said(message: &str, cause: &Shared) -> usize {
    let texts = chain(&**cause).map(ToString::to_string);
    let quoted = texts
        .enumerate()
        .filter(|(_, text)| !text.is_empty() && message.contains(text.as_str()));
    quoted.last().map_or(0, |(index, _)| index + 1)
}

/// The texts of the chain, without empty ones.
pub(super) fn texts(cause: &Shared) -> impl Iterator<Item = String> {
    let texts = chain(&**cause).map(ToString::to_string);
    texts.filter(|text| !text.is_empty())
}

/// The beginning of a text that is too long for a message.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST {
        return text.into();
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
    let start = end.and_then(|end| text.get(..end)).unwrap_or_default();
    format!("{start}\u{2026}").into()
}

/// The text of a cause from which a secret was removed.
struct Text {
    text: String,
    beneath: Option<Box<Self>>,
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Text {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.beneath.as_deref().map(|error| error as _)
    }
}
