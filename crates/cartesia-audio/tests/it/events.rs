//! Markers and other events, in order and in time.

use std::time::Duration;

use cartesia_audio::{AudioOffset, Event, Outcome, Pace, Player};

use crate::support::{FLOAT, bytes, exact, ms, noise, within};

fn all(events: &mut cartesia_audio::Events) -> Vec<Event> {
    std::iter::from_fn(|| events.try_next_event()).collect()
}

#[test]
fn markers_fire_when_their_frame_is_heard() {
    let options = exact().latency(Duration::from_millis(20));
    let (player, mut output) = Player::offline(options).unwrap();
    let mut events = player.events();
    let utterance = player.utterance(FLOAT).unwrap();
    // In any order, and before there is audio.
    for (position, marker) in [(ms(30), 3), (0, 1), (ms(80), 4), (ms(30), 5), (ms(500), 6)] {
        utterance.mark(AudioOffset::Frames(position as u64), marker);
    }
    utterance.try_write(&bytes(&noise(800, ms(100)))).unwrap();
    utterance.finish();
    let id = utterance.id();
    let mut seen = Vec::new();
    for millisecond in 1..=140 {
        output.step(ms(1));
        for event in all(&mut events) {
            match event {
                Event::Started { utterance } => {
                    assert_eq!(utterance, id);
                    seen.push((millisecond, 0));
                }
                Event::Marker {
                    utterance,
                    marker,
                    frame,
                } => {
                    assert_eq!(utterance, id);
                    assert!(utterance_has_heard(&player, frame));
                    seen.push((millisecond, marker));
                }
                Event::Finished { report } => {
                    assert_eq!((report.utterance, report.outcome), (id, Outcome::Finished));
                    seen.push((millisecond, 99));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(
        seen,
        [(21, 0), (21, 1), (50, 3), (50, 5), (100, 4), (120, 99)]
    );
}

fn utterance_has_heard(player: &Player, position: u64) -> bool {
    player.playhead().heard >= Duration::from_millis(position / ms(1) as u64)
}

#[test]
fn a_marker_behind_the_playhead_fires_at_once() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(810, ms(100)))).unwrap();
    output.step(ms(50));
    let mut events = player.events();
    utterance.mark(AudioOffset::Frames(10), 7);
    output.step(1);
    assert!(matches!(
        all(&mut events)[..],
        [Event::Marker {
            marker: 7,
            frame: 10,
            ..
        }]
    ));
}

#[test]
fn what_was_silenced_has_no_markers() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let mut events = player.events();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.mark(AudioOffset::Frames(ms(10) as u64), 1);
    utterance.mark(AudioOffset::Frames(ms(60) as u64), 2);
    utterance.try_write(&bytes(&noise(820, ms(100)))).unwrap();
    output.step(ms(50));
    let _ = player.interrupt();
    output.step(ms(100));
    let markers: Vec<_> = all(&mut events)
        .into_iter()
        .filter_map(|event| match event {
            Event::Marker { marker, .. } => Some(marker),
            _ => None,
        })
        .collect();
    assert_eq!(markers, [1]);
}

#[test]
fn who_does_not_read_loses_the_oldest_and_is_reported() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let mut slow = player.events();
    let mut other = player.events();
    let utterance = player.utterance(FLOAT).unwrap();
    for marker in 0..2_000 {
        utterance.mark(AudioOffset::Frames(0), marker);
    }
    utterance.try_write(&bytes(&noise(830, 10))).unwrap();
    output.step(10);
    assert!(matches!(
        other.try_next_event(),
        Some(Event::Missed { events: 977 })
    ));
    let events = all(&mut slow);
    assert_eq!(events.len(), 1_025);
    assert_eq!(events[0], Event::Missed { events: 977 });
    assert!(matches!(events[1], Event::Marker { marker: 976, .. }));
}

#[test]
fn events_can_be_awaited_and_end_with_the_player() {
    let (player, output) = Player::offline(exact()).unwrap();
    let _running = output.run(Pace::Fast).unwrap();
    let mut events = player.events();
    let mut blocking = player.events();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(840, 1_000))).unwrap();
    utterance.finish();
    within(async {
        assert!(matches!(
            events.next_event().await,
            Some(Event::Started { .. })
        ));
        assert!(matches!(
            events.next_event().await,
            Some(Event::Finished { .. })
        ));
    });
    let reader =
        std::thread::spawn(move || std::iter::from_fn(|| blocking.next_event_blocking()).count());
    drop(player);
    within(async { assert_eq!(events.next_event().await, None) });
    assert_eq!(reader.join().unwrap(), 2);
}

#[test]
fn a_closed_player_gives_no_events() {
    let (player, _output) = Player::offline(exact()).unwrap();
    player.close();
    assert_eq!(player.events().next_event_blocking(), None);
}
