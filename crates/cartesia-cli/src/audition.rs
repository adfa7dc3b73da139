//! `voices find` and `voices play`: which voice it will be.

use cartesia::voice::ListVoicesRequest;
use cartesia::{Client, ErrorKind, Language, Voice};
use clap::Parser;

use crate::args::{NAME, Speak, VoiceName, VoicePlay, VoicesFind};
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::find_voice::{all_voices, did_you_mean, find_voice};
use crate::global::Global;
use crate::{print, speak, voices};

/// The sample sentences of voices, by language.
const SENTENCES: &[(&str, &str)] = &[
    ("ar", "مرحبا، هذا صوتي. هل يعجبك؟"),
    ("de", "Hallo! So klinge ich. Gefällt dir meine Stimme?"),
    ("en", "Hello! This is my voice. How do you like it?"),
    ("es", "¡Hola! Esta es mi voz. ¿Te gusta?"),
    ("fr", "Bonjour ! Voici ma voix. Elle vous plaît ?"),
    ("hi", "नमस्ते! यह मेरी आवाज़ है। आपको कैसी लगी?"),
    ("it", "Ciao! Questa è la mia voce. Ti piace?"),
    ("ja", "こんにちは。これが私の声です。いかがですか。"),
    ("ko", "안녕하세요! 이것이 제 목소리입니다. 어떠세요?"),
    ("nl", "Hallo! Dit is mijn stem. Wat vind je ervan?"),
    ("pl", "Cześć! To jest mój głos. Podoba ci się?"),
    ("pt", "Olá! Esta é a minha voz. Você gosta?"),
    ("ru", "Здравствуйте! Это мой голос. Вам нравится?"),
    ("sv", "Hej! Så här låter jag. Vad tycker du?"),
    ("tr", "Merhaba! Bu benim sesim. Beğendin mi?"),
    ("zh", "你好！这就是我的声音。你喜欢吗？"),
];

/// Finds voices by words.
pub(crate) async fn find(
    client: &Client,
    global: &Global,
    find: VoicesFind,
) -> Result<(), Failure> {
    let mut request = ListVoicesRequest::new();
    request.language = find.language;
    let all = all_voices(client, global, request).await?;
    let (found, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|voice| matches(voice, &find.words));
    if found.is_empty() {
        let words = find.words.join(" ");
        let names = others.iter().map(|voice| voice.name.as_str());
        let message = format!("no voice matches {words:?}{}", did_you_mean(&words, names));
        return Err(Failure::of(ErrorKind::NotFound, message));
    }
    voices::show_voices(global, &cartesia::voice::VoicePage::new(found, false))
}

/// Whether something known of a voice has a word that begins with each of these, in any case.
fn matches(voice: &Voice, words: &[String]) -> bool {
    let language = voice.language.as_ref().map(Language::as_str);
    let gender = voice.gender.as_ref().map(ToString::to_string);
    let locales = voice.locales.iter().map(|it| it.locale.as_str());
    let known: Vec<String> = [
        Some(voice.name.as_str()),
        Some(voice.description.as_str()),
        voice.tagline.as_deref(),
        voice.accent.as_deref(),
        gender.as_deref(),
        language,
    ]
    .into_iter()
    .flatten()
    .chain(locales)
    .map(str::to_lowercase)
    .collect();
    words.iter().all(|word| {
        let word = word.to_lowercase();
        known.iter().any(|text| has_word(text, &word))
    })
}

/// Whether a word of the text begins so: `man` is not meant by "woman".
fn has_word(text: &str, begin: &str) -> bool {
    text.match_indices(begin)
        .any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
}

/// The flags of `speak`, with their defaults.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    speak: Speak,
}

/// Lets voices speak, one after the other.
pub(crate) async fn play(client: &Client, global: &Global, play: VoicePlay) -> Result<(), Failure> {
    if play.output.is_some() && play.voices.len() > 1 {
        return Err(Failure::usage("--output is for one voice"));
    }
    // All are known before the first one speaks.
    let mut found = Vec::new();
    for name in &play.voices {
        let id = find_voice(client, global, name).await?;
        found.push(with_timeout!(client.voices().get(id), global).await?);
    }
    for voice in found {
        let text = match &play.text {
            Some(text) => text.clone(),
            None => sentence(voice.language.as_ref()).to_owned(),
        };
        let defaults = Defaults::try_parse_from([NAME, "--", &text])
            .map_err(|error| Failure::usage(error.to_string()))?;
        let speak = Speak {
            voice: Some(VoiceName(voice.id.to_string())),
            language: voice.language.clone(),
            model: play.model.clone(),
            output: play.output.clone(),
            aloud: play.aloud.clone(),
            ..defaults.speak
        };
        if !global.json {
            print::note(&format!("{} ({}): {text}", voice.name, voice.id));
        }
        speak::run(global, speak).await?;
    }
    Ok(())
}

fn sentence(language: Option<&Language>) -> &'static str {
    let code = language.map_or("en", Language::as_str);
    let of = |code: &str| SENTENCES.iter().find(|it| it.0 == code).map(|it| it.1);
    of(code).or_else(|| of("en")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_in_the_language_of_the_voice() {
        assert!(sentence(Some(&Language::FR)).starts_with("Bonjour"));
        assert!(sentence(Some(&Language::from("xx"))).starts_with("Hello"));
        assert!(sentence(None).starts_with("Hello"));
    }

    #[test]
    fn words_are_found_by_how_they_begin() {
        for (text, begin, found) in [
            ("a friendly man", "man", true),
            ("a friendly woman", "man", false),
            ("barbershop man - throaty", "throat", true),
            ("woman, mandarin", "man", true),
            ("日本語の声", "日本", true),
            ("", "man", false),
        ] {
            assert_eq!(has_word(text, begin), found, "{begin} in {text}");
        }
    }

    #[test]
    fn a_text_that_looks_like_a_flag_is_a_text() {
        assert!(Defaults::try_parse_from([NAME, "--", "--play"]).is_ok());
    }
}
