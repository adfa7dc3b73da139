"""Speech over HTTP: made, changed, filled in, and understood."""

import os

from audio import (
    check_format,
    check_mp3,
    check_raw,
    check_spoken,
    check_times,
    check_wav,
    check_words,
    decoded,
)
from driver import Scripts, sample
from models import check_model

scripts = Scripts()

CLIP = ("sample.wav", sample(), "audio/wav")


def speech(use, format):
    return {
        "model_id": use.inputs["tts_model"],
        "transcript": use.inputs["transcript"],
        "voice": {"mode": "id", "id": use.inputs["voice_id"]},
        "output_format": use.inputs["formats"][format],
        "language": use.inputs["language"],
        "generation_config": use.inputs["generation_config"],
    }


@scripts("tts.generate", canonical="tts.bytes")
async def generate(use):
    answer = await use.result(use.client.tts.generate(**speech(use, "wav")))
    check_wav(use, await use.result(answer.read()), use.inputs["formats"]["wav"])
    answer = await use.result(use.client.tts.generate(**speech(use, "mp3")))
    check_mp3(use, await use.result(answer.read()))
    answer = await use.result(use.client.tts.generate(**speech(use, "raw_float"), save=True))
    check_raw(use, await use.result(answer.read()), use.inputs["formats"]["raw_float"])
    file = answer.headers["cartesia-file-id"]
    use.check(use.aside("GET", f"/files/{file}/info")["id"] == file, "the file that was saved")


@scripts("tts.bytes", canonical="tts.bytes")
async def old_generate(use):
    for format in ["wav", "mp3", "raw_float"]:
        pieces = await use.each(use.client.tts.bytes(**speech(use, format)))
        check_format(use, b"".join(pieces), use.inputs["formats"][format])


@scripts("tts.generate_sse", "tts.sse", canonical="tts.sse")
async def generate_sse(use):
    method = getattr(use.client.tts, use.call.split(".")[1])
    events = await use.each(
        method(
            **speech(use, "raw"),
            add_timestamps=True,
            add_phoneme_timestamps=True,
            context_id=use.inputs["context_id"],
        )
    )
    check_events(use, events, use.inputs["context_id"])


def check_events(use, events, context):
    """Chunks, times of words and phonemes, and one end, all of this context."""
    for event in events:
        check_model(use, event, f"a {event.type}")
        use.equal(event.context_id, context, "the context")
    use.checked.clear()
    kinds = [event.type for event in events]
    use.check(kinds.count("done") == 1 and kinds[-1] == "done", "one end, at the end")
    audio = b"".join(event.audio for event in events if event.type == "chunk")
    seconds = check_raw(use, audio, use.inputs["formats"]["raw"])
    words = [event.word_timestamps for event in events if event.type == "timestamps"]
    check_words(
        use,
        joined(words, "words"),
        joined(words, "start"),
        joined(words, "end"),
        use.inputs["transcript"],
        seconds,
    )
    phonemes = [event.phoneme_timestamps for event in events if event.type == "phoneme_timestamps"]
    check_times(
        use,
        joined(phonemes, "phonemes"),
        joined(phonemes, "start"),
        joined(phonemes, "end"),
        seconds,
        "phoneme",
    )


def joined(groups, name):
    return [item for group in groups for item in getattr(group, name)]


@scripts("tts.infill", canonical="infill.bytes")
async def infill(use):
    format = use.inputs["formats"]["wav"]
    answer = await use.result(
        use.client.tts.infill(
            left_audio=CLIP,
            right_audio=CLIP,
            model_id=use.inputs["infill_model"],
            language=use.inputs["language"],
            transcript=use.inputs["transcript"],
            voice_id=use.inputs["voice_id"],
            output_format=format,
        )
    )
    check_wav(use, await use.result(answer.read()), format)


def change(use, format):
    format = use.inputs["formats"][format]
    named = {f"output_format_{name}": value for name, value in format.items()}
    return {"clip": CLIP, "voice_id": use.inputs["second_voice_id"], **named}


@scripts("voice_changer.generate", "voice_changer.change_voice_bytes", canonical="voice_changer.bytes")
async def change_voice(use):
    method = getattr(use.client.voice_changer, use.call.split(".")[1])
    answer = await use.result(method(**change(use, "wav")))
    seconds = check_wav(use, await use.result(answer.read()), use.inputs["formats"]["wav"])
    expected = (len(CLIP[1]) - 44) / 32000
    use.check(abs(seconds - expected) < 0.1, "as long as the clip")


@scripts("voice_changer.generate_sse", canonical="voice_changer.sse")
async def change_voice_events(use):
    events = await use.each(use.client.voice_changer.generate_sse(**change(use, "raw")))
    for event in events:
        check_model(use, event, "an event")
    use.checked.clear()
    use.check(events[-1].done and not any(event.done for event in events[:-1]), "one end, at the end")
    audio = b"".join(decoded(event.data) for event in events[:-1])
    seconds = check_raw(use, audio, use.inputs["formats"]["raw"])
    use.check(abs(seconds - (len(CLIP[1]) - 44) / 32000) < 0.1, "as long as the clip")
    use.check(all(event.sample_rate == 16000 for event in events[:-1]), "the rate in each event")


