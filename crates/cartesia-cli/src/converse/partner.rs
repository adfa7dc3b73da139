//! The command that answers: a line in, a line out.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use cartesia::ErrorKind;
use cartesia::conversation::{Message, Model, Reply, Role};
use futures_core::Stream;
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::text;

/// Pieces of a line that wait to be spoken, and turns that wait to be read.
const QUEUE: usize = 16;

/// The time limit for a command to end after its stdin was closed.
const END_LIMIT: Duration = Duration::from_secs(5);

/// A command that runs.
pub(super) struct Partner {
    child: Child,
    debt: Arc<Debt>,
    owed: watch::Receiver<usize>,
    turns: Option<mpsc::Sender<String>>,
    unasked: mpsc::Receiver<Line>,
    json_turns: bool,
    /// Reading and writing; they end with this.
    tasks: JoinSet<()>,
}

/// A line that the command writes, in pieces.
struct Line(mpsc::Receiver<String>);

/// The turns that the command has not answered yet.
struct Debt {
    /// `None` once the command has ended.
    lines: Mutex<Option<VecDeque<mpsc::Sender<String>>>>,
    /// The number of lines, including the one that is being written.
    count: watch::Sender<usize>,
}

impl Partner {
    /// Starts the command. Its stderr is ours.
    pub(super) fn start(command: &[OsString], json_turns: bool) -> Result<Self, Failure> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::usage("there is no command to talk with"));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                let name = program.to_string_lossy();
                Failure::of(ErrorKind::Io, format!("{name} cannot be started: {error}"))
            })?;
        let (count, owed) = watch::channel(0);
        let debt = Arc::new(Debt {
            lines: Mutex::new(Some(VecDeque::new())),
            count,
        });
        let (turns, written) = mpsc::channel(QUEUE);
        let (sender, unasked) = mpsc::channel(QUEUE);
        let mut tasks = JoinSet::new();
        if let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) {
            tasks.spawn(write(stdin, written));
            tasks.spawn(read(stdout, Arc::clone(&debt), sender));
        }
        Ok(Self {
            child,
            debt,
            owed,
            turns: Some(turns),
            unasked,
            json_turns,
            tasks,
        })
    }

    /// Returns the model of the conversation.
    pub(super) fn model(&self) -> impl Model + use<> {
        Caller {
            debt: Arc::clone(&self.debt),
            turns: self.turns.as_ref().map(mpsc::Sender::downgrade),
            json: self.json_turns,
        }
    }

    /// The next line that no turn asked for; `None` when nothing more comes.
    pub(super) async fn unasked(&mut self) -> Option<Reply> {
        let line = self.unasked.recv().await?;
        Some(Box::pin(line))
    }

    /// No more turns come.
    pub(super) fn close(&mut self) {
        self.turns = None;
    }

    /// As [`unasked`](Self::unasked), until every turn is answered.
    pub(super) async fn rest(&mut self) -> Option<Reply> {
        let mut owed = self.owed.clone();
        // It returns a lock, which must not be held for longer. An error means that the command has ended.
        let all_answered = async { drop(owed.wait_for(|owed| *owed == 0).await) };
        tokio::select! {
            biased;
            line = self.unasked() => line,
            () = all_answered => self.ended_line().await,
        }
    }

    /// A command whose stdin is at its end may say goodbye.
    async fn ended_line(&mut self) -> Option<Reply> {
        tokio::time::timeout(END_LIMIT, self.unasked())
            .await
            .ok()
            .flatten()
    }

    /// Waits until it has ended, and says how if it was not well.
    pub(super) async fn end(mut self) -> Result<(), Failure> {
        self.tasks.abort_all();
        match tokio::time::timeout(END_LIMIT, self.child.wait()).await {
            Ok(Ok(status)) if !status.success() => Err(Failure::of(
                ErrorKind::Closed,
                format!("the command failed: {status}"),
            )),
            // One that does not end is ended.
            _ => Ok(()),
        }
    }
}

