"""The driver of the example programs that the makers of the Python client publish with it, in its source
distribution. A method is an example, and is started as its manual says."""

import os
import re
import subprocess
import sys
import wave
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

import cartesia  # noqa: E402
import driver  # noqa: E402

SOURCE = Path(os.environ["CONFORMANCE_SOURCE"])
VERSIONS = {"3": "2025-11-04", "4": "2026-08-14"}
API_VERSION = VERSIONS[cartesia.__version__.split(".")[0]]
# What the server made for clients that encrypt sockets whatever the address says.
CERTIFICATE = str(Path("mock.pem").absolute())
PROGRAMS = ["examples.py", "async_examples.py"]
# An error that is told and not thrown.
COMPLAINT = re.compile(r"^(an )?error\b|^usage:|\berror +\|", re.IGNORECASE | re.MULTILINE)
FOX = "quick brown fox"


def start(program, *arguments):
    """Runs a program to its end, in the present folder."""
    command = [sys.executable, str(SOURCE / "examples" / program), *arguments]
    environment = {**os.environ, "SSL_CERT_FILE": CERTIFICATE, "PYTHONUNBUFFERED": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    print(ran.stdout, ran.stderr, file=sys.stderr)
    return ran


def examples():
    """What the programs say that they can do."""
    for program in PROGRAMS:
        listed = re.search(r"Available functions: (.*)", start(program).stdout)
        for name in listed.group(1).split(", ") if listed else []:
            yield f"{program} {name}"


def own_voice(use):
    clip = ("clip", "sample.wav", driver.sample())
    form = [clip, ("name", "Before"), ("language", "en")]
    return use.aside("POST", "/voices/clone", form=form)["id"]


def arguments(use, name):
    """What a person would write behind the name of an example."""
    name = name.removesuffix("_async")
    if name in ("voices_update", "voices_delete"):
        use.voice = own_voice(use)
        return [use.voice, "After"][: 2 if name == "voices_update" else 1]
    return {
        "voices_clone": ["sample.wav", "en", "After"],
        "infill_create": ["sample.wav", "sample.wav", "and then"],
    }.get(name, [])


def check_file(use, path):
    if path.suffix == ".wav":
        # Of a stream: its sizes are not those of the file.
        content = path.read_bytes()
        use.check(content.startswith(b"RIFF") and any(content[44:]), f"sound in {path.suffix}")
        with wave.open(str(path)) as file:
            use.equal(file.getnchannels(), 1, "channels")
    else:
        use.check(any(path.read_bytes()), f"sound in {path.suffix}")


async def run(use):
    program, name = use.call.split()
    behind = arguments(use, name)
    before = set(Path().iterdir())
    ran = start(program, name, *behind)
    made = sorted(path for path in set(Path().iterdir()) - before if path.suffix != ".log")
    said = ran.stdout.strip()
    if ran.returncode or COMPLAINT.search(said) or "Traceback" in ran.stderr:
        raise driver.Wrong(f"code {ran.returncode}: {driver.shortened((said + ran.stderr)[-150:])}")
    use.check(said or name == "voices_delete", "what it says, without a complaint")
    for path in made:
        check_file(use, path)
        path.unlink()
    if name.startswith(("tts", "infill")) and "response_handling" not in name and "match" not in name:
        use.check(made, "a file of sound")
    if name.startswith("stt"):
        # It also tells what it lets be spoken, which is not what was understood.
        heard = [line for line in said.lower().splitlines() if "generating" not in line]
        use.check(FOX in " ".join(heard), "the words that were said")
    if name.startswith("error"):
        use.check("expected" in said, "the refusal that is expected")
    if name == "voices_update":
        use.equal(use.aside("GET", f"/voices/{use.voice}")["name"], "After", "the new name")
    if name == "voices_delete":
        use.check(use.is_gone(f"/voices/{use.voice}"), "a voice that is gone")


async def close(use):
    """The program has ended."""


if __name__ == "__main__":
    scripts = driver.Scripts()
    scripts(*examples())(run)
    methods = [{"name": name, "modes": ["sync"]} for name in scripts.by_call]
    name = "cartesia-python-examples"
    driver.serve(name, cartesia.__version__, API_VERSION, methods, lambda mode: None, close, scripts)
