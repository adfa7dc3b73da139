"""Access tokens, pronunciation dictionaries, data sets and fine-tunes."""

import prepared
from driver import Scripts
from models import check_model

scripts = Scripts()


async def check_list(use, listed, mine):
    """All pages, with models in them, and `mine` among them."""
    items = await use.each(listed)
    identifiers = [item.id for item in items]
    use.check(mine in identifiers, "what was made is in the list")
    use.equal(len(set(identifiers)), len(identifiers), "nothing comes twice")
    for item in items:
        check_model(use, item, "an item")


@scripts("access_token.create", canonical="access_tokens.create")
async def create_token(use):
    answer = await use.result(use.client.access_token.create(**use.inputs["access_token"]))
    check_model(use, answer, "the answer")
    use.check(len(answer.token) > 20, "a token")
    limited = use.client.copy(api_key=None, token=answer.token)
    limited.api_key = None
    format = use.inputs["formats"]["raw"]
    audio = await use.result(
        limited.tts.generate(
            model_id=use.inputs["tts_model"],
            transcript="A token.",
            voice={"mode": "id", "id": use.inputs["voice_id"]},
            output_format=format,
        )
    )
    use.check(len(await use.result(audio.read())) > 0, "speech with the token")


@scripts("pronunciation_dicts.list", canonical="pronunciation_dicts.list")
async def list_dictionaries(use):
    async with prepared.dictionary(use) as mine, prepared.dictionary(use):
        await check_list(use, use.client.pronunciation_dicts.list(limit=1), mine)


@scripts("pronunciation_dicts.create", canonical="pronunciation_dicts.create")
async def create_dictionary(use):
    words = use.inputs["pronunciation_dict"]
    made = await use.result(use.client.pronunciation_dicts.create(name=words["name"], items=words["items"]))
    check_dictionary(use, made, words["name"])
    kept = use.aside("GET", f"/pronunciation-dicts/{made.id}")
    use.equal(kept["items"][0]["alias"], words["items"][0]["alias"], "what was kept")
    use.aside("DELETE", f"/pronunciation-dicts/{made.id}")


def check_dictionary(use, made, name):
    check_model(use, made, "the dictionary")
    use.equal(made.name, name, "its name")
    expected = [(item["text"], item["alias"]) for item in use.inputs["pronunciation_dict"]["items"]]
    use.equal([(item.text, item.alias) for item in made.items], expected, "its items")


@scripts("pronunciation_dicts.retrieve", canonical="pronunciation_dicts.get")
async def retrieve_dictionary(use):
    async with prepared.dictionary(use) as mine:
        found = await use.result(use.client.pronunciation_dicts.retrieve(mine))
        check_dictionary(use, found, use.inputs["pronunciation_dict"]["name"])


@scripts("pronunciation_dicts.update", canonical="pronunciation_dicts.update")
async def update_dictionary(use):
    words = use.inputs["pronunciation_dict"]
    async with prepared.dictionary(use) as mine:
        changed = await use.result(
            use.client.pronunciation_dicts.update(mine, name=words["new_name"], items=words["items"])
        )
        check_dictionary(use, changed, words["new_name"])
        use.equal(
            use.aside("GET", f"/pronunciation-dicts/{mine}")["name"], words["new_name"], "what was kept"
        )


@scripts("pronunciation_dicts.delete", canonical="pronunciation_dicts.delete")
async def delete_dictionary(use):
    async with prepared.dictionary(use) as mine:
        use.equal(await use.result(use.client.pronunciation_dicts.delete(mine)), None, "no answer")
        use.check(use.is_gone(f"/pronunciation-dicts/{mine}"), "it is gone")


@scripts("datasets.list", canonical="datasets.list")
async def list_datasets(use):
    async with prepared.dataset(use) as mine, prepared.dataset(use):
        await check_list(use, use.client.datasets.list(limit=1), mine)


@scripts("datasets.create", canonical="datasets.create")
async def create_dataset(use):
    words = use.inputs["dataset"]
    made = await use.result(use.client.datasets.create(name=words["name"], description=words["description"]))
    check_dataset(use, made)
    use.equal(use.aside("GET", f"/datasets/{made.id}")["name"], words["name"], "what was kept")
    use.aside("DELETE", f"/datasets/{made.id}")


def check_dataset(use, made):
    words = use.inputs["dataset"]
    check_model(use, made, "the data set")
    use.equal((made.name, made.description), (words["name"], words["description"]), "name and description")


