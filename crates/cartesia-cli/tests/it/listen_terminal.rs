//! `listen` at a terminal: interim text in place, final lines above it. The terminal is a real one of the
//! system, with a screen of which every cell is known.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use cartesia_mock::MockServer;
use rustix::pty::OpenptFlags;
use rustix::termios::{Winsize, tcsetwinsize};
use unicode_width::UnicodeWidthChar as _;

use crate::support::{program_for, run, until};

/// A terminal, and all that was ever written to it.
struct Terminal {
    master: OwnedFd,
    written: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    fn open(columns: u16) -> (Self, OwnedFd) {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let master = rustix::pty::openpt(flags).unwrap();
        rustix::pty::grantpt(&master).unwrap();
        rustix::pty::unlockpt(&master).unwrap();
        let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
        let options = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let slave = rustix::fs::open(&*name, options, rustix::fs::Mode::empty()).unwrap();
        let written = Arc::new(Mutex::new(String::new()));
        let mut output = File::from(master.try_clone().unwrap());
        let shared = Arc::clone(&written);
        let reader = std::thread::spawn(move || {
            let (mut bytes, mut piece) = (Vec::new(), [0; 4_096]);
            // It is an error when the last program has closed the other side.
            while let Ok(count @ 1..) = output.read(&mut piece) {
                bytes.extend_from_slice(&piece[..count]);
                let whole = match std::str::from_utf8(&bytes) {
                    Ok(text) => text.len(),
                    Err(error) => error.valid_up_to(),
                };
                let text: Vec<u8> = bytes.drain(..whole).collect();
                let text = String::from_utf8(text).unwrap();
                shared.lock().unwrap().push_str(&text);
            }
        });
        let terminal = Self {
            master,
            written,
            reader,
        };
        terminal.resize(columns);
        (terminal, slave)
    }

    fn resize(&self, columns: u16) {
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.master, size).unwrap();
    }

    fn written(&self) -> String {
        self.written.lock().unwrap().clone()
    }

    /// Waits until a text was written, and tells all that was.
    fn wait_for(&self, text: &str) -> String {
        until(text, || self.written().contains(text));
        self.written()
    }

    /// All that was written, once every program is gone.
    fn finish(self) -> String {
        let Self {
            master,
            written,
            reader,
        } = self;
        reader.join().unwrap();
        drop(master);
        let written = written.lock().unwrap();
        written.clone()
    }
}

/// The lines that are seen after something was written to a terminal of so many columns, and how many of
/// them were broken because they were too long.
fn screen(written: &str, columns: usize) -> (Vec<String>, usize) {
    let (mut lines, mut broken) = (vec![Vec::<char>::new()], 0);
    // Cells of wide characters: the second half of each is a zero.
    let mut at = 0;
    for character in written.chars() {
        match character {
            '\r' => at = 0,
            '\n' => {
                lines.push(Vec::new());
                at = 0;
            }
            character => {
                assert!(!character.is_control(), "{character:?} in {written:?}");
                let width = character.width().unwrap_or(0);
                if at + width > columns {
                    lines.push(Vec::new());
                    at = 0;
                    broken += 1;
                }
                let line = lines.last_mut().unwrap();
                let cells = std::iter::once(character).chain(std::iter::repeat('\0'));
                for cell in cells.take(width) {
                    line.resize(line.len().max(at + 1), ' ');
                    line[at] = cell;
                    at += 1;
                }
            }
        }
    }
    let text = |line: Vec<char>| -> String {
        let shown: String = line.into_iter().filter(|cell| *cell != '\0').collect();
        shown.trim_end().to_owned()
    };
    let mut lines: Vec<String> = lines.into_iter().map(text).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    (lines, broken)
}

