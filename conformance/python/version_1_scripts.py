"""Everything of versions 1.0 and 1.4."""

import io
import wave

import prepared
from audio import check_embedding, check_raw, check_wav, check_words
from driver import Scripts, sample

scripts = Scripts()

WAYS = {
    "1.0.3": {"voices.clone": ["filepath", "link"]},
    "1.4.0": {"voices.clone": ["clip", "similarity", "stability"]},
}

VOICE_FIELDS = {"id", "user_id", "is_public", "name", "description", "created_at", "embedding", "language"}


def check_voice(use, voice):
    use.equal(sorted(VOICE_FIELDS - set(voice)), [], "fields of a voice that are missing")
    use.equal(
        sorted(set(voice) - VOICE_FIELDS - {"base_voice_id"}), [], "fields of a voice that nobody knows"
    )
    check_embedding(use, voice["embedding"])


@scripts("close")
async def close(use):
    await use.client.close()
    use.check(use.client._session is None or use.client._session.closed, "it is closed")


@scripts("voices.list", canonical="voices.list")
async def list_voices(use):
    voices = await use.result(use.client.voices.list())
    use.check(use.inputs["voice_id"] in [voice["id"] for voice in voices], "the voice that everybody knows")
    for voice in voices:
        check_voice(use, voice)
    del use.checked[4:]


@scripts("voices.get", canonical="voices.get")
async def get(use):
    voice = await use.result(use.client.voices.get(id=use.inputs["voice_id"]))
    check_voice(use, voice)
    use.equal(voice["id"], use.inputs["voice_id"], "its identifier")


@scripts("voices.create", canonical="voices.legacy.create")
async def create(use):
    words = use.inputs["voice"]
    numbers = prepared.embedding(use)
    voice = await use.result(
        use.client.voices.create(name=words["name"], description=words["description"], embedding=numbers)
    )
    check_voice(use, voice)
    use.equal(
        (voice["name"], voice["description"]), (words["name"], words["description"]), "name and description"
    )
    use.equal(use.aside("GET", f"/voices/{voice['id']}")["embedding"], numbers, "the embedding that was kept")
    use.aside("DELETE", f"/voices/{voice['id']}")


@scripts("voices.clone(filepath)", "voices.clone(clip)", canonical="voices.legacy.clone_clip")
async def clone_clip(use):
    check_embedding(use, await use.result(use.client.voices.clone(filepath="sample.wav")))


@scripts("voices.clone(link)", canonical="voices.legacy.clone_url")
async def clone_link(use):
    check_embedding(use, await use.result(use.client.voices.clone(link="https://example.com/clip.wav")))


@scripts("voices.clone(similarity)", "voices.clone(stability)", canonical="voices.clone_voice")
async def clone(use):
    words = use.inputs["voice"]
    mode = use.call.split("(")[1].rstrip(")")
    if mode != "similarity":
        use.canonical = None
    made = await use.result(
        use.client.voices.clone(
            filepath="sample.wav",
            enhance=False,
            mode=mode,
            language=use.inputs["language"],
            name=words["name"],
            description=words["description"],
        )
    )
    use.equal(
        (made["name"], made["description"]), (words["name"], words["description"]), "name and description"
    )
    use.equal(use.aside("GET", f"/voices/{made['id']}")["name"], words["name"], "the voice can be had")
    use.aside("DELETE", f"/voices/{made['id']}")


@scripts("voices.delete", canonical="voices.delete")
async def delete(use):
    async with prepared.voice(use) as identifier:
        use.equal(await use.result(use.client.voices.delete(identifier)), None, "no answer")
        use.check(use.is_gone(f"/voices/{identifier}"), "the voice is gone")


@scripts("voices.mix", canonical="voices.legacy.mix")
async def mix(use):
    parts = [
        {"id": use.inputs["voice_id"], "weight": 0.75},
        {"id": use.inputs["second_voice_id"], "weight": 0.25},
    ]
    check_embedding(use, await use.result(use.client.voices.mix(parts)))


@scripts("tts.get_output_format")
async def get_output_format(use):
    expected = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
    use.equal(use.client.tts.get_output_format("raw_pcm_f32le_44100"), expected, "a format by its name")


@scripts("tts.get_sample_rate")
async def get_sample_rate(use):
    use.equal(
        use.client.tts.get_sample_rate("raw_pcm_s16le_16000"), 16000, "a rate by the name of its format"
    )


def speech(use, format="raw"):
    return {
        "model_id": use.inputs["tts_model"],
        "transcript": use.inputs["transcript"],
        "voice_id": use.inputs["voice_id"],
        "output_format": use.inputs["formats"][format],
    }


@scripts("tts.bytes", canonical="tts.bytes")
async def tts_bytes(use):
    check_wav(use, await use.result(use.client.tts.bytes(**speech(use, "wav"))), use.inputs["formats"]["wav"])
    check_raw(
        use,
        await use.result(use.client.tts.bytes(**speech(use, "raw_float"))),
        use.inputs["formats"]["raw_float"],
    )


