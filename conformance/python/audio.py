"""What audio and its timestamps are looked at for."""

import base64
import struct

WIDTHS = {"pcm_s16le": 2, "pcm_f32le": 4, "pcm_mulaw": 1, "pcm_alaw": 1}


def check_raw(use, audio, format, what="audio"):
    """Whole samples, as long as somebody would speak, and no silence. Returns the length in seconds."""
    width = WIDTHS[format["encoding"]]
    use.check(len(audio) > 0 and len(audio) % width == 0, f"{what}: whole samples of {width} bytes")
    seconds = len(audio) / width / format["sample_rate"]
    use.check(0.2 < seconds < 20, f"{what}: {seconds:.3f} s")
    if format["encoding"] == "pcm_s16le":
        peak = max(abs(value) for (value,) in struct.iter_unpack("<h", audio)) / 32768
    elif format["encoding"] == "pcm_f32le":
        peak = max(abs(value) for (value,) in struct.iter_unpack("<f", audio))
    else:
        peak = 1.0 if len(set(audio)) > 8 else 0.0
    use.check(0.01 < peak <= 1.0, f"{what}: a peak of {peak:.2f}")
    return seconds


def check_wav(use, audio, format):
    """A header that says what was asked for, and samples behind it."""
    use.check(audio[:4] == b"RIFF" and audio[8:12] == b"WAVE", "a RIFF header")
    at, rate, samples = 12, None, None
    while at + 8 <= len(audio):
        name, size = audio[at : at + 4], struct.unpack("<I", audio[at + 4 : at + 8])[0]
        if name == b"fmt ":
            rate = struct.unpack("<I", audio[at + 12 : at + 16])[0]
        if name == b"data":
            # The size is a placeholder: the length was not known when it was sent.
            samples = audio[at + 8 :]
            break
        at += 8 + size + size % 2
    use.equal(rate, format["sample_rate"], "the rate in the header")
    use.check(samples is not None, "a chunk of data")
    return check_raw(use, samples, format)


def check_mp3(use, audio):
    use.check(len(audio) > 400, f"{len(audio)} bytes")
    at = audio.find(b"\xff\xfb") if not audio.startswith(b"ID3") else 0
    use.check(audio.startswith(b"ID3") or 0 <= at < 2, "a frame of MP3 at the beginning")


def check_format(use, audio, format):
    """Audio in a container of any kind."""
    if format["container"] == "wav":
        check_wav(use, audio, format)
    elif format["container"] == "mp3":
        check_mp3(use, audio)
    else:
        check_raw(use, audio, format)


def check_words(use, words, starts, ends, text, seconds):
    """The words of a text at times that rise, within the audio."""
    use.equal([word.strip() for word in words], text.split(), "words")
    check_times(use, words, starts, ends, seconds, "word")


def check_times(use, names, starts, ends, seconds, what):
    use.check(len(names) > 0 and len(names) == len(starts) == len(ends), f"a start and an end of each {what}")
    rising = all(start < end for start, end in zip(starts, ends)) and all(
        end <= start + 1e-6 for end, start in zip(ends, starts[1:])
    )
    use.check(rising and starts[0] >= 0, f"times of {what}s that rise")
    use.check(ends[-1] <= seconds + 0.05, f"times of {what}s within the audio")


def check_spoken(use, text, words=None):
    """What was heard in the sample."""
    plain = "".join(c for c in text.lower() if c.isalnum() or c == " ").split()
    use.equal(plain, use.inputs["spoken"].split(), "the text that was spoken")
    if words is not None:
        names = [word["word"].strip() for word in words]
        use.equal(len(names), len(plain), "as many words")
        starts, ends = [word["start"] for word in words], [word["end"] for word in words]
        check_times(use, names, starts, ends, 60, "word")


def check_embedding(use, numbers):
    use.equal(len(numbers), 192, "the length of the embedding")
    use.check(all(isinstance(number, float) for number in numbers), "numbers in the embedding")
    use.check(any(numbers), "an embedding that is not zero")


def decoded(text):
    return base64.b64decode(text, validate=True)
