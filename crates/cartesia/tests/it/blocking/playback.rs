//! Speech that is played.

use cartesia::audio::OfflineOptions;
use cartesia::{ContextSpec, GenerationRequest, ModelId, Player, RawFormat, VoiceId};

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
