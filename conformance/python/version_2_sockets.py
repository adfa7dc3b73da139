"""The sockets of version 2."""

import asyncio

from audio import check_raw, check_spoken, check_times, check_words
from driver import Scripts, sample

scripts = Scripts()

RATE = 16000


def settings(use):
    return {
        "model_id": use.inputs["tts_model"],
        "voice": {"mode": "id", "id": use.inputs["voice_id"]},
        "output_format": use.inputs["formats"]["raw"],
        "language": use.inputs["language"],
    }


async def opened(use):
    return await use.result(use.client.tts.websocket())


def check_outputs(use, outputs, text=None):
    """What came out one by one: audio, and the times of words when a text is given."""
    seconds = check_raw(
        use, b"".join(output.audio for output in outputs if output.audio), use.inputs["formats"]["raw"]
    )
    if text is not None:
        words = [output.word_timestamps for output in outputs if output.word_timestamps]
        names = [word for group in words for word in group.words]
        starts = [start for group in words for start in group.start]
        check_words(use, names, starts, [end for group in words for end in group.end], text, seconds)
    return seconds


@scripts("tts.websocket", canonical="tts.websocket")
async def send(use):
    socket = await opened(use)
    named = {
        **settings(use),
        "transcript": use.inputs["transcript"],
        "context_id": use.inputs["context_id"],
        "generation_config": use.inputs["generation_config"],
        "add_timestamps": True,
    }
    outputs = await use.each(await use.result(socket.send(**named, stream=True)))
    check_outputs(use, outputs, use.inputs["transcript"])
    await use.result(socket.close())


@scripts("tts.websocket.connection.send")
async def send_for_all(use):
    """All at once, with all that there is."""
    socket = await opened(use)
    whole = await use.result(
        socket.send(
            **settings(use),
            transcript=use.inputs["transcript"],
            add_timestamps=True,
            add_phoneme_timestamps=True,
            stream=False,
        )
    )
    seconds = check_raw(use, whole.audio, use.inputs["formats"]["raw"])
    times = whole.word_timestamps
    check_words(use, times.words, times.start, times.end, use.inputs["transcript"], seconds)
    times = whole.phoneme_timestamps
    check_times(use, times.phonemes, times.start, times.end, seconds, "phoneme")
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
    use.check(socket.websocket is not first and not socket._is_websocket_closed(), "it can be opened again")
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
    text = "".join(parts)
    if use.is_async:
        # It ends a context with its last text, ours by an input of its own.
        use.canonical = None
        for part in parts:
            await context.send(
                **settings(use), transcript=part, continue_=part is not parts[-1], add_timestamps=True
            )
        outputs = await use.each(context.receive())
        check_outputs(use, outputs, text)
    else:
        check_outputs(use, list(context.send(**settings(use), transcript=(part for part in parts))))
    if use.is_async:
        use.check(context.is_closed(), "it is closed at its end")
    await use.result(socket.close())
    use.check(context.is_closed(), "it is closed with its connection")


@scripts("tts.websocket.context.no_more_inputs")
async def no_more_inputs(use):
    socket = await opened(use)
    context = socket.context()
    await context.send(**settings(use), transcript=use.inputs["transcript"], continue_=True)
    await context.no_more_inputs()
    check_outputs(use, await use.each(context.receive()))
    await socket.close()


@scripts("tts.websocket.context.flush")
async def flush(use):
    socket = await opened(use)
    context = socket.context()
    first, *rest = use.inputs["transcript_parts"]
    await context.send(**settings(use), transcript=first, continue_=True)
    flushed = await context.flush()
    before = check_outputs(use, await use.each(flushed()))
    await context.send(**settings(use), transcript="".join(rest), continue_=False)
    after = check_outputs(use, await use.each(context.receive()))
    use.check(before > 0 and after > 0, "audio before and after")
    await socket.close()


@scripts("tts.websocket.context.cancel")
async def cancel(use):
    socket = await opened(use)
    context = socket.context()
    await context.send(
        **settings(use), transcript="This will not be", continue_=True, max_buffer_delay_ms=5000
    )
    await context.cancel()
    use.check(context.is_closed(), "it is closed")
    other = socket.context()
    await other.send(**settings(use), transcript=use.inputs["transcript"], continue_=False)
    check_outputs(use, await use.each(other.receive()))
    await socket.close()


def pieces():
    audio = sample()[44:]
    return [audio[at : at + RATE // 5] for at in range(0, len(audio), RATE // 5)]


def check_results(use, results):
    kinds = [result["type"] for result in results]
    use.check("flush_done" in kinds, "an answer to `finalize`")
    use.equal((kinds.count("done"), kinds[-1]), (1, "done"), "one end, at the end")
    finals = [result for result in results if result["type"] == "transcript" and result["is_final"]]
    words = [word for result in finals for word in result.get("words") or []]
    check_spoken(use, "".join(result["text"] for result in finals), words)


def stt_settings(use):
    return {
        "model": use.inputs["stt_manual_model"],
        "language": use.inputs["language"],
        "encoding": "pcm_s16le",
        "sample_rate": RATE,
    }


@scripts(
    "stt.websocket",
    "stt.websocket.connection.send",
    "stt.websocket.connection.receive",
    canonical="stt.manual",
)
async def hear(use):
    socket = await use.result(
        use.client.stt.websocket(**stt_settings(use), min_volume=0.01, max_silence_duration_secs=0.9)
    )
    for piece in pieces():
        await use.result(socket.send(piece))
    await use.result(socket.send("finalize"))
    await use.result(socket.send("done"))
    check_results(use, await use.each(socket.receive()))
    await use.result(socket.close())


@scripts("stt.websocket.connection.transcribe", canonical="stt.manual")
async def transcribe(use):
    socket = await use.result(use.client.stt.websocket(**stt_settings(use)))

    async def stream():
        for piece in pieces():
            yield piece
            await asyncio.sleep(0)

    audio = stream() if use.is_async else iter(pieces())
    check_results(use, await use.each(socket.transcribe(audio, **stt_settings(use))))


@scripts("stt.websocket.connection.connect", "stt.websocket.connection.close")
async def connect_stt(use):
    socket = await use.result(use.client.stt.websocket(**stt_settings(use)))
    first = socket.websocket
    await use.result(socket.connect(**stt_settings(use)))
    use.check(socket.websocket is first, "connecting twice is once")
    await use.result(socket.close())
    use.check(socket._is_websocket_closed(), "it is closed")
