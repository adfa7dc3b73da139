"""The driver of the official Python client 2."""

import importlib.metadata
import inspect

import pydantic

import driver
import version_2_http
import version_2_sockets
from cartesia import AsyncCartesia, Cartesia
from cartesia.core.pagination import AsyncPager, SyncPager
from cartesia.stt._async_websocket import AsyncSttWebsocket
from cartesia.stt._websocket import SttWebsocket
from cartesia.tts._async_websocket import AsyncTtsWebsocket, _AsyncTTSContext
from cartesia.tts._websocket import TtsWebsocket, _TTSContext

# What methods return and what is used by its methods again, as it is in both modes.
RESULTS = {
    "pager": (SyncPager, AsyncPager),
    "tts.websocket.connection": (TtsWebsocket, AsyncTtsWebsocket),
    "tts.websocket.context": (_TTSContext, _AsyncTTSContext),
    "stt.websocket.connection": (SttWebsocket, AsyncSttWebsocket),
}

# A page is a model: what all models have is no part of the API.
HIDDEN = dir(pydantic.BaseModel)


def methods():
    """Every public method, by its path from the client, with the modes that have it."""
    found = {}
    for mode in ("sync", "async"):
        client = make(mode)
        note(found, "", type(client), mode)
        for name, resource in vars(client).items():
            if is_resource(name, resource):
                note(found, f"{name}.", type(resource), mode)
    for path, (of_sync, of_async) in RESULTS.items():
        note(found, f"{path}.", of_sync, "sync")
        note(found, f"{path}.", of_async, "async")
    return [{"name": name, "modes": modes} for name, modes in found.items()]


def is_resource(name, value):
    # The asynchronous client has settings among its resources.
    return not name.startswith("_") and type(value).__module__.startswith("cartesia.")


def note(found, prefix, kind, mode):
    for name in driver.public_methods(kind, HIDDEN):
        if not inspect.isclass(getattr(kind, name)):
            found.setdefault(prefix + name, []).append(mode)


def make(mode):
    # It has no variable for its address.
    kind = AsyncCartesia if mode == "async" else Cartesia
    return kind(api_key=driver.API_KEY, base_url=driver.BASE_URL)


async def close(use):
    if use.is_async and use.client is not None:
        await use.client.close()
        await use.client._client_wrapper.httpx_client.httpx_client.aclose()


def main():
    scripts = driver.Scripts()
    scripts.update(version_2_http.scripts)
    scripts.update(version_2_sockets.scripts)
    version = importlib.metadata.version("cartesia")
    api_version = Cartesia(api_key=driver.API_KEY)._client_wrapper.get_headers()["Cartesia-Version"]
    driver.serve("cartesia-python", version, api_version, methods(), make, close, scripts)


if __name__ == "__main__":
    main()
