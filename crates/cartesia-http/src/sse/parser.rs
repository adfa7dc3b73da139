//! A parser of `text/event-stream`, from bytes in any pieces to the data of events.
//!
//! It follows the WHATWG rules: LF, CRLF and lone CR end a line, also mixed and also when a piece
//! ends between CR and LF; one byte order mark is skipped; comments, unknown fields and events
//! without data are ignored; several `data` lines are joined by LF.
//!
//! It is our own because the maintained crates are slow for audio: an event here is one line of tens of
//! kilobytes. Some search for the end of the line from its beginning again with each piece, which costs the
//! square of its length. Others decode UTF-8 into a string first, which copies it three times. None has a
//! limit. This one lends out borrowed data, and stops at a limit. An event that lies whole in the piece that it
//! came in is not copied; otherwise each byte is moved at most twice. UTF-8 is checked later, when the JSON is
//! decoded.
//!
//! Names and ids of events are not kept: the service repeats the type in the data, sends no ids, and
//! takes no reconnections.

use std::fmt;
use std::ops::Range;

/// Splits a stream of bytes into events.
///
/// ```
/// use cartesia_http::sse::SseParser;
///
/// let mut parser = SseParser::new(1024);
/// parser.push(b"event: chunk\ndata: {\"a\"");
/// assert_eq!(parser.next_event()?, None);
/// parser.push(b":1}\r\n\r\n");
/// assert_eq!(parser.next_event()?, Some(&b"{\"a\":1}"[..]));
/// assert_eq!(parser.next_event()?, None);
/// # Ok::<(), cartesia_http::sse::EventTooLong>(())
/// ```
#[derive(Clone)]
pub struct SseParser {
    limit: usize,
    /// What was pushed and not yet consumed: everything from `event_start` on is still needed.
    buffer: Vec<u8>,
    event_start: usize,
    line_start: usize,
    /// No line ends between `line_start` and here.
    scanned: usize,
    /// The last line ended with the last byte, a CR; an LF that follows belongs to it.
    after_cr: bool,
    /// No line was read yet, so a byte order mark may come.
    at_start: bool,
    data: Data,
    /// Where several `data` lines are joined.
    joined: Vec<u8>,
}

/// The `data` lines of the event at hand.
#[derive(Clone)]
enum Data {
    None,
    /// One line: it stays where it is, in the buffer.
    Line(Range<usize>),
    /// Several lines: they are in `joined`.
    Joined,
}

