//! Speech over HTTP: made, changed, filled in, and understood.

use cartesia::tts::{BytesRequest, Emotion, Event, GenerationConfig, SseRequest};
use cartesia::{
    ApiVersion, AudioClip, ChangeVoiceRequest, ChangeVoiceSseRequest, InfillRequest, ModelId,
    SttEncoding, SttModelId, TranscribeRequest, Upload, VoiceId,
};

use super::Use;
use crate::Result;

/// Volume, speed and emotion of the inputs.
pub(super) fn generation_config(call: &Use<'_>) -> GenerationConfig {
    let words = &call.inputs.generation_config;
    GenerationConfig::new()
        .with_volume(words.volume)
        .with_speed(words.speed)
        .with_emotion(Emotion::from(&*words.emotion))
}

pub(super) fn model(call: &Use<'_>) -> ModelId {
    ModelId::from(&*call.inputs.tts_model)
}

pub(super) async fn bytes(call: &mut Use<'_>) -> Result {
    let text = call.inputs.transcript.clone();
    for name in ["wav", "mp3", "raw_float", "raw"] {
        // Not every client knows languages and configurations.
        let format = call.inputs.format(name)?;
        let bare = BytesRequest::new(model(call), call.voice(), &*text, format);
        let with_language = bare.clone().with_language(call.language());
        let full = with_language
            .clone()
            .with_generation_config(generation_config(call));
        for request in [bare, with_language, full] {
            let body = call.client.tts().bytes(request).await?;
            let clip = body.collect().await?;
            call.checks.speech(&clip, &text)?;
        }
    }
    let format = call.inputs.format("raw_float")?;
    let request = BytesRequest::new(model(call), call.voice(), &*text, format)
        .with_language(call.language())
        .with_generation_config(generation_config(call));
    if call.version >= ApiVersion::V2025_04_16 {
        let saved = request.clone().with_save(true);
        let body = call.client.tts().bytes(saved).await?;
        let file = body.info().file_id().map(str::to_owned);
        call.checks
            .that(file.is_some(), "the file that was saved")?;
        call.checks.speech(&body.collect().await?, &text)?;
    }
    let mut unknown = request;
    unknown.output_format = call.inputs.format("wav")?;
    unknown.voice = VoiceId::from("nobody").into();
    let refused = call.client.tts().bytes(unknown).await;
    let kind = call.kind_of_unknown();
    call.checks
        .refused(refused, kind, "an unknown voice is refused")
}

pub(super) async fn sse(call: &mut Use<'_>) -> Result {
    let text = call.inputs.transcript.clone();
    let request = |name: &str| -> Result<SseRequest> {
        let format = call.raw_format(name)?;
        Ok(SseRequest::new(model(call), call.voice(), &*text, format))
    };
    let full = request("raw")?
        .with_language(call.language())
        .with_generation_config(generation_config(call))
        .with_timestamps(true)
        .with_phoneme_timestamps(true)
        .with_context_id(&*call.inputs.context_id);
    let others = [
        request("raw")?,
        request("raw")?.with_language(call.language()),
        request("raw")?
            .with_language(call.language())
            .with_generation_config(generation_config(call)),
        request("raw_float")?.with_language(call.language()),
    ];
    let format = full.output_format;
    let mut stream = call.client.tts().sse(full).await?;
    let (mut audio, mut words, mut phonemes) = (Vec::new(), Vec::new(), 0);
    let mut done = false;
    while let Some(event) = stream.next_event().await? {
        call.checks.that(!done, "nothing after the end")?;
        match event {
            Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
            Event::Timestamps(times) => words.extend(times.words),
            Event::PhonemeTimestamps(times) => phonemes += times.phonemes.len(),
            Event::Done(end) => {
                let context = end.context_id.map(|id| id.as_str().to_owned());
                call.checks.equal(
                    &context,
                    &Some(call.inputs.context_id.clone()),
                    "the context",
                )?;
                done = true;
            }
            other => return Err(format!("an event that is not due: {other:?}").into()),
        }
    }
    call.checks.that(done, "the end")?;
    call.checks.that(phonemes > 0, "phoneme times")?;
    call.checks.words(&words, &text)?;
    call.checks.speech(&AudioClip::new(format, audio), &text)?;
    for request in others {
        let clip = call.client.tts().sse(request).await?;
        call.checks.speech(&clip.collect_audio().await?, &text)?;
    }
    Ok(())
}

pub(super) async fn infill(call: &mut Use<'_>) -> Result {
    let text = call.inputs.transcript.clone();
    let request = InfillRequest::new(
        ModelId::from(&*call.inputs.infill_model),
        call.voice(),
        call.language(),
        &*text,
        call.inputs.format("wav")?,
    )
    .with_left_audio(Use::recording())
    .with_right_audio(Use::recording());
    let body = call.client.infill().bytes(request).await?;
    call.checks.speech(&body.collect().await?, &text)
}

pub(super) async fn change_voice(call: &mut Use<'_>) -> Result {
    let voice = VoiceId::from(&*call.inputs.second_voice_id);
    for name in ["wav", "mp3"] {
        let format = call.inputs.format(name)?;
        let request = ChangeVoiceRequest::new(Use::recording(), voice.clone(), format);
        let body = call.client.voice_changer().bytes(request).await?;
        let clip = body.collect().await?;
        call.checks.speech(&clip, &call.inputs.spoken)?;
    }
    Ok(())
}

pub(super) async fn change_voice_events(call: &mut Use<'_>) -> Result {
    let voice = VoiceId::from(&*call.inputs.second_voice_id);
    let format = call.raw_format("raw")?;
    let request = ChangeVoiceSseRequest::new(Use::recording(), voice, format);
    let stream = call.client.voice_changer().sse(request).await?;
    let clip = stream.collect_audio().await?;
    call.checks.speech(&clip, &call.inputs.spoken)
}

pub(super) async fn transcribe(call: &mut Use<'_>) -> Result {
    let model = || SttModelId::from(&*call.inputs.stt_batch_model);
    let request = TranscribeRequest::new(model(), Use::recording())
        .with_language(call.language())
        .with_word_timestamps();
    let heard = call.client.stt().transcribe(request).await?;
    call.checks
        .equal(&heard.language, &Some(call.language()), "the language")?;
    call.checks.that(heard.duration.is_some(), "a duration")?;
    let count = heard.text.split_whitespace().count();
    call.checks
        .equal(&heard.words.len(), &count, "a time for each word")?;
    let samples = Upload::from_bytes("sample.raw", Use::samples()?);
    let bare = TranscribeRequest::new(model(), samples).with_raw_pcm(SttEncoding::PcmS16Le, 16_000);
    let again = call.client.stt().transcribe(bare).await?;
    call.checks
        .equal(&again.text, &heard.text, "the same from bare samples")
}
