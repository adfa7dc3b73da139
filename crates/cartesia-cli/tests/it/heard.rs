//! Words on a terminal while they are heard, and what Ctrl-C tells, on a device that is silent.

#![cfg(all(unix, feature = "playback"))]

use std::fs::File;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use cartesia_mock::MockServer;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{Ran, interrupt, program_for, run, until};

const TEXT: &str = "One two three four five six seven eight nine ten eleven twelve.";
const COLUMNS: usize = 24;

/// The other side of a terminal that a program writes to.
struct Terminal {
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Starts a program whose stderr is a terminal of so many columns.
    fn start(mut command: Command) -> (Child, Self) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: u16::try_from(COLUMNS).unwrap(),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&slave, size).unwrap();
        let child = command
            .stderr(Stdio::from(slave))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The last writer's end is the program's: then reading ends with it.
        drop(command);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&screen);
        let mut master = File::from(master);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 1_024];
            while let Ok(length @ 1..) = master.read(&mut piece) {
                shared.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        (child, Self { screen, reader })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// The exit code, and all that was written.
    fn end(self, mut child: Child) -> (Option<i32>, String) {
        let code = crate::support::status(&mut child).code();
        self.reader.join().unwrap();
        let screen = self.screen.lock().unwrap();
        (code, String::from_utf8(screen.clone()).unwrap())
    }
}

fn speak(server: &MockServer, folder: &tempfile::TempDir, text: &str, flags: &[&str]) -> Command {
    let mut command = program_for(server, folder.path());
    command.env_remove("NO_COLOR").env("TERM", "xterm");
    command
        .args(["speak", text, "--device", "null"])
        .args(flags);
    command
}

/// The words that were highlighted, in their order, each of them once.
fn highlighted(screen: &str) -> Vec<&str> {
    let words = screen.split("\u{1b}[7m").skip(1);
    words
        .map(|rest| rest.split("\u{1b}[0m").next().unwrap())
        .collect()
}

/// What is on the screen at the end: the last state of each line.
fn lines(screen: &str) -> Vec<String> {
    let lines = screen.split("\r\n").map(|line| {
        let last = line.rsplit('\r').next().unwrap_or_default();
        last.replace("\u{1b}[K", "")
    });
    lines.collect()
}

#[test]
fn words_are_highlighted_when_they_are_heard() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (child, terminal) = Terminal::start(speak(&server, &folder, TEXT, &[]));
    let (code, screen) = terminal.end(child);
    assert_eq!(code, Some(0), "{screen:?}");
    let words: Vec<&str> = TEXT.split(' ').collect();
    assert_eq!(highlighted(&screen), words, "{screen:?}");
    // Line by line, no line longer than the terminal, and all of it stays.
    let shown = lines(&screen);
    assert_eq!(
        shown[..3],
        [
            "One two three four five",
            "six seven eight nine",
            "ten eleven twelve."
        ],
        "{screen:?}"
    );
    assert!(shown[3].starts_with("played: "), "{screen:?}");
    // What comes is dimmed.
    assert!(
        screen.contains("\r\u{1b}[7mOne\u{1b}[0m\u{1b}[2m two three four five\u{1b}[0m\u{1b}[K"),
        "{screen:?}"
    );
}

#[test]
fn ctrl_c_leaves_what_was_heard_on_the_screen() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (child, terminal) = Terminal::start(speak(&server, &folder, TEXT, &[]));
    until("the seventh word", || {
        terminal.text().contains("\u{1b}[7mseven")
    });
    interrupt(&child);
    let (code, screen) = terminal.end(child);
    assert_eq!(code, Some(130), "{screen:?}");
    let shown = lines(&screen);
    assert_eq!(shown[0], "One two three four five", "{screen:?}");
    assert!(
        shown[1].starts_with("six") && "six seven eight nine".starts_with(&shown[1]),
        "{screen:?}"
    );
    assert_eq!(shown[2], "cartesia-rs: interrupted", "{screen:?}");
    // The last word that was shown is the one that was cut.
    let words = highlighted(&screen);
    let heard = shown[..2].join(" ");
    assert!(heard.split(' ').count() <= words.len(), "{screen:?}");
    assert!(words.len() < 12, "{screen:?}");
}

