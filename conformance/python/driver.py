"""What the Python drivers share: lines in and out, and the scripts of the calls.

A script is a coroutine that serves both modes. It gives what the client returns to `Use.result` and
`Use.each`, which await only what can be awaited. With a synchronous client nothing ever is: the
coroutine runs through at its first step, without an event loop.
"""

import asyncio
import inspect
import json
import os
import sys
import traceback
import urllib.error
import urllib.request

# Less than the orchestrator allows: what hangs here is named, and the driver lives on.
LIMIT_SECONDS = 15

with open(os.environ["CONFORMANCE_INPUTS"], encoding="utf-8") as file:
    INPUTS = json.load(file)

BASE_URL = os.environ["CARTESIA_BASE_URL"]
# Where a client may be lied to, this is where the truth is.
SERVER = os.environ["CONFORMANCE_SERVER"]
API_KEY = os.environ["CARTESIA_API_KEY"]


class Wrong(Exception):
    """What came back is not right."""


class Use:
    """One use of one method."""

    def __init__(self, call, mode, client, version):
        self.call = call
        self.mode = mode
        self.client = client
        self.version = version
        # The name of this use in our client; a script may say otherwise.
        self.canonical = None
        self.inputs = INPUTS
        self.checked = []

    @property
    def is_async(self):
        return self.mode == "async"

    async def result(self, value):
        """What a method returned, awaited if need be."""
        return await value if inspect.isawaitable(value) else value

    async def each(self, values):
        """Everything that a method yields."""
        values = await self.result(values)
        if hasattr(values, "__aiter__"):
            return [value async for value in values]
        return list(values)

    def check(self, right, what):
        """Notes that `what` is so, or fails."""
        if not right:
            raise Wrong(f"not so: {what}")
        self.checked.append(what)

    def equal(self, actual, expected, what):
        """Notes that `what` is as expected, or fails."""
        if actual != expected:
            raise Wrong(f"{what} is {shortened(actual)}, not {shortened(expected)}")
        self.checked.append(what)

    def entered(self, manager):
        """A context manager of either kind as `async with` takes it."""
        return Entered(self, manager)

    def aside(self, method, path, body=None, form=None, version=None):
        """Asks the server without the client; see README.md. Returns JSON, or bytes of anything else."""
        headers = {
            "user-agent": "conformance",
            "authorization": f"Bearer {API_KEY}",
            "cartesia-version": version or self.version,
        }
        data = None
        if body is not None:
            headers["content-type"] = "application/json"
            data = json.dumps(body).encode()
        if form is not None:
            headers["content-type"] = "multipart/form-data; boundary=aside"
            data = multipart(form)
        request = urllib.request.Request(SERVER + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise Wrong(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error
        try:
            return json.loads(content) if content else None
        except ValueError:
            return content

    def is_gone(self, path):
        """Whether the server no longer has it; up to 2025-11-04 it calls unknown voices a bad request."""
        try:
            self.aside("GET", path)
        except Wrong as error:
            if error.__cause__.code not in (400, 404):
                raise
            return True
        return False


class Entered:
    def __init__(self, use, manager):
        self.use = use
        self.manager = manager

    async def __aenter__(self):
        if hasattr(self.manager, "__aenter__") and self.use.is_async:
            return await self.manager.__aenter__()
        return self.manager.__enter__()

    async def __aexit__(self, *exception):
        if hasattr(self.manager, "__aexit__") and self.use.is_async:
            return await self.manager.__aexit__(*exception)
        return self.manager.__exit__(*exception)


def trust_one():
    """Lets clients trust one certificate authority in place of all. Nothing here is encrypted, and each
    client would read them anew, which takes longer than most calls do. Who has no list of them by itself is
    left alone."""
    try:
        import certifi
    except ImportError:
        return
    end = "-----END CERTIFICATE-----\n"
    with open(certifi.where(), encoding="utf-8") as file:
        first = file.read().split(end)[0] + end
    path = os.path.abspath("one.pem")
    with open(path, "w", encoding="utf-8") as file:
        file.write(first)
    os.environ["SSL_CERT_FILE"] = path


def multipart(form):
    """Parts, each (name, text) or (name, file name, bytes), as the body of a form."""
    body = b""
    for name, *rest in form:
        disposition = f'form-data; name="{name}"'
        if len(rest) == 2:
            disposition += f'; filename="{rest[0]}"'
        content = rest[-1] if isinstance(rest[-1], bytes) else rest[-1].encode()
        body += f"--aside\r\ncontent-disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"
    return body + b"--aside--\r\n"


def sample():
    """The recording in the working folder: `spoken` of the inputs, 16-bit mono at 16 kHz."""
    with open("sample.wav", "rb") as file:
        return file.read()


def shortened(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "…"


class Scripts:
    """Which script uses which method."""

    def __init__(self):
        self.by_call = {}

    def __call__(self, *calls, canonical=None, **settings):
        """The decorated coroutine uses these methods. `settings` are given to it."""

        def register(script):
            for call in calls:
                self.by_call[call] = (script, settings, canonical)
            return script

        return register

    def update(self, other):
        self.by_call.update(other.by_call)


def serve(client, version, api_version, methods, make, close, scripts):
    """Greets, then answers one call after the other until the input ends.

    `make(mode)` gives a client of its own to each call, `close(use)` is a coroutine that closes it.
    """
    trust_one()
    # What a client prints is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    modes = ["sync", "async"]
    hello = {
        "client": client,
        "version": version,
        "api_version": api_version,
        "methods": methods,
        "modes": modes,
    }
    print(json.dumps(hello), file=answers, flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        answer = play(ask["call"], ask["mode"], api_version, make, close, scripts)
        print(json.dumps(answer), file=answers, flush=True)


def play(call, mode, api_version, make, close, scripts):
    if call not in scripts.by_call:
        return {"outcome": "unscripted"}
    script, settings, canonical = scripts.by_call[call]
    use = Use(call, mode, None, api_version)
    use.canonical = canonical

    async def whole():
        use.client = make(mode)
        try:
            await script(use, **settings)
        finally:
            await close(use)

    try:
        if mode == "async":
            asyncio.run(asyncio.wait_for(whole(), LIMIT_SECONDS))
        else:
            at_once(whole())
    except Exception as error:
        traceback.print_exc()
        outcome = {"outcome": "failed", "error": told(error)}
    else:
        outcome = {"outcome": "ok", "checked": use.checked}
    return {**outcome, "canonical": use.canonical} if use.canonical else outcome


def told(error):
    """An error in one line, with what is behind it."""
    words = " ".join(str(error).split())
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    if error.__cause__ is not None and not isinstance(error, Wrong):
        text += f"; because {told(error.__cause__)}"
    return text[:500]


def at_once(coroutine):
    """Runs a coroutine that awaits nothing."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise Wrong("a synchronous method returned something to wait for")


def public_methods(kind, hidden=()):
    """The names of the public methods of a class, in order."""
    names = []
    for name in sorted(set(dir(kind)) - set(hidden)):
        if name.startswith("_"):
            continue
        value = inspect.getattr_static(kind, name)
        if callable(value) or isinstance(value, (staticmethod, classmethod)):
            names.append(name)
    return names
