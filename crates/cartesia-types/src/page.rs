//! Lists: a page, and how to request the next.

use std::borrow::Cow;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// An item with an identifier, which lists use as a cursor.
pub trait Identified {
    /// The identifier, which is the cursor of the page that follows it.
    fn id(&self) -> &str;
}

/// One page of a list.
///
/// Lists without pages are read as their only page: bare arrays (voices at API version 2024-06-10,
/// phone numbers, deployments), and objects with the items under a name of their own (`summaries`,
/// `templates`, `accents`, `locales`; and, since the vendor's pages do not show these answers,
/// `batches`, `folders`, `documents`, `webhooks`, `agents`, `models`, `tools`, `versions`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
#[doc(alias = "pagination")]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Whether another page follows.
    pub has_more: bool,
    /// The cursor of the next page, when the service gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

impl<T> Page<T> {
    /// Creates a page, for tests and servers.
    pub fn new(data: Vec<T>, has_more: bool) -> Self {
        Self {
            data,
            has_more,
            next_page: None,
        }
    }
}

impl<T: Identified> Page<T> {
    /// Returns the cursor of the next page (for `starting_after`); `None` on the last page.
    pub fn next_cursor(&self) -> Option<&str> {
        self.cursor(self.data.last())
    }

    /// Returns the cursor of the previous page (for `ending_before`) when the list is read backwards; `None`
    /// on the first page.
    pub fn previous_cursor(&self) -> Option<&str> {
        self.cursor(self.data.first())
    }

    fn cursor<'a>(&'a self, outermost: Option<&'a T>) -> Option<&'a str> {
        if !self.has_more {
            return None;
        }
        // A page may be empty, and still not be the last: what it held may have been filtered out.
        self.next_page.as_deref().or(outermost.map(Identified::id))
    }
}

/// The keys under which lists stand.
const ITEMS: [&str; 13] = [
    "data",
    "summaries",
    "templates",
    "accents",
    "locales",
    "batches",
    "folders",
    "documents",
    "webhooks",
    "agents",
    "models",
    "tools",
    "versions",
];

/// Bytes of the keys that an error names.
const MOST_KEYS: usize = 200;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Written out rather than `untagged`, whose errors do not say what was wrong.
        struct PageOrArray<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for PageOrArray<T> {
            type Value = Page<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a page or an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Page<T>, A::Error> {
                let data = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Page::new(data, false))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
                let (mut data, mut has_more, mut next_page) = (None, None, None);
                let mut keys = String::new();
                while let Some(key) = map.next_key::<Cow<'_, str>>()? {
                    match &*key {
                        "has_more" => has_more = map.next_value::<Option<bool>>()?,
                        "next_page" => next_page = map.next_value::<Option<String>>()?,
                        name if ITEMS.contains(&name) && data.is_none() => {
                            data = map.next_value::<Option<Vec<T>>>()?;
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                    if keys.len() < MOST_KEYS {
                        let separator = if keys.is_empty() { "" } else { ", " };
                        keys.extend([separator, "`", &key, "`"]);
                    }
                }
                // Not an empty list: it may be an error that came with a status of success.
                let data = data.ok_or_else(|| {
                    let keys = if keys.is_empty() { "none" } else { &keys };
                    A::Error::custom(format_args!("no list among the keys of the answer: {keys}"))
                })?;
                Ok(Page {
                    data,
                    // It may be missing; then a cursor says so.
                    has_more: has_more.unwrap_or(next_page.is_some()),
                    next_page,
                })
            }
        }
        deserializer.deserialize_any(PageOrArray(std::marker::PhantomData))
    }
}

/// The query of a list without filters. Everything is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListRequest {
    /// Items on one page, 1 to 100; the service's default is 10, or 20 for account lists.
    pub limit: Option<u32>,
    /// Cursor: the list starts after this item.
    pub starting_after: Option<String>,
    /// Cursor: the list ends before this item. The service does not take both cursors at once.
    pub ending_before: Option<String>,
}

