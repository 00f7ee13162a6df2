"""What the product costs beside the step: probes, checkpoints, the log and the screen, each as a share of the step.

Usage: overhead.py [--rounds 5] [--model resnet18 --width 0.125 --batch 128 --steps 48]

The real binary on `shapes`, with one thing switched on at a time, in turn with the bare run; times are differences of
`wall` between the step lines of its log. The screen is the real one in a pseudo-terminal of 120x40. Memory is of a run.
"""

import argparse
import fcntl
import json
import os
import pathlib
import pty
import select
import struct
import subprocess
import tempfile
import termios

from ours import BINARY, median, row

asked = argparse.ArgumentParser(description="cost of probes, checkpoints, log and screen")
asked.add_argument("--rounds", type=int, default=5)
asked.add_argument("--model", default="resnet18")
asked.add_argument("--width", default="0.125")
asked.add_argument("--batch", type=int, default=128)
asked.add_argument("--steps", type=int, default=48)
asked = asked.parse_args()
QUIET = {"probe.groups_every": 0, "probe.dominance_every": 0, "checkpoint.every": 0}
KINDS = {
    "bare": ({}, False),
    "group shares, every 10": ({"probe.groups_every": 10}, False),
    "p_noise, p_clean, every 8": ({"probe.dominance_every": 8}, False),
    "both, the default": ({"probe.groups_every": 10, "probe.dominance_every": 8}, False),
    "screen attached": ({}, True),
}


def run(extra, screen):
    with tempfile.TemporaryDirectory() as runs:
        sets = {**QUIET, "schedule.max_steps": asked.steps, "schedule.epochs": 1, "data.train_size": asked.batch * asked.steps * 2, "data.test_size": 100}
        sets |= {"model.name": asked.model, "model.width": asked.width, "data.batch": asked.batch, **extra}
        command = [BINARY, "run", "shapes", "--device", "cpu", "--runs", runs]
        command += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
        if screen:
            watch(command)
        else:
            subprocess.run([*command, "--plain"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        (log,) = pathlib.Path(runs).glob("*/metrics.jsonl")
        walls = [line["wall"] for line in map(json.loads, log.open()) if "epoch_end" not in line]
        # The mean, since what is switched on falls on some steps only; the first steps settle.
        return (walls[-1] - walls[4]) / (len(walls) - 5)


def watch(command):
    """The real screen; `q` once the run has ended."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    while True:
        ready, _, _ = select.select([fd], [], [], 1.0)
        try:
            seen = (seen + os.read(fd, 65536))[-20000:] if ready else seen
        except OSError:
            break
        if b"DONE" in seen:
            os.write(fd, b"q")
            seen = b""
    os.waitpid(pid, 0)


found = {kind: [] for kind in KINDS}
for _ in range(asked.rounds):
    for kind, (extra, screen) in KINDS.items():
        found[kind].append(run(extra, screen))
widths = (28, 12, 24)
row(("what", "s a step", "beside the bare run %"), widths)
for kind, seconds in found.items():
    shares = [100 * (mine / bare - 1) for mine, bare in zip(seconds, found["bare"])]
    row((kind, f"{median(seconds):.4f}", f"{median(shares):+.1f} ({min(shares):+.1f} to {max(shares):+.1f})"), widths)
