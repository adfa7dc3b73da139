//! `cargo xtask demo`: one sentence through the real command line, and an independent look at the
//! audio that comes out.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::metadata::Metadata;
use crate::wav::Wav;
use crate::{Result, setup, shell};

const SENTENCE: &str = "Hello! Welcome to Cartesia. This sentence was spoken by a Rust program.";

/// The JSON line the command line writes at the end with `--report`.
#[derive(Debug)]
struct Report {
    outcome: String,
    transport: Option<String>,
    audio_ms: Option<u64>,
    first_audio_ms: Option<u64>,
    total_ms: Option<u64>,
}

impl Report {
    fn read(json: &Value) -> Option<Self> {
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        Some(Self {
            outcome: text("outcome")?,
            transport: text("transport"),
            audio_ms: json["audio_ms"].as_u64(),
            first_audio_ms: json["first_audio_ms"].as_u64(),
            total_ms: json["total_ms"].as_u64(),
        })
    }
}

pub(crate) fn run(arguments: &[String]) -> Result {
    let sentence = match arguments {
        [] => SENTENCE.to_owned(),
        words => words.join(" "),
    };
    setup::ensure(&[setup::BUILD, setup::PLAYBACK])?;
    // Built first, so that the time to first audio has no compile time in it.
    let program = shell::build(
        "cartesia-rs",
        &["build", "--package=cartesia-cli", "--bin=cartesia-rs"],
    )?;

    let folder = Metadata::load()?.target_directory.join("demo");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("hello.wav");
    if path.exists() {
        // What is checked below is this run's file, not an earlier one's.
        std::fs::remove_file(&path)?;
    }
    if std::env::var_os("CARTESIA_API_KEY").is_none_or(|key| key.is_empty()) {
        eprintln!(
            "demo: CARTESIA_API_KEY is not set, so the embedded mock server answers. Its audio is \
             synthetic; with a key this is the real service."
        );
    }

    let speak = |flags: &[&OsStr]| {
        let mut command = Command::new(&program);
        // `--` ends the options: a sentence may start with a dash.
        command.arg("speak").args(flags).arg("--").arg(&sentence);
        command
    };
    let devices = shell::query(Command::new(&program).args(["devices", "--json"]));
    let has_device = devices.is_ok_and(|devices| has_output(&devices));
    // With this terminal as its own, so that people see what the program shows them.
    let played = has_device.then(|| shell::run(&mut speak(&["--play".as_ref()])));
    if let Some(Err(error)) = &played {
        eprintln!("demo: it could not be played ({error}); now into the file");
    }
    let aloud = matches!(played, Some(Ok(())));
    let into_file = ["--report", "--no-play", "--output"].map(OsStr::new);
    let flags = [&into_file[..], &[path.as_os_str()]].concat();
    let stderr = shell::stderr_of(&mut speak(&flags))?;
    let report = last_report(&stderr).ok_or("`speak --report` wrote no report on stderr")?;
    let wav = Wav::read(&std::fs::read(&path)?)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    check(&sentence, &report, &wav)?;
    print!("{}", summary(&path, &report, &wav, aloud));
    Ok(())
}

/// Whether there is a device to play to, as the verb `devices` lists them.
fn has_output(devices: &str) -> bool {
    let devices: Value = serde_json::from_str(devices).unwrap_or_default();
    devices["outputs"]
        .as_array()
        .is_some_and(|outputs| !outputs.is_empty())
}

fn last_report(stderr: &str) -> Option<Report> {
    stderr
        .lines()
        .rev()
        .find_map(|line| Report::read(&serde_json::from_str(line).ok()?))
}

/// Whether the audio can be this sentence: the report and the file agree, it is not silence, and
/// not far shorter or longer than anybody speaks.
fn check(sentence: &str, report: &Report, wav: &Wav) -> Result {
    if report.outcome != "ok" {
        return Err(format!("the outcome is `{}`, not `ok`", report.outcome).into());
    }
    let reported = report.audio_ms.ok_or("the report has no `audio_ms`")?;
    let actual = wav.duration_ms();
    if actual.abs_diff(reported) > 50 {
        return Err(
            format!("the file has {actual} ms of audio, the report says {reported}").into(),
        );
    }
    // A hundredth of full scale is -40 dB; speech peaks far above.
    let peak = wav.peak();
    if peak < 0.01 {
        return Err(format!("the audio is silent: its peak is {peak}").into());
    }
    // Counted in characters, for languages without spaces. People speak 5 (Chinese) to 25 (fast
    // English) characters a second; the bounds leave room around that.
    let characters = sentence.chars().filter(|c| c.is_alphanumeric()).count() as u64;
    let (shortest, longest) = (characters * 20, 1000 + characters * 300);
    if !(shortest..=longest).contains(&actual) {
        return Err(format!(
            "{actual} ms is implausible for this sentence: expected {shortest} to {longest} ms"
        )
        .into());
    }
    Ok(())
}

