"""How long the screen takes from a key to its visible answer, with a run that trains on every core behind it.

Usage: answer.py [--keys 200] [--model resnet18 --width 0.25 --batch 128]

The real binary in a pseudo-terminal of 120x40: `2` and `1` change the tab, `f` freezes the display, in turn; timed is the
way from the write of the key to the first byte of the frame that holds the answer. Reported for a screen that is attached
to an engine of its own (what `run` does), once training and once paused. Budget: 100 ms.
"""

import argparse
import pathlib
import random
import re
import subprocess
import tempfile
import time

from ours import BINARY
from terminal import Terminal

asked = argparse.ArgumentParser(description="from a key to its answer")
asked.add_argument("--keys", type=int, default=200)
asked.add_argument("--model", default="resnet18")
asked.add_argument("--width", default="0.25")
asked.add_argument("--batch", type=int, default=128)
asked = asked.parse_args()

# A key, and a word of the frame that answers it and not of the one before.
KEYS = [(b"2", b"[2 Charts]"), (b"1", b"[1 Live]"), (b"f", b"rozen"), (b"f", b"ollow")]


def answer(screen, key, word):
    """Seconds until a frame holds a word."""
    screen.drain()
    begun, seen = time.perf_counter(), b""
    screen.write(key)
    while time.perf_counter() - begun < 5:
        seen += screen.read(0.001)
        # Only what a frame changes is written: words may be cut by moves of the cursor.
        if word in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", seen):
            return time.perf_counter() - begun
    raise SystemExit(f"no answer to {key}: {seen!r}")


def report(name, screen, keys, gap=0.0):
    times = []
    for at in range(keys):
        # Not in step with the frames of the data, which come five times a second.
        time.sleep(gap * random.uniform(0.7, 1.3))
        times.append(answer(screen, *KEYS[at % len(KEYS)]))
    times.sort()
    p99 = times[min(len(times) - 1, round(0.99 * len(times)) - 1)]
    print(f"{name}: {len(times)} keys, median {1e3 * times[len(times) // 2]:.1f} ms, p99 {1e3 * p99:.1f} ms, max {1e3 * times[-1]:.1f} ms")


with tempfile.TemporaryDirectory() as runs:
    sets = {"checkpoint.every": 0, "schedule.epochs": 10000, "data.train_size": asked.batch * 200, "data.test_size": 100}
    sets |= {"model.name": asked.model, "model.width": asked.width, "data.batch": asked.batch}
    command = [BINARY, "--runs", runs, "run", "shapes", "--engine", "--device", "cpu"]
    command += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
    engine = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    folder = pathlib.Path(engine.stdout.readline().strip().removeprefix("ready "))
    with Terminal([BINARY, "--runs", runs, "attach", "last"], 120, 40) as screen:
        time.sleep(3)
        report("training, keys without a pause", screen, asked.keys)
        report("training, now and then a key", screen, asked.keys // 3, 0.4)
        screen.write(b"p")
        time.sleep(2)
        report("paused, keys without a pause", screen, asked.keys)
    engine.kill()
    engine.wait()