impl SseParser {
    /// Creates a parser of events of at most `limit` bytes, field names and line ends included.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            buffer: Vec::new(),
            event_start: 0,
            line_start: 0,
            scanned: 0,
            after_cr: false,
            at_start: true,
            data: Data::None,
            joined: Vec::new(),
        }
    }

    /// Takes the next piece of the stream. Take out all events before pushing more, or the limit may
    /// count several of them as one.
    pub fn push(&mut self, bytes: &[u8]) {
        // What was consumed makes room once per piece: a byte is moved once after the event before
        // it was taken out, and not again.
        let consumed = self.event_start;
        if consumed > 0 {
            self.buffer.drain(..consumed);
            self.event_start = 0;
            self.line_start -= consumed;
            self.scanned -= consumed;
            if let Data::Line(range) = &mut self.data {
                *range = range.start - consumed..range.end - consumed;
            }
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the data of the next event that has any; `None` when more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`EventTooLong`] when an event exceeds the limit. The stream cannot be followed further.
    pub fn next_event(&mut self) -> Result<Option<&[u8]>, EventTooLong> {
        let data = self.advance()?;
        Ok(data.map(|data| self.slice(data)))
    }

    /// The data of the next event; what was pushed before, and then what of `piece` follows `at`, which moves on.
    /// An event that lies whole in the piece is not copied. `None` when more bytes are needed: then the end of
    /// the piece was taken in as by [`push`](Self::push).
    pub(crate) fn next_in<'a>(
        &'a mut self,
        piece: &'a [u8],
        at: &mut usize,
    ) -> Result<Option<&'a [u8]>, EventTooLong> {
        loop {
            if self.is_between_events()
                && let Some((data, length)) = whole_event(&piece[*at..], self.limit)
            {
                let start = *at;
                *at += length;
                match data {
                    Some(data) => return Ok(Some(&piece[start + data.start..start + data.end])),
                    None => continue,
                }
            }
            if let Some(data) = self.advance()? {
                return Ok(Some(self.slice(data)));
            }
            let rest = &piece[*at..];
            if rest.is_empty() {
                return Ok(None);
            }
            // Up to the end of a line: the event may end there, and the next one need not be copied.
            let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            self.push(&rest[..line]);
            *at += line;
        }
    }

    /// Whether nothing of the next event was pushed.
    fn is_between_events(&self) -> bool {
        self.event_start == self.buffer.len()
            && matches!(self.data, Data::None)
            && !self.after_cr
            && !self.at_start
    }

    fn advance(&mut self) -> Result<Option<Data>, EventTooLong> {
        loop {
            let Some(line) = self.next_line() else {
                if self.buffer.len() - self.event_start > self.limit {
                    return Err(EventTooLong { limit: self.limit });
                }
                return Ok(None);
            };
            if self.line_start - self.event_start > self.limit {
                return Err(EventTooLong { limit: self.limit });
            }
            if !line.is_empty() {
                self.field(line);
                continue;
            }
            self.event_start = self.line_start;
            if !matches!(self.data, Data::None) {
                return Ok(Some(std::mem::replace(&mut self.data, Data::None)));
            }
        }
    }

    /// Returns the last event if the stream ended without the blank line after it.
    ///
    /// The standard discards such an event. Here it counts, because a synthesis ends with its `done` event
    /// and not with the stream. An event that was cut does not decode.
    pub fn finish(&mut self) -> Option<&[u8]> {
        let line = self.line_start..self.buffer.len();
        self.line_start = line.end;
        self.scanned = line.end;
        if !line.is_empty() {
            self.field(line);
        }
        self.event_start = self.line_start;
        if matches!(self.data, Data::None) {
            None
        } else {
            let data = std::mem::replace(&mut self.data, Data::None);
            Some(self.slice(data))
        }
    }

    /// The next whole line, without its end.
    fn next_line(&mut self) -> Option<Range<usize>> {
        if self.after_cr && self.scanned < self.buffer.len() {
            self.after_cr = false;
            if self.buffer[self.scanned] == b'\n' {
                self.scanned += 1;
                // The event that the CR ended may be gone; its LF must not count for the next one.
                if self.event_start == self.line_start {
                    self.event_start += 1;
                }
                self.line_start += 1;
            }
        }
        let Some(found) = memchr::memchr2(b'\n', b'\r', &self.buffer[self.scanned..]) else {
            self.scanned = self.buffer.len();
            return None;
        };
        let end = self.scanned + found;
        let mut next = end + 1;
        if self.buffer[end] == b'\r' {
            match self.buffer.get(next) {
                Some(b'\n') => next += 1,
                Some(_) => {}
                None => self.after_cr = true,
            }
        }
        let mut line = self.line_start..end;
        self.line_start = next;
        self.scanned = next;
        if std::mem::take(&mut self.at_start)
            && self.buffer[line.clone()].starts_with(b"\xef\xbb\xbf")
        {
            line.start += 3;
        }
        Some(line)
    }

    /// Takes in a line that is not empty.
    fn field(&mut self, line: Range<usize>) {
        let Some(value) = value_of_data(&self.buffer, line) else {
            // Neither comments nor other fields are kept, so that keep-alives can go on for ever.
            if matches!(self.data, Data::None) {
                self.event_start = self.line_start;
            }
            return;
        };
        match &self.data {
            Data::None => {
                self.data = Data::Line(value);
                return;
            }
            Data::Line(first) => {
                self.joined.clear();
                self.joined.extend_from_slice(&self.buffer[first.clone()]);
                self.data = Data::Joined;
            }
            Data::Joined => {}
        }
        self.joined.push(b'\n');
        self.joined.extend_from_slice(&self.buffer[value]);
    }

    fn slice(&self, data: Data) -> &[u8] {
        match data {
            Data::None => &[],
            Data::Line(range) => &self.buffer[range],
            Data::Joined => &self.joined,
        }
    }
}

/// The value of a line that is a field `data`.
fn value_of_data(bytes: &[u8], line: Range<usize>) -> Option<Range<usize>> {
    match bytes[line.clone()].strip_prefix(b"data")? {
        [] => Some(line.end..line.end),
        [b':', b' ', ..] => Some(line.start + 6..line.end),
        [b':', ..] => Some(line.start + 5..line.end),
        _ => None,
    }
}