#[test]
fn no_highlights_where_they_are_not_wanted() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let short = "One two.";
    let (child, terminal) = Terminal::start({
        let mut command = speak(&server, &folder, short, &[]);
        command.env("NO_COLOR", "1");
        command
    });
    let (code, screen) = terminal.end(child);
    assert_eq!(code, Some(0), "{screen:?}");
    assert!(
        screen.starts_with("played: ") && !screen.contains('\u{1b}'),
        "{screen:?}"
    );
    let (child, terminal) = Terminal::start(speak(&server, &folder, short, &["-q"]));
    assert_eq!(terminal.end(child), (Some(0), String::new()));
    let ran = run(speak(&server, &folder, short, &[]), [""; 0]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.starts_with("played: "), "{ran:?}");
    let ran = run(speak(&server, &folder, short, &["--report"]), [""; 0]);
    assert_eq!(ran.report()["outcome"], "ok", "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
}

/// Runs until a part of the text was heard, then interrupts.
fn interrupted(server: &MockServer, folder: &tempfile::TempDir, flags: &[&str]) -> Ran {
    let mut command = speak(server, folder, &TEXT.repeat(12), flags);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It plays in real time: after a while, some of it was heard, and by far not all.
    until("the request", || !server.messages().is_empty());
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    interrupt(&child);
    crate::support::finish(crate::support::output(child))
}

#[test]
fn ctrl_c_tells_programs_what_was_heard() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = interrupted(&server, &folder, &["--report"]);
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let report = ran.report();
    assert_eq!(report["kind"], "cancelled");
    let (heard, text) = (report["heard"].as_str().unwrap(), TEXT.repeat(12));
    assert!(
        text.starts_with(heard) && heard.len() < text.len(),
        "{report}"
    );
    let server = MockServer::start_on_thread().unwrap();
    let ran = interrupted(&server, &folder, &[]);
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let (first, second) = ran.stderr.trim_end().split_once('\n').unwrap();
    assert_eq!(first, "cartesia-rs: interrupted");
    let heard = second.strip_prefix("Heard: ").unwrap();
    assert!(text.starts_with(heard.trim()), "{ran:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn nothing_in_a_text_controls_the_terminal() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let hostile = "One\u{1b}[2J two\u{7} thr\u{9b}31mee \u{202e}four\u{8} five.";
    let (child, terminal) = Terminal::start(speak(&server, &folder, hostile, &[]));
    let (code, screen) = terminal.end(child);
    assert_eq!(code, Some(0), "{screen:?}");
    let mut rest = screen.clone();
    // What the program itself writes.
    for own in ["\u{1b}[7m", "\u{1b}[0m", "\u{1b}[2m", "\u{1b}[K"] {
        rest = rest.replace(own, "");
    }
    let is_control = |c: char| {
        (c.is_control() && !matches!(c, '\r' | '\n')) || ('\u{202a}'..='\u{202e}').contains(&c)
    };
    assert!(!rest.contains(is_control), "{screen:?}");
    assert!(highlighted(&screen).len() >= 4, "{screen:?}");
}

#[test]
fn a_text_that_streams_in_is_shown_and_has_subtitles() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = program_for(&server, folder.path());
    command.env_remove("NO_COLOR").env("TERM", "xterm");
    command.args(["speak", "--device", "null", "--subtitles", "out.srt"]);
    command.stdin(Stdio::piped());
    let (mut child, terminal) = Terminal::start(command);
    let mut stdin = child.stdin.take().unwrap();
    for piece in ["One two ", "three. ", "Four five."] {
        std::io::Write::write_all(&mut stdin, piece.as_bytes()).unwrap();
    }
    drop(stdin);
    let (code, screen) = terminal.end(child);
    assert_eq!(code, Some(0), "{screen:?}");
    assert_eq!(
        highlighted(&screen),
        ["One", "two", "three.", "Four", "five."],
        "{screen:?}"
    );
    let srt = std::fs::read_to_string(folder.path().join("out.srt")).unwrap();
    assert!(
        srt.contains("One two three.") && srt.contains("Four five."),
        "{srt}"
    );
}
