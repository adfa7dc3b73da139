//! Running examples, and listening to what they write.

#[cfg(feature = "playback")]
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cartesia_mock::MockServer;

/// No example runs so long: the offline server sends as fast as it can.
const LIMIT: Duration = Duration::from_secs(60);

/// An example in a folder, without any setting of the machine that runs the test.
pub(crate) fn example(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(executable(name));
    command.current_dir(folder).stdin(Stdio::null());
    for name in [
        "ALL_PROXY",
        "CARTESIA_API_KEY",
        "CARTESIA_BASE_URL",
        "CARTESIA_EXAMPLE_OUTPUT",
        "CARTESIA_EXAMPLE_STARTED",
        "CARTESIA_VERSION",
        "COMPANY_CA",
        "COMPANY_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
    ] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

/// Where cargo puts examples: beside the folder of the test that is running. `cargo test --test it` does not build
/// them, so this checks that they are those of the present sources.
fn executable(name: &str) -> PathBuf {
    const BUILD: &str = "run `cargo test -p cartesia-examples`, or first \
                         `cargo build -p cartesia-examples --examples`";
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let path = folder
        .join("examples")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is not built: {BUILD}", path.display());
    if let Some(source) = newer_source(&path) {
        panic!(
            "{} is older than its source {}: {BUILD}",
            path.display(),
            source.display()
        );
    }
    path
}

/// A source file that was changed after the program was built from it. Cargo lists them beside the program.
fn newer_source(program: &Path) -> Option<PathBuf> {
    let changed = |path: &Path| path.metadata().and_then(|file| file.modified());
    let built = changed(program).unwrap();
    let list = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    sources(&list)
        .into_iter()
        .find(|source| changed(source).is_ok_and(|changed| changed > built))
}

/// The sources in a list in the form of a makefile: `program: source source …`.
fn sources(list: &str) -> Vec<PathBuf> {
    let Some((_, sources)) = list.split_once(": ") else {
        return Vec::new();
    };
    // A space in a name has a backslash before it; a name has no line break.
    let sources = sources.replace("\\ ", "\n");
    let names = sources.trim_end().split(' ');
    names
        .map(|name| PathBuf::from(name.replace('\n', " ")))
        .collect()
}

#[test]
fn an_example_that_is_older_than_its_source_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let (program, source) = (
        folder.path().join("program"),
        folder.path().join("a source.rs"),
    );
    let touch = |path: &Path, seconds| {
        let file = std::fs::File::create(path).unwrap();
        let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds);
        file.set_modified(time).unwrap();
    };
    let escaped = source.to_str().unwrap().replace(' ', "\\ ");
    let list = format!("{}: /gone.rs {escaped}\n", program.display());
    std::fs::write(program.with_extension("d"), list).unwrap();
    touch(&program, 1_000);
    touch(&source, 999);
    assert_eq!(newer_source(&program), None);
    touch(&source, 1_001);
    assert_eq!(newer_source(&program), Some(source));
}

/// Runs within a limit.
pub(crate) fn output(command: &mut Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(LIMIT);
    output
        .unwrap_or_else(|_| panic!("{command:?} takes more than {LIMIT:?}"))
        .unwrap()
}

/// Runs what must succeed, and gives the lines that it prints.
pub(crate) fn lines(command: &mut Command) -> Vec<String> {
    let output = output(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    stdout.lines().map(str::to_owned).collect()
}

/// Runs an example with `--mock` in a folder of its own, and gives the lines that it prints.
pub(crate) fn with_mock(name: &str, arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    lines(example(name, folder.path()).arg("--mock").args(arguments))
}

/// Runs an example with `--mock`, and gives the lines that it prints and what it would play.
#[cfg(feature = "playback")]
pub(crate) fn heard(name: &str, arguments: &[impl AsRef<OsStr>]) -> (Vec<String>, Sound) {
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example(name, folder.path());
    let printed = lines(
        command
            .args(["--mock", "--output", "heard.wav"])
            .args(arguments),
    );
    (printed, Sound::read(&folder.path().join("heard.wav")))
}

/// An example in a folder, set up for a server of the test.
pub(crate) fn example_for(server: &MockServer, name: &str, folder: &Path) -> Command {
    let mut command = example(name, folder);
    command
        .env("CARTESIA_API_KEY", "sk_test")
        .env("CARTESIA_BASE_URL", server.url());
    command
}

/// An example on a machine whose audio system has no device.
#[cfg(target_os = "linux")]
pub(crate) fn example_without_device(name: &str, folder: &Path) -> Command {
    let configuration = folder.join("alsa.conf");
    std::fs::write(&configuration, "").unwrap();
    let mut command = example(name, folder);
    command.env("ALSA_CONFIG_PATH", configuration);
    command
}

/// A WAV file, read by another reader than ours.
pub(crate) struct Sound {
    pub(crate) samples: Vec<f32>,
    pub(crate) rate: u32,
}

impl Sound {
    pub(crate) fn read(path: &Path) -> Self {
        let mut file = hound::WavReader::open(path).unwrap();
        let spec = file.spec();
        assert_eq!(spec.channels, 1);
        let samples = match spec.sample_format {
            hound::SampleFormat::Float => file.samples().map(Result::unwrap).collect(),
            hound::SampleFormat::Int => file
                .samples::<i16>()
                .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
                .collect(),
        };
        Self {
            samples,
            rate: spec.sample_rate,
        }
    }

    pub(crate) fn seconds(&self) -> f64 {
        f64::from(u32::try_from(self.samples.len()).unwrap()) / f64::from(self.rate)
    }

    /// The pitch at which it is hummed, in hertz.
    pub(crate) fn pitch(&self) -> f64 {
        pitch(&self.samples, self.rate)
    }

    /// The pitch of a part, given in seconds.
    #[cfg(feature = "playback")]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some seconds"
    )]
    pub(crate) fn pitch_between(&self, start: f64, end: f64) -> f64 {
        let at = |seconds: f64| (seconds * f64::from(self.rate)) as usize;
        pitch(&self.samples[at(start)..at(end)], self.rate)
    }
}

/// The even number of hertz that is the loudest, among those at which the server hums.
fn pitch(samples: &[f32], rate: u32) -> f64 {
    let loudness = |hertz: f64| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, sample) in (0_u32..).zip(samples) {
            let angle = std::f64::consts::TAU * hertz * f64::from(n) / f64::from(rate);
            real += f64::from(*sample) * angle.cos();
            imaginary += f64::from(*sample) * angle.sin();
        }
        f64::hypot(real, imaginary)
    };
    (110..=330)
        .step_by(2)
        .map(f64::from)
        .max_by(|a, b| loudness(*a).total_cmp(&loudness(*b)))
        .unwrap()
}

/// The number in front of ` s`, the first in the line.
pub(crate) fn seconds_in(line: &str) -> f64 {
    let words: Vec<&str> = line.split_whitespace().collect();
    let unit = words
        .iter()
        .position(|word| word.starts_with('s') && word.len() <= 2);
    let number = unit.and_then(|unit| words.get(unit.checked_sub(1)?));
    number
        .and_then(|word| word.parse().ok())
        .unwrap_or_else(|| panic!("no seconds in {line:?}"))
}

#[track_caller]
pub(crate) fn assert_close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b}");
}
