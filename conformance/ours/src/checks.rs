//! What scripts verify with. A check that does not hold ends the script with an error.

use std::fmt::Debug;

use cartesia::tts::WordTiming;
use cartesia::{AudioClip, OutputFormat};

use crate::Result;

/// What was verified so far.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<String>);

impl Checks {
    pub(crate) fn into_list(self) -> Vec<String> {
        self.0
    }

    /// Notes that `what` is so, or fails.
    pub(crate) fn that(&mut self, right: bool, what: &str) -> Result {
        if !right {
            return Err(format!("not so: {what}").into());
        }
        self.0.push(what.to_owned());
        Ok(())
    }

    /// Notes that `what` is as expected, or fails.
    pub(crate) fn equal<T: PartialEq<U> + Debug, U: Debug>(
        &mut self,
        found: &T,
        expected: &U,
        what: &str,
    ) -> Result {
        if found != expected {
            return Err(format!("{what} is {found:?}, not {expected:?}").into());
        }
        self.0.push(what.to_owned());
        Ok(())
    }

    /// Checks that audio is as long as a speaker needs for the text.
    pub(crate) fn speech(&mut self, clip: &AudioClip, text: &str) -> Result {
        if let OutputFormat::Mp3(_) = clip.format() {
            let data = clip.data();
            let frame = data.first() == Some(&0xff) || data.starts_with(b"ID3");
            return self.that(frame && data.len() > 1_000, "MP3 with audio in it");
        }
        let words = text.split_whitespace().count();
        let each = clip.duration().as_secs_f64() / f64::from(u32::try_from(words)?);
        let what = format!("{words} words of audio have the length of {words} words");
        self.that((0.1..1.5).contains(&each), &what)?;
        let samples = clip.samples_f32().ok_or("no samples")?;
        let loud = samples.iter().any(|sample| sample.abs() > 0.01);
        self.that(loud, "audio that is not silent")
    }

    /// Times of the words of a text.
    pub(crate) fn words(&mut self, words: &[WordTiming], text: &str) -> Result {
        let expected: Vec<&str> = text.split_whitespace().collect();
        let found: Vec<&str> = words.iter().map(|word| word.word.trim()).collect();
        self.equal(&found, &expected, "a time for each word")?;
        let forward = words.windows(2).all(|pair| pair[0].start <= pair[1].start)
            && words.iter().all(|word| word.start < word.end);
        self.that(forward, "word times that go forward")
    }

    /// A call that fails in the way that is due.
    pub(crate) fn refused<T>(
        &mut self,
        outcome: cartesia::Result<T>,
        kind: cartesia::ErrorKind,
        what: &str,
    ) -> Result {
        match outcome {
            Ok(_) => Err(format!("not so: {what}").into()),
            Err(error) => self.equal(&error.kind(), &kind, what),
        }
    }
}