/// The data of the event that `bytes` begins with, and the length of that event. `None` when it is not whole,
/// too long, or one of those that a server seldom sends: with CR, or with several lines of data.
fn whole_event(bytes: &[u8], limit: usize) -> Option<(Option<Range<usize>>, usize)> {
    let (mut start, mut line, mut data) = (0, 0, None);
    loop {
        let end = line + memchr::memchr2(b'\n', b'\r', &bytes[line..])?;
        let next = end + 1;
        if bytes[end] == b'\r' || next - start > limit {
            return None;
        }
        if end == line {
            return Some((data, next));
        }
        match (value_of_data(bytes, line..end), &data) {
            (Some(value), None) => data = Some(value),
            (Some(_), Some(_)) => return None,
            // As what comes before the data, it does not count.
            (None, None) => start = next,
            (None, Some(_)) => {}
        }
        line = next;
    }
}

impl fmt::Debug for SseParser {
    /// Shows how much is held, never what: it is a transcript or audio.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseParser")
            .field("limit", &self.limit)
            .field("held_bytes", &(self.buffer.len() - self.event_start))
            .finish_non_exhaustive()
    }
}

/// An event is longer than the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTooLong {
    limit: usize,
}

impl EventTooLong {
    /// Returns the limit, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for EventTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a server-sent event is longer than the limit of {} bytes",
            self.limit
        )
    }
}

impl std::error::Error for EventTooLong {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1 << 20;

