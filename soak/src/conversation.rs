//! One conversation: a context, from its first word to its end.

use std::sync::Arc;
use std::time::Duration;

use cartesia::types::tts::Event;
use cartesia::{
    ContextInput, ContextOutput, ContextSpec, ErrorKind, ModelId, RawFormat, TtsPool, VoiceId,
};
use xtask::Result;

use crate::tally::{End, Tally};

/// Longer than any limit of the client together.
const HANG: Duration = Duration::from_secs(60);

pub(crate) const VOICE: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

/// What is said, in tokens as a language model gives them.
const TEXTS: &[&[&str]] = &[
    &["Yes."],
    &["Hel", "lo! ", "How can ", "I help", " you to", "day?"],
    &[
        "The train ",
        "to the ",
        "coast leaves ",
        "at 9.",
        "30 from platform ",
        "four, and ",
        "it takes ",
        "about two ",
        "hours. ",
        "Shall I ",
        "book ",
        "a seat ",
        "by the ",
        "window?",
    ],
];

/// How a caller behaves.
const MANNERS: &[&str] = &[
    "whole",
    "at once",
    "cancelled",
    "interrupted",
    "lagging",
    "dropped",
    "never finished",
];

/// The texts, and how much audio each has on a calm network.
pub(crate) struct Texts {
    bytes: Vec<u64>,
}

impl Texts {
    pub(crate) async fn measure(pool: &TtsPool) -> Result<Arc<Self>> {
        let mut bytes = Vec::new();
        for tokens in TEXTS {
            let (input, mut output) = pool.context(spec()).await?.split();
            write(input, tokens).await?;
            bytes.push(read(&mut output, u64::MAX, false).await?);
        }
        Ok(Arc::new(Self { bytes }))
    }
}

fn spec() -> ContextSpec {
    ContextSpec::new(
        ModelId::SONIC_LATEST,
        VoiceId::from(VOICE),
        RawFormat::PCM_S16LE_24000,
    )
}

/// Begins a conversation and counts how it ends.
pub(crate) async fn one(pool: &TtsPool, texts: &Texts, tally: &Tally, random: &mut fastrand::Rng) {
    let manner = MANNERS[random.usize(..MANNERS.len())];
    let text = random.usize(..TEXTS.len());
    tally.begin(manner);
    let talk = talk(pool, manner, TEXTS[text], texts.bytes[text], random);
    let end = match tokio::time::timeout(HANG, talk).await {
        Ok(Ok(end)) => end,
        Ok(Err(error)) => End::failed(&error),
        Err(_) => End::Wrong(format!("hangs: {manner}")),
    };
    tally.end(end);
}

async fn talk(
    pool: &TtsPool,
    manner: &str,
    tokens: &[&str],
    expected: u64,
    random: &mut fastrand::Rng,
) -> cartesia::Result<End> {
    let context = pool.context(spec()).await?;
    let whole = |bytes: u64| {
        if bytes == expected {
            End::Done
        } else {
            End::Wrong(format!("done with {bytes} bytes instead of {expected}"))
        }
    };
    match manner {
        "at once" => {
            let mut output = context.speak(tokens.concat()).await?;
            let bytes = read(&mut output, u64::MAX, false).await?;
            Ok(whole(bytes))
        }
        "dropped" => {
            let (input, mut output) = context.split();
            write(input, tokens).await?;
            read(&mut output, random.u64(..expected.max(1)), false).await?;
            Ok(End::Dropped)
        }
        "never finished" => {
            let (mut input, output) = context.split();
            input.push(tokens[0]).await?;
            drop(output);
            Ok(End::Dropped)
        }
        "cancelled" | "interrupted" => {
            let (input, mut output) = context.split();
            let canceller = output.canceller();
            let limit = random.u64(..expected.max(1));
            let reading = async {
                read(&mut output, limit, false).await?;
                canceller.cancel();
                read(&mut output, u64::MAX, false).await
            };
            let read = if manner == "interrupted" {
                // The text is still coming when the caller has heard enough.
                let (written, read) = tokio::join!(write(input, tokens), reading);
                // Writing to what was cancelled may fail; the reader knows why.
                drop(written);
                read
            } else {
                write(input, tokens).await?;
                reading.await
            };
            match read {
                Ok(_) => Ok(End::Done),
                Err(error) if error.kind() == ErrorKind::Cancelled => Ok(End::Cancelled),
                Err(error) => Err(error),
            }
        }
        lagging_or_whole => {
            let (input, mut output) = context.split();
            let slowly = lagging_or_whole == "lagging";
            let (written, bytes) =
                tokio::join!(write(input, tokens), read(&mut output, u64::MAX, slowly));
            let bytes = bytes?;
            written?;
            Ok(whole(bytes))
        }
    }
}

async fn write(mut input: ContextInput, tokens: &[&str]) -> cartesia::Result<()> {
    for token in tokens {
        input.push(*token).await?;
        tokio::task::yield_now().await;
    }
    input.finish().await
}

/// Reads until the end, or until there are more bytes than `limit`. Returns how many came.
async fn read(output: &mut ContextOutput, limit: u64, slowly: bool) -> cartesia::Result<u64> {
    let mut bytes = 0;
    while bytes <= limit {
        match output.next_event().await? {
            Some(Event::Chunk(chunk)) => bytes += chunk.data.len() as u64,
            Some(_) => {}
            None => break,
        }
        if slowly {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }
    Ok(bytes)
}
