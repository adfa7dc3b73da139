//! Finds words in the text that they come from, which has the spaces and the punctuation.

use super::words::is_break;

/// The parts of the text that belong to each word: together they are the text up to the last word, with
/// the punctuation that follows it. `None` if the words are not those of the text, for example because
/// numbers are spelled out in them.
pub(super) fn in_text(text: &str, words: &[String]) -> Option<Vec<String>> {
    let mut parts: Vec<String> = vec![String::new(); words.len()];
    let mut cursor = 0;
    let mut before: Option<usize> = None;
    for (index, word) in words.iter().enumerate() {
        let word = word.trim_matches(is_break);
        if word.is_empty() {
            continue;
        }
        let rest = text.get(cursor..)?;
        let (at, length) = find(rest, word)?;
        let (belongs_before, own) = rest.get(..at)?.split_at(boundary(rest.get(..at)?));
        match before {
            Some(before) => parts[before].push_str(belongs_before),
            None => parts[index].push_str(belongs_before),
        }
        parts[index].push_str(own);
        parts[index].push_str(rest.get(at..at + length)?);
        cursor += at + length;
        before = Some(index);
    }
    // The rest may be text that was not spoken; a mark that is attached to the last word belongs to it.
    let rest = text.get(cursor..)?;
    let end = rest.find(|c: char| is_break(c) || c.is_alphanumeric());
    match (before, end) {
        (Some(before), None) => parts[before].push_str(rest),
        (Some(before), Some(end)) if !rest[end..].starts_with(char::is_alphanumeric) => {
            parts[before].push_str(&rest[..end]);
        }
        // The last word ends within a word of the text.
        _ => {}
    }
    Some(parts)
}

/// Where between two words the part of the second begins: at the last space, or else at its end.
fn boundary(gap: &str) -> usize {
    gap.rfind(is_break).unwrap_or(gap.len())
}

/// Where a text has this word with nothing but marks before it, and how long it is there.
fn find(text: &str, word: &str) -> Option<(usize, usize)> {
    for (at, c) in text.char_indices() {
        if let Some(length) = starts_with(&text[at..], word) {
            return Some((at, length));
        }
        if c.is_alphanumeric() {
            break;
        }
    }
    None
}

/// The bytes at the start of a text that are this word, whatever its capitals.
fn starts_with(text: &str, word: &str) -> Option<usize> {
    let mut characters = text.chars();
    for wanted in word.chars() {
        let found = characters.next()?;
        if found != wanted && !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(text.len() - characters.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(text: &str, words: &[&str]) -> Option<Vec<String>> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        in_text(text, &words)
    }

    #[test]
    fn words_get_the_spaces_and_marks_of_the_text() {
        for (text, words, expected) in [
            (
                "Hello, world!",
                &["hello", "world"][..],
                &["Hello,", " world!"][..],
            ),
            ("One — two.", &["One", "two."], &["One —", " two."]),
            (
                "He said: “Yes.”",
                &["He", "said", "Yes"],
                &["He", " said:", " “Yes.”"],
            ),
            (
                "a well-known fact",
                &["a", "well", "known"],
                &["a", " well-", "known"],
            ),
            (
                "你好，世界。",
                &["你", "好", "世", "界"],
                &["你", "好，", "世", "界。"],
            ),
            ("Ça va\u{a0}?", &["Ça", "va"], &["Ça", " va\u{a0}?"]),
            ("One two three", &["One", "", "two"], &["One", "", " two"]),
            ("«Да»", &["да"], &["«Да»"]),
            ("One", &[], &[]),
        ] {
            let placed = placed(text, words).unwrap();
            assert_eq!(placed, expected, "{text}");
        }
    }

    #[test]
    fn other_words_have_no_place() {
        for (text, words) in [
            ("It is 25.", &["It", "is", "twenty", "five"][..]),
            ("One two", &["two"]),
            ("One", &["One", "two"]),
            ("", &["One"]),
        ] {
            assert_eq!(placed(text, words), None, "{text}");
        }
    }
}