impl ListRequest {
    /// Creates a request for the first page with the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of items on one page, 1 to 100.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Asks for the items after this one.
    #[must_use]
    pub fn with_starting_after(mut self, id: impl Into<String>) -> Self {
        self.starting_after = Some(id.into());
        self
    }

    /// Asks for the items before this one.
    #[must_use]
    pub fn with_ending_before(mut self, id: impl Into<String>) -> Self {
        self.ending_before = Some(id.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let limit = self.limit.map(|limit| ("limit", limit.to_string()));
        let after = self.starting_after.clone().map(|id| ("starting_after", id));
        let before = self.ending_before.clone().map(|id| ("ending_before", id));
        limit.into_iter().chain(after).chain(before).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Item {
        id: String,
    }

    impl Identified for Item {
        fn id(&self) -> &str {
            &self.id
        }
    }

    fn read(text: &str) -> Page<Item> {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn cursors_of_every_style() {
        for (text, next, previous) in [
            (
                r#"{"data":[{"id":"a"},{"id":"b"}],"has_more":true}"#,
                Some("b"),
                Some("a"),
            ),
            (
                r#"{"data":[{"id":"a"}],"has_more":true,"next_page":"x"}"#,
                Some("x"),
                Some("x"),
            ),
            (
                r#"{"data":[{"id":"a"}],"has_more":true,"next_page":null}"#,
                Some("a"),
                Some("a"),
            ),
            (
                r#"{"data":[{"id":"a"}],"has_more":false,"next_page":"x"}"#,
                None,
                None,
            ),
            (
                r#"{"data":[{"id":"a"}],"next_page":"x"}"#,
                Some("x"),
                Some("x"),
            ),
            (
                r#"{"data":[],"has_more":true,"next_page":"x"}"#,
                Some("x"),
                Some("x"),
            ),
            (r#"{"data":[],"next_page":"x"}"#, Some("x"), Some("x")),
            (r#"{"data":[],"has_more":true}"#, None, None),
            (
                r#"{"data":[],"has_more":false,"next_page":"x"}"#,
                None,
                None,
            ),
            (r#"{"data":[]}"#, None, None),
            (r#"{"summaries":[{"id":"a"}]}"#, None, None),
            (r#"[{"id":"a"}]"#, None, None),
        ] {
            let page = read(text);
            assert_eq!(
                (page.next_cursor(), page.previous_cursor()),
                (next, previous),
                "{text}"
            );
        }
        for name in ITEMS {
            assert_eq!(
                read(&format!(r#"{{"{name}":[{{"id":"a"}}]}}"#)).data.len(),
                1
            );
        }
        let error = serde_json::from_str::<Page<Item>>("7")
            .unwrap_err()
            .to_string();
        assert!(error.contains("a page or an array"), "{error}");
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_keys_and_without_its_values() {
        for (text, keys) in [
            (r#"{"error":"canary"}"#, "`error`"),
            (
                r#"{"error":{"message":"canary"},"request_id":"canary"}"#,
                "`error`, `request_id`",
            ),
            ("{}", "none"),
            (r#"{"data":null}"#, "`data`"),
            (r#"{"data":null,"has_more":false}"#, "`data`, `has_more`"),
            (r#"{"items":[{"id":"canary"}]}"#, "`items`"),
        ] {
            let error = serde_json::from_str::<Page<Item>>(text)
                .unwrap_err()
                .to_string();
            let expected = format!("no list among the keys of the answer: {keys} at");
            assert!(error.starts_with(&expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_query_of_a_list() {
        let request = ListRequest::new()
            .with_limit(5)
            .with_starting_after("a")
            .with_ending_before("b");
        let query: Vec<String> = request
            .query()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(query, ["limit=5", "starting_after=a", "ending_before=b"]);
        assert!(ListRequest::new().query().is_empty());
    }
}
