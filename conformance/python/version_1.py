"""The driver of the official Python clients 1.0 and 1.4."""

import os

import driver

# Without a scheme: with one, their sockets go nowhere.
os.environ["CARTESIA_BASE_URL"] = driver.BASE_URL.split("://")[1]

from cartesia import AsyncCartesia, Cartesia  # noqa: E402
from cartesia.version import __version__  # noqa: E402

import version_1_scripts  # noqa: E402

try:
    from cartesia._async_websocket import _AsyncTTSContext, _AsyncWebSocket
    from cartesia._websocket import _TTSContext, _WebSocket

    RESULTS = {
        "tts.websocket.connection": (_WebSocket, _AsyncWebSocket),
        "tts.websocket.context": (_TTSContext, _AsyncTTSContext),
    }
except ImportError:
    # 1.0 has no contexts.
    from cartesia.client import _AsyncWebSocket, _WebSocket

    RESULTS = {"tts.websocket.connection": (_WebSocket, _AsyncWebSocket)}


def methods():
    """Every public method, by its path from the client, with the modes that have it."""
    found = {}
    for mode in ("sync", "async"):
        client = make(mode)
        note(found, "", client, mode)
        for name, resource in vars(client).items():
            if not name.startswith("_") and type(resource).__module__.startswith("cartesia."):
                note(found, f"{name}.", resource, mode)
    for path, kinds in RESULTS.items():
        for mode, kind in zip(("sync", "async"), kinds):
            note(found, f"{path}.", kind, mode)
    methods = []
    for name, modes in found.items():
        # A method that is several calls is used in each of its ways.
        for way in version_1_scripts.WAYS[__version__].get(name, [None]):
            methods.append({"name": f"{name}({way})" if way else name, "modes": modes})
    return methods


def note(found, prefix, owner, mode):
    for name in dir(owner):
        static = getattr(type(owner), name, None)
        if not name.startswith("_") and not isinstance(static, property) and callable(getattr(owner, name)):
            found.setdefault(prefix + name, []).append(mode)


def make(mode):
    # `CARTESIA_API_KEY` and `CARTESIA_BASE_URL` say the rest.
    return AsyncCartesia() if mode == "async" else Cartesia()


async def close(use):
    if use.is_async and use.client is not None:
        await use.client.close()


def main():
    api_version = Cartesia().tts.cartesia_version
    driver.serve(
        "cartesia-python", __version__, api_version, methods(), make, close, version_1_scripts.scripts
    )


if __name__ == "__main__":
    main()
