//! Speech to text over WebSockets: the client ends utterances, or the service ends turns.

use std::time::Duration;

use bytes::Bytes;
use cartesia::stt::{
    LiveEvent, LiveSpec, SttFormat, Transcript, TurnEvent, TurnSettings, TurnsSpec,
};
use cartesia::{SttEvent, SttInput};

use super::Use;
use crate::Result;

const FORMAT: SttFormat = SttFormat::PCM_S16LE_16000;
/// A tenth of a second, as all drivers send it.
const PIECE: usize = 3_200;
/// Time goes on only with audio: silence is what ends a turn. Ten seconds for one client, two for another.
const SILENCES: [usize; 2] = [20, 100];

/// The settings that clients have in common, and all that they know.
fn manual_specs(call: &Use<'_>) -> [LiveSpec; 2] {
    let spec = LiveSpec::new(&*call.inputs.stt_manual_model, FORMAT).with_language(call.language());
    let silence = Duration::from_millis(900);
    let full = spec.clone().with_min_volume(0.01).with_max_silence(silence);
    [spec, full]
}

async fn send<E: SttEvent>(input: &mut SttInput<E>, audio: &Bytes) -> Result {
    for at in (0..audio.len()).step_by(PIECE) {
        input
            .send(audio.slice(at..audio.len().min(at + PIECE)))
            .await?;
    }
    Ok(())
}

fn with_silence(samples: &Bytes, pieces: usize) -> Bytes {
    let mut audio = samples.to_vec();
    audio.resize(audio.len() + pieces * PIECE, 0);
    audio.into()
}

pub(super) async fn manual(call: &mut Use<'_>) -> Result {
    let samples = Use::samples()?;
    for spec in manual_specs(call) {
        for pieces in [0, SILENCES[0]] {
            let stream = call.client.stt().live(spec.clone()).await?;
            let (mut input, mut output) = stream.split();
            let audio = with_silence(&samples, pieces);
            let sending = async {
                send(&mut input, &audio).await?;
                input.finalize().await?;
                input.finish().await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
            };
            let reading = async {
                let mut events = Vec::new();
                while let Some(event) = output.next_event().await? {
                    events.push(event);
                }
                Ok(events)
            };
            let ((), events) = tokio::try_join!(sending, reading)?;
            let mut transcript = Transcript::new();
            for event in &events {
                transcript.push(event);
            }
            let spoken = call.inputs.spoken.clone();
            call.checks
                .equal(&transcript.text(), &spoken, "what was said")?;
            let words = transcript.words().len();
            call.checks
                .equal(&words, &spoken.split(' ').count(), "the words")?;
            let flushed = events
                .iter()
                .any(|it| matches!(it, LiveEvent::FlushDone(_)));
            call.checks.that(flushed, "an answer to `finalize`")?;
            let done = matches!(events.last(), Some(LiveEvent::Done(_)));
            call.checks.that(done, "an answer to `close`")?;
        }
    }
    Ok(())
}

pub(super) async fn turns(call: &mut Use<'_>) -> Result {
    let samples = Use::samples()?;
    let spec = TurnsSpec::new(&*call.inputs.stt_auto_model, FORMAT);
    let timeout = TurnSettings::default().with_end_timeout(Duration::from_secs(1));
    let full = spec.clone().with_turn(timeout).with_keyterm("New York");
    for (spec, pieces) in [(full, SILENCES[0]), (spec, SILENCES[1])] {
        let stream = call.client.stt().turns(spec).await?;
        let (mut input, mut output) = stream.split();
        let audio = with_silence(&samples, pieces);
        let sending = async {
            send(&mut input, &audio).await?;
            input.finish().await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        };
        let reading = async {
            let mut events = Vec::new();
            while let Some(event) = output.next_event().await? {
                events.push(event);
            }
            Ok(events)
        };
        let ((), events) = tokio::try_join!(sending, reading)?;
        let first = matches!(
            events[..],
            [TurnEvent::Connected(_), TurnEvent::Start(_), ..]
        );
        call.checks.that(first, "the first events")?;
        let mut transcript = Transcript::new();
        for event in &events {
            transcript.push_turn(event);
        }
        let spoken = call.inputs.spoken.clone();
        call.checks
            .equal(&transcript.text(), &spoken, "what was said")?;
    }
    Ok(())
}
