"""The driver of the official Python clients 3 and 4, which are generated alike."""

import cartesia
import pydantic

import driver
import version_4_agents
import version_4_client
import version_4_collections
import version_4_speech
import version_4_stt_sockets
import version_4_tts_sockets
import version_4_voices
from cartesia import AsyncCartesia, Cartesia, _response, _streaming, pagination
from cartesia._resource import AsyncAPIResource, SyncAPIResource
from cartesia.lib import _tts
from cartesia.resources.stt import auto_finalize, manual_finalize

# Kinds of wrapper that every resource has: one method each, whose script goes through all resources.
WRAPPERS = ["with_raw_response", "with_streaming_response"]

# What methods return and what is used by its methods again: where its class is, and its name, which has
# `Async` before it in the other mode.
RESULTS = {
    "stream": (_streaming, "Stream"),
    "binary_response": (_response, "BinaryAPIResponse"),
    "streamed_binary_response": (_response, "StreamedBinaryAPIResponse"),
    "tts.websocket_connect.manager": (_tts, "TTSResourceConnectionManager"),
    "tts.websocket_connect.connection": (_tts, "TTSResourceConnection"),
    "tts.websocket_connect.context": (_tts, "WebSocketContext"),
    "tts.websocket.connection": (_tts, "BackcompatTTSResourceConnection"),
    "stt.manual_finalize.websocket.manager": (manual_finalize, "ManualFinalizeResourceConnectionManager"),
    "stt.manual_finalize.websocket.connection": (manual_finalize, "ManualFinalizeResourceConnection"),
    "stt.auto_finalize.websocket.manager": (auto_finalize, "AutoFinalizeResourceConnectionManager"),
    "stt.auto_finalize.websocket.connection": (auto_finalize, "AutoFinalizeResourceConnection"),
}
PAGES = {"sync": pagination.SyncCursorIDPage, "async": pagination.AsyncCursorIDPage}

# These use up agents that a server starts with, and nobody can make new ones: they come last.
LAST = ["agents.delete"]


def methods():
    """Every public method, by its path from the client, with the modes that have it."""
    found = {}
    # A page is a model: what all models have is no part of the API.
    models = dir(cartesia.BaseModel) + dir(pydantic.BaseModel)
    for mode in ("sync", "async"):
        for name in WRAPPERS:
            found.setdefault(name, []).append(mode)
        walk(make(mode), [], mode, found)
        note(found, ["page"], PAGES[mode], mode, models)
        for path, (module, name) in RESULTS.items():
            note(found, [path], getattr(module, name if mode == "sync" else f"Async{name}"), mode)
    for name in LAST:
        found[name] = found.pop(name)
    return [{"name": name, "modes": modes} for name, modes in found.items()]


def walk(owner, path, mode, found):
    note(found, path, type(owner), mode)
    for name in sorted(dir(type(owner))):
        if name.startswith("_") or name in WRAPPERS:
            continue
        value = getattr(owner, name, None)
        if isinstance(value, (SyncAPIResource, AsyncAPIResource)):
            walk(value, [*path, name], mode, found)


def note(found, path, kind, mode, hidden=()):
    for name in driver.public_methods(kind, hidden):
        found.setdefault(".".join([*path, name]), []).append(mode)


def make(mode):
    """A client as a program would make it, told to refuse answers that are not what they should be."""
    kind = AsyncCartesia if mode == "async" else Cartesia
    # `CARTESIA_BASE_URL` says where. What cannot be reached by it is tried by hand, in the scripts.
    return kind(api_key=driver.API_KEY, max_retries=0, _strict_response_validation=True)


async def close(use):
    if use.client is not None:
        await use.result(use.client.close())


def main():
    scripts = driver.Scripts()
    for module in [
        version_4_agents,
        version_4_client,
        version_4_collections,
        version_4_speech,
        version_4_stt_sockets,
        version_4_tts_sockets,
        version_4_voices,
    ]:
        scripts.update(module.scripts)
    api_version = Cartesia(api_key=driver.API_KEY).default_headers["cartesia-version"]
    driver.serve("cartesia-python", cartesia.__version__, api_version, methods(), make, close, scripts)


if __name__ == "__main__":
    main()
