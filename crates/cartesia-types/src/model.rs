//! Text-to-speech models.

crate::open::open_string! {
    /// A text-to-speech model.
    ///
    /// No endpoint lists the models; any string is sent as it is.
    ModelId {
        /// Moving alias of the newest stable model.
        SONIC_LATEST = "sonic-latest",
        /// Newest generation (alias of its newest snapshot).
        SONIC_3_6 = "sonic-3.6",
        /// Snapshot of `sonic-3.6`.
        SONIC_3_6_2026_08_27 = "sonic-3.6-2026-08-27",
        /// Stable (alias of its newest snapshot).
        SONIC_3_5 = "sonic-3.5",
        /// Snapshot of `sonic-3.5`.
        SONIC_3_5_2026_05_04 = "sonic-3.5-2026-05-04",
        /// Stable (alias of its newest snapshot).
        SONIC_3 = "sonic-3",
        /// Snapshot of `sonic-3`.
        SONIC_3_2026_01_12 = "sonic-3-2026-01-12",
        /// Preview model; not for production.
        SONIC_PREVIEW = "sonic-preview",
        /// The default model of the Python 1.0.x client. Switched off by the service on 2026-06-01;
        /// kept for servers that still have it.
        SONIC_ENGLISH = "sonic-english",
        /// The multilingual model of the Python 1.0.x client. Switched off by the service on
        /// 2026-06-01; kept for servers that still have it.
        SONIC_MULTILINGUAL = "sonic-multilingual",
    }
}

impl Default for ModelId {
    fn default() -> Self {
        Self::SONIC_LATEST
    }
}
