//! Speech that is played.

use cartesia::audio::{OfflineOptions, Pace};
use cartesia::tts::{BytesRequest, SseRequest};
use cartesia::{ContextSpec, GenerationRequest, ModelId, Player, RawFormat, SpeechEvent, VoiceId};

use super::{client, server, within};
use crate::VOICE;

#[test]
fn a_player_is_fed_from_an_iterator() {
    within(|| {
        let server = server();
        let connection = client(&server).tts().connect().unwrap();
        let format = RawFormat::PCM_S16LE_24000;
        let spec = ContextSpec::new(ModelId::SONIC_3, VoiceId::from(VOICE), format);
        let request = GenerationRequest::new(spec.with_context_id("played"), "Can you hear me?");
        let clip = connection
            .send(request.clone())
            .unwrap()
            .collect_audio()
            .unwrap();

        let (player, mut output) = Player::offline(OfflineOptions::new(24_000)).unwrap();
        let utterance = player.utterance(format).unwrap();
        let mut speech = connection.send(request).unwrap();
        while let Some(audio) = speech.next_audio().unwrap() {
            utterance.write_blocking(&audio).unwrap();
        }
        utterance.finish();
        output.run_until_idle();
        let report = utterance.drained_blocking();
        assert_eq!((report.heard, report.underruns), (clip.duration(), 0));
        let whole = player.play_clip_blocking(&clip).unwrap();
        output.run_until_idle();
        assert_eq!(whole.drained_blocking().heard, clip.duration());
    });
}

#[test]
fn streams_play_themselves() {
    within(|| {
        let server = server();
        let client = client(&server);
        let format = RawFormat::PCM_S16LE_24000;
        let events = SseRequest::new("sonic-3", VOICE, "Can you hear me?", format);
        let body = BytesRequest::new("sonic-3", VOICE, "Can you hear me?", format);
        let spec = ContextSpec::new("sonic-3", VOICE, format);
        let clip = client.tts().sse(events.clone()).wait().unwrap();
        let whole = clip.collect_audio().unwrap().duration();

        let (player, output) = Player::offline(OfflineOptions::new(24_000)).unwrap();
        let running = output.run(Pace::Fast).unwrap();
        let stream = client.tts().sse(events).wait().unwrap();
        let context = client.tts().connect().unwrap().context(spec).unwrap();
        let mut body = client.tts().bytes(body).wait().unwrap();
        // What was looked at and given back is played as well.
        let first = body.next_chunk().unwrap().unwrap();
        body.put_back(first);
        for utterance in [
            stream.play(&player).unwrap(),
            context
                .speak("Can you hear me?")
                .unwrap()
                .play(&player)
                .unwrap(),
            body.play(&player).unwrap(),
        ] {
            assert_eq!(utterance.drained_blocking().heard, whole);
        }
        drop(running);
    });
}

#[test]
fn speech_is_interrupted_and_knows_what_was_heard() {
    within(|| {
        let server = server();
        let (player, output) = Player::offline(OfflineOptions::new(16_000)).unwrap();
        let running = output.run(Pace::RealTime).unwrap();
        let spec = ContextSpec::new(
            ModelId::SONIC_3,
            VoiceId::from(VOICE),
            RawFormat::PCM_S16LE_16000,
        );
        let speech = client(&server).speech(&player, spec).open().unwrap();
        let said = speech.say("One two.").unwrap();
        assert_eq!(said.finished().unwrap().characters, 8);
        assert_eq!(speech.finished().unwrap().text, "One two.");
        let mut events = speech.events();
        let tokens = [
            "And this goes ",
            "on and on and on and on ",
            "until it is enough.",
        ];
        let said = speech.say_all(tokens).unwrap();
        // Until a word is heard.
        while !matches!(events.next_event().unwrap(), Some(SpeechEvent::Word { .. })) {}
        let heard = speech.interrupt().unwrap();
        assert!(
            !heard.is_complete && tokens.concat().starts_with(&heard.text),
            "{heard:?}"
        );
        assert!(said.finished().is_ok());
        assert_eq!(speech.resume_interrupted().unwrap().len(), 1);
        let rest = speech.finished().unwrap();
        assert_eq!(heard.text + &rest.text, tokens.concat());
        drop(running);
    });
}
