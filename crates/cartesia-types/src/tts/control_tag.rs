//! The tags in a text that control a voice.

/// Their names. They say nothing themselves.
const NAMES: [&str; 6] = ["break", "emotion", "pause", "speed", "spell", "volume"];
/// No tag is longer. It bounds the search, so that many `<` cost no more than their number.
const LONGEST: usize = 256;

/// The length in bytes of the control tag at the start of a text, if there is a whole one.
pub(crate) fn tag_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name = NAMES.iter().find(|name| {
        inner
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let attributes = inner.get(name.len()..)?;
    if !attributes.starts_with(|next: char| next.is_whitespace() || matches!(next, '/' | '>')) {
        return None;
    }
    let length = attributes
        .bytes()
        .take(LONGEST)
        .position(|byte| byte == b'>')?;
    Some(text.len() - attributes.len() + length + 1)
}

/// The length in bytes of a sound at the start of a text: `[laughter]`, which a voice makes instead of
/// speaking.
pub(crate) fn sound_length(text: &str) -> Option<usize> {
    const LAUGHTER: &str = "[laughter]";
    text.get(..LAUGHTER.len())?
        .eq_ignore_ascii_case(LAUGHTER)
        .then_some(LAUGHTER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_sounds() {
        for (text, expected) in [
            ("<break time=\"1s\"/> on", Some(18)),
            ("</spell>.", Some(8)),
            ("<PAUSE>", Some(7)),
            ("<breaker/>", None),
            ("<b>", None),
            ("<break time=\"1s\"", None),
            ("< break/>", None),
        ] {
            assert_eq!(tag_length(text), expected, "{text}");
        }
        assert_eq!(sound_length("[Laughter] so"), Some(10));
        assert_eq!(sound_length("[laughte"), None);
        assert_eq!(sound_length("[inaudible]"), None);
    }
}
