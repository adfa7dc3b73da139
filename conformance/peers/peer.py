"""What the drivers of peers share. A peer is a program of others that speaks the API with a client of
its own; it has sessions in place of methods, and one mode."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))

import driver  # noqa: E402

# Of the recording.
RATE = 16_000


def check_speech(use, audio, rate, text):
    """16-bit mono that is as long as somebody needs to say the text, and is no silence."""
    words = len(text.split())
    seconds = len(audio) / 2 / rate
    use.equal(len(audio) % 2, 0, "audio of whole samples")
    use.check(0.1 * words < seconds < 1.5 * words, f"{seconds:.2f} s of audio for {words} words")
    use.check(any(audio), "audio that is not silent")


def check_heard(use, texts, said):
    """What was understood is what was said: letters count, writing does not."""
    use.equal(plain(" ".join(texts)), plain(said), "the words that were said")


def plain(text):
    return "".join(c for c in text.lower() if c.isalnum() or c == " ").split()


def pieces(audio, rate, milliseconds):
    """16-bit mono as a microphone gives it."""
    size = 2 * rate * milliseconds // 1000
    return [audio[at : at + size] for at in range(0, len(audio), size)]


def silence(rate):
    """As much as ends any turn."""
    return bytes(2 * rate * 8)


def spoken():
    """The samples of the recording, and silence behind them."""
    return driver.sample()[44:] + silence(RATE)


def serve(client, version, api_version, scripts, close):
    methods = [{"name": name, "modes": ["async"]} for name in scripts.by_call]
    driver.serve(client, version, api_version, methods, lambda mode: None, close, scripts)