/// Writes turns to the command until their end, or until it has stopped reading.
async fn write(mut stdin: ChildStdin, mut turns: mpsc::Receiver<String>) {
    while let Some(turn) = turns.recv().await {
        let written = stdin.write_all(format!("{turn}\n").as_bytes()).await;
        if written.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

/// Reads what the command writes: each line goes to the turn that it answers, if it answers one.
async fn read(mut stdout: ChildStdout, debt: Arc<Debt>, unasked: mpsc::Sender<Line>) {
    let (mut bytes, mut block) = (Vec::new(), vec![0; 4_096]);
    let mut line: Option<Writing> = None;
    while let Ok(length @ 1..) = stdout.read(&mut block).await {
        bytes.extend_from_slice(block.get(..length).unwrap_or_default());
        let text = take_text(&mut bytes);
        for part in text.split_inclusive('\n') {
            let words = part.trim_end_matches(['\n', '\r']);
            let writing = match line.take().or_else(|| debt.first()) {
                Some(writing) => writing,
                None if words.is_empty() => continue,
                None => {
                    let (sender, pieces) = mpsc::channel(QUEUE);
                    if unasked.send(Line(pieces)).await.is_err() {
                        return;
                    }
                    Writing {
                        sender,
                        is_owed: false,
                    }
                }
            };
            if !words.is_empty() {
                // An error: the rest of a line that was interrupted is not wanted.
                _ = writing.sender.send(words.to_owned()).await;
            }
            if part.ends_with('\n') {
                if writing.is_owed {
                    debt.pay();
                }
            } else {
                line = Some(writing);
            }
        }
    }
    drop(line);
    debt.forgive();
}

/// A line that is being written.
struct Writing {
    sender: mpsc::Sender<String>,
    /// It answers a turn.
    is_owed: bool,
}

impl Debt {
    fn lines(&self) -> MutexGuard<'_, Option<VecDeque<mpsc::Sender<String>>>> {
        // Nothing panics while it is held; a poisoned lock would hold valid data all the same.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn is asked.
    fn owe(&self) -> Line {
        let (sender, pieces) = mpsc::channel(QUEUE);
        if let Some(lines) = self.lines().as_mut() {
            lines.push_back(sender);
            self.count.send_modify(|count| *count += 1);
        }
        Line(pieces)
    }

    /// The turn that comes first is being answered.
    fn first(&self) -> Option<Writing> {
        let sender = self.lines().as_mut()?.pop_front()?;
        Some(Writing {
            sender,
            is_owed: true,
        })
    }

    /// A turn was answered.
    fn pay(&self) {
        self.count
            .send_modify(|count| *count = count.saturating_sub(1));
    }

    /// The turn that was asked last is not asked.
    fn take_back(&self) {
        let taken = self.lines().as_mut().and_then(VecDeque::pop_back);
        if taken.is_some() {
            self.pay();
        }
    }

    /// Notes that no more turns will be answered.
    fn forgive(&self) {
        *self.lines() = None;
        self.count.send_replace(0);
    }
}

impl Stream for Line {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        self.0.poll_recv(cx)
    }
}

/// Asks the command.
struct Caller {
    debt: Arc<Debt>,
    turns: Option<mpsc::WeakSender<String>>,
    json: bool,
}

/// A turn as programs read it; the order of the fields is part of it.
#[derive(Serialize)]
struct Turn<'a> {
    text: &'a str,
    heard: Option<&'a str>,
}

impl Model for Caller {
    fn reply(&mut self, history: &[Message]) -> Reply {
        let text = history.last().map_or("", |message| &message.text);
        let line = self.debt.owe();
        let turn = if self.json {
            let mut replies = history.iter().rev();
            let last = replies.find(|message| message.role == Role::Assistant);
            let turn = Turn {
                text: text.trim(),
                heard: last.map(|message| message.text.trim()),
            };
            text::json(&turn).unwrap_or_default()
        } else {
            text::one_line(text)
        };
        // A command that reads so little is not asked: its line stays empty.
        let sent = self
            .turns
            .as_ref()
            .and_then(mpsc::WeakSender::upgrade)
            .map(|turns| turns.try_send(turn));
        if !matches!(sent, Some(Ok(()))) {
            self.debt.take_back();
        }
        Box::pin(line)
    }
}

/// Takes what is text of the bytes; half a character waits for its other half.
fn take_text(bytes: &mut Vec<u8>) -> String {
    let mut text = String::new();
    loop {
        let (length, broken) = match std::str::from_utf8(bytes) {
            Ok(_) => (bytes.len(), None),
            Err(error) => (error.valid_up_to(), Some(error.error_len())),
        };
        text.push_str(&String::from_utf8_lossy(
            bytes.get(..length).unwrap_or_default(),
        ));
        bytes.drain(..length);
        match broken {
            Some(Some(wrong)) => {
                text.push(char::REPLACEMENT_CHARACTER);
                bytes.drain(..wrong);
            }
            _ => return text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_waits_and_what_is_none_is_replaced() {
        let mut bytes = b"a\xe4\xbd".to_vec();
        assert_eq!(take_text(&mut bytes), "a");
        bytes.push(0xa0);
        assert_eq!(take_text(&mut bytes), "\u{4f60}");
        bytes.extend(b"b\xffc");
        assert_eq!(take_text(&mut bytes), "b\u{fffd}c");
        assert!(bytes.is_empty());
    }
}