    /// Events of a stream that comes in the given pieces, pushed and read in place.
    fn parse<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let pieces: Vec<&[u8]> = pieces.into_iter().collect();
        let pushed = parse_pushed(pieces.iter().copied());
        let in_place = parse_in_place(&pieces, LIMIT).unwrap();
        assert_eq!(pushed, in_place, "{pieces:?}");
        pushed
    }

    fn parse_in_place(pieces: &[&[u8]], limit: usize) -> Result<Vec<String>, EventTooLong> {
        let mut parser = SseParser::new(limit);
        let mut events = Vec::new();
        let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
        for piece in pieces {
            let mut at = 0;
            while let Some(data) = parser.next_in(piece, &mut at)? {
                events.push(text(data));
            }
            assert_eq!(at, piece.len());
        }
        events.extend(parser.finish().map(text));
        Ok(events)
    }

    fn parse_pushed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut parser = SseParser::new(LIMIT);
        let mut events = Vec::new();
        let mut keep = |data: &[u8]| events.push(String::from_utf8(data.to_vec()).unwrap());
        for piece in pieces {
            parser.push(piece);
            while let Some(data) = parser.next_event().unwrap() {
                keep(data);
            }
        }
        if let Some(data) = parser.finish() {
            keep(data);
        }
        events
    }

    fn whole(text: &str) -> Vec<String> {
        parse([text.as_bytes()])
    }

    #[test]
    fn the_rules_one_by_one() {
        for (text, events) in [
            ("event: chunk\ndata: {}\n\n", &["{}"][..]),
            ("data: {}\n\n", &["{}"]),
            ("data:{}\n\n", &["{}"]),
            ("data:  two spaces\n\n", &[" two spaces"]),
            ("\u{feff}data: bom\n\n", &["bom"]),
            ("data: a\n\ndata: \u{feff}b\n\n", &["a", "\u{feff}b"]),
            (": ping\n\n: ping\n\ndata: a\n\n", &["a"]),
            ("data: a\ndata: b\ndata\ndata: c\n\n", &["a\nb\n\nc"]),
            (
                "data: a\n: comment\nid: 7\nretry: 9\nother\ndata: b\n\n",
                &["a\nb"],
            ),
            ("event: nothing\n\ndata: a\n\n", &["a"]),
            ("data\n\n", &[""]),
            ("data:\ndata:\n\n", &["\n"]),
            ("Data: a\ndatab: b\n data: c\n\n", &[]),
            ("\n\n\ndata: a\n\n\n\ndata: b\n\n", &["a", "b"]),
            ("data: a: b\n\n", &["a: b"]),
            ("data: é\n\n", &["é"]),
            ("", &[]),
            // The end of the stream ends the last event.
            ("data: a\n\ndata: b\n", &["a", "b"]),
            ("data: a\n\ndata: b", &["a", "b"]),
            ("data: a\ndata: b", &["a\nb"]),
        ] {
            assert_eq!(whole(text), events, "{text:?}");
        }
    }

    #[test]
    fn every_split_and_every_line_end_gives_the_same_events() {
        let text = "event: chunk\ndata: {\"type\":\"chunk\",\"data\":\"AAE=\"}\n\n: ping\n\n\
                    data: é\ndata: 2\n\nevent: done\ndata: {}\n\n";
        let expected = whole(text);
        assert_eq!(expected.len(), 3);
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', end);
            let bytes = text.as_bytes();
            assert_eq!(parse(bytes.chunks(1)), expected, "byte by byte, {end:?}");
            for first in 0..=bytes.len() {
                for second in first..=bytes.len() {
                    let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                    assert_eq!(parse(pieces), expected, "{first} {second} {end:?}");
                }
            }
        }
    }

    #[test]
    fn an_event_is_bounded_and_a_stream_is_not() {
        let mut parser = SseParser::new(100);
        for _ in 0..1_000 {
            parser.push(b": keep-alive\ndata: 0123456789\n\n: keep-alive\n");
            assert_eq!(parser.next_event(), Ok(Some(&b"0123456789"[..])));
            assert_eq!(parser.next_event(), Ok(None));
        }
        assert!(parser.buffer.capacity() < 1_000);
        // A line without end, many lines without a blank one, and a whole event at once.
        for flood in [
            &b"data: 0123456789"[..],
            b"data: 0\n",
            b"data: 0\r",
            b"0123456789",
        ] {
            let mut parser = SseParser::new(100);
            let failed = (0..100).any(|_| {
                parser.push(flood);
                parser.next_event() == Err(EventTooLong { limit: 100 })
            });
            assert!(failed, "{flood:?}");
            assert!(parser.buffer.len() < 200);
        }
        let mut parser = SseParser::new(100);
        parser.push(format!("data: {}\n\n", "x".repeat(200)).as_bytes());
        assert!(parser.next_event().is_err());
    }

    /// Read in place, the limit is the same.
    #[test]
    fn an_event_is_bounded_wherever_it_lies() {
        for (text, limit, fits) in [
            ("data: 0123456789\n\n", 18, true),
            ("data: 0123456789\n\n", 17, false),
            ("event: chunk\ndata: 0123456789\n\n", 18, true),
            ("event: a long name\ndata: 0\n\n", 18, false),
            ("data: 012345678\n: ping\n\n", 23, false),
            ("data: 012345678\n: ping\n\n", 24, true),
        ] {
            // The first event of a stream may begin with a byte order mark, so it is copied.
            let text = format!("data\n\n{text}");
            for cut in 0..=text.len() {
                let (first, second) = text.as_bytes().split_at(cut);
                let outcome = parse_in_place(&[first, second], limit);
                assert_eq!(outcome.is_ok(), fits, "{text:?} {limit} {cut}");
            }
        }
    }

    /// What lies whole in its piece stays there.
    #[test]
    fn a_whole_event_is_not_copied() {
        let mut parser = SseParser::new(LIMIT);
        let text = "data: 1\n\ndata: 2\n\nevent: chunk\ndata: 3\n\ndata: 4\n";
        let piece = text.as_bytes();
        let mut at = 0;
        let mut places = Vec::new();
        while let Some(data) = parser.next_in(piece, &mut at).unwrap() {
            places.push(piece.as_ptr_range().contains(&data.as_ptr()));
        }
        assert_eq!(places, [false, true, true]);
        let rest = b"\ndata: 5\n\n";
        at = 0;
        assert_eq!(parser.next_in(rest, &mut at), Ok(Some(&b"4"[..])));
        let fifth = parser.next_in(rest, &mut at).unwrap().unwrap();
        assert!(rest.as_ptr_range().contains(&fifth.as_ptr()));
        assert!(
            parser.buffer.capacity() < 64,
            "{}",
            parser.buffer.capacity()
        );
    }

    #[test]
    fn debug_does_not_show_what_is_held() {
        let mut parser = SseParser::new(100);
        parser.push(b"data: canary");
        assert!(!format!("{parser:?}").contains("canary"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_no_split_matters(
            bytes in proptest::collection::vec(
                prop::sample::select(b"data: \r\n:\xef\xbb\xbfx".to_vec()), 0..80),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let collect = |pieces: Vec<&[u8]>| {
                let mut parser = SseParser::new(LIMIT);
                let mut events = Vec::new();
                for piece in pieces {
                    parser.push(piece);
                    while let Some(data) = parser.next_event().unwrap() {
                        events.push(data.to_vec());
                    }
                }
                events.extend(parser.finish().map(<[u8]>::to_vec));
                events
            };
            let pieces: Vec<&[u8]> =
                cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let in_place = parse_in_place(&pieces, LIMIT).unwrap();
            let pushed = collect(pieces);
            let text = |event: &Vec<u8>| String::from_utf8_lossy(event).into_owned();
            prop_assert_eq!(in_place, pushed.iter().map(text).collect::<Vec<_>>());
            prop_assert_eq!(pushed, collect(vec![&bytes]));
        }
    }
}
