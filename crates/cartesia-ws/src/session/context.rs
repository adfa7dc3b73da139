//! One context: the text of the caller, the part that was sent, and the audio that arrived.

use std::ops::Range;
use std::time::{Duration, Instant};

use cartesia_types::RawFormat;
use cartesia_types::tts::{Chunk, ContextId, Timestamps, speakable};

use super::opening::{Delivery, Opening};
use super::wire::{Input, Unprocessed, Wire};
use crate::alignment::ContextAlignment;
use crate::text::{Gathering, TextFeeder, has_words};

/// A context as the caller knows it. On the wire it may have several *lives*, one after the other. A new life
/// begins after the service ended the last one because no text came, and after a connection was lost before
/// any audio.
pub(super) struct Context {
    pub(super) id: ContextId,
    /// Bytes of audio that the lives before this one delivered.
    received_before: u64,
    /// How often in a row it was rejected because too many run at once, and since when.
    pub(super) rejected: u32,
    pub(super) rejected_since: Option<Instant>,
    /// Nothing is sent before this.
    pub(super) hold_until: Option<Instant>,
    /// The time at which incomplete text is released.
    pub(super) settle_at: Option<Instant>,
    /// The time for which the timers have an entry.
    pub(super) armed: Option<Instant>,
    /// How long the service may gather text.
    delay: Duration,
    pub(super) wire: Option<Wire>,
    /// The JSON of every input up to what differs between them, without the closing brace.
    settings: Box<str>,
    pub(super) format: RawFormat,
    /// All its text, and the part that was spoken.
    alignment: ContextAlignment,
    /// The delivery of text without one of its own.
    own_delivery: Option<Delivery>,
    /// How the text from each of these places on is spoken, in order.
    deliveries: Vec<(usize, Option<Delivery>)>,
    /// Made for the first text that is to be gathered.
    feeder: Option<Box<TextFeeder>>,
    gathering: Gathering,
    /// The length of the text that the feeder has released.
    accepted: usize,
    /// From here up to `accepted` is text that cannot open a context on the wire, because it has nothing to
    /// speak: spaces, punctuation.
    leading: usize,
    /// The text is complete.
    pub(super) finished: bool,
    /// Playing time of the lives before this one. Its timestamps are counted from there.
    pub(super) offset: Duration,
    /// Its own name was used on the wire.
    pub(super) named: bool,
    /// The service ended the last life before the text was complete.
    pub(super) expired: bool,
    /// How often it was replayed.
    pub(super) replays: u32,
}

impl Context {
    pub(super) fn new(opening: Opening) -> Self {
        Self {
            id: opening.id,
            settings: opening.settings,
            format: opening.format,
            delay: opening.delay,
            alignment: opening.alignment,
            deliveries: vec![(0, opening.delivery.clone())],
            own_delivery: opening.delivery,
            feeder: None,
            gathering: opening.gathering,
            accepted: 0,
            leading: 0,
            finished: false,
            received_before: 0,
            offset: Duration::ZERO,
            wire: None,
            named: false,
            expired: false,
            replays: 0,
            rejected: 0,
            rejected_since: None,
            hold_until: None,
            settle_at: None,
            armed: None,
        }
    }

    /// Takes text from the caller. Without `delivery`, it is spoken with the settings of the context.
    pub(super) fn push(
        &mut self,
        now: Instant,
        text: &str,
        delivery: Option<Delivery>,
        settle: Duration,
    ) {
        if text.is_empty() {
            return;
        }
        self.deliver(delivery);
        let mut ready = Vec::new();
        self.alignment.change(|map| map.push_text(text));
        let feeder = self
            .feeder
            .get_or_insert_with(|| Box::new(TextFeeder::new(self.gathering)));
        feeder.push(text, &mut ready);
        self.settle_at = feeder.holds().then(|| now + settle);
        self.accept(ready);
    }

    /// Releases incomplete text that has waited long enough for the rest.
    pub(super) fn settle(&mut self) {
        let mut ready = Vec::new();
        if let Some(feeder) = &mut self.feeder {
            feeder.settle(&mut ready);
        }
        self.settle_at = None;
        self.accept(ready);
    }

