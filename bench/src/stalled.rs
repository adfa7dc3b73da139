//! Several contexts on one connection. One is not read until the others have ended.

use cartesia::RawFormat;
use cartesia::tts::Event;
use tokio::task::JoinSet;
use xtask::Result;

use crate::client::Seen;
use crate::scenario::Figures;
use crate::usage::{Usage, memory, peak_memory};
use crate::websocket::{connect, spec};

const CONTEXTS: usize = 8;
const CHUNK: usize = 4096;
/// Chunks of a context: 8 MiB.
const CHUNKS: usize = 2048;
const FORMAT: RawFormat = RawFormat::PCM_F32LE_44100;

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) async fn measure(port: u16) -> Result<Figures> {
    let connection = connect(port, &format!("/{CHUNK}/{CHUNKS}/0")).await?;
    // All of them are read, so that the memory that the others need is there.
    speak(&connection, CONTEXTS).await?;
    let (before, used) = (memory()?, Usage::now()?);
    let mut unread = speak(&connection, CONTEXTS - 1)
        .await?
        .ok_or("a context is left")?;
    let used = Usage::now()?.since(used);
    let kept = memory()?.saturating_sub(before) * 1024;
    let mut bytes = 0;
    while let Some(event) = unread.next_event().await? {
        if let Event::Chunk(chunk) = event {
            bytes += chunk.data.len();
        }
    }
    if bytes != CHUNK * CHUNKS {
        return Err(format!("{bytes} bytes of the one that was not read").into());
    }
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3,
        kept: kept as f64 / bytes as f64,
        memory: peak_memory()? as f64 / 1024.0,
        ..Figures::default()
    })
}

/// Reads so many of the contexts to their end, and returns one that was not read.
async fn speak(
    connection: &cartesia::TtsConnection,
    read: usize,
) -> Result<Option<cartesia::ContextOutput>> {
    let mut readers = JoinSet::new();
    let mut unread = None;
    for number in 0..CONTEXTS {
        let context = connection.context(spec(CONTEXTS, FORMAT))?;
        let mut output = context.speak("Eight at once.").await?;
        if number >= read {
            unread = Some(output);
            continue;
        }
        readers.spawn(async move {
            let mut seen = Seen::default();
            while let Some(event) = output.next_event().await? {
                if let Event::Chunk(chunk) = event {
                    seen.bytes += chunk.data.len();
                }
            }
            Ok::<_, cartesia::Error>(seen)
        });
    }
    while let Some(seen) = readers.join_next().await {
        let bytes = seen??.bytes;
        if bytes != CHUNK * CHUNKS {
            return Err(format!("{bytes} bytes of a context that was read").into());
        }
    }
    Ok(unread)
}
