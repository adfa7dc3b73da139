//! A virtual sound card: a PulseAudio of our own in a temporary folder, which no other program sees,
//! with sinks that consume at the speed of a real card and can be listened to.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::signal::RATE;
use crate::{Result, shell};

/// What is played to.
pub(super) const SPEAKER: &str = "speaker";
/// What the microphone hears.
pub(super) const ROOM: &str = "room";

/// How long the daemon and its tools may take for anything.
const PATIENCE: Duration = Duration::from_secs(15);

/// The daemon and its folder. Both are gone when this is dropped.
pub(super) struct Rig {
    // Dropped first: the folder cannot be removed while the daemon writes to it.
    daemon: Guard,
    folder: Folder,
}

/// What the names of the folders begin with; the number of the process follows.
const FOLDER: &str = "cartesia-sound-";

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is a few kilobytes in the system's own temporary folder.
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A process that does not outlive its owner.
pub(super) struct Guard(pub(super) Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

impl Rig {
    /// A card with a speaker, which is the default sink, and a microphone, which is the default
    /// source.
    pub(super) fn start() -> Result<Self> {
        let folder = private_folder()?;
        std::fs::create_dir(folder.0.join("alsa"))?;
        std::fs::write(
            folder.0.join("alsa/asoundrc"),
            "pcm.!default { type pulse }\nctl.!default { type pulse }\n",
        )?;
        let daemon = daemon(&folder.0)?;
        let mut rig = Self { daemon, folder };
        rig.wait_for_daemon()?;
        Ok(rig)
    }

    /// Ends the daemon as a crash would.
    pub(super) fn kill_daemon(&mut self) -> Result {
        self.daemon.0.kill()?;
        self.daemon.0.wait()?;
        Ok(())
    }

    /// A new daemon where the old one was.
    pub(super) fn restart_daemon(&mut self) -> Result {
        _ = std::fs::remove_file(socket(&self.folder.0));
        self.daemon = daemon(&self.folder.0)?;
        self.wait_for_daemon()
    }

    fn wait_for_daemon(&mut self) -> Result {
        let deadline = Instant::now() + PATIENCE;
        while !shell::succeeds(self.client("pactl").arg("info")) {
            if let Some(status) = self.daemon.0.try_wait()? {
                return Err(
                    format!("PulseAudio ended at its start: {status}{}", self.log()).into(),
                );
            }
            if Instant::now() > deadline {
                return Err(format!("PulseAudio does not answer{}", self.log()).into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        self.pactl(&["set-default-sink", SPEAKER])?;
        self.pactl(&["set-default-source", &format!("{ROOM}.monitor")])?;
        Ok(())
    }

    /// What the daemon complained about.
    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.0.join("log"))
            .map(|log| format!("; its log says: {}", log.trim()))
            .unwrap_or_default()
    }

    /// What the daemon says of what records, for an error.
    pub(super) fn recording(&self) -> String {
        let list = |what| {
            let list = self.pactl(&["list", "short", what]);
            list.unwrap_or_else(|error| error.to_string())
        };
        let (sources, outputs) = (list("sources"), list("source-outputs"));
        let log = self.log();
        format!("PulseAudio says: sources {sources}, source outputs {outputs}{log}")
    }

    /// A file in the rig's folder.
    pub(super) fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.folder.0.join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// A program that sees this card and no other.
    pub(super) fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        environment(&mut command, &self.folder.0);
        command
    }

    /// What `pactl` says to a request.
    pub(super) fn pactl(&self, request: &[&str]) -> Result<String> {
        shell::query(self.client("pactl").args(request))
    }

    /// The frames that a sink takes at a time while it is used, as the sound server has configured it.
    pub(super) fn block(&self, sink: &str) -> Result<u64> {
        let sinks = self.pactl(&["list", "sinks"])?;
        let micros = configured_latency(&sinks, sink)
            .ok_or_else(|| format!("PulseAudio does not say the latency of `{sink}`"))?;
        Ok(micros * u64::from(RATE) / 1_000_000)
    }

    /// Takes a sink away.
    pub(super) fn remove_sink(&self, name: &str) -> Result {
        let modules = self.pactl(&["list", "short", "modules"])?;
        let wanted = format!("sink_name={name} ");
        let id = modules
            .lines()
            .find(|line| line.contains(&wanted))
            .and_then(|line| line.split_whitespace().next())
            .ok_or_else(|| format!("PulseAudio has no sink `{name}`"))?;
        self.pactl(&["unload-module", id])?;
        Ok(())
    }

    /// Adds another sink beside the speaker.
    pub(super) fn add_sink(&self, name: &str) -> Result {
        let [module, arguments @ ..] = &sink(name);
        let request: Vec<&str> = ["load-module", module]
            .into_iter()
            .chain(arguments.iter().map(String::as_str))
            .collect();
        self.pactl(&request)?;
        Ok(())
    }

    /// Adds the output that PulseAudio has where there is no card: a sink that takes two seconds at once.
    pub(super) fn add_null_output(&self, name: &str) -> Result {
        self.pactl(&[
            "load-module",
            "module-null-sink",
            &format!("sink_name={name}"),
            "format=s16le",
        ])?;
        Ok(())
    }

    /// Lets the daemon stand still.
    pub(super) fn stop_daemon_for(&self, time: Duration) -> Result {
        // The shell's own: a minimal system has no program `kill`.
        let id = self.daemon.0.id().to_string();
        shell::query(Command::new("sh").args(["-c", "kill -s STOP \"$0\"", &id]))?;
        thread::sleep(time);
        shell::query(Command::new("sh").args(["-c", "kill -s CONT \"$0\"", &id]))?;
        Ok(())
    }

    /// Starts to listen to a sink: what is played from now on is captured.
    pub(super) fn listen(&self, sink: &str) -> Result<Capture> {
        let device = format!("--device={sink}.monitor");
        let mut child = self
            .client("parec")
            .args([&device, "--format=s16le", "--channels=2", "--raw"])
            .args([&format!("--rate={RATE}"), "--latency-msec=10"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdout = child.stdout.take().ok_or("parec has no stdout")?;
        let captured = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&captured);
        let reader = thread::spawn(move || {
            let mut piece = [0; 8_192];
            while let Ok(count @ 1..) = stdout.read(&mut piece) {
                let mut captured = shared.lock().unwrap_or_else(PoisonError::into_inner);
                captured.extend_from_slice(&piece[..count]);
            }
        });
        let capture = Capture {
            parec: Guard(child),
            captured,
            reader: Some(reader),
        };
        // Silence is captured as well, so this does not wait for a sound.
        capture.wait_for(1)?;
        Ok(capture)
    }

    /// Plays 16-bit frames in two channels to a sink, until all of them were played.
    pub(super) fn play(&self, sink: &str, file: &Path) -> Result<Guard> {
        let child = self
            .client("pacat")
            .args(["--playback", &format!("--device={sink}"), "--raw"])
            .args(["--format=s16le", "--channels=2", &format!("--rate={RATE}")])
            .arg(file)
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Guard(child))
    }
}

/// What a sink plays, as 16-bit frames in two channels.
pub(super) struct Capture {
    parec: Guard,
    captured: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Capture {
    /// Bytes so far.
    pub(super) fn length(&self) -> usize {
        let captured = self.captured.lock();
        captured.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What was captured until now.
    pub(super) fn so_far(&self) -> Vec<u8> {
        let captured = self.captured.lock();
        captured.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there are so many bytes.
    pub(super) fn wait_for(&self, bytes: usize) -> Result {
        let deadline = Instant::now() + PATIENCE;
        while self.length() < bytes {
            if Instant::now() > deadline {
                return Err("nothing more is captured".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Listens for a while longer, and ends.
    pub(super) fn stop_after(mut self, longer: Duration) -> Result<Vec<u8>> {
        let frames = usize::try_from(longer.as_millis())? * RATE as usize / 1_000;
        self.wait_for(self.length() + frames * 4)?;
        self.parec.0.kill()?;
        if let Some(reader) = self.reader.take() {
            reader
                .join()
                .map_err(|_| "the reader of the capture failed")?;
        }
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut captured))
    }
}

fn private_folder() -> Result<Folder> {
    // Sockets have short paths: the folder is in the system's own one, not below `target`.
    let parent = std::env::temp_dir();
    remove_left_over(&parent);
    let path = parent.join(format!("{FOLDER}{}", std::process::id()));
    _ = std::fs::remove_dir_all(&path);
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path)?;
    Ok(Folder(path))
}

/// Removes the folders of runs that were killed. Their daemons end by themselves.
fn remove_left_over(parent: &Path) {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(FOLDER));
        let is_over = process
            .and_then(|number| number.parse::<u32>().ok())
            .is_some_and(|number| !Path::new(&format!("/proc/{number}")).exists());
        if is_over {
            // It may belong to another user, who removes it.
            _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The configured latency of a sink in microseconds, in a list of `pactl`.
fn configured_latency(sinks: &str, name: &str) -> Option<u64> {
    let lines = sinks.lines().map(str::trim);
    lines
        .skip_while(|line| line.strip_prefix("Name: ") != Some(name))
        .skip(1)
        .take_while(|line| !line.starts_with("Name: "))
        .find_map(|line| line.strip_prefix("Latency: "))
        .and_then(|latency| latency.split_once("configured "))
        .and_then(|(_, configured)| configured.strip_suffix(" usec")?.parse().ok())
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("native")
}

fn environment(command: &mut Command, folder: &Path) {
    command
        // What `pactl` lists is read.
        .env("LC_ALL", "C")
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("PULSE_RUNTIME_PATH", folder)
        .env("PULSE_STATE_PATH", folder.join("state"))
        .env("PULSE_COOKIE", folder.join("cookie"))
        .env("PULSE_SERVER", format!("unix:{}", socket(folder).display()));
}

/// The module that makes a sink. `norewinds` makes it consume in blocks of 50 ms; otherwise it takes
/// two seconds at once, and what is captured begins too late.
fn sink(name: &str) -> [String; 6] {
    [
        "module-null-sink".to_owned(),
        format!("sink_name={name}"),
        "format=s16le".to_owned(),
        format!("rate={RATE}"),
        "channels=2".to_owned(),
        "norewinds=1".to_owned(),
    ]
}

fn daemon(folder: &Path) -> Result<Guard> {
    let mut command = Command::new("pulseaudio");
    environment(&mut command, folder);
    command
        // If this program is killed, it ends by itself when it has no clients.
        .args(["-n", "--daemonize=no", "--exit-idle-time=20"])
        .args([
            "--use-pid-file=no",
            "--disable-shm=yes",
            "--log-level=error",
        ])
        .arg(format!(
            "--log-target=file:{}",
            folder.join("log").display()
        ))
        .arg(format!(
            "--load=module-native-protocol-unix auth-anonymous=1 socket={}",
            socket(folder).display()
        ))
        .arg(format!("--load={}", sink(SPEAKER).join(" ")))
        .arg(format!("--load={}", sink(ROOM).join(" ")))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // As root it warns that it should not be; its log has what matters.
        .stderr(Stdio::null());
    Ok(Guard(command.spawn()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latency_of_a_sink_is_found_in_a_list() {
        let sinks = "Sink #0\n\tName: room\n\tLatency: 7 usec, configured 20000 usec\nSink #1\n\
                     \tName: speaker\n\tDescription: Null Output\n\tLatency: 1059 usec, configured 50000 usec\n\
                     Sink #2\n\tName: none\nSink #3\n\tName: last\n\tLatency: 0 usec, configured 1 usec\n";
        assert_eq!(configured_latency(sinks, "speaker"), Some(50_000));
        assert_eq!(configured_latency(sinks, "none"), None);
        assert_eq!(configured_latency(sinks, "speak"), None);
    }

    #[test]
    fn folders_of_runs_that_are_over_are_removed_and_no_others() {
        let parent = std::env::temp_dir().join(format!("sound-rig-{}", std::process::id()));
        let folder = |name: &str| {
            let path = parent.join(name);
            std::fs::create_dir_all(path.join("inner")).unwrap();
            path
        };
        // No process has the largest number: the kernel's limit is far below.
        let over = folder(&format!("{FOLDER}{}", u32::MAX));
        let others = [
            folder(&format!("{FOLDER}{}", std::process::id())),
            folder(&format!("{FOLDER}not-a-number")),
            folder("something"),
        ];
        remove_left_over(&parent);
        assert!(!over.exists());
        assert!(others.iter().all(|other| other.exists()));
        std::fs::remove_dir_all(parent).unwrap();
    }
}
