"""Speech over a WebSocket: connections, contexts, and what they had in version 2."""

import json

from audio import check_raw, check_times, check_words
from driver import BASE_URL, Scripts, Wrong
from models import check_model
from version_4_speech import check_events, joined

scripts = Scripts()


def connected(use):
    """The manager of a connection. Unlike for everything else, the client takes `http` in its base URL
    for `wss` here, and must be told otherwise by a URL of its own."""
    return local(use).tts.websocket_connect()


def local(use):
    return use.client.copy(websocket_base_url=BASE_URL.replace("http", "ws", 1))


def settings(use):
    return {
        "model_id": use.inputs["tts_model"],
        "voice": {"mode": "id", "id": use.inputs["voice_id"]},
        "output_format": use.inputs["formats"]["raw"],
        "language": use.inputs["language"],
    }


def request(use, context, **more):
    return {**settings(use), "transcript": use.inputs["transcript"], "context_id": context, **more}


async def collect(use, next_event):
    """Events up to the end of a context."""
    events = []
    while not events or events[-1].type not in ("done", "error"):
        events.append(await next_event())
    return events


@scripts(
    "tts.websocket_connect", "tts.websocket_connect.connection.recv", "tts.websocket_connect.connection.send"
)
async def bare_connection(use):
    """Requests and events as they are."""
    context = use.inputs["context_id"]
    async with use.entered(connected(use)) as connection:
        await use.result(
            connection.send(request(use, context, add_timestamps=True, add_phoneme_timestamps=True))
        )

        async def next_event():
            return await use.result(connection.recv())

        check_events(use, await collect(use, next_event), context)


@scripts("tts.websocket_connect.connection.recv_bytes", "tts.websocket_connect.connection.parse_event")
async def received_bytes(use):
    context = use.inputs["context_id"]
    async with use.entered(connected(use)) as connection:
        await use.result(
            connection.send(request(use, context, add_timestamps=True, add_phoneme_timestamps=True))
        )

        async def next_event():
            content = await use.result(connection.recv_bytes(timeout=10))
            event = connection.parse_event(content)
            use.equal(event.type, json.loads(content)["type"], "the type")
            return event

        check_events(use, await collect(use, next_event), context)


@scripts("tts.websocket_connect.manager.enter")
async def enter(use):
    manager = connected(use)
    connection = await use.result(manager.enter())
    use.check(await use.result(manager.enter()) is connection, "a manager has one connection")
    await speak(use, connection)
    await use.result(connection.close())


@scripts("tts.websocket_connect.connection.close")
async def close(use):
    manager = connected(use)
    connection = await use.result(manager.enter())
    await use.result(connection.close(code=1000, reason="that was all"))
    try:
        await use.result(connection.recv())
    except Exception as error:
        use.equal(type(error).__name__, "ConnectionClosedOK", "what a closed connection says")
    else:
        raise Wrong("it is still open")


async def speak(use, connection):
    """One context from its first text to its end."""
    context = connection.context(**settings(use))
    for part in use.inputs["transcript_parts"]:
        await use.result(context.push(part))
    await use.result(context.no_more_inputs())
    return await check_context(use, context)


async def check_context(use, context, text=None):
    """What is received is the audio of the text, with its end."""
    events = await use.each(context.receive())
    if events and events[-1].type == "error":
        raise Wrong(events[-1].message)
    for event in events:
        check_model(use, event, f"a {event.type}")
    use.checked.clear()
    kinds = [event.type for event in events]
    use.check(kinds.count("done") == 1 and kinds[-1] == "done", "one end, at the end")
    use.equal(len({event.context_id for event in events}), 1, "events of one context")
    audio = b"".join(event.audio for event in events if event.type == "chunk")
    seconds = check_raw(use, audio, use.inputs["formats"]["raw"])
    words = [event.word_timestamps for event in events if event.type == "timestamps"]
    if text is not None:
        check_words(use, joined(words, "words"), joined(words, "start"), joined(words, "end"), text, seconds)
    return audio


@scripts(
    "tts.websocket_connect.context.push",
    "tts.websocket_connect.context.no_more_inputs",
    "tts.websocket_connect.context.receive",
    canonical="tts.websocket.inputs",
)
async def context_in_parts(use):
    async with use.entered(connected(use)) as connection:
        config = use.inputs["generation_config"]
        context = connection.context(
            use.inputs["context_id"], **settings(use), generation_config=config, max_buffer_delay_ms=0
        )
        for part in use.inputs["transcript_parts"]:
            await use.result(context.push(part))
        await use.result(context.no_more_inputs())
        await check_context(use, context)