    /// Sets the delivery of later text. Text that is held back keeps the earlier one.
    fn deliver(&mut self, delivery: Option<Delivery>) {
        if delivery.is_some() {
            // Once one input has the field, later ones need it, too: the service might keep the last value.
            self.own_delivery.get_or_insert_with(Delivery::plain);
        }
        let delivery = delivery.or_else(|| self.own_delivery.clone());
        if self
            .deliveries
            .last()
            .is_none_or(|(_, last)| *last != delivery)
        {
            self.take_held();
            self.deliveries.push((self.accepted, delivery));
        }
    }

    /// Returns the delivery of the text that ends here.
    fn delivery_before(&self, end: usize) -> Option<&Delivery> {
        let next = self.deliveries.partition_point(|(start, _)| *start < end);
        self.deliveries.get(next.checked_sub(1)?)?.1.as_ref()
    }

    /// Takes text that is neither grouped nor held back.
    pub(super) fn push_whole(&mut self, text: &str) {
        self.deliver(None);
        self.take_held();
        self.alignment.change(|map| map.push_text(text));
        self.accept([text]);
    }

    /// Flushes: marks all text so far to be spoken now. Does nothing without text to speak.
    pub(super) fn flush(&mut self) {
        self.take_held();
        if let Some(wire) = &mut self.wire {
            wire.flush();
        }
    }

    /// Marks the end of the text.
    pub(super) fn finish(&mut self) {
        self.take_held();
        self.finished = true;
        if let Some(wire) = &mut self.wire {
            wire.finish();
        }
    }

    fn take_held(&mut self) {
        self.settle_at = None;
        if let Some(feeder) = &mut self.feeder {
            let held = feeder.take();
            self.accept(held);
        }
    }

    /// Takes pieces of the text, which the feeder let go: in order, and without a gap.
    fn accept(&mut self, pieces: impl IntoIterator<Item = impl AsRef<str>>) {
        for piece in pieces {
            let piece = piece.as_ref();
            self.accepted += piece.len();
            // The earlier text has nothing to speak, so only the new piece has to be scanned.
            if self.wire.is_none() && speakable(piece) {
                self.wire = Some(Wire::new(self.leading));
            }
            if let Some(wire) = &mut self.wire {
                wire.push(self.accepted);
                self.leading = self.accepted;
            }
        }
    }

    /// Begins a new life with text that the last one did not speak.
    pub(super) fn begin_again(&mut self, unprocessed: Unprocessed) {
        // The service may have skipped an emoji, which does not justify another life on the wire.
        self.leading = unprocessed.start;
        if self.has_words(unprocessed) {
            let mut wire = Wire::new(self.leading);
            for &(start, _) in &self.deliveries {
                // The first input has words: a space or a symbol goes with the text that follows.
                let inside = (self.leading + 1..self.accepted).contains(&start);
                if inside && self.text_has_words(self.leading..start) {
                    wire.push(start);
                }
            }
            wire.push(self.accepted);
            self.wire = Some(wire);
            self.leading = self.accepted;
        }
        if let Some(wire) = &mut self.wire {
            if self.finished {
                wire.finish();
            } else if unprocessed.flush {
                wire.flush();
            }
        }
    }

    /// Whether text that the last life did not speak has words.
    pub(super) fn has_words(&self, unprocessed: Unprocessed) -> bool {
        self.text_has_words(unprocessed.start..self.accepted)
    }

    fn text_has_words(&self, range: Range<usize>) -> bool {
        self.alignment
            .read(|map| map.slice(range).is_some_and(has_words))
    }

    /// Keeps text that the last life did not speak and that no later life will speak.
    pub(super) fn keep_unprocessed(&mut self, unprocessed: Unprocessed) {
        self.leading = unprocessed.start;
    }

    /// A life has spoken all its text up to what it did not process, in `audio` bytes.
    pub(super) fn life_ended(&mut self, unprocessed: Unprocessed, audio: u64) {
        self.received_before += audio;
        self.offset += self.format.duration_of_bytes(audio);
        let end = self.offset;
        self.alignment
            .change(|map| map.complete(unprocessed.start, end));
        self.alignment.trim();
    }

    /// Whether nothing that the current life spoke has arrived yet.
    pub(super) fn awaits_progress(&self) -> bool {
        self.wire.as_ref().is_some_and(Wire::awaits_progress)
    }

    /// Audio arrived. Returns whether it was the last message of this life.
    pub(super) fn chunk_arrived(&mut self, now: Instant, chunk: &mut Chunk) -> bool {
        let length = chunk.data.len() as u64;
        if length > 0 {
            self.progressed(now);
            if let Some(wire) = &mut self.wire {
                wire.audio_arrived(length);
            }
        }
        std::mem::take(&mut chunk.done)
    }

