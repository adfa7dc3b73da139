"""Things that calls need, made and removed without the client."""

from contextlib import asynccontextmanager

from driver import sample

SOME_TEXT = b'{"text": "Hello.", "audio": "hello.wav"}\n'


@asynccontextmanager
async def voice(use):
    """A voice of the caller's own, by its identifier."""
    words = use.inputs["voice"]
    form = [
        ("clip", "clip.wav", sample()),
        ("name", words["name"]),
        ("description", words["description"]),
        ("language", use.inputs["language"]),
    ]
    if use.version <= "2024-11-13":
        form.append(("mode", "similarity"))
    made = use.aside("POST", "/voices/clone", form=form)
    yield made["id"]
    remove(use, f"/voices/{made['id']}")


def embedding(use):
    """A voice as numbers."""
    parts = [{"id": use.inputs["voice_id"], "weight": 1}]
    return use.aside("POST", "/voices/mix", {"voices": parts})["embedding"]


@asynccontextmanager
async def dictionary(use):
    words = use.inputs["pronunciation_dict"]
    body = {"name": words["name"], "items": words["items"]}
    made = use.aside("POST", "/pronunciation-dicts/", body)
    yield made["id"]
    remove(use, f"/pronunciation-dicts/{made['id']}")


@asynccontextmanager
async def dataset(use, files=0):
    words = use.inputs["dataset"]
    body = {"name": words["name"], "description": words["description"]}
    made = use.aside("POST", "/datasets/", body)
    for number in range(files):
        form = [("file", f"{number}.jsonl", SOME_TEXT), ("purpose", "fine_tune")]
        use.aside("POST", f"/datasets/{made['id']}/files", form=form)
    yield made["id"]
    remove(use, f"/datasets/{made['id']}")


@asynccontextmanager
async def fine_tune(use):
    async with dataset(use) as data:
        body = {**use.inputs["fine_tune"], "dataset": data}
        made = use.aside("POST", "/fine-tunes/", body)
        yield made["id"]
        remove(use, f"/fine-tunes/{made['id']}")


@asynccontextmanager
async def metric(use):
    """A metric with a name that nobody else has."""
    words = use.inputs["metric"]
    body = {"name": f"{words['name']}-{use.mode}-{len(use.call)}", "prompt": words["prompt"]}
    made = use.aside("POST", "/agents/metrics", body)
    yield made["id"]
    remove_metric(use, made["id"])


def remove_metric(use, identifier):
    """Metrics can be removed since 2026-03-01 only."""
    use.aside("DELETE", f"/agents/metrics/{identifier}", version="2026-08-14")


def remove(use, path):
    """Removes what may be gone already, as the call that was tried removed it."""
    if not use.is_gone(path):
        use.aside("DELETE", path)
