"""The driver of `livekit-plugins-cartesia`, the voice agents of LiveKit."""

import asyncio

import aiohttp
import peer
from driver import API_KEY, BASE_URL, Scripts
from livekit import rtc
from livekit.agents import stt
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT
from livekit.plugins import cartesia
from livekit.plugins.cartesia.constants import API_VERSION

scripts = Scripts()

TTS_RATE = 24_000


class Session:
    """A plugin with the connections it would be given by an agent."""

    def __init__(self, make):
        self.make = make

    async def __aenter__(self):
        self.http = aiohttp.ClientSession()
        self.plugin = self.make(api_key=API_KEY, base_url=BASE_URL, http_session=self.http)
        return self.plugin

    async def __aexit__(self, *exception):
        await self.plugin.aclose()
        await self.http.close()


def tts(use):
    settings = {"voice": use.inputs["voice_id"], "model": use.inputs["tts_model"]}
    return Session(lambda **where: cartesia.TTS(sample_rate=TTS_RATE, **settings, **where))


async def collect(stream):
    """The audio of a stream, and the words that came with it."""
    audio, words = b"", []
    async for event in stream:
        audio += bytes(event.frame.data)
        words += event.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])
    return audio, words


@scripts("tts.synthesize", canonical="tts.bytes")
async def synthesize(use):
    text = use.inputs["transcript"]
    async with tts(use) as plugin:
        audio, _ = await collect(plugin.synthesize(text))
    peer.check_speech(use, audio, TTS_RATE, text)
    request = {
        "model_id": use.inputs["tts_model"],
        "voice": {"mode": "id", "id": use.inputs["voice_id"]},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": TTS_RATE},
        "language": "en",
        "transcript": text,
    }
    expected = use.aside("POST", "/tts/bytes", request)
    use.check(audio.startswith(expected), "the audio, to the byte")
    use.check(not any(audio[len(expected) :]), "silence behind it, of the plugin's own")


async def say(use, plugin, text):
    """Says a text as it comes from a language model, word by word."""
    async with plugin.stream() as stream:
        for word in text.split():
            stream.push_text(f"{word} ")
        stream.end_input()
        audio, words = await collect(stream)
    peer.check_speech(use, audio, TTS_RATE, text)
    return audio, words


@scripts("tts.stream", canonical="tts.websocket.inputs")
async def stream_text(use):
    text = f"{use.inputs['transcript']} And this is another sentence."
    async with tts(use) as plugin:
        audio, words = await say(use, plugin, text)
    use.equal("".join(words).split(), text.split(), "the words that were spoken")
    times = [word.start_time for word in words]
    use.check(times == sorted(times), "times that go forward")
    use.check(words[-1].end_time <= len(audio) / 2 / TTS_RATE + 0.05, "times within the audio")


@scripts("tts.stream.aclose", canonical="tts.websocket.cancel")
async def interrupt(use):
    async with tts(use) as plugin:
        stream = plugin.stream()
        stream.push_text("This is a long sentence that nobody lets the agent finish. And another one.")
        stream.flush()
        first = await anext(aiter(stream))
        use.check(len(bytes(first.frame.data)) > 0, "audio before the interruption")
        await stream.aclose()
        # What was interrupted is not heard in what is said next.
        audio, words = await say(use, plugin, use.inputs["transcript"])
    use.equal("".join(words).split(), use.inputs["transcript"].split(), "the words of the next text alone")


async def listen(make, audio, rate):
    """Everything that is understood of what a microphone hears."""

    async def feed(stream):
        for piece in peer.pieces(audio, rate, 20):
            stream.push_frame(rtc.AudioFrame(piece, rate, 1, len(piece) // 2))
            # A stream that was ended before it ran never opens its connection.
            await asyncio.sleep(0)
        stream.end_input()

    async with Session(make) as plugin:
        async with plugin.stream() as stream:
            feeding = asyncio.create_task(feed(stream))
            events = [event async for event in stream]
            await feeding
    return events, [event.type for event in events]


@scripts("stt.stream.turns", canonical="stt.turns")
async def listen_for_turns(use):
    model = use.inputs["stt_auto_model"]
    spoken = peer.spoken()
    events, types = await listen(lambda **where: cartesia.STT(model=model, **where), spoken, peer.RATE)
    kind = stt.SpeechEventType
    turn = [kind.START_OF_SPEECH, kind.INTERIM_TRANSCRIPT, kind.FINAL_TRANSCRIPT, kind.END_OF_SPEECH]
    use.equal([one for one in turn if one in types], turn, "a turn from its beginning to its end")
    use.check(types.index(turn[0]) < types.index(turn[2]) < types.index(turn[3]), "in this order")
    finals = [event.alternatives[0].text for event in events if event.type == kind.FINAL_TRANSCRIPT]
    peer.check_heard(use, finals, use.inputs["spoken"])


@scripts("stt.stream.manual", canonical="stt.manual")
async def listen_and_finalize(use):
    model = use.inputs["stt_manual_model"]
    spoken = peer.spoken()
    events, types = await listen(lambda **where: cartesia.STT(model=model, language="en", **where), spoken, peer.RATE)
    kind = stt.SpeechEventType
    use.check(kind.START_OF_SPEECH in types and kind.END_OF_SPEECH in types, "speech from its beginning to its end")
    finals = [event.alternatives[0] for event in events if event.type == kind.FINAL_TRANSCRIPT]
    peer.check_heard(use, [final.text for final in finals], use.inputs["spoken"])
    words = [word for final in finals for word in final.words or []]
    use.equal(len(words), len(use.inputs["spoken"].split()), "a time for each word")


@scripts("tts.stream to stt.stream")
async def hear_itself(use):
    """What is said by one plugin is understood by the other."""
    text = use.inputs["transcript"]
    async with tts(use) as plugin:
        audio, _ = await say(use, plugin, text)
    audio += peer.silence(TTS_RATE)
    events, _ = await listen(lambda **where: cartesia.STT(sample_rate=TTS_RATE, **where), audio, TTS_RATE)
    kind = stt.SpeechEventType.FINAL_TRANSCRIPT
    peer.check_heard(use, [event.alternatives[0].text for event in events if event.type == kind], text)


async def close(use):
    """Every session closes what it opened."""


if __name__ == "__main__":
    peer.serve("livekit-plugins-cartesia", cartesia.__version__, API_VERSION, scripts, close)
