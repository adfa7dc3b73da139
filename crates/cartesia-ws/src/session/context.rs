//! One context: the text of the caller, what was sent of it, and what arrived.

use std::time::{Duration, Instant};

use cartesia_types::RawFormat;
use cartesia_types::tts::{ContextId, Timestamps, speakable};

use super::opening::{Delivery, Opening};
use super::wire::{Input, Unprocessed, Wire};
use crate::text::{TextFeeder, has_words};

/// A context as the caller knows it. On the wire it may live several lives, one after the other: a new
/// one begins after the service ended the last for want of text, and after a loss before any audio.
pub(super) struct Context {
    pub(super) id: ContextId,
    /// The JSON of every input up to what differs between them, without the closing brace.
    settings: String,
    /// How text is spoken that says nothing else.
    own_delivery: Option<Delivery>,
    /// How the text in the feeder is spoken.
    delivery: Option<Delivery>,
    pub(super) format: RawFormat,
    /// How long the service may gather text.
    delay: Duration,
    feeder: TextFeeder,
    /// Text that cannot open a context on the wire, because it has nothing to speak: spaces,
    /// punctuation.
    leading: String,
    /// The caller said that no more text follows.
    pub(super) finished: bool,
    /// Bytes of audio that were delivered, over all lives.
    pub(super) received: u64,
    /// Playing time of the lives before this one: what its timestamps are counted from.
    pub(super) offset: Duration,
    pub(super) wire: Option<Wire>,
    /// Its own name was used on the wire.
    pub(super) named: bool,
    /// The service ended the last life before the text was complete.
    pub(super) expired: bool,
    /// How often it was replayed.
    pub(super) replays: u32,
    /// How often in a row it was rejected because too many run at once, and since when.
    pub(super) rejected: u32,
    pub(super) rejected_since: Option<Instant>,
    /// Nothing is sent before this.
    pub(super) hold_until: Option<Instant>,
    /// When text that waits for its other half is let go.
    pub(super) settle_at: Option<Instant>,
    /// The time for which the timers have an entry.
    pub(super) armed: Option<Instant>,
}

impl Context {
    pub(super) fn new(opening: Opening) -> Self {
        Self {
            id: opening.id,
            settings: opening.settings,
            delivery: opening.delivery.clone(),
            own_delivery: opening.delivery,
            format: opening.format,
            delay: opening.delay,
            feeder: TextFeeder::new(opening.gathering),
            leading: String::new(),
            finished: false,
            received: 0,
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

    /// Takes text from the caller, to be spoken as the context says if there is no `delivery`.
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
        self.feeder.push(text, &mut ready);
        self.settle_at = self.feeder.holds().then(|| now + settle);
        self.accept(ready);
    }

    /// Lets go of text that waited long enough for its other half.
    pub(super) fn settle(&mut self) {
        let mut ready = Vec::new();
        self.feeder.settle(&mut ready);
        self.settle_at = None;
        self.accept(ready);
    }

    /// Sets how text is spoken from here on. What waits for its other half is spoken as before.
    fn deliver(&mut self, delivery: Option<Delivery>) {
        if delivery.is_some() {
            // Once one input says it, the next have to: the service might go on with the last.
            self.own_delivery.get_or_insert_with(Delivery::plain);
        }
        let delivery = delivery.or_else(|| self.own_delivery.clone());
        if delivery != self.delivery {
            self.take_held();
            self.delivery = delivery;
        }
    }

    /// Takes text that is not to be gathered or held.
    pub(super) fn push_whole(&mut self, text: String) {
        self.deliver(None);
        self.take_held();
        self.accept([text]);
    }

    /// Marks everything so far as to be spoken now. Without anything to speak, there is nothing to mark.
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
        let held = self.feeder.take();
        self.accept(held);
    }

    fn accept(&mut self, pieces: impl IntoIterator<Item = String>) {
        let delivery = self.delivery.clone();
        for piece in pieces {
            self.say(&piece, delivery.as_ref());
        }
    }

    fn say(&mut self, piece: &str, delivery: Option<&Delivery>) {
        if let Some(wire) = &mut self.wire {
            wire.push(piece, delivery.cloned());
            return;
        }
        self.leading.push_str(piece);
        // All that came before has nothing to speak, so only the new piece has to be scanned.
        if speakable(piece) {
            let mut wire = Wire::new();
            wire.push(&std::mem::take(&mut self.leading), delivery.cloned());
            self.wire = Some(wire);
        }
    }

    /// Begins a new life with text that the last one did not speak.
    pub(super) fn begin_again(&mut self, unprocessed: &Unprocessed<'_>) {
        if has_words(unprocessed.text) {
            for (text, delivery) in &unprocessed.parts {
                self.say(text, *delivery);
            }
        } else {
            // The service may have skipped an emoji; it is no reason for another life.
            self.leading.push_str(unprocessed.text);
        }
        if let Some(wire) = &mut self.wire {
            if self.finished {
                wire.finish();
            } else if unprocessed.flush {
                wire.flush();
            }
        }
    }

    /// Keeps text that the last life did not speak, and no other will.
    pub(super) fn keep_unprocessed(&mut self, text: &str) {
        self.leading.push_str(text);
    }

    /// Forgets how often it was rejected.
    pub(super) fn forget_rejections(&mut self) {
        self.rejected = 0;
        self.rejected_since = None;
    }

    /// The message for an input.
    pub(super) fn message(&self, wire: &Wire, wire_id: &ContextId, input: &Input) -> String {
        let transcript = wire.transcript(input);
        let delivery = input.delivery.as_ref().map(Delivery::as_json);
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

    /// When this context wants to be looked at.
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

    /// The deadline of the service that has passed, if one has: its name and length.
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
            wire.locate(&timestamps.words);
        }
        if !self.offset.is_zero() {
            for word in &mut timestamps.words {
                word.start += self.offset;
                word.end += self.offset;
            }
        }
    }

    /// The text that was not spoken, as far as that is known.
    pub(super) fn unspoken(&mut self) -> Option<String> {
        let mut text = match &self.wire {
            None => String::new(),
            Some(wire) => {
                let spoken = self.format.duration_of_bytes(wire.audio);
                wire.unspoken(spoken)?.to_owned()
            }
        };
        text.push_str(&self.leading);
        text.push_str(&self.feeder.take().unwrap_or_default());
        Some(text)
    }
}

/// Appends text as a JSON string.
fn push_json(message: &mut String, text: &str) {
    // A string is always JSON; serde_json's signature cannot say so.
    message.push_str(&serde_json::to_string(text).unwrap_or_default());
}
