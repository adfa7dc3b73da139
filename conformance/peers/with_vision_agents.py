"""The driver of `vision-agents-plugins-cartesia`, the voice agents of Vision Agents."""

from importlib.metadata import version

import numpy
import peer
from cartesia import AsyncCartesia
from driver import API_KEY, BASE_URL, Scripts
from getstream.video.rtc.track_util import AudioFormat, PcmData
from vision_agents.core.edge.types import Participant
from vision_agents.core.stt import Transcript
from vision_agents.core.turn_detection import TurnEnded, TurnStarted
from vision_agents.plugins import cartesia
from vision_agents.plugins.cartesia.stt import DEFAULT_CARTESIA_VERSION

scripts = Scripts()

SOCKETS = BASE_URL.replace("http", "ws", 1)
TTS_RATE = 24_000


@scripts("tts.stream_audio", canonical="tts.bytes")
async def stream_audio(use):
    text = use.inputs["transcript"]
    client = AsyncCartesia(api_key=API_KEY, base_url=BASE_URL)
    plugin = cartesia.TTS(
        api_key=API_KEY,
        client=client,
        model_id=use.inputs["tts_model"],
        voice_id=use.inputs["voice_id"],
        sample_rate=TTS_RATE,
    )
    audio = b""
    async for piece in await plugin.stream_audio(text):
        audio += piece.samples.tobytes()
    await plugin.stop_audio()
    await client.close()
    peer.check_speech(use, audio, TTS_RATE, text)


@scripts("stt.process_audio", canonical="stt.turns")
async def listen(use):
    plugin = cartesia.STT(api_key=API_KEY, websocket_url=f"{SOCKETS}/stt/turns/websocket")
    await plugin.start()
    speaker = Participant(original=None, user_id="somebody", id="somebody")
    for piece in peer.pieces(peer.spoken(), peer.RATE, 20):
        samples = numpy.frombuffer(piece, dtype=numpy.int16)
        heard = PcmData(samples=samples, sample_rate=peer.RATE, format=AudioFormat.S16, channels=1)
        await plugin.process_audio(heard, speaker)
    finals, turns = [], []
    async for event in plugin.output:
        if isinstance(event, Transcript) and event.mode == "final":
            finals.append(event.text)
        if isinstance(event, (TurnStarted, TurnEnded)):
            turns.append(type(event))
        if isinstance(event, TurnEnded) and not event.eager:
            break
    await plugin.close()
    use.equal([turns[0], turns[-1]], [TurnStarted, TurnEnded], "a turn from its beginning to its end")
    peer.check_heard(use, finals, use.inputs["spoken"])


async def close(use):
    """Every session closes what it opened."""


if __name__ == "__main__":
    name = "vision-agents-plugins-cartesia"
    peer.serve(name, version(name), DEFAULT_CARTESIA_VERSION, scripts, close)