/// What the server says of a text, as a WAV file.
fn spoken(server: &MockServer, text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program_for(server, folder.path()),
        ["speak", text, "-o", "said.wav", "--no-play"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    std::fs::read(folder.path().join("said.wav")).unwrap()
}

/// `listen` to stdin, with stderr at the terminal.
fn listen(server: &MockServer, terminal: OwnedFd, stdout: Stdio) -> (Child, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = program_for(server, folder.path());
    command
        .env_remove("NO_COLOR")
        .args(["listen", "-", "--speed", "50"])
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(terminal);
    // The command keeps the terminal open until it is dropped.
    let child = command.spawn().unwrap();
    (child, folder)
}

#[test]
fn interim_text_is_in_place_and_the_final_line_stays() {
    let server = MockServer::start_on_thread().unwrap();
    let text = "One two three four five.";
    let (terminal, slave) = Terminal::open(80);
    let stdout = slave.try_clone().unwrap();
    let (mut child, _folder) = listen(&server, slave, stdout.into());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&spoken(&server, text)).unwrap();
    stdin.flush().unwrap();
    // The audio has not ended: what is seen may change.
    let interim = "One two three";
    let written = terminal.wait_for(interim);
    let end = written.find(interim).unwrap() + interim.len();
    let seen = screen(&written[..end], 80);
    assert_eq!(seen, (vec![interim.to_owned()], 0), "{written:?}");
    drop(stdin);
    assert!(crate::support::status(&mut child).success());
    let written = terminal.finish();
    assert_eq!(
        screen(&written, 80),
        (vec![text.to_owned()], 0),
        "{written:?}"
    );
}

#[test]
fn long_and_wide_text_never_breaks_a_line() {
    let server = MockServer::start_on_thread().unwrap();
    let words = "One two three 你好世界再见 four five six seven eight 👧 nine ten.";
    for columns in [12, 21, 200] {
        let (terminal, slave) = Terminal::open(columns);
        let (mut child, _folder) = listen(&server, slave, Stdio::piped());
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&spoken(&server, words)).unwrap();
        drop(stdin);
        let output = crate::support::output(child);
        assert!(output.status.success());
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            format!("{words}\n")
        );
        let written = terminal.finish();
        let (lines, broken) = screen(&written, columns.into());
        assert_eq!((lines, broken), (Vec::new(), 0), "{columns}: {written:?}");
        let cut = written.contains('…');
        assert_eq!(cut, columns < 200, "{columns}: {written:?}");
    }
}

#[test]
fn a_terminal_that_becomes_narrower_is_noticed() {
    let server = MockServer::start_on_thread().unwrap();
    let words = "One two three four five six seven eight nine ten eleven twelve.";
    let (terminal, slave) = Terminal::open(200);
    let (mut child, _folder) = listen(&server, slave, Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let said = spoken(&server, words);
    let (first, rest) = said.split_at(said.len() / 2);
    stdin.write_all(first).unwrap();
    stdin.flush().unwrap();
    let before = terminal.wait_for("One two three four").len();
    terminal.resize(20);
    stdin.write_all(rest).unwrap();
    drop(stdin);
    let output = crate::support::output(child);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{words}\n")
    );
    let written = terminal.finish();
    // Interim text that was on its way is for the wide terminal, and no more than that.
    let narrow = written[before..].find('…').expect("it is cut") + before;
    let (_, broken) = screen(&written[narrow..], 20);
    assert_eq!(broken, 0, "{written:?}");
}

#[test]
fn without_colours_or_for_programs_nothing_is_in_place() {
    let server = MockServer::start_on_thread().unwrap();
    let said = spoken(&server, "Plain.");
    for plain in [true, false] {
        let (terminal, slave) = Terminal::open(80);
        let folder = tempfile::tempdir().unwrap();
        let mut command = program_for(&server, folder.path());
        command.args(["listen", "-", "--speed", "50"]);
        if plain {
            command.env("NO_COLOR", "1");
        } else {
            command.arg("--json");
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(slave);
        let mut child = command.spawn().unwrap();
        drop(command);
        child.stdin.take().unwrap().write_all(&said).unwrap();
        let output = crate::support::output(child);
        assert!(output.status.success() && !output.stdout.is_empty());
        assert_eq!(terminal.finish(), "", "{plain}");
    }
}
