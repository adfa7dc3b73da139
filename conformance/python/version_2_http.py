"""Everything of version 2 that is not a socket."""

import io
import wave
from datetime import datetime

import prepared
from audio import (
    check_embedding,
    check_format,
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


@scripts("close")
async def close(use):
    await use.client.close()
    use.check((await use.client.api_status.get()).ok, "it only closes what its sockets had open")


@scripts("api_status.get", canonical="status")
async def status(use):
    answer = await use.result(use.client.api_status.get())
    check_model(use, answer, "the status")
    use.equal((answer.ok, answer.version), (True, use.version), "that all is well, at this version")


@scripts("auth.access_token", canonical="access_tokens.create")
async def access_token(use):
    answer = await use.result(use.client.auth.access_token(**use.inputs["access_token"]))
    check_model(use, answer, "the answer")
    use.check(len(answer.token) > 20, "a token")


@scripts("tts.bytes", canonical="tts.bytes")
async def tts_bytes(use):
    for format in ["wav", "mp3", "raw_float"]:
        pieces = await use.each(use.client.tts.bytes(**speech(use, format)))
        check_format(use, b"".join(pieces), use.inputs["formats"][format])


@scripts("tts.sse", canonical="tts.sse")
async def tts_sse(use):
    events = await use.each(
        use.client.tts.sse(
            **speech(use, "raw"),
            add_timestamps=True,
            add_phoneme_timestamps=True,
            context_id=use.inputs["context_id"],
        )
    )
    for event in events:
        check_model(use, event, f"a {event.type}")
        use.equal(event.context_id, use.inputs["context_id"], "the context")
    use.checked.clear()
    kinds = [event.type for event in events]
    use.check(kinds.count("done") == 1 and kinds[-1] == "done", "one end, at the end")
    audio = b"".join(decoded(event.data) for event in events if event.type == "chunk")
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


@scripts("tts.get_output_format")
async def get_output_format(use):
    expected = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
    use.equal(use.client.tts.get_output_format("raw_pcm_f32le_44100"), expected, "a format by its name")


@scripts("infill.bytes", canonical="infill.bytes")
async def infill(use):
    format = use.inputs["formats"]["wav"]
    pieces = await use.each(
        use.client.infill.bytes(
            left_audio=CLIP,
            right_audio=CLIP,
            model_id=use.inputs["infill_model"],
            language=use.inputs["language"],
            transcript=use.inputs["transcript"],
            voice_id=use.inputs["voice_id"],
            output_format_container=format["container"],
            output_format_sample_rate=format["sample_rate"],
            output_format_encoding=format["encoding"],
        )
    )
    check_wav(use, b"".join(pieces), format)


@scripts("tts.infill", canonical="infill.bytes")
async def old_infill(use):
    format = use.inputs["formats"]["wav"]
    answer = await use.result(
        use.client.tts.infill(
            model_id=use.inputs["infill_model"],
            language=use.inputs["language"],
            transcript=use.inputs["transcript"],
            voice={"mode": "id", "id": use.inputs["voice_id"]},
            output_format=format,
            left_audio_path="sample.wav",
            right_audio_path="sample.wav",
        )
    )
    part, whole = answer
    seconds = check_wav(use, part, format)
    with wave.open(io.BytesIO(whole)) as file:
        total = file.getnframes() / file.getframerate()
    expected = seconds + 2 * (len(CLIP[1]) - 44) / 32000
    use.check(abs(total - expected) < 0.05, "the clips with the new part between them")


def change(use, format):
    format = use.inputs["formats"][format]
    named = {f"output_format_{name}": value for name, value in format.items()}
    return {"clip": CLIP, "voice_id": use.inputs["second_voice_id"], **named}


@scripts("voice_changer.bytes", canonical="voice_changer.bytes")
async def change_voice(use):
    pieces = await use.each(use.client.voice_changer.bytes(**change(use, "wav")))
    seconds = check_wav(use, b"".join(pieces), use.inputs["formats"]["wav"])
    use.check(abs(seconds - (len(CLIP[1]) - 44) / 32000) < 0.1, "as long as the clip")


@scripts("voice_changer.sse", canonical="voice_changer.sse")
async def change_voice_events(use):
    events = await use.each(use.client.voice_changer.sse(**change(use, "raw")))
    use.check(len(events) > 0, "any event")
    for event in events:
        check_model(use, event, "an event")
    use.checked.clear()
    kinds = [event.type for event in events]
    use.check(kinds[-1] == "done" and set(kinds[:-1]) == {"chunk"}, "one end, at the end")
    audio = b"".join(decoded(event.data) for event in events[:-1])
    seconds = check_raw(use, audio, use.inputs["formats"]["raw"])
    use.check(abs(seconds - (len(CLIP[1]) - 44) / 32000) < 0.1, "as long as the clip")


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
    words = [{"word": word.word, "start": word.start, "end": word.end} for word in answer.words]
    check_spoken(use, answer.text, words)


def check_voice(use, voice, identifier):
    check_model(use, voice, "the voice")
    use.equal(voice.id, identifier, "its identifier")
    use.check(
        isinstance(voice.created_at, datetime) and isinstance(voice.is_owner, bool),
        "a time of creation and an owner",
    )


@scripts("voices.list", canonical="voices.list")
async def list_voices(use):
    voices = await use.each(use.client.voices.list(limit=4, expand=["is_starred", "embedding"]))
    identifiers = [voice.id for voice in voices]
    use.equal(len(set(identifiers)), len(identifiers), "no voice comes twice")
    use.check(len(voices) > 8, f"{len(voices)} voices on several pages")
    use.check(use.inputs["voice_id"] in identifiers, "the voice that everybody knows")
    for voice in voices:
        check_voice(use, voice, voice.id)
        use.check(isinstance(voice.is_starred, bool), "a star or none")
        check_embedding(use, voice.embedding)
    del use.checked[4:]


@scripts("pager.iter_pages", "pager.next_page")
async def pages(use):
    pager = await use.result(use.client.voices.list(limit=4))
    use.equal((len(pager.items), pager.has_next), (4, True), "items of a page, and that there are more")
    following = await use.result(pager.next_page())
    use.check(following.items[0].id not in [voice.id for voice in pager.items], "the next page has others")
    sizes = [len(page.items) for page in await use.each(pager.iter_pages())]
    use.check(len(sizes) > 2 and sizes[0] == 4, "pages up to the last")


@scripts("voices.get", canonical="voices.get")
async def get(use):
    identifier = use.inputs["voice_id"]
    check_voice(use, await use.result(use.client.voices.get(identifier)), identifier)


@scripts("voices.update", canonical="voices.update")
async def update(use):
    words = use.inputs["voice"]
    async with prepared.voice(use) as identifier:
        change = use.client.voices.update(
            identifier, name=words["new_name"], description=words["new_description"]
        )
        check_voice(use, await use.result(change), identifier)
        kept = use.aside("GET", f"/voices/{identifier}")
        expected = (words["new_name"], words["new_description"])
        use.equal((kept["name"], kept["description"]), expected, "what was kept")


@scripts("voices.delete", canonical="voices.delete")
async def delete(use):
    async with prepared.voice(use) as identifier:
        use.equal(await use.result(use.client.voices.delete(identifier)), None, "no answer")
        use.check(use.is_gone(f"/voices/{identifier}"), "the voice is gone")


@scripts("voices.clone", canonical="voices.clone_voice")
async def clone(use):
    words = use.inputs["voice"]
    made = await use.result(
        use.client.voices.clone(
            clip=CLIP,
            name=words["name"],
            description=words["description"],
            language=use.inputs["language"],
            mode="similarity",
            enhance=False,
        )
    )
    check_made(use, made, words)


@scripts("voices.localize", canonical="voices.localize")
async def localize(use):
    words = use.inputs["localize"]
    named = {
        name: words[name]
        for name in ["name", "description", "language", "original_speaker_gender", "dialect"]
    }
    made = await use.result(use.client.voices.localize(voice_id=use.inputs["voice_id"], **named))
    check_made(use, made, words)
    use.equal(made.language, words["language"], "its language")


def check_made(use, made, words):
    check_model(use, made, "what was made")
    use.equal((made.name, made.description), (words["name"], words["description"]), "name and description")
    use.equal(use.aside("GET", f"/voices/{made.id}")["name"], words["name"], "the voice can be had")
    use.aside("DELETE", f"/voices/{made.id}")


@scripts("voices.mix", canonical="voices.legacy.mix")
async def mix(use):
    parts = [
        {"id": use.inputs["voice_id"], "weight": 0.75},
        {"id": use.inputs["second_voice_id"], "weight": 0.25},
    ]
    answer = await use.result(use.client.voices.mix(voices=parts))
    check_model(use, answer, "the answer")
    check_embedding(use, answer.embedding)


@scripts("voices.create", canonical="voices.legacy.create")
async def create(use):
    words = use.inputs["voice"]
    numbers = prepared.embedding(use)
    voice = await use.result(
        use.client.voices.create(
            name=words["name"],
            description=words["description"],
            embedding=numbers,
            language=use.inputs["language"],
        )
    )
    check_voice(use, voice, voice.id)
    use.equal((voice.name, voice.description), (words["name"], words["description"]), "name and description")
    kept = use.aside("GET", f"/voices/{voice.id}?expand[]=embedding")
    use.equal(kept["embedding"], numbers, "the embedding that was kept")
    use.aside("DELETE", f"/voices/{voice.id}")
