//! What is measured: a scenario, a client, and the runtime that the client reads in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cores::Role;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Transport {
    WebSocket,
    Sse,
    /// No network.
    None,
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Client {
    /// A loop that reads messages and drops them.
    Floor,
    /// The same, and it decodes the audio.
    Decode,
    /// The same, in a task that hands the audio over a channel to the reader of its context.
    Routed,
    /// The public API of this SDK, with all its checks, limits and deadlines.
    Ours,
    /// `serde_json::Value` and the crate `base64`.
    ByHand,
    /// The official clients.
    Python,
    JavaScript,
}

/// Where the client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    /// In a task of a runtime with many threads.
    Task,
    /// In the main function of `#[tokio::main]`.
    Main,
    /// On a runtime with one thread.
    CurrentThread,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scenario {
    /// One stream of speech, as fast as it comes, in chunks of so many bytes.
    Stream { chunk: usize },
    /// So many contexts at once on one connection, at the pace of speech.
    Contexts { count: usize },
    /// Short requests, one after the other: how long each waits for its first audio.
    Requests,
    /// Several contexts at once. One is not read until the others have ended: how much memory an unread byte takes.
    Stalled,
    /// Audio for speech to text, as fast as it is taken.
    Transcription,
    /// From nothing to the first audio, encrypted, over a network with 50 ms to the server and back.
    Start(Start),
    /// So many players at once, each on a thread that asks for audio as a device does.
    Players { count: usize },
    /// A player without anything to play, whose device asks for silence or is suspended.
    Idle { suspended: bool },
    /// What a player does to audio before a device has it: decoding, conversion of the rate, channels.
    Conversion { rate: u32 },
}

/// What is there before a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Start {
    /// Nothing: the client was just made.
    Cold,
    /// Another connection of the same client was there before.
    Again,
    /// A connection that a cheap request opened: [`cartesia::Client::prewarm`].
    Prepared,
    /// An open connection.
    Warm,
}

/// One process to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    /// Without meaning for what uses no network.
    pub(crate) transport: Transport,
    pub(crate) client: Client,
    pub(crate) place: Place,
}

/// What one process measured.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Figures {
    /// CPU milliseconds for a minute of speech.
    pub(crate) cpu: f64,
    pub(crate) faults_per_chunk: f64,
    pub(crate) switches_per_chunk: f64,
    /// How long after it was sent audio was there, or how long a request waits for its first audio: half of them
    /// at most so long, in milliseconds.
    pub(crate) p50: f64,
    /// The same for 99 of 100.
    pub(crate) p99: f64,
    /// The most memory of the process alone, in MiB.
    pub(crate) memory: f64,
    /// Bytes of memory for each byte that was not read.
    pub(crate) kept: f64,
    /// Round trips to the server.
    pub(crate) trips: f64,
}

impl Run {
    /// All runs, those that are compared with each other one after the other.
    pub(crate) fn all() -> Vec<Self> {
        use Client::{ByHand, Decode, Floor, JavaScript, Ours, Python, Routed};
        use Place::{CurrentThread, Main, Task};
        let mut runs = Vec::new();
        let mut add = |scenario, transport, place, clients: &[Client]| {
            runs.extend(clients.iter().map(|client| Self {
                scenario,
                transport,
                client: *client,
                place,
            }));
        };
        let elsewhere = [Main, CurrentThread];
        for chunk in [16 * 1024, 4 * 1024] {
            let stream = Scenario::Stream { chunk };
            let websocket = [Floor, Decode, Routed, Ours, ByHand, JavaScript, Python];
            add(stream, Transport::WebSocket, Task, &websocket);
            for place in elsewhere {
                add(stream, Transport::WebSocket, place, &[Floor, Decode, Ours]);
            }
            let sse = [Floor, Decode, Ours, ByHand, JavaScript, Python];
            add(stream, Transport::Sse, Task, &sse);
            for place in elsewhere {
                add(stream, Transport::Sse, place, &[Floor, Decode, Ours]);
            }
        }
        for count in [1, 16, 64, 256, 1000] {
            let contexts = Scenario::Contexts { count };
            add(contexts, Transport::WebSocket, Task, &[Floor, Routed, Ours]);
        }
        let many = Scenario::Contexts { count: 1000 };
        let clients = [Floor, Routed, Ours];
        add(many, Transport::WebSocket, CurrentThread, &clients);
        for transport in [Transport::WebSocket, Transport::Sse] {
            for place in [Task, Main] {
                add(Scenario::Requests, transport, place, &[Floor, Ours]);
            }
        }
        add(Scenario::Stalled, Transport::WebSocket, Task, &[Ours]);
        let transcription = [Floor, Ours];
        add(
            Scenario::Transcription,
            Transport::WebSocket,
            Task,
            &transcription,
        );
        for transport in [Transport::WebSocket, Transport::Sse] {
            for start in [Start::Cold, Start::Again, Start::Prepared, Start::Warm] {
                // A WebSocket is opened ahead of time by opening it.
                if (transport, start) != (Transport::WebSocket, Start::Prepared) {
                    add(Scenario::Start(start), transport, Task, &[Floor, Ours]);
                }
            }
        }
        for count in [1, 32] {
            let players = Scenario::Players { count };
            add(players, Transport::None, Main, &[Floor, Ours]);
        }
        for suspended in [false, true] {
            let idle = Scenario::Idle { suspended };
            add(idle, Transport::None, Main, &[Ours]);
        }
        for rate in [48_000, 44_100, 24_000] {
            let conversion = Scenario::Conversion { rate };
            add(conversion, Transport::None, Main, &[Ours]);
        }
        runs
    }