@scripts("datasets.retrieve", canonical="datasets.get")
async def retrieve_dataset(use):
    async with prepared.dataset(use) as mine:
        check_dataset(use, await use.result(use.client.datasets.retrieve(mine)))


@scripts("datasets.update", canonical="datasets.update")
async def update_dataset(use):
    words = use.inputs["dataset"]
    async with prepared.dataset(use) as mine:
        change = use.client.datasets.update(
            mine, name=words["new_name"], description=words["new_description"]
        )
        use.equal(await use.result(change), None, "no answer")
        kept = use.aside("GET", f"/datasets/{mine}")
        expected = (words["new_name"], words["new_description"])
        use.equal((kept["name"], kept["description"]), expected, "what was kept")


@scripts("datasets.delete", canonical="datasets.delete")
async def delete_dataset(use):
    async with prepared.dataset(use) as mine:
        use.equal(await use.result(use.client.datasets.delete(mine)), None, "no answer")
        use.check(use.is_gone(f"/datasets/{mine}"), "it is gone")


@scripts("datasets.files.list", canonical="datasets.files")
async def list_files(use):
    async with prepared.dataset(use, files=3) as mine:
        kept = use.aside("GET", f"/datasets/{mine}/files")["data"]
        await check_list(use, use.client.datasets.files.list(mine, limit=2), kept[0]["id"])


@scripts("datasets.files.upload", canonical="datasets.upload_file")
async def upload_file(use):
    async with prepared.dataset(use) as mine:
        file = ("lines.jsonl", prepared.SOME_TEXT, "application/jsonl")
        upload = use.client.datasets.files.upload(mine, file=file, purpose="fine_tune")
        use.equal(await use.result(upload), None, "no answer")
        kept = use.aside("GET", f"/datasets/{mine}/files")["data"]
        use.equal(
            [(file["filename"], file["size"]) for file in kept],
            [("lines.jsonl", len(prepared.SOME_TEXT))],
            "what was kept",
        )


@scripts("datasets.files.delete", canonical="datasets.delete_file")
async def delete_file(use):
    async with prepared.dataset(use, files=1) as mine:
        file = use.aside("GET", f"/datasets/{mine}/files")["data"][0]["id"]
        use.equal(await use.result(use.client.datasets.files.delete(file, id=mine)), None, "no answer")
        use.equal(use.aside("GET", f"/datasets/{mine}/files")["data"], [], "it is gone")


@scripts("fine_tunes.list", canonical="fine_tunes.list")
async def list_fine_tunes(use):
    async with prepared.fine_tune(use) as mine, prepared.fine_tune(use):
        await check_list(use, use.client.fine_tunes.list(limit=1), mine)


@scripts("fine_tunes.create", canonical="fine_tunes.create")
async def create_fine_tune(use):
    async with prepared.dataset(use) as data:
        made = await use.result(use.client.fine_tunes.create(**use.inputs["fine_tune"], dataset=data))
        check_fine_tune(use, made)
        use.equal(made.dataset, data, "its data set")
        use.aside("DELETE", f"/fine-tunes/{made.id}")


def check_fine_tune(use, made):
    check_model(use, made, "the fine-tune")
    fields = made.model_dump(by_alias=True)
    for name, expected in use.inputs["fine_tune"].items():
        use.equal(fields[name], expected, name)
    use.check(made.status in ("created", "training", "completed", "failed"), "a status")


@scripts("fine_tunes.retrieve", canonical="fine_tunes.get")
async def retrieve_fine_tune(use):
    async with prepared.fine_tune(use) as mine:
        check_fine_tune(use, await use.result(use.client.fine_tunes.retrieve(mine)))


@scripts("fine_tunes.delete", canonical="fine_tunes.delete")
async def delete_fine_tune(use):
    async with prepared.fine_tune(use) as mine:
        use.equal(await use.result(use.client.fine_tunes.delete(mine)), None, "no answer")
        use.check(use.is_gone(f"/fine-tunes/{mine}"), "it is gone")


@scripts("fine_tunes.list_voices", canonical="fine_tunes.voices")
async def list_fine_tuned_voices(use):
    async with prepared.fine_tune(use) as mine:
        # Each look at a fine-tune lets it get on.
        while use.aside("GET", f"/fine-tunes/{mine}")["status"] != "completed":
            pass
        voices = await use.each(use.client.fine_tunes.list_voices(mine, limit=1))
        use.check(len(voices) > 0, f"{len(voices)} voices")
        for voice in voices:
            check_model(use, voice, "a voice")