    /// The service has spoken some of it.
    pub(super) fn progressed(&mut self, now: Instant) {
        let Some(wire) = &mut self.wire else {
            return;
        };
        if wire.awaits_progress() {
            self.rejected = 0;
            self.rejected_since = None;
        }
        wire.progressed(now);
    }

    /// Bytes of audio that were delivered, over all lives.
    pub(super) fn received(&self) -> u64 {
        self.received_before + self.wire.as_ref().map_or(0, |wire| wire.audio)
    }

    /// Whether this is its identifier on the wire.
    pub(super) fn is_on_wire_as(&self, id: &str) -> bool {
        let wire_id = self.wire.as_ref().and_then(|wire| wire.id.as_ref());
        wire_id.is_some_and(|wire_id| wire_id.as_str() == id)
    }

    /// The message for an input.
    pub(super) fn message(&self, wire_id: &ContextId, input: &Input) -> String {
        self.alignment.read(|map| {
            let transcript = map.slice(input.start..input.end).unwrap_or_default();
            self.message_with(wire_id, input, transcript)
        })
    }

    fn message_with(&self, wire_id: &ContextId, input: &Input, transcript: &str) -> String {
        let delivery = self.delivery_before(input.end).map(Delivery::as_json);
        let mut message = String::with_capacity(
            self.settings.len()
                + delivery.map_or(0, |json| json.len() + 24)
                + wire_id.as_str().len()
                + transcript.len()
                + 96,
        );
        message.push_str(&self.settings);
        if let Some(delivery) = delivery {
            message.push_str(",\"generation_config\":");
            message.push_str(delivery);
        }
        message.push_str(",\"context_id\":");
        push_json(&mut message, wire_id.as_str());
        message.push_str(",\"transcript\":");
        push_json(&mut message, transcript);
        message.push_str(if input.last {
            ",\"continue\":false"
        } else {
            ",\"continue\":true"
        });
        if input.flush {
            message.push_str(",\"flush\":true");
        }
        message.push('}');
        message
    }

    /// Returns the time at which this context must be checked next.
    pub(super) fn deadline(
        &self,
        first_audio: Option<Duration>,
        silence: Option<Duration>,
        watched: bool,
    ) -> Option<Instant> {
        let service = self
            .wire
            .as_ref()
            .filter(|_| watched)
            .and_then(|wire| wire.deadline(first_audio, silence, self.delay))
            .map(|(at, _)| at);
        [self.settle_at, self.hold_until, service]
            .into_iter()
            .flatten()
            .min()
    }

    /// Returns the name and length of the service's deadline that has passed, if one has.
    pub(super) fn overdue(
        &self,
        now: Instant,
        first_audio: Option<Duration>,
        silence: Option<Duration>,
    ) -> Option<super::wire::Waiting> {
        let (at, waiting) = self
            .wire
            .as_ref()?
            .deadline(first_audio, silence, self.delay)?;
        (at <= now).then_some(waiting)
    }

    /// Counts timestamps from the start of the context instead of the start of this life.
    pub(super) fn place(&mut self, timestamps: &mut Timestamps) {
        if let Some(wire) = &mut self.wire {
            wire.words_arrived(&timestamps.words);
        }
        if !self.offset.is_zero() {
            for word in &mut timestamps.words {
                word.start += self.offset;
                word.end += self.offset;
            }
        }
        self.alignment
            .change(|map| map.push_words(&timestamps.words));
    }

    /// Returns the text that was not spoken; `None` when there is audio without timestamps, so that its words
    /// are unknown.
    pub(super) fn unspoken(&self) -> Option<String> {
        let start = match &self.wire {
            None => self.leading,
            Some(wire) if wire.audio == 0 => wire.start(),
            Some(wire) if !wire.has_timestamps => return None,
            Some(wire) => {
                let audio = self.offset + self.format.duration_of_bytes(wire.audio);
                let spoken = self.alignment.read(|map| map.heard(audio));
                spoken.text_end.max(wire.start())
            }
        };
        self.alignment.read(|map| {
            let end = map.text_start() + map.text().len();
            map.slice(start..end).map(str::to_owned)
        })
    }
}

/// Appends text as a JSON string.
fn push_json(message: &mut String, text: &str) {
    // A string is always JSON; serde_json's signature cannot say so.
    message.push_str(&serde_json::to_string(text).unwrap_or_default());
}