    /// The run that this one is a multiple of.
    pub(crate) fn floor(self) -> Self {
        Self {
            client: match self.scenario {
                // There is nothing to compare with but itself.
                Scenario::Stalled | Scenario::Idle { .. } | Scenario::Conversion { .. } => {
                    self.client
                }
                _ => Client::Floor,
            },
            place: match self.scenario {
                // A loop on one connection is cheapest where nothing has to be handed over: in a task.
                Scenario::Stream { .. } | Scenario::Contexts { .. } => Place::Task,
                _ => self.place,
            },
            scenario: match self.scenario {
                Scenario::Idle { .. } => Scenario::Idle { suspended: false },
                Scenario::Conversion { .. } => Scenario::Conversion { rate: 48_000 },
                scenario => scenario,
            },
            ..self
        }
    }

    /// The cores that it runs on.
    pub(crate) fn role(self) -> Role {
        match self.scenario {
            Scenario::Stream { .. } | Scenario::Requests => Role::FastClient,
            _ => Role::Other,
        }
    }

    /// How many rounds there are when so many were asked for: more of those that take milliseconds, and of players,
    /// which vary most; fewer of those that take seconds, and of what is counted in round trips or bytes, which is the
    /// same each time.
    pub(crate) fn rounds(self, rounds: usize) -> usize {
        match (self.scenario, self.client) {
            (_, Client::Python | Client::JavaScript)
            | (Scenario::Start(_) | Scenario::Stalled | Scenario::Idle { .. }, _) => rounds.min(3),
            (Scenario::Stream { .. } | Scenario::Requests | Scenario::Players { .. }, _) => {
                3 * rounds
            }
            _ => rounds,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream { chunk } => write!(f, "one stream, {} kB chunks", chunk / 1024),
            Self::Contexts { count: 1 } => f.write_str("1 context in real time"),
            Self::Contexts { count } => write!(f, "{count} contexts in real time"),
            Self::Requests => f.write_str("first audio of a short request"),
            Self::Stalled => f.write_str("one of 8 contexts is not read"),
            Self::Transcription => f.write_str("speech to text, an hour of audio"),
            Self::Start(_) => f.write_str("first audio with 50 ms to the server and back, TLS"),
            Self::Players { count: 1 } => f.write_str("1 player"),
            Self::Players { count } => write!(f, "{count} players"),
            Self::Idle { .. } => f.write_str("a player without anything to play"),
            Self::Conversion { .. } => f.write_str("audio before it goes to a device of 48 kHz"),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Floor => "read and drop",
            Self::Decode => "read and decode",
            Self::Routed => "read, decode, route",
            Self::Ours => "this SDK",
            Self::ByHand => "by hand (Value, base64)",
            Self::Python => "official Python client 4.2.0",
            Self::JavaScript => "official JavaScript client 4.2.0",
        })
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::WebSocket => "WebSocket",
            Self::Sse => "SSE",
            Self::None => "no network",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Task => "in a task",
            Self::Main => "in main",
            Self::CurrentThread => "on one thread",
        })
    }
}

/// A run is handed to its process as JSON.
impl FromStr for Run {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}
