"""Voices and accents."""

from datetime import datetime

import prepared
from driver import Scripts, sample
from models import check_model

scripts = Scripts()


def check_voice(use, voice, identifier):
    check_model(use, voice, "the voice")
    use.equal(voice.id, identifier, "its identifier")
    use.check(isinstance(voice.created_at, datetime), "a time of creation")
    use.check(isinstance(voice.is_owner, bool) and voice.locales != [], "an owner and locales")


@scripts("voices.list", canonical="voices.list")
async def list_voices(use):
    voices = await use.each(use.client.voices.list(limit=4, expand=["preview_file_url"]))
    identifiers = [voice.id for voice in voices]
    use.equal(len(set(identifiers)), len(identifiers), "no voice comes twice")
    use.check(len(voices) > 8, f"{len(voices)} voices on several pages")
    use.check(use.inputs["voice_id"] in identifiers, "the voice that everybody knows")
    for voice in voices:
        check_model(use, voice, "a voice")
        use.check(voice.preview_file_url, "a preview")
    del use.checked[4:]


@scripts("voices.get", canonical="voices.get")
async def get(use):
    identifier = use.inputs["voice_id"]
    voice = await use.result(use.client.voices.get(identifier, expand=["preview_file_url"]))
    check_voice(use, voice, identifier)
    use.check(voice.preview_file_url.startswith("http"), "a preview")


@scripts("voices.update", canonical="voices.update")
async def update(use):
    words = use.inputs["voice"]
    async with prepared.voice(use) as identifier:
        voice = await use.result(
            use.client.voices.update(
                identifier, name=words["new_name"], description=words["new_description"], gender="feminine"
            )
        )
        check_voice(use, voice, identifier)
        kept = use.aside("GET", f"/voices/{identifier}")
        for field, expected in [
            ("name", words["new_name"]),
            ("description", words["new_description"]),
            ("gender", "feminine"),
        ]:
            use.equal(getattr(voice, field), expected, f"{field} in the answer")
            use.equal(kept[field], expected, f"{field} that was kept")


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
            clip=("sample.wav", sample(), "audio/wav"),
            name=words["name"],
            description=words["description"],
            language=use.inputs["language"],
        )
    )
    check_made(use, made, words)


@scripts("voices.localize", canonical="voices.localize")
async def localize(use):
    words = use.inputs["localize"]
    if use.version >= "2026-08-14":
        choice = {"accent": words["accent"]}
    else:
        choice = {name: words[name] for name in ["language", "original_speaker_gender", "dialect"]}
    made = await use.result(
        use.client.voices.localize(
            voice_id=use.inputs["voice_id"], name=words["name"], description=words["description"], **choice
        )
    )
    check_made(use, made, words)
    use.equal(made.language, words["language"], "its language")


def check_made(use, made, words):
    check_model(use, made, "what was made")
    use.equal((made.name, made.description), (words["name"], words["description"]), "name and description")
    kept = use.aside("GET", f"/voices/{made.id}")
    use.equal(kept["name"], words["name"], "the voice can be had")
    use.aside("DELETE", f"/voices/{made.id}")


@scripts("voices.list_accents", canonical="accents.list")
async def list_accents(use):
    answer = await use.result(use.client.voices.list_accents())
    check_model(use, answer, "accents")
    identifiers = [accent.id for accent in answer.accents]
    use.check(
        identifiers == sorted(identifiers) and use.inputs["voice"]["accent"] in identifiers,
        "accents in order",
    )


@scripts("voices.add_accents", canonical="voices.add_accents")
async def add_accents(use):
    accent = use.inputs["voice"]["accent"]
    async with prepared.voice(use) as identifier:
        voice = await use.result(use.client.voices.add_accents(identifier, accents=[accent]))
        check_voice(use, voice, identifier)
        use.check("en-GB" in [locale.locale for locale in voice.locales], "the locale of the accent")


@scripts("voices.delete_accent", canonical="voices.remove_accent")
async def delete_accent(use):
    accent = use.inputs["voice"]["accent"]
    async with prepared.voice(use) as identifier:
        use.aside("PATCH", f"/voices/{identifier}/accents", {"accents": [accent]})
        voice = await use.result(use.client.voices.delete_accent(accent, id=identifier))
        check_voice(use, voice, identifier)
        use.check("en-GB" not in [locale.locale for locale in voice.locales], "no locale of the accent")


@scripts("page.has_next_page", "page.next_page_info", "page.get_next_page", "page.iter_pages")
async def pages(use):
    page = await use.result(use.client.voices.list(limit=4))
    use.equal(len(page.data), 4, "items of a page")
    use.check(page.has_next_page(), "there is a next page")
    # It goes by the items alone; what the service says besides is looked at here.
    said = (page.model_extra["has_more"], page.model_extra["next_page"])
    use.equal(said, (True, page.data[-1].id), "what the page says of the next one")
    use.equal(
        page.next_page_info().params, {"starting_after": page.data[-1].id}, "what asks for the next page"
    )
    following = await use.result(page.get_next_page())
    use.check(following.data[0].id not in [voice.id for voice in page.data], "the next page has others")
    sizes = [len(page.data) for page in await use.each(page.iter_pages())]
    use.check(len(sizes) > 2 and sizes[0] == 4, "pages up to the last")
    backwards = await use.result(use.client.voices.list(limit=4, ending_before=following.data[0].id))
    use.equal([voice.id for voice in backwards.data], [voice.id for voice in page.data], "the page before")
