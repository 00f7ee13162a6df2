"""What an attached screen costs the step: one run, a screen that comes and goes, slices in turn.

Usage: attached.py [--pairs 20] [--seconds 5] [--model resnet18 --width 0.25 --batch 128]

The same process trains all the time; the real screen in a pseudo-terminal of 120x40 is attached for every second slice.
Each slice is the median of its steps by `wall`; a pair is a slice with a screen against the mean of its two neighbours
without, so that a machine that changes its speed slowly says nothing.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from ours import BINARY, median
from terminal import Terminal

asked = argparse.ArgumentParser(description="cost of an attached screen")
asked.add_argument("--pairs", type=int, default=20)
asked.add_argument("--seconds", type=float, default=5)
asked.add_argument("--model", default="resnet18")
asked.add_argument("--width", default="0.25")
asked.add_argument("--batch", type=int, default=128)
asked = asked.parse_args()


def attached(runs, seconds):
    """The real screen for so long: bytes that it wrote, and seconds of a core that it took."""
    with Terminal([BINARY, "--runs", runs, "attach", "last", "--read-only"], 120, 40) as screen:
        end, read = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            read += len(screen.read(0.1))
        return read, screen.used()


with tempfile.TemporaryDirectory() as runs:
    sets = {"probe.groups_every": 0, "probe.dominance_every": 0, "probe.samples_every": 0, "checkpoint.every": 0, "schedule.epochs": 10000}
    sets |= {"data.train_size": asked.batch * 200, "data.test_size": 100, "model.name": asked.model, "model.width": asked.width, "data.batch": asked.batch}
    command = [BINARY, "--runs", runs, "run", "shapes", "--engine", "--device", "cpu"]
    command += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
    engine = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    folder = pathlib.Path(engine.stdout.readline().strip().removeprefix("ready "))
    metrics = (folder / "metrics.jsonl").open()

    def steps():
        """Seconds of the steps since the last look, without the first ones: they belong to the change."""
        walls = [json.loads(line)["wall"] for line in metrics.read().splitlines() if line.endswith("}") and "epoch_end" not in line]
        return [b - a for a, b in zip(walls[3:], walls[4:])]

    time.sleep(3)
    slices, read, taken = [], [], []
    steps()
    for at in range(2 * asked.pairs + 1):
        if at % 2:
            written, used = attached(str(runs), asked.seconds)
            read.append(written / asked.seconds)
            taken.append(100 * used / asked.seconds / os.cpu_count())
        else:
            time.sleep(asked.seconds)
        slices.append(median(steps()))
    engine.kill()
    engine.wait()
costs = [100 * (slices[i] / ((slices[i - 1] + slices[i + 1]) / 2) - 1) for i in range(1, len(slices) - 1, 2)]
error = statistics.stdev(costs) / len(costs) ** 0.5
print(f"a step {1000 * median(slices[::2]):.1f} ms; with a screen {statistics.mean(costs):+.2f} % (median {median(costs):+.2f}, standard error {error:.2f},")
print(f"{len(costs)} pairs from {min(costs):+.1f} to {max(costs):+.1f}); the screen wrote {median(read) / 1000:.1f} kB/s at 120x40 and took {median(taken):.2f} % of the machine")
