//! The same client for programs without async.
//!
//! All items have the same names and behavior as in async code: where async code has `.await` after a call,
//! this has `.wait()`; streams are iterators, and bodies can be read.
//!
//! ```no_run
//! use cartesia::{ModelId, RawFormat, blocking::Client, tts::{Event, SseRequest}};
//!
//! # #[cfg(feature = "http")]
//! # fn run() -> cartesia::Result<()> {
//! let client = Client::from_env()?;
//! let voice = client.voices().get("a0e99841-438c-4a64-b679-ae501e7d6091").wait()?;
//! let request = SseRequest::new(ModelId::SONIC_LATEST, &voice, "Hello!", RawFormat::PCM_F32LE_44100);
//! for event in client.tts().sse(request).wait()? {
//!     if let Event::Chunk(chunk) = event? {
//!         println!("{} bytes of audio", chunk.data.len());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | async | blocking |
//! |---|---|
//! | `client.voices().get(id).await?` | `client.voices().get(id).wait()?` |
//! | `client.voices().get(id).send().await?` | `client.voices().get(id).send()?` |
//! | `tts.sse(request).await?` | `tts.sse(request).wait()?` |
//! | `while let Some(event) = events.next_event().await?` | the same without `.await`, or `for event in events` |
//! | `events.next_audio().await?`, `.collect_audio().await?`, `.save_wav(path).await?` | the same without `.await` |
//! | `body.next_chunk().await?`, `.collect().await?`, `.save(path).await?` | the same without `.await`, or [`Read`](std::io::Read) |
//! | `list.items()`, a `Stream`; `.collect().await?` | `list.items()`, an [`Iterator`]; `.collect::<Result<Vec<_>>>()?` |
//! | `Upload::from_stream(name, stream, length)` | [`Upload::from_reader`](crate::http::Upload::from_reader) |
//! | `tts.connect().await?`, `connection.send(request).await?` | the same without `.await` |
//! | `input.push(text).await?`, `input.push_stream(texts).await?` | `input.push(text)?`, `input.push_all(texts)?` |
//! | `client.call_agent(spec).await?`, `input.send_stream(samples).await?` | `client.call_agent(spec)?`, `input.send_all(samples)?` |
//! | `connection.close().await` | `connection.close()?` |
//! | `player.play(stream).await?.drained().await` | `stream.play(&player)?.drained_blocking()` |
//! | `speech.say_stream(texts)?`, `speech.interrupt().await?` | `speech.say_all(texts)?`, `speech.interrupt()?` |
//! | `player.utterance(format)?.write(&audio).await?` | `….write_blocking(&audio)?`; the player is the same |
//! | anything else | [`Client::block_on`] |
//!
//! # How it works
//!
//! A client has one thread, which drives its sockets and timers at all times: a WebSocket answers pings, and
//! is closed in time, between calls. Clients, calls, streams and connections keep it alive. A call runs on
//! the calling thread, which sleeps while it waits, within the timeouts of the async client. All handles can
//! be sent to other threads, and clients, connections and pools be shared. Your callbacks and token providers
//! may run on the client's thread, and must not block it.
//!
//! # In async code
//!
//! Blocking a thread that runs async tasks stops all of them. So every call in async code fails with
//! [`ErrorKind::Config`](crate::ErrorKind::Config) before it has an effect; nothing panics. Creating clients,
//! dropping handles, and methods that are documented not to block work there. All calls work in
//! `tokio::task::spawn_blocking` and `tokio::task::block_in_place`, and on threads of your own. Tasks outside
//! of tokio's budget (`tokio::task::unconstrained`) and tasks of other runtimes are not detected, so these
//! calls block them.

#[cfg(feature = "http")]
mod admin;
#[cfg(feature = "ws")]
mod agent_call;
#[cfg(feature = "http")]
mod agents;
#[cfg(feature = "http")]
mod body;
#[cfg(feature = "http")]
mod call;
mod client;
#[cfg(feature = "ws")]
mod connection;
#[cfg(feature = "ws")]
mod context;
#[cfg(feature = "http")]
mod group;
#[cfg(feature = "http")]
mod list;
#[cfg(all(feature = "playback", feature = "ws"))]
mod listening;
#[cfg(feature = "http")]
mod media;
#[cfg(feature = "ws")]
mod pool;
#[cfg(feature = "http")]
mod resources;
mod runtime;
#[cfg(all(feature = "playback", feature = "ws"))]
mod speech;
#[cfg(feature = "http")]
mod sse;
mod stt;
mod tts;
#[cfg(feature = "http")]
mod voices;

#[cfg(feature = "http")]
pub use admin::{Admin, ApiKeys, Invites, Usage, Users};
#[cfg(feature = "ws")]
pub use agent_call::{CallControl, CallInput, CallOutput, LiveCall};
#[cfg(feature = "http")]
pub use agents::{
    AgentCallBatches, AgentCalls, AgentDeployments, AgentDocuments, AgentFolders, AgentMetrics,
    AgentPhoneNumbers, AgentProviders, AgentWebhooks, Agents, ManagedAgents,
};
#[cfg(feature = "http")]
pub use body::{AudioBody, Download};
#[cfg(feature = "http")]
pub use call::{AudioCall, Call, DownloadCall, ListCall, RawCall, SseCall};
pub use client::{Client, ClientBuilder};
#[cfg(feature = "ws")]
pub use connection::TtsConnection;
#[cfg(feature = "ws")]
pub use context::{ContextInput, ContextOutput, TtsContext};
#[cfg(feature = "http")]
pub use list::{Items, Pages};
#[cfg(all(feature = "playback", feature = "ws"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "playback", feature = "ws"))))]
pub use listening::Listening;
#[cfg(feature = "http")]
pub use media::{Infill, VoiceChanger};
#[cfg(feature = "ws")]
pub use pool::TtsPool;
#[cfg(feature = "http")]
pub use resources::{AccessTokens, Datasets, Files, FineTunes, PronunciationDicts};
#[cfg(all(feature = "playback", feature = "ws"))]
pub use speech::{Speech, SpeechCall, SpeechEvents, Spoken};
#[cfg(feature = "http")]
pub use sse::SseStream;
pub use stt::Stt;
#[cfg(feature = "ws")]
pub use stt::{SttInput, SttOutput, SttStream};
pub use tts::Tts;
#[cfg(feature = "http")]
pub use voices::{Accents, LegacyVoices, Locales, Models, Voices};
