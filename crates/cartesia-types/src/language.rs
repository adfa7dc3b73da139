//! Languages and locales.

crate::open::open_string! {
    /// The language of a transcript or a voice: an ISO 639-1 code.
    ///
    /// Which languages a model speaks differs by model; the constants are those of `sonic-3.6`.
    Language {
        /// Arabic
        AR = "ar",
        /// Bengali
        BN = "bn",
        /// Bulgarian
        BG = "bg",
        /// Chinese
        ZH = "zh",
        /// Croatian
        HR = "hr",
        /// Czech
        CS = "cs",
        /// Danish
        DA = "da",
        /// Dutch
        NL = "nl",
        /// English
        EN = "en",
        /// Finnish
        FI = "fi",
        /// French
        FR = "fr",
        /// Georgian
        KA = "ka",
        /// German
        DE = "de",
        /// Greek
        EL = "el",
        /// Gujarati
        GU = "gu",
        /// Hebrew
        HE = "he",
        /// Hindi
        HI = "hi",
        /// Hungarian
        HU = "hu",
        /// Indonesian
        ID = "id",
        /// Italian
        IT = "it",
        /// Japanese
        JA = "ja",
        /// Kannada
        KN = "kn",
        /// Korean
        KO = "ko",
        /// Malay
        MS = "ms",
        /// Malayalam
        ML = "ml",
        /// Marathi
        MR = "mr",
        /// Norwegian
        NO = "no",
        /// Odia
        OR = "or",
        /// Polish
        PL = "pl",
        /// Portuguese
        PT = "pt",
        /// Punjabi
        PA = "pa",
        /// Romanian
        RO = "ro",
        /// Russian
        RU = "ru",
        /// Slovak
        SK = "sk",
        /// Spanish
        ES = "es",
        /// Swedish
        SV = "sv",
        /// Tagalog
        TL = "tl",
        /// Tamil
        TA = "ta",
        /// Telugu
        TE = "te",
        /// Thai
        TH = "th",
        /// Turkish
        TR = "tr",
        /// Ukrainian
        UK = "uk",
        /// Urdu
        UR = "ur",
        /// Vietnamese
        VI = "vi",
    }
}

crate::open::open_string! {
    /// A language with a region: a BCP 47 tag such as `en-GB`.
    Locale {
        /// British English
        EN_GB = "en-GB",
        /// Indian English
        EN_IN = "en-IN",
        /// American English
        EN_US = "en-US",
    }
}
