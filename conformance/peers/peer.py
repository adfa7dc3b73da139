"""What the drivers of peers share. A peer is a program of others that speaks the API with a client of
its own; it has sessions in place of methods, and one mode."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))

import driver  # noqa: E402

RATE = 16_000
SECOND = 2 * RATE


def check_speech(use, audio, rate, text):
    """16-bit mono that is as long as somebody needs to say the text, and is no silence."""
    words = len(text.split())
    seconds = len(audio) / 2 / rate
    use.equal(len(audio) % 2, 0, "audio of whole samples")
    use.check(0.1 * words < seconds < 1.5 * words, f"{seconds:.2f} s of audio for {words} words")
    use.check(any(audio), "audio that is not silent")


def check_heard(use, texts):
    """What was understood is what was said: letters count, writing does not."""
    plain = "".join(c for c in " ".join(texts).lower() if c.isalnum() or c == " ")
    use.equal(plain.split(), use.inputs["spoken"].split(), "the words that were said")


def pieces(audio, milliseconds):
    """Audio as a microphone gives it."""
    size = SECOND * milliseconds // 1000
    return [audio[at : at + size] for at in range(0, len(audio), size)]


def spoken():
    """The samples of the recording, and silence behind them that ends any turn."""
    return driver.sample()[44:] + bytes(8 * SECOND)


def serve(client, version, api_version, scripts, close):
    methods = [{"name": name, "modes": ["async"]} for name in scripts.by_call]
    driver.serve(client, version, api_version, methods, lambda mode: None, close, scripts)
