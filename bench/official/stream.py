"""One stream of speech with the official Python client, as fast as it comes.

    python stream.py BASE_URL websocket|sse MINUTES BYTES

A minute of speech has BYTES. Prints CPU milliseconds per minute, and the most memory, as JSON.
"""

import json
import sys
import time

from cartesia import Cartesia

base_url, transport, minutes, expected = sys.argv[1:]
client = Cartesia(
    api_key="sk_bench",
    base_url=base_url,
    websocket_base_url=base_url.replace("http", "ws", 1),
    max_retries=0,
)
request = {
    "model_id": "sonic-3",
    "voice": {"mode": "id", "id": "a0e99841-438c-4a64-b679-ae501e7d6091"},
    "output_format": {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100},
    "transcript": "a minute of speech",
}


def over_sse():
    return sum(len(event.audio) for event in client.tts.generate_sse(**request) if event.type == "chunk")


def over_websocket(connection, number):
    connection.send({**request, "context_id": f"bench-{number}"})
    received = 0
    while True:
        event = connection.recv()
        if event.type == "chunk":
            received += len(event.audio)
        elif event.type == "done":
            return received
        else:
            sys.exit(f"an event that does not belong here: {event.type}")


def measure(speak):
    """The first minute is the start, and does not count."""
    for number in range(int(minutes) + 1):
        if number == 1:
            measure.begun = time.process_time()
        if speak(number) < int(expected):
            sys.exit("the stream is not whole")
    return (time.process_time() - measure.begun) * 1e3 / int(minutes)


if transport == "sse":
    cpu = measure(lambda _: over_sse())
else:
    with client.tts.websocket_connect() as connection:
        cpu = measure(lambda number: over_websocket(connection, number))
# Of this process alone: pages of files are shared.
with open("/proc/self/status") as status:
    fields = dict(line.split(":") for line in status)
memory = sum(sign * int(fields[name].split()[0]) for sign, name in [(1, "VmHWM"), (-1, "RssFile"), (-1, "RssShmem")])
print(json.dumps({"cpu": cpu, "memory": memory / 1024}))
