"""The driver of `videosdk-plugins-cartesia`, the voice agents of VideoSDK."""

import asyncio
from importlib.metadata import version

import peer
from driver import API_KEY, BASE_URL, Scripts
from videosdk.agents import SpeechEventType
from videosdk.plugins.cartesia import CartesiaSTT, CartesiaTTS, GenerationConfig
from videosdk.plugins.cartesia.tts import API_VERSION

scripts = Scripts()

SOCKETS = BASE_URL.replace("http", "ws", 1)


class Track:
    """Where the agent speaks."""

    def __init__(self):
        self.audio = b""
        self.begun = asyncio.Event()

    async def add_new_bytes(self, audio):
        self.audio += audio
        self.begun.set()

    def interrupt(self):
        self.audio = b""


class Mouth:
    def __init__(self, use, **settings):
        voice = {"voice_id": use.inputs["voice_id"], "model": use.inputs["tts_model"]}
        self.plugin = CartesiaTTS(api_key=API_KEY, base_url=BASE_URL, **voice, **settings)
        self.plugin.audio_track = Track()
        self.plugin.loop = asyncio.get_running_loop()
        self.errors = []
        self.plugin.on("error", self.errors.append)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exception):
        await self.plugin.aclose()

    async def say(self, text):
        self.plugin.audio_track.audio = b""
        await self.plugin.synthesize(text)
        return self.plugin.audio_track.audio


@scripts("tts.synthesize", canonical="tts.websocket.inputs")
async def synthesize(use):
    text = use.inputs["transcript"]
    async with Mouth(use, generation_config=GenerationConfig(speed=1.1)) as mouth:
        audio = await mouth.say(text)
        again = await mouth.say(text)
    peer.check_speech(use, audio, mouth.plugin.sample_rate, text)
    peer.check_speech(use, again, mouth.plugin.sample_rate, text)
    use.equal(mouth.errors, [], "errors")


@scripts("tts.synthesize.words", canonical="tts.websocket")
async def synthesize_words(use):
    text = use.inputs["transcript"]
    words = []
    async with Mouth(use, word_timestamps=True) as mouth:
        mouth.plugin.on("word_spoken", lambda told: words.append(told["word"]))
        await mouth.say(text)
        while len(words) < len(text.split()):
            await asyncio.sleep(0.02)
    use.equal(words, text.split(), "the words that were spoken")


@scripts("tts.interrupt", canonical="tts.websocket.cancel")
async def interrupt(use):
    text = use.inputs["transcript"]
    async with Mouth(use) as mouth:
        saying = asyncio.create_task(mouth.say("This is a long sentence that nobody lets the agent finish. " * 3))
        await mouth.plugin.audio_track.begun.wait()
        await mouth.plugin.interrupt()
        await saying
        use.equal(mouth.plugin.audio_track.audio, b"", "what is heard after the interruption")
        audio = await mouth.say(text)
    peer.check_speech(use, audio, mouth.plugin.sample_rate, text)


@scripts("stt.process_audio", canonical="stt.manual")
async def listen(use):
    plugin = CartesiaSTT(api_key=API_KEY, base_url=f"{SOCKETS}/stt/websocket", input_sample_rate=peer.RATE)
    finals = []
    heard = asyncio.Event()

    async def keep(response):
        if response.event_type == SpeechEventType.FINAL:
            finals.append(response.data.text)
            if len(" ".join(finals).split()) >= len(use.inputs["spoken"].split()):
                heard.set()

    plugin.on_stt_transcript(keep)
    spoken = peer.spoken()
    # As it comes out of a call: both channels are the same.
    both = b"".join(spoken[at : at + 2] * 2 for at in range(0, len(spoken), 2))
    for piece in peer.pieces(both, 2 * peer.RATE, 20):
        await plugin.process_audio(piece)
    await plugin.flush()
    await heard.wait()
    await plugin.aclose()
    peer.check_heard(use, finals, use.inputs["spoken"])


async def close(use):
    """Every session closes what it opened."""


if __name__ == "__main__":
    peer.serve("videosdk-plugins-cartesia", version("videosdk-plugins-cartesia"), API_VERSION, scripts, close)