fn summary(path: &Path, report: &Report, wav: &Wav, aloud: bool) -> String {
    let ms = |time: Option<u64>| time.map_or_else(|| "unknown".to_owned(), |ms| format!("{ms} ms"));
    let path = path.display();
    let listen = if aloud {
        ""
    } else {
        "\nIt was not heard here, where there is no audio device: any player plays the file.\n"
    };
    format!(
        "\n{path}\n  length       {} ms\n  format       {}\n  transport    {}\n  \
         first audio  {}\n  total        {}\n{listen}",
        wav.duration_ms(),
        wav.format_name(),
        report.transport.as_deref().unwrap_or("unknown"),
        ms(report.first_audio_ms),
        ms(report.total_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(audio_ms: u64) -> Report {
        Report {
            outcome: "ok".to_owned(),
            transport: Some("ws".to_owned()),
            audio_ms: Some(audio_ms),
            first_audio_ms: Some(90),
            total_ms: None,
        }
    }

    fn wav(ms: u64, peak: f32) -> Wav {
        Wav {
            rate: 1000,
            channels: 1,
            bits: 32,
            float: true,
            samples: vec![peak; usize::try_from(ms).unwrap()],
        }
    }

    #[test]
    fn plausible_audio_passes() {
        assert!(check(SENTENCE, &report(4000), &wav(4050, 0.5)).is_ok());
        assert!(check("你好,欢迎使用", &report(1400), &wav(1400, 0.5)).is_ok());
    }

    #[test]
    fn implausible_audio_fails() {
        let message =
            |report: &Report, wav: &Wav| check(SENTENCE, report, wav).unwrap_err().to_string();
        let failed = Report {
            outcome: "error".to_owned(),
            ..report(4000)
        };
        assert!(message(&failed, &wav(4000, 0.5)).contains("`error`"));
        let unknown = Report {
            audio_ms: None,
            ..report(0)
        };
        assert!(message(&unknown, &wav(4000, 0.5)).contains("no `audio_ms`"));
        assert!(message(&report(4000), &wav(4051, 0.5)).contains("4051 ms"));
        assert!(message(&report(4000), &wav(4000, 0.001)).contains("silent"));
        assert!(message(&report(200), &wav(200, 0.5)).contains("implausible"));
        assert!(message(&report(60_000), &wav(60_000, 0.5)).contains("implausible"));
    }

    #[test]
    fn it_is_played_where_there_is_a_device() {
        assert!(has_output(
            r#"{"outputs": [{"name": "Speaker"}], "inputs": []}"#
        ));
        for none in [r#"{"outputs": [], "inputs": [{}]}"#, "{}", "no JSON"] {
            assert!(!has_output(none), "{none}");
        }
    }

    #[test]
    fn the_report_is_the_last_json_line() {
        let stderr = "using the mock server\n\
                      {\"outcome\":\"ok\",\"transport\":\"sse\",\"bytes\":8,\"audio_ms\":7,\
                      \"first_audio_ms\":null,\"total_ms\":9,\"request_id\":null}\n\n";
        let report = last_report(stderr).unwrap();
        assert_eq!((report.audio_ms, report.first_audio_ms), (Some(7), None));
        assert!(last_report("no JSON here\n").is_none());
    }

    #[test]
    fn the_summary_says_where_and_how_fast() {
        let summary = |played| {
            let (report, wav) = (report(1500), wav(1500, 0.5));
            super::summary(Path::new("/t/hello.wav"), &report, &wav, played)
        };
        assert!(summary(false).contains("any player") && !summary(true).contains("any player"));
        let summary = summary(false);
        assert!(summary.starts_with("\n/t/hello.wav\n  length       1500 ms\n"));
        assert!(summary.contains("  first audio  90 ms\n  total        unknown\n"));
    }
}
