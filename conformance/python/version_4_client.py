"""What the client itself has, and the wrappers that every resource has."""

import httpx

import driver
from cartesia._models import FinalRequestOptions
from cartesia._resource import AsyncAPIResource, SyncAPIResource
from cartesia.pagination import AsyncCursorIDPage, SyncCursorIDPage
from cartesia.types import Voice
from driver import Scripts
from models import check_model

scripts = Scripts()


@scripts("get_status", canonical="status")
async def status(use):
    answer = await use.result(use.client.get_status())
    check_model(use, answer, "the status")
    use.equal((answer.ok, answer.version), (True, use.version), "that all is well, at this version")


@scripts("close", "is_closed")
async def close(use):
    use.equal(use.client.is_closed(), False, "it is open")
    await use.result(use.client.close())
    use.equal(use.client.is_closed(), True, "then it is closed")


@scripts("copy", "with_options")
async def copy(use):
    make = getattr(use.client, use.call)
    other = make(max_retries=7, timeout=3, default_headers={"x-copied": "yes"})
    use.equal((other.max_retries, other.timeout), (7, 3), "what was changed")
    use.equal(other.api_key, use.client.api_key, "what was not")
    answer = await use.result(other.get_status())
    use.check(answer.ok, "the copy works")


@scripts("platform_headers")
async def platform_headers(use):
    headers = use.client.platform_headers()
    use.equal(headers["X-Stainless-Lang"], "python", "the language")


@scripts("get", "post", "put", "patch", "delete", "request")
async def bare(use):
    """Any request by its path. Each is used with a path that has this method."""
    cast = {"cast_to": httpx.Response}
    if use.call == "request":
        options = FinalRequestOptions.construct(method="get", url="/voices", params={"limit": 1})
        answer = await use.result(use.client.request(httpx.Response, options))
        use.equal(len(answer.json()["data"]), 1, "a voice")
    elif use.call == "get":
        answer = await use.result(use.client.get("/", **cast))
        use.equal(answer.json()["ok"], True, "the status")
    elif use.call == "post":
        answer = await use.result(use.client.post("/access-token", body=use.inputs["access_token"], **cast))
        use.check(answer.json()["token"], "a token")
    elif use.call == "put":
        # The service has no path with this method, and says so.
        try:
            await use.result(use.client.put("/voices", body={}, **cast))
        except Exception as error:
            use.equal(getattr(error, "status_code", None), 405, "the status of the refusal")
        else:
            raise driver.Wrong("it was not refused")
    else:
        words = use.inputs["pronunciation_dict"]
        made = use.aside("POST", "/pronunciation-dicts/", {"name": words["name"]})
        path = f"/pronunciation-dicts/{made['id']}"
        if use.call == "patch":
            answer = await use.result(use.client.patch(path, body={"name": words["new_name"]}, **cast))
            use.equal(answer.json()["name"], words["new_name"], "the new name")
            use.aside("DELETE", path)
        else:
            await use.result(use.client.delete(path, **cast))
            use.check(use.is_gone(path), "it is gone")


@scripts("get_api_list")
async def get_api_list(use):
    kind = AsyncCursorIDPage if use.is_async else SyncCursorIDPage
    listed = use.client.get_api_list(
        "/voices", model=Voice, page=kind[Voice], options={"params": {"limit": 3}}
    )
    page = await use.result(listed)
    use.equal(len(page.data), 3, "items of a page")
    check_model(use, page.data[0], "a voice")


@scripts("with_raw_response", "with_streaming_response")
async def wrappers(use):
    """Every resource has the wrapper, the wrapper has every method, and one of each kind is used."""
    count = 0
    for path, resource in resources(use.client, "client"):
        # Sockets have no response to look behind. Of the client itself one method is a call.
        names = [name for name in driver.public_methods(type(resource)) if "websocket" not in name]
        if path == "client":
            names = ["get_status"]
        wrapper = getattr(resource, use.call) if names else None
        for name in names:
            if f"{path}.{name}" in BARE:
                continue
            use.check(callable(getattr(wrapper, name)), f"{path}.{use.call}.{name}")
            count += 1
    use.checked.clear()
    use.check(count > 40, f"{count} methods that are wrapped")
    speech = {
        "model_id": use.inputs["tts_model"],
        "transcript": use.inputs["transcript"],
        "voice": {"mode": "id", "id": use.inputs["voice_id"]},
        "output_format": use.inputs["formats"]["wav"],
    }
    if use.call == "with_raw_response":
        raw = await use.result(use.client.voices.with_raw_response.get(use.inputs["voice_id"]))
        use.equal(raw.status_code, 200, "the status")
        use.check(raw.headers["x-request-id"], "an identifier of the request")
        check_model(use, await use.result(raw.parse()), "the voice")
        raw = await use.result(use.client.tts.with_raw_response.generate(**speech))
        use.equal((await use.result(raw.read()))[:4], b"RIFF", "audio")
    else:
        async with use.entered(
            use.client.voices.with_streaming_response.get(use.inputs["voice_id"])
        ) as response:
            use.equal(response.status_code, 200, "the status")
            check_model(use, await use.result(response.parse()), "the voice")
        async with use.entered(use.client.tts.with_streaming_response.generate(**speech)) as response:
            pieces = await use.each(response.iter_bytes(1000))
            use.check(len(pieces) > 1 and pieces[0][:4] == b"RIFF", f"audio in {len(pieces)} pieces")


# For programs that were written for version 2, and wrapped nowhere.
BARE = {"client.tts.bytes", "client.tts.sse"}


def resources(owner, path):
    yield path, owner
    for name in sorted(dir(type(owner))):
        if name.startswith("_"):
            continue
        value = getattr(owner, name, None)
        if isinstance(value, (SyncAPIResource, AsyncAPIResource)):
            yield from resources(value, f"{path}.{name}")