@scripts("tts.sse", canonical="tts.sse")
async def tts_sse(use):
    outputs = await use.each(await use.result(use.client.tts.sse(**speech(use), stream=True)))
    use.check(len(outputs) > 1, f"{len(outputs)} chunks")
    audio = b"".join(output["audio"] for output in outputs)
    check_raw(use, audio, use.inputs["formats"]["raw"])
    whole = await use.result(use.client.tts.sse(**speech(use), stream=False))
    use.check(len(whole["audio"]) == len(audio), "the same in one piece")


@scripts("tts.infill", canonical="infill.bytes")
async def infill(use):
    named = {**speech(use, "wav"), "model_id": use.inputs["infill_model"], "language": use.inputs["language"]}
    part, whole = await use.result(
        use.client.tts.infill(**named, left_audio_path="sample.wav", right_audio_path="sample.wav")
    )
    seconds = check_wav(use, part, use.inputs["formats"]["wav"])
    with wave.open(io.BytesIO(whole)) as file:
        total = file.getnframes() / file.getframerate()
    expected = seconds + 2 * (len(sample()) - 44) / 32000
    use.check(abs(total - expected) < 0.05, "the clips with the new part between them")


async def opened(use):
    return await use.result(use.client.tts.websocket())


def check_outputs(use, outputs, text=None):
    audio = b"".join(output["audio"] for output in outputs if "audio" in output)
    seconds = check_raw(use, audio, use.inputs["formats"]["raw"])
    if text is not None:
        words = [output["word_timestamps"] for output in outputs if "word_timestamps" in output]
        names, starts, ends = (
            [item for group in words for item in group[name]] for name in ("words", "start", "end")
        )
        check_words(use, names, starts, ends, text, seconds)
    return audio


def with_times(use):
    # 1.0 does not know of times.
    return {"add_timestamps": True} if hasattr(use.client.tts, "bytes") else {}


@scripts("tts.websocket", "tts.websocket.connection.send", canonical="tts.websocket")
async def send(use):
    socket = await opened(use)
    times = with_times(use)
    text = use.inputs["transcript"] if times else None
    context = use.inputs["context_id"]
    named = {**speech(use), **times, "language": use.inputs["language"]}
    outputs = await use.each(await use.result(socket.send(**named, context_id=context, stream=True)))
    audio = check_outputs(use, outputs, text)
    use.equal({output["context_id"] for output in outputs}, {context}, "the context")
    await use.result(socket.close())
    socket = await opened(use)
    whole = await use.result(socket.send(**named, context_id=context, stream=False))
    use.equal((len(whole["audio"]), whole["context_id"]), (len(audio), context), "the same in one piece")
    check_outputs(use, [whole], text)
    await use.result(socket.close())


@scripts("tts.websocket.connection.connect", "tts.websocket.connection.close")
async def connect(use):
    socket = await opened(use)
    first = socket.websocket
    await use.result(socket.connect())
    use.check(socket.websocket is first, "connecting twice is once")
    await use.result(socket.close())
    use.check(socket.websocket is None or socket._is_websocket_closed(), "it is closed")
    await use.result(socket.connect())
    use.check(not socket._is_websocket_closed(), "it can be opened again")
    await use.result(socket.close())


@scripts(
    "tts.websocket.connection.context",
    "tts.websocket.context.send",
    "tts.websocket.context.receive",
    "tts.websocket.context.is_closed",
    canonical="tts.websocket.inputs",
)
async def context(use):
    """Text in parts: the synchronous client takes them from a generator, the other one by one."""
    socket = await opened(use)
    context = socket.context(use.inputs["context_id"])
    use.equal(context.context_id, use.inputs["context_id"], "its name")
    use.check(not context.is_closed(), "it is open")
    parts = use.inputs["transcript_parts"]
    named = {**speech(use), "language": use.inputs["language"]}
    if use.is_async:
        # It ends a context with its last text, ours by an input of its own.
        use.canonical = None
        for part in parts:
            await context.send(
                **{**named, "transcript": part}, continue_=part is not parts[-1], add_timestamps=True
            )
        outputs = await use.each(context.receive())
        use.check(context.is_closed(), "it is closed at its end")
    else:
        # It drops what comes without audio while it has text to send: times of words.
        outputs = list(context.send(**{**named, "transcript": (part for part in parts)}))
        context._close()
        use.check(context.is_closed(), "it can be closed")
    check_outputs(use, outputs, "".join(parts) if use.is_async else None)
    await use.result(socket.close())


@scripts("tts.websocket.context.no_more_inputs")
async def no_more_inputs(use):
    socket = await opened(use)
    context = socket.context()
    await context.send(**speech(use), continue_=True)
    await context.no_more_inputs()
    check_outputs(use, await use.each(context.receive()))
    await socket.close()


@scripts("tts.websocket.context.flush")
async def flush(use):
    socket = await opened(use)
    context = socket.context()
    first, *rest = use.inputs["transcript_parts"]
    await context.send(**{**speech(use), "transcript": first}, continue_=True)
    flushed = await context.flush()
    check_outputs(use, await use.each(flushed()))
    await context.send(**{**speech(use), "transcript": "".join(rest)}, continue_=False)
    check_outputs(use, await use.each(context.receive()))
    await socket.close()
