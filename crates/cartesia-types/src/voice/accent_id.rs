//! The identifiers of accents.

crate::open::open_string! {
    /// The identifier of an accent in the service's catalogue, such as `british`; from version
    /// 2026-03-01 on. The names that older versions showed (`British English`) are not identifiers.
    ///
    /// The constants are the catalogue of August 2026; `GET /accents` has the present one.
    AccentId {
        /// `abruzzo-italian`
        ABRUZZO_ITALIAN = "abruzzo-italian",
        /// `african-american`
        AFRICAN_AMERICAN = "african-american",
        /// `african-french`
        AFRICAN_FRENCH = "african-french",
        /// `arabic`
        ARABIC = "arabic",
        /// `arabic-english`
        ARABIC_ENGLISH = "arabic-english",
        /// `australian`
        AUSTRALIAN = "australian",
        /// `bagheli`
        BAGHELI = "bagheli",
        /// `belgian-french`
        BELGIAN_FRENCH = "belgian-french",
        /// `brazilian-portuguese`
        BRAZILIAN_PORTUGUESE = "brazilian-portuguese",
        /// `british`
        BRITISH = "british",
        /// `budapest`
        BUDAPEST = "budapest",
        /// `bulgarian`
        BULGARIAN = "bulgarian",
        /// `california`
        CALIFORNIA = "california",
        /// `camba`
        CAMBA = "camba",
        /// `campania`
        CAMPANIA = "campania",
        /// `canadian-english`
        CANADIAN_ENGLISH = "canadian-english",
        /// `canadian-french`
        CANADIAN_FRENCH = "canadian-french",
        /// `castilian`
        CASTILIAN = "castilian",
        /// `central-tamil`
        CENTRAL_TAMIL = "central-tamil",
        /// `central-thai`
        CENTRAL_THAI = "central-thai",
        /// `central-vietnamese`
        CENTRAL_VIETNAMESE = "central-vietnamese",
        /// `chilean`
        CHILEAN = "chilean",
        /// `colombian`
        COLOMBIAN = "colombian",
        /// `czech`
        CZECH = "czech",
        /// `danish`
        DANISH = "danish",
        /// `european-portuguese`
        EUROPEAN_PORTUGUESE = "european-portuguese",
        /// `finnish`
        FINNISH = "finnish",
        /// `general-american`
        GENERAL_AMERICAN = "general-american",
        /// `high-german`
        HIGH_GERMAN = "high-german",
        /// `hindi`
        HINDI = "hindi",
        /// `indian-english`
        INDIAN_ENGLISH = "indian-english",
        /// `indian-urdu`
        INDIAN_URDU = "indian-urdu",
        /// `irish`
        IRISH = "irish",
        /// `israeli`
        ISRAELI = "israeli",
        /// `istanbul`
        ISTANBUL = "istanbul",
        /// `italian`
        ITALIAN = "italian",
        /// `jakarta`
        JAKARTA = "jakarta",
        /// `japanese`
        JAPANESE = "japanese",
        /// `jessore`
        JESSORE = "jessore",
        /// `khaleeji`
        KHALEEJI = "khaleeji",
        /// `konkani`
        KONKANI = "konkani",
        /// `korean`
        KOREAN = "korean",
        /// `kyiv`
        KYIV = "kyiv",
        /// `malay`
        MALAY = "malay",
        /// `mandarin`
        MANDARIN = "mandarin",
        /// `manila`
        MANILA = "manila",
        /// `mexican`
        MEXICAN = "mexican",
        /// `middle-eastern-arabic`
        MIDDLE_EASTERN_ARABIC = "middle-eastern-arabic",
        /// `midwestern-american`
        MIDWESTERN_AMERICAN = "midwestern-american",
        /// `modern-standard-arabic`
        MODERN_STANDARD_ARABIC = "modern-standard-arabic",
        /// `moldovan`
        MOLDOVAN = "moldovan",
        /// `new-york`
        NEW_YORK = "new-york",
        /// `new-zealand`
        NEW_ZEALAND = "new-zealand",
        /// `north-kerala`
        NORTH_KERALA = "north-kerala",
        /// `odia`
        ODIA = "odia",
        /// `oslo`
        OSLO = "oslo",
        /// `parisian`
        PARISIAN = "parisian",
        /// `parsi`
        PARSI = "parsi",
        /// `peruvian`
        PERUVIAN = "peruvian",
        /// `polish`
        POLISH = "polish",
        /// `powadhi`
        POWADHI = "powadhi",
        /// `randstad`
        RANDSTAD = "randstad",
        /// `romanian`
        ROMANIAN = "romanian",
        /// `russian`
        RUSSIAN = "russian",
        /// `singaporean`
        SINGAPOREAN = "singaporean",
        /// `slovak`
        SLOVAK = "slovak",
        /// `south-african`
        SOUTH_AFRICAN = "south-african",
        /// `southern-us`
        SOUTHERN_US = "southern-us",
        /// `southern-karnataka`
        SOUTHERN_KARNATAKA = "southern-karnataka",
        /// `southern-vietnamese`
        SOUTHERN_VIETNAMESE = "southern-vietnamese",
        /// `standard-japanese`
        STANDARD_JAPANESE = "standard-japanese",
        /// `stockholm`
        STOCKHOLM = "stockholm",
        /// `swiss-standard`
        SWISS_STANDARD = "swiss-standard",
        /// `taiwanese-mandarin`
        TAIWANESE_MANDARIN = "taiwanese-mandarin",
        /// `tbilisi`
        TBILISI = "tbilisi",
        /// `telangana`
        TELANGANA = "telangana",
        /// `urdu`
        URDU = "urdu",
        /// `thessaloniki`
        THESSALONIKI = "thessaloniki",
        /// `zagreb`
        ZAGREB = "zagreb",
    }
}
