//! `bench`: figures, as a table and as JSON.

use cartesia_mock::{Fault, MockServer, Pace, Voices};
use serde_json::Value;

use crate::support::{program, program_for, run};

#[test]
fn figures_of_every_transport_as_json() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for transport in ["ws", "sse", "bytes"] {
        let flags = "--contexts 3 --requests 8 --connections 2 --json";
        let arguments = ["bench", "--text", "Hello there", "--transport", transport];
        let ran = run(
            program_for(&server, folder.path()),
            arguments.into_iter().chain(flags.split(' ')),
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.stderr, "");
        let report: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!(report["transport"], transport);
        assert_eq!(
            (&report["requests"], &report["contexts"], &report["ok"]),
            (&8.into(), &3.into(), &8.into())
        );
        assert_eq!(report["errors"], serde_json::json!({}));
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{report}"));
        // 16 bits at 44.1 kHz.
        let audio = number(&report["bytes"]) / 88.2;
        assert!(
            (audio - number(&report["audio_ms"])).abs() < 1.0,
            "{report}"
        );
        assert!(audio > 8.0 * 300.0);
        let per_second = audio / number(&report["wall_ms"]);
        let throughput = number(&report["throughput"]);
        assert!((per_second / throughput - 1.0).abs() < 0.01, "{report}");
        for spread in [&report["first_audio_ms"], &report["lateness_ms"]] {
            let values = ["p50", "p90", "p99", "max"].map(|name| number(&spread[name]));
            assert!(values.is_sorted(), "{report}");
        }
        assert!(number(&report["first_audio_ms"]["p50"]) > 0.0);
        assert!(number(&report["cpu_ms_per_audio_minute"]) > 0.0);
        if transport == "ws" {
            assert_eq!(report["connections"], 2);
            assert_eq!(server.sockets().len(), 2);
            let used: std::collections::HashSet<_> =
                server.messages().iter().map(|it| it.connection).collect();
            assert_eq!(used.len(), 2);
        } else {
            assert!(report["connections"].is_null());
        }
    }
    assert_eq!(server.received().len(), 2 + 8 + 8);
}

#[test]
fn a_table_for_people() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program_for(&server, folder.path()),
        ["bench", "--requests", "4", "--contexts", "2"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let table = ran.stdout_text();
    for line in [
        "first audio (ms)",
        "chunk lateness (ms)",
        "bytes",
        "audio per second",
    ] {
        assert!(table.contains(line), "{table}");
    }
    assert!(
        table.contains("4 by ws, 2 at once over 1 connection\n"),
        "{table}"
    );
}

#[test]
fn audio_that_comes_too_late_is_counted() {
    // Half as fast as it plays: 100 ms of audio every 200 ms.
    let server = MockServer::builder()
        .pace(Pace::TimesRealTime(0.5))
        .socket_chunk_size(8_820)
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program_for(&server, folder.path()),
        ["bench", "--requests", "1", "--text", "Hi you", "--json"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert!(report["underruns"].as_u64().unwrap() >= 1, "{report}");
    assert!(
        report["lateness_ms"]["max"].as_f64().unwrap() > 50.0,
        "{report}"
    );
}

#[test]
fn failures_are_counted_by_kind() {
    let server = MockServer::builder()
        .voices(Voices::Catalogue)
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bench = |flags: &[&str]| {
        let arguments = ["bench", "--requests", "3", "--json"].iter().chain(flags);
        run(program_for(&server, folder.path()), arguments)
    };
    server.inject(Fault::CutBody { after: 20_000 });
    let ran = bench(&["--transport", "sse"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(
        (&report["ok"], &report["errors"]["incomplete"]),
        (&2.into(), &1.into())
    );

    // Nothing at all: the figures, and the exit code of the first failure.
    let ran = bench(&["--voice", "a0e99841-0000-4000-8000-000000000000"]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    let report: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(report["errors"], serde_json::json!({"not_found": 3}));
    assert!(report["first_audio_ms"].is_null() && report["cpu_ms_per_audio_minute"].is_null());

    for flags in [["--contexts", "0"], ["--requests", "x"], ["--text", " "]] {
        assert_eq!(bench(&flags).code, Some(2));
    }
}

#[test]
fn no_server_is_a_configuration_error() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program(folder.path()), ["bench"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("CARTESIA_API_KEY"), "{ran:?}");
}
