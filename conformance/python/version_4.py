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
from cartesia import AsyncCartesia, Cartesia
from cartesia._base_client import BaseAsyncPage, BaseSyncPage
from cartesia._resource import SyncAPIResource
from cartesia._response import BinaryAPIResponse, StreamedBinaryAPIResponse
from cartesia._streaming import Stream
from cartesia.lib import _tts
from cartesia.pagination import SyncCursorIDPage
from cartesia.resources.stt import auto_finalize, manual_finalize

# Kinds of wrapper that every resource has: one method each, whose script goes through all resources.
WRAPPERS = ["with_raw_response", "with_streaming_response"]

# What methods return and what is used by its methods again.
RESULTS = {
    "page": SyncCursorIDPage,
    "stream": Stream,
    "binary_response": BinaryAPIResponse,
    "streamed_binary_response": StreamedBinaryAPIResponse,
    "tts.websocket_connect.manager": _tts.TTSResourceConnectionManager,
    "tts.websocket_connect.connection": _tts.TTSResourceConnection,
    "tts.websocket_connect.context": _tts.WebSocketContext,
    "tts.websocket.connection": _tts.BackcompatTTSResourceConnection,
    "stt.manual_finalize.websocket.manager": manual_finalize.ManualFinalizeResourceConnectionManager,
    "stt.manual_finalize.websocket.connection": manual_finalize.ManualFinalizeResourceConnection,
    "stt.auto_finalize.websocket.manager": auto_finalize.AutoFinalizeResourceConnectionManager,
    "stt.auto_finalize.websocket.connection": auto_finalize.AutoFinalizeResourceConnection,
}

# These use up agents that a server starts with, and nobody can make new ones: they come last.
LAST = ["agents.delete"]


def methods():
    """Every public method, by its path from the client."""
    client = Cartesia(api_key=driver.API_KEY)
    found = list(WRAPPERS)
    walk(client, [], found)
    # A page and its siblings are models: what those have is no part of the API.
    models = dir(cartesia.BaseModel) + dir(pydantic.BaseModel)
    for path, kind in RESULTS.items():
        hidden = models if issubclass(kind, (BaseSyncPage, BaseAsyncPage)) else ()
        found += [f"{path}.{name}" for name in driver.public_methods(kind, hidden)]
    return [name for name in found if name not in LAST] + LAST


def walk(owner, path, found):
    for name in driver.public_methods(type(owner)):
        found.append(".".join([*path, name]))
    for name in sorted(dir(type(owner))):
        if name.startswith("_") or name in WRAPPERS:
            continue
        value = getattr(owner, name, None)
        if isinstance(value, SyncAPIResource):
            walk(value, [*path, name], found)


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
