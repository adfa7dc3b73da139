"""Speech understood over WebSockets: with commands that end utterances, and with turns."""

import json

from audio import check_spoken
from driver import Scripts, Wrong, sample
from models import check_model

scripts = Scripts()

RATE = 16000
MANUAL, AUTO = "stt.manual_finalize.websocket", "stt.auto_finalize.websocket"
# Time goes on only with audio: silence is what ends a turn.
SILENCE = bytes(2 * RATE * 2)


class Kind:
    """One of the two, as far as they differ."""

    def __init__(self, use):
        self.use = use
        self.is_manual = use.call.startswith(MANUAL)

    def manager(self):
        stt = self.use.client.stt
        named = {"encoding": "pcm_s16le", "sample_rate": RATE}
        if self.is_manual:
            return stt.manual_finalize.websocket(
                model=self.use.inputs["stt_manual_model"],
                language=self.use.inputs["language"],
                min_volume=0.01,
                max_silence_duration_secs=0.9,
                **named,
            )
        return stt.auto_finalize.websocket(
            model=self.use.inputs["stt_auto_model"], turn_end_timeout_ms=1000, keyterm=["New York"], **named
        )

    async def say(self, connection):
        """The sample and silence, as a microphone would give them."""
        audio = sample()[44:] + SILENCE
        for at in range(0, len(audio), RATE // 5):
            await self.use.result(connection.send_raw(audio[at : at + RATE // 5]))
        if self.is_manual:
            await self.use.result(connection.send("finalize"))

    def closing(self):
        return "close" if self.is_manual else {"type": "close"}

    def is_last(self, event):
        return event.type in ("done", "error")

    def check(self, events):
        """What was said was understood."""
        use = self.use
        for event in events:
            if event.type == "error":
                raise Wrong(f"{event.title}: {event.message}")
        kinds = [event.type for event in events]
        use.equal(len({event.request_id for event in events}), 1, "one identifier for the connection")
        if self.is_manual:
            for event in events:
                # The client types words as one object of lists, where the service sends a list of objects.
                if event.type != "transcript":
                    check_model(use, event, f"a {event.type}")
            finals = [event for event in events if event.type == "transcript" and event.is_final]
            use.check(
                all(
                    event.duration > 0 and event.language == use.inputs["language"]
                    for event in finals
                    if event.text
                ),
                "duration and language",
            )
            words = [plain(word) for event in finals for word in event.words or []]
            use.checked.clear()
            check_spoken(use, "".join(event.text for event in finals), words)
            use.check("flush_done" in kinds, "an answer to `finalize`")
            use.equal(kinds.count("done"), 1, "an answer to `close`")
        else:
            for event in events:
                check_model(use, event, f"a {event.type}")
            use.checked.clear()
            use.equal(kinds[0], "connected", "the first event")
            use.equal(kinds[1], "turn.start", "the second event")
            use.check("turn.update" in kinds, "transcripts in between")
            check_spoken(use, "".join(event.transcript for event in events if event.type == "turn.end"))


def plain(word):
    return {name: word.model_dump()[name] for name in ["word", "start", "end"]}


def of_both(*names):
    return [f"{path}.{name}" for path in (MANUAL, AUTO) for name in names]


def both(*names, canonical=None):
    """Registers a script for these methods of both kinds."""

    def register(script):
        scripts(*of_both(*names), canonical=canonical)(script)
        return script

    return register


async def whole(use):
    kind = Kind(use)
    async with use.entered(kind.manager()) as connection:
        await kind.say(connection)
        await use.result(connection.send(kind.closing()))
        kind.check(await use.each(connection))


scripts(MANUAL, *[f"{MANUAL}.connection.{name}" for name in ("send", "send_raw")], canonical="stt.manual")(
    whole
)
scripts(AUTO, *[f"{AUTO}.connection.{name}" for name in ("send", "send_raw")], canonical="stt.turns")(whole)


@both("connection.recv")
async def recv(use):
    await received(use, lambda connection: connection.recv())


@both("connection.recv_bytes", "connection.parse_event")
async def recv_bytes(use):
    async def next_event(connection):
        content = await use.result(connection.recv_bytes())
        event = connection.parse_event(content)
        use.equal(event.type, json.loads(content)["type"], "the type")
        return event

    await received(use, next_event)


async def received(use, next_event):
    kind = Kind(use)
    events = []
    async with use.entered(kind.manager()) as connection:
        await kind.say(connection)
        await use.result(connection.send(kind.closing()))
        while True:
            try:
                events.append(await use.result(next_event(connection)))
            except Exception as error:
                if type(error).__name__ != "ConnectionClosedOK":
                    raise
                break
        kind.check(events)


@both("connection.on", "connection.once", "connection.off", "connection.dispatch_events")
async def handlers(use):
    kind = Kind(use)
    async with use.entered(kind.manager()) as connection:
        await handled(use, kind, connection, connection)


@both("manager.on", "manager.once", "manager.off")
async def early_handlers(use):
    kind = Kind(use)
    manager = kind.manager()
    seen = subscribe(use, kind, manager)
    async with use.entered(manager) as connection:
        await dispatched(use, kind, connection, seen)


async def handled(use, kind, owner, connection):
    seen = subscribe(use, kind, owner)
    await dispatched(use, kind, connection, seen)


def subscribe(use, kind, owner):
    """Handlers of all sorts: for each event, for one kind of event, once, and one that is taken back."""
    seen = {"all": [], "some": [], "once": [], "never": []}
    some = "transcript" if kind.is_manual else "turn.update"
    use.check(owner.on("event", seen["all"].append) is owner, "calls can be chained")
    owner.on(some)(seen["some"].append)
    owner.once(some, seen["once"].append)

    def never(event):
        seen["never"].append(event)

    owner.on(some, never)
    owner.off(some, never)
    return seen


async def dispatched(use, kind, connection, seen):
    await kind.say(connection)
    await use.result(connection.send(kind.closing()))
    await use.result(connection.dispatch_events())
    kind.check(seen["all"])
    use.check(len(seen["some"]) > 0, "events of one kind")
    use.equal((len(seen["once"]), len(seen["never"])), (1, 0), "once is once, and off is never")


@both("manager.enter")
async def enter(use):
    kind = Kind(use)
    connection = await use.result(kind.manager().enter())
    await kind.say(connection)
    await use.result(connection.send(kind.closing()))
    kind.check(await use.each(connection))
    await use.result(connection.close())


@both("manager.send")
async def early_send(use):
    """What is sent before there is a connection is sent when there is one."""
    kind = Kind(use)
    manager = kind.manager()
    manager.send(kind.closing())
    async with use.entered(manager) as connection:
        events = await use.each(connection)
        expected = ["done"] if kind.is_manual else ["connected"]
        use.equal(
            [event.type for event in events], expected, "the events of a connection that is closed at once"
        )


@both("connection.close")
async def close(use):
    kind = Kind(use)
    connection = await use.result(kind.manager().enter())
    await use.result(connection.close(code=1000, reason="that was all"))
    left = [event.type for event in await use.each(connection)]
    use.check(left in ([], ["connected"]), "the connection is over")
