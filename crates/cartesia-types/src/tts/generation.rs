//! Settings for the sound of speech.

use serde::{Deserialize, Serialize};

use super::InvalidRequest;

crate::open::open_string! {
    /// An emotion. The vendor calls neutral, calm, angry, content, sad and scared the primary ones.
    Emotion {
        /// neutral
        NEUTRAL = "neutral",
        /// happy
        HAPPY = "happy",
        /// excited
        EXCITED = "excited",
        /// enthusiastic
        ENTHUSIASTIC = "enthusiastic",
        /// elated
        ELATED = "elated",
        /// euphoric
        EUPHORIC = "euphoric",
        /// triumphant
        TRIUMPHANT = "triumphant",
        /// amazed
        AMAZED = "amazed",
        /// surprised
        SURPRISED = "surprised",
        /// flirtatious
        FLIRTATIOUS = "flirtatious",
        /// curious
        CURIOUS = "curious",
        /// content
        CONTENT = "content",
        /// peaceful
        PEACEFUL = "peaceful",
        /// serene
        SERENE = "serene",
        /// calm
        CALM = "calm",
        /// grateful
        GRATEFUL = "grateful",
        /// affectionate
        AFFECTIONATE = "affectionate",
        /// trust
        TRUST = "trust",
        /// sympathetic
        SYMPATHETIC = "sympathetic",
        /// anticipation
        ANTICIPATION = "anticipation",
        /// mysterious
        MYSTERIOUS = "mysterious",
        /// angry
        ANGRY = "angry",
        /// mad
        MAD = "mad",
        /// outraged
        OUTRAGED = "outraged",
        /// frustrated
        FRUSTRATED = "frustrated",
        /// agitated
        AGITATED = "agitated",
        /// threatened
        THREATENED = "threatened",
        /// disgusted
        DISGUSTED = "disgusted",
        /// contempt
        CONTEMPT = "contempt",
        /// envious
        ENVIOUS = "envious",
        /// sarcastic
        SARCASTIC = "sarcastic",
        /// ironic
        IRONIC = "ironic",
        /// sad
        SAD = "sad",
        /// dejected
        DEJECTED = "dejected",
        /// melancholic
        MELANCHOLIC = "melancholic",
        /// disappointed
        DISAPPOINTED = "disappointed",
        /// hurt
        HURT = "hurt",
        /// guilty
        GUILTY = "guilty",
        /// bored
        BORED = "bored",
        /// tired
        TIRED = "tired",
        /// rejected
        REJECTED = "rejected",
        /// nostalgic
        NOSTALGIC = "nostalgic",
        /// wistful
        WISTFUL = "wistful",
        /// apologetic
        APOLOGETIC = "apologetic",
        /// hesitant
        HESITANT = "hesitant",
        /// insecure
        INSECURE = "insecure",
        /// confused
        CONFUSED = "confused",
        /// resigned
        RESIGNED = "resigned",
        /// anxious
        ANXIOUS = "anxious",
        /// panicked
        PANICKED = "panicked",
        /// alarmed
        ALARMED = "alarmed",
        /// scared
        SCARED = "scared",
        /// proud
        PROUD = "proud",
        /// confident
        CONFIDENT = "confident",
        /// distant
        DISTANT = "distant",
        /// skeptical
        SKEPTICAL = "skeptical",
        /// contemplative
        CONTEMPLATIVE = "contemplative",
        /// determined
        DETERMINED = "determined",
    }
}

crate::open::open_string! {
    /// Text normalization, how numbers and dates become words: automatically, not at all, or by the
    /// rules of a locale such as `en-IN`.
    Normalization {
        /// The service decides; the default.
        AUTO = "auto",
        /// Text is spoken as it stands.
        OFF = "off",
    }
}

/// Volume, speed and emotion; `sonic-3` and newer models.
#[doc(alias = "SSML")]
#[doc(alias = "emotion")]
#[doc(alias = "speed")]
#[doc(alias = "volume")]
#[doc(alias = "prosody")]
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GenerationConfig {
    /// The volume as a factor, from 0.5 to 2.0; 1.0 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
    /// The speed as a factor, from 0.6 to 1.5; 1.0 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// The emotion; by default the model chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emotion: Option<Emotion>,
}

impl GenerationConfig {
    /// Creates settings that leave all choices to the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the loudness, 0.5 to 2.0.
    #[must_use]
    pub fn with_volume(mut self, volume: f64) -> Self {
        self.volume = Some(volume);
        self
    }

    /// Sets the speed, 0.6 to 1.5.
    #[must_use]
    pub fn with_speed(mut self, speed: f64) -> Self {
        self.speed = Some(speed);
        self
    }

    /// Sets the emotion.
    #[must_use]
    pub fn with_emotion(mut self, emotion: impl Into<Emotion>) -> Self {
        self.emotion = Some(emotion.into());
        self
    }

    /// Checks what JSON cannot carry: it would write a number that is not finite as `null`, which the
    /// service reads as "not given".
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`], which names the field.
    pub fn validate(&self) -> Result<(), InvalidRequest> {
        for (field, value) in [
            ("`generation_config.volume`", self.volume),
            ("`generation_config.speed`", self.speed),
        ] {
            if value.is_some_and(|value| !value.is_finite()) {
                let why = "must be a finite number";
                return Err(InvalidRequest { field, why });
            }
        }
        Ok(())
    }
}