@scripts("voice_changer.change_voice_sse", canonical="voice_changer.sse")
async def old_change_voice_events(use):
    answer = await use.result(use.client.voice_changer.change_voice_sse(**change(use, "raw")))
    use.equal(answer, None, "nothing: the client throws the events away")
    raw = await use.result(use.client.voice_changer.with_raw_response.change_voice_sse(**change(use, "raw")))
    text = (await use.result(raw.read())).decode()
    use.check(
        text.startswith(("event:", "data:")) and '"done":true' in text.replace(" ", ""),
        "the events themselves, from the response behind it",
    )


@scripts("stt.transcribe", canonical="stt.transcribe")
async def transcribe(use):
    answer = await use.result(
        use.client.stt.transcribe(
            file=CLIP,
            model=use.inputs["stt_batch_model"],
            language=use.inputs["language"],
            timestamp_granularities=["word"],
        )
    )
    check_model(use, answer, "the transcript")
    use.equal(answer.language, use.inputs["language"], "the language")
    use.check(abs(answer.duration - (len(CLIP[1]) - 44) / 32000) < 0.01, "the duration")
    words = [{"word": word.word, "start": word.start, "end": word.end} for word in answer.words]
    check_spoken(use, answer.text, words)
    bare = await use.result(
        use.client.stt.transcribe(
            file=("sample.raw", CLIP[1][44:]),
            model=use.inputs["stt_batch_model"],
            encoding="pcm_s16le",
            sample_rate=16000,
        )
    )
    use.equal(bare.text, answer.text, "the same from bare samples")
    use.equal(bare.words, None, "no words that were not asked for")


BINARY = ["read", "parse", "json", "text", "iter_bytes", "iter_text", "iter_lines", "write_to_file", "close"]


@scripts(*[f"binary_response.{name}" for name in BINARY], canonical="tts.bytes")
async def binary(use):
    """What `tts.generate` returns. Audio is no text: the methods for text are used with another answer."""
    await look(use, await use.result(use.client.tts.generate(**speech(use, "wav"))), False)


@scripts(
    *[f"streamed_binary_response.{name}" for name in [*BINARY[:-2], "stream_to_file", "close"]],
    canonical="tts.bytes",
)
async def streamed_binary(use):
    async with use.entered(use.client.tts.with_streaming_response.generate(**speech(use, "wav"))) as response:
        await look(use, response, True)


async def look(use, response, streamed):
    name = use.call.split(".")[1]
    if name in ("json", "text", "iter_text", "iter_lines"):
        await look_at_text(use, name, streamed)
    elif name == "close":
        await use.result(response.close())
        use.check(response.is_closed, "it is closed")
    elif name in ("write_to_file", "stream_to_file"):
        await use.result(getattr(response, name)("out.bin"))
        with open("out.bin", "rb") as file:
            check_wav(use, file.read(), use.inputs["formats"]["wav"])
        os.remove("out.bin")
    elif name == "iter_bytes":
        pieces = await use.each(response.iter_bytes(1000))
        use.check(all(len(piece) == 1000 for piece in pieces[:-1]), "pieces of the size that was asked for")
        check_wav(use, b"".join(pieces), use.inputs["formats"]["wav"])
    elif name == "parse":
        again = await use.result(response.parse())
        content = again if isinstance(again, bytes) else await use.result(again.read())
        check_wav(use, content, use.inputs["formats"]["wav"])
    else:
        check_wav(use, await use.result(response.read()), use.inputs["formats"]["wav"])


async def look_at_text(use, name, streamed):
    """The same methods, of an answer that is text."""
    use.canonical = None
    if streamed:
        async with use.entered(use.client.voices.with_streaming_response.list(limit=1)) as response:
            await check_text(use, response, name)
    else:
        raw = await use.result(use.client.voices.with_raw_response.list(limit=1))
        await check_text(use, raw, name)


async def check_text(use, response, name):
    if name == "json":
        content = await use.result(response.json())
        use.equal(len(content["data"]), 1, "a voice")
        return
    if name == "text":
        content = await use.result(response.text())
    else:
        content = "".join(await use.each(getattr(response, name)()))
    use.check(content.startswith("{") and '"has_more"' in content, "the text of the answer")


@scripts("stream.close")
async def close_stream(use):
    stream = await use.result(use.client.tts.generate_sse(**speech(use, "raw")))
    first = await use.result(stream.__anext__() if use.is_async else next(stream))
    check_model(use, first, "the first event")
    await use.result(stream.close())
    use.check(stream.response.is_closed, "the connection is closed")
    use.equal((await use.result(use.client.get_status())).ok, True, "the client is still of use")
