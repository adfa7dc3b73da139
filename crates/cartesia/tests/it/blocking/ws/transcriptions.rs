//! Live transcriptions, from threads.

use std::thread;

use cartesia::stt::{LiveEvent, LiveSpec, TurnEvent, TurnSettings, TurnsSpec};
use cartesia::{ErrorKind, Pace, SttModelId};

use super::{FORMAT, spec};
use crate::blocking::{client, server, within};

#[test]
fn a_clip_becomes_text() {
    within(|| {
        let server = server();
        let client = client(&server);
        let connection = client.tts().connect().unwrap();
        let speech = connection.context(spec()).unwrap().speak("What was said.");
        let clip = speech.unwrap().collect_audio().unwrap();

        let live = LiveSpec::new(SttModelId::INK_2, FORMAT);
        let (mut input, output) = client.stt().live(live).unwrap().split();
        assert_eq!(input.format(), FORMAT.into());
        let audio = clip.clone();
        let writer = thread::spawn(move || {
            input.set_pace(Pace::UNLIMITED);
            input.send_audio(audio)?;
            input.finalize()?;
            input.send_all([vec![0_u8; 100], vec![0; 7]])?;
            input.finish()
        });
        let events: Vec<_> = output.map(Result::unwrap).collect();
        writer.join().unwrap().unwrap();
        assert!(matches!(events.last(), Some(LiveEvent::Done(_))));
        let flushes = events
            .iter()
            .filter(|it| matches!(it, LiveEvent::FlushDone(_)));
        assert_eq!(flushes.count(), 1);

        let turns = TurnsSpec::new(SttModelId::INK_2, FORMAT);
        let (mut input, mut output) = client.stt().turns(turns).unwrap().split();
        input
            .configure(TurnSettings::default().with_end_threshold(0.1))
            .unwrap();
        input.send(clip.into_data()).unwrap();
        input.finish().unwrap();
        let mut text = String::new();
        while let Some(event) = output.next_event().unwrap() {
            if let TurnEvent::End(turn) = event {
                text.push_str(&turn.transcript);
            }
        }
        assert_eq!(text, "What was said.");
        assert!(output.stats().connections == 1 && output.handshake().is_some());
    });
}

#[test]
fn in_async_code_it_is_refused() {
    within(|| {
        let server = server();
        let client = client(&server);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let refused = runtime.block_on(async {
            let live = LiveSpec::new(SttModelId::INK_2, FORMAT);
            client.stt().live(live).err().unwrap()
        });
        assert_eq!(refused.kind(), ErrorKind::Config);
    });
}
