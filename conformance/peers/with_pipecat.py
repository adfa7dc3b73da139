"""The driver of `pipecat-ai[cartesia]`, the voice agents of Pipecat."""

import asyncio
from importlib.metadata import version

import peer
from driver import API_KEY, BASE_URL, Scripts
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.cartesia.stt import CartesiaSTTService
from pipecat.services.cartesia.tts import CartesiaHttpTTSService, CartesiaTTSService
from pipecat.services.cartesia.turns.stt import CartesiaTurnsSTTService
from pipecat.workers.runner import WorkerRunner

scripts = Scripts()

# What its services say in the header.
API_VERSION = "2026-03-01"

SOCKETS = BASE_URL.replace("http", "ws", 1)


class Ear(FrameProcessor):
    """The end of a pipeline: it keeps every frame, and lets a script wait for one."""

    def __init__(self):
        super().__init__()
        self.frames = []
        self.arrived = asyncio.Condition()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        async with self.arrived:
            self.frames.append(frame)
            self.arrived.notify_all()
        await self.push_frame(frame, direction)

    def of(self, kind):
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def until(self, kind, count=1):
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    def audio(self):
        return b"".join(frame.audio for frame in self.of(TTSAudioRawFrame))


class Session:
    """A pipeline of one service, which runs until the script is through."""

    def __init__(self, service):
        self.ear = Ear()
        params = PipelineParams(audio_in_sample_rate=peer.RATE, audio_out_sample_rate=peer.RATE)
        pipeline = Pipeline([service, self.ear])
        self.worker = PipelineWorker(pipeline, params=params, cancel_on_idle_timeout=False, enable_rtvi=False)
        self.started = asyncio.Event()
        self.errors = []

        @self.worker.event_handler("on_pipeline_started")
        async def on_started(worker, frame):
            self.started.set()

        @service.event_handler("on_error")
        async def on_error(service, error):
            self.errors.append(error)

    async def __aenter__(self):
        self.runner = WorkerRunner(handle_sigint=False)
        await self.runner.add_workers(self.worker)
        self.running = asyncio.create_task(self.runner.run())
        await self.started.wait()
        return self

    async def __aexit__(self, kind, *exception):
        # A script that failed waits for nothing any more.
        await self.worker.queue_frame(EndFrame() if kind is None else CancelFrame())
        await self.running

    async def say(self, *frames):
        for frame in frames:
            await self.worker.queue_frame(frame)


def tts(use):
    settings = CartesiaTTSService.Settings(voice=use.inputs["voice_id"], model=use.inputs["tts_model"])
    return CartesiaTTSService(api_key=API_KEY, url=f"{SOCKETS}/tts/websocket", settings=settings)


def no_errors(use, session):
    errors = session.errors + session.ear.of(ErrorFrame)
    use.equal([str(error) for error in errors], [], "no errors")


@scripts("tts.http", canonical="tts.bytes")
async def speak_over_http(use):
    import aiohttp

    text = use.inputs["transcript"]
    settings = CartesiaHttpTTSService.Settings(voice=use.inputs["voice_id"], model=use.inputs["tts_model"])
    async with aiohttp.ClientSession() as http:
        service = CartesiaHttpTTSService(api_key=API_KEY, base_url=BASE_URL, aiohttp_session=http, settings=settings)
        async with Session(service) as session:
            await session.say(TTSSpeakFrame(text))
            await session.ear.until(TTSStoppedFrame)
    no_errors(use, session)
    peer.check_speech(use, session.ear.audio(), peer.RATE, text)


@scripts("tts.websocket", canonical="tts.websocket.inputs")
async def speak(use):
    text = use.inputs["transcript"]
    async with Session(tts(use)) as session:
        await session.say(TTSSpeakFrame(text))
        await session.ear.until(TTSStoppedFrame)
    no_errors(use, session)
    peer.check_speech(use, session.ear.audio(), peer.RATE, text)
    words = " ".join(frame.text for frame in session.ear.of(TTSTextFrame))
    use.equal(words.split(), text.split(), "the words that were spoken")


@scripts("tts.websocket.interruption", canonical="tts.websocket.cancel")
async def interrupt(use):
    text = use.inputs["transcript"]
    async with Session(tts(use)) as session:
        await session.say(TTSSpeakFrame("This is a long sentence that nobody lets the agent finish, ever."))
        first = await session.ear.until(TTSAudioRawFrame)
        await session.say(InterruptionFrame())
        await session.ear.until(InterruptionFrame)
        # What was interrupted is not heard in what is said next.
        await session.say(TTSSpeakFrame(text))
        await session.ear.until(TTSTextFrame, count=len(text.split()))
        while not any(frame.context_id != first.context_id for frame in session.ear.of(TTSStoppedFrame)):
            await session.ear.until(TTSStoppedFrame, count=len(session.ear.of(TTSStoppedFrame)) + 1)
    no_errors(use, session)
    frames = session.ear.frames
    after = frames[frames.index(next(frame for frame in frames if isinstance(frame, InterruptionFrame))) :]
    audio = [frame for frame in after if isinstance(frame, TTSAudioRawFrame)]
    use.check(all(frame.context_id != first.context_id for frame in audio), "nothing of what was interrupted")
    peer.check_speech(use, b"".join(frame.audio for frame in audio), peer.RATE, text)


def microphone():
    return [
        InputAudioRawFrame(audio=piece, sample_rate=peer.RATE, num_channels=1)
        for piece in peer.pieces(peer.spoken(), peer.RATE, 20)
    ]


@scripts("stt.manual", canonical="stt.manual")
async def listen_and_finalize(use):
    settings = CartesiaSTTService.Settings(model=use.inputs["stt_manual_model"])
    service = CartesiaSTTService(api_key=API_KEY, base_url=SOCKETS, sample_rate=peer.RATE, settings=settings)
    async with Session(service) as session:
        await session.say(VADUserStartedSpeakingFrame(), *microphone(), VADUserStoppedSpeakingFrame())
        words = len(use.inputs["spoken"].split())

        def heard():
            return " ".join(frame.text for frame in session.ear.of(TranscriptionFrame)).split()

        async with session.ear.arrived:
            await session.ear.arrived.wait_for(lambda: len(heard()) >= words)
    no_errors(use, session)
    peer.check_heard(use, heard(), use.inputs["spoken"])


@scripts("stt.turns", canonical="stt.turns")
async def listen_for_turns(use):
    service = CartesiaTurnsSTTService(api_key=API_KEY, url=f"{SOCKETS}/stt/turns/websocket", sample_rate=peer.RATE)
    async with Session(service) as session:
        await session.say(*microphone())
        final = await session.ear.until(TranscriptionFrame)
    no_errors(use, session)
    peer.check_heard(use, [final.text], use.inputs["spoken"])
    use.check(len(session.ear.of(InterimTranscriptionFrame)) > 0, "what was understood meanwhile")


async def close(use):
    """Every session closes what it opened."""


if __name__ == "__main__":
    peer.serve("pipecat-ai", version("pipecat-ai"), API_VERSION, scripts, close)
