//! Text to speech over a WebSocket.

use cartesia::tts::Event;
use cartesia::{
    AudioClip, BufferDelay, Buffering, ContextOutput, ContextSpec, ErrorKind, GenerationRequest,
    RawFormat,
};

use super::Use;
use super::speech::{generation_config, model};
use crate::Result;

/// The context of the inputs; `bare` without the configuration, which not every client knows.
fn spec(call: &Use<'_>, format: RawFormat, bare: bool) -> ContextSpec {
    let spec = ContextSpec::new(model(call), call.voice(), format)
        .with_context_id(&*call.inputs.context_id)
        .with_buffering(Buffering::Verbatim);
    if bare {
        return spec.with_language(call.language());
    }
    spec.with_language(call.language())
        .with_generation_config(generation_config(call))
}

/// What a context says, and whether its times are those of the text.
async fn heard(
    call: &mut Use<'_>,
    mut output: ContextOutput,
    text: &str,
    timed: bool,
) -> Result<usize> {
    let format = output.format();
    let (mut audio, mut words, mut flushed, mut done) = (Vec::new(), Vec::new(), 0, false);
    while let Some(event) = output.next_event().await? {
        match event {
            Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
            Event::Timestamps(event) => words.extend(event.words),
            Event::FlushDone(_) => flushed += 1,
            Event::Done(_) => done = true,
            Event::PhonemeTimestamps(_) => {}
            other => return Err(format!("an event that is not due: {other:?}").into()),
        }
    }
    call.checks.that(done, "the end")?;
    call.checks.speech(&AudioClip::new(format, audio), text)?;
    if timed {
        call.checks.words(&words, text)?;
    }
    Ok(flushed)
}

pub(super) async fn whole(call: &mut Use<'_>) -> Result {
    let text = call.inputs.transcript.clone();
    for name in ["raw", "raw_float"] {
        let format = call.raw_format(name)?;
        for bare in [false, true] {
            for timed in [None, Some(false), Some(true)] {
                // A connection for each: every client opens one for each use.
                let connection = call.client.tts().connect().await?;
                let mut spec = spec(call, format, bare);
                if let Some(phonemes) = timed {
                    spec = spec.with_timestamps(true);
                    spec.add_phoneme_timestamps = phonemes.then_some(true);
                }
                let request = GenerationRequest::new(spec, &*text);
                let output = connection.send(request).await?;
                heard(call, output, &text, timed.is_some()).await?;
                connection.close().await;
            }
        }
    }
    Ok(())
}

pub(super) async fn inputs(call: &mut Use<'_>) -> Result {
    spoken_in_parts(call, false).await
}

pub(super) async fn flush(call: &mut Use<'_>) -> Result {
    spoken_in_parts(call, true).await
}

async fn spoken_in_parts(call: &mut Use<'_>, flush: bool) -> Result {
    let parts = call.inputs.transcript_parts.clone();
    for name in ["raw", "raw_float"] {
        let format = call.raw_format(name)?;
        for bare in [false, true] {
            let connection = call.client.tts().connect().await?;
            let (mut input, output) = connection.context(spec(call, format, bare))?.split();
            for (index, part) in parts.iter().enumerate() {
                input.push(&**part).await?;
                if flush && index == 0 {
                    input.flush().await?;
                }
            }
            input.finish().await?;
            let flushed = heard(call, output, &parts.concat(), false).await?;
            if flush {
                call.checks.that(flushed > 0, "that it was flushed")?;
            }
            connection.close().await;
        }
    }
    Ok(())
}

pub(super) async fn cancel(call: &mut Use<'_>) -> Result {
    let format = call.raw_format("raw")?;
    let text = call.inputs.transcript.clone();
    let connection = call.client.tts().connect().await?;
    // The service gathers: nothing is spoken before it is cancelled.
    let longest = Buffering::Managed(BufferDelay::MAX);
    let waiting = spec(call, format, true).with_buffering(longest);
    let (mut input, mut output) = connection.context(waiting)?.split();
    // A word is given away once it is known to be whole, by the space behind it.
    input.push("This will not be ").await?;
    // Once the service has answered a later request, it has received this one, too.
    let other = spec(call, format, true).with_context_id("another");
    let answer = connection
        .send(GenerationRequest::new(other.clone(), &*text))
        .await?;
    heard(call, answer, &text, false).await?;
    input.cancel();
    let ended = loop {
        match output.next_event().await {
            Ok(Some(Event::Chunk(_))) => return Err("audio of what was cancelled".into()),
            Ok(Some(_)) => {}
            Ok(None) => return Err("a cancelled context ended well".into()),
            Err(error) => break error,
        }
    };
    call.checks.equal(
        &ended.kind(),
        &ErrorKind::Cancelled,
        "that it was cancelled",
    )?;
    let next = other.with_context_id("the next");
    let answer = connection
        .send(GenerationRequest::new(next, &*text))
        .await?;
    heard(call, answer, &text, false).await?;
    connection.close().await;
    Ok(())
}