@scripts("tts.websocket_connect.connection.context")
async def two_contexts(use):
    async with use.entered(connected(use)) as connection:
        first = connection.context("first", **settings(use), add_timestamps=True)
        other = {"mode": "id", "id": use.inputs["second_voice_id"]}
        second = connection.context("second", **{**settings(use), "voice": other}, add_timestamps=True)
        for part in use.inputs["transcript_parts"]:
            await use.result(first.push(part))
            await use.result(second.push(part))
        await use.result(first.no_more_inputs())
        await use.result(second.no_more_inputs())
        text = "".join(use.inputs["transcript_parts"])
        one = await check_context(use, first, text)
        other = await check_context(use, second, text)
        use.check(one != other, "two voices")
        try:
            connection.context("third", **settings(use))
            connection.context("third", **settings(use))
        except ValueError:
            use.check(True, "a name is taken once")
        else:
            raise Wrong("a name was taken twice")


@scripts("tts.websocket_connect.context.send", canonical="tts.websocket")
async def context_send(use):
    async with use.entered(connected(use)) as connection:
        context = connection.context(use.inputs["context_id"], max_buffer_delay_ms=0)
        await use.result(
            context.send(
                transcript=use.inputs["transcript"],
                continue_=False,
                add_timestamps=True,
                generation_config=use.inputs["generation_config"],
                **settings(use),
            )
        )
        await check_context(use, context, use.inputs["transcript"])


@scripts("tts.websocket_connect.context.cancel", canonical="tts.websocket.cancel")
async def cancel(use):
    async with use.entered(connected(use)) as connection:

        async def whole(name):
            context = connection.context(name, max_buffer_delay_ms=0)
            await use.result(
                context.send(transcript=use.inputs["transcript"], continue_=False, **settings(use))
            )
            return context

        cancelled = use.inputs["context_id"]
        context = connection.context(cancelled, **settings(use), max_buffer_delay_ms=5000)
        # Without an end of its sentence the text waits, and is dropped by the cancellation.
        await use.result(context.push("This will not be"))
        another = await whole("another")
        await use.result(context.cancel())
        following = await whole("the next")
        for name, other in [("another", another), ("the next", following)]:
            events = []
            # The synchronous client shows the end of a cancelled context to the one that reads, as its end.
            while not any((event.context_id, event.type) == (name, "done") for event in events):
                events += await use.each(other.receive())
            of_cancelled = {event.type for event in events if event.context_id == cancelled}
            use.check(of_cancelled <= {"done"}, "no audio of the context that was cancelled")
            audio = b"".join(
                event.audio for event in events if event.context_id == name and event.type == "chunk"
            )
            check_raw(use, audio, use.inputs["formats"]["raw"])


@scripts("tts.websocket", canonical="tts.websocket")
async def old_send(use):
    """The interface of version 2: outputs one by one."""
    socket = await use.result(local(use).tts.websocket())
    named = {**settings(use), "transcript": use.inputs["transcript"], "context_id": use.inputs["context_id"]}
    outputs = await use.each(await use.result(socket.send(**named, add_timestamps=True, stream=True)))
    audio = b"".join(output.audio for output in outputs if output.audio)
    seconds = check_raw(use, audio, use.inputs["formats"]["raw"])
    words = [output.word_timestamps for output in outputs if output.word_timestamps]
    check_words(
        use,
        joined(words, "words"),
        joined(words, "start"),
        joined(words, "end"),
        use.inputs["transcript"],
        seconds,
    )
    await use.result(socket.close())


@scripts("tts.websocket.connection.send")
async def old_send_for_all(use):
    """Or all in one, with all that there is."""
    socket = await use.result(local(use).tts.websocket())
    named = {
        **settings(use),
        "transcript": use.inputs["transcript"],
        "add_timestamps": True,
        "add_phoneme_timestamps": True,
    }
    whole = await use.result(socket.send(**named, stream=False))
    seconds = check_raw(use, whole.audio, use.inputs["formats"]["raw"])
    times = whole.word_timestamps
    check_words(use, times["words"], times["start"], times["end"], use.inputs["transcript"], seconds)
    times = whole.phoneme_timestamps
    check_times(use, times["phonemes"], times["start"], times["end"], seconds, "phoneme")
    await use.result(socket.close())


@scripts("tts.websocket.connection.connect", "tts.websocket.connection.close")
async def old_connect(use):
    socket = await use.result(local(use).tts.websocket())
    await use.result(socket.connect())
    first = socket._connection
    await use.result(socket.connect())
    use.check(first is not None and socket._connection is first, "connecting twice is once")
    await use.result(socket.close())
    use.check(socket._connection is None, "it is closed")


@scripts("tts.websocket.connection.context")
async def old_context(use):
    socket = await use.result(local(use).tts.websocket())
    await use.result(socket.connect())
    context = await use.result(socket.context(use.inputs["context_id"]))
    parts = use.inputs["transcript_parts"]
    for part in parts:
        last = part is parts[-1]
        await use.result(
            context.send(transcript=part, continue_=not last, add_timestamps=True, **settings(use))
        )
    await check_context(use, context, "".join(parts))
    await use.result(socket.close())
