"""What the product costs beside the step: probes and checkpoints, each as a share of the step.

Usage: overhead.py [--rounds 5] [--model resnet18 --width 0.125 --batch 128 --steps 96]

The real binary on `shapes`; times are differences of `wall` between the step lines of its log. Probes fall on every
eighth and tenth step, so a run is compared with itself: median of the steps with a probe against the median of those
without. Checkpoints are asked for on standard input, and the step that took the copy is compared likewise. What an attached screen
costs is measured by `attached.py`.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from ours import BINARY, median, row

asked = argparse.ArgumentParser(description="cost of probes and checkpoints")
asked.add_argument("--rounds", type=int, default=5)
asked.add_argument("--model", default="resnet18")
asked.add_argument("--width", default="0.125")
asked.add_argument("--batch", type=int, default=128)
asked.add_argument("--steps", type=int, default=96)
asked = asked.parse_args()
QUIET = {"probe.groups_every": 0, "probe.dominance_every": 0, "probe.samples_every": 0, "checkpoint.every": 0}


def run(extra, drive):
    """Seconds of each step, and the events."""
    with tempfile.TemporaryDirectory() as runs:
        # One epoch, whose last step is a probe always and is left out below.
        sets = {**QUIET, "schedule.max_steps": asked.steps, "schedule.epochs": 1, "data.train_size": asked.batch * (asked.steps + 1), "data.test_size": 100}
        sets |= {"model.name": asked.model, "model.width": asked.width, "data.batch": asked.batch, **extra}
        command = [BINARY, "run", "shapes", "--device", "cpu", "--runs", runs]
        command += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
        drive(command)
        (folder,) = pathlib.Path(runs).iterdir()
        lines = [line for line in map(json.loads, (folder / "metrics.jsonl").open()) if "epoch_end" not in line]
        events = [json.loads(line) for line in (folder / "events.jsonl").open()]
        return {b["step"]: b["wall"] - a["wall"] for a, b in zip(lines, lines[1:]) if b["step"] > 4}, events


def plain(command):
    subprocess.run([*command, "--plain"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def asking(command):
    """Types `checkpoint` every now and then."""
    program = subprocess.Popen([*command, "--plain"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    while program.poll() is None:
        time.sleep(0.3)
        try:
            program.stdin.write("checkpoint\n")
            program.stdin.flush()
        except BrokenPipeError:
            break
    program.wait()


groups, dominance, copies, steps = [], [], [], []
for _ in range(asked.rounds):
    # The default intervals in one run: a step is told by its number.
    times, _ = run({"probe.groups_every": 10, "probe.dominance_every": 8}, plain)
    none = median([s for step, s in times.items() if step % 8 and step % 10 and step != asked.steps - 1])
    steps.append(none)
    groups.append(100 * (median([s for step, s in times.items() if step % 10 == 0 and step % 8]) / none - 1) / 10)
    dominance.append(100 * (median([s for step, s in times.items() if step % 8 == 0 and step % 10]) / none - 1) / 8)
    times, events = run({}, asking)
    # A copy is taken in front of the step whose number the event has.
    saved = [event["step"] for event in events if event["event"] == "saved" and event["reason"] == "command"]
    copies += [times[step] / median(times.values()) - 1 for step in saved if step in times]
widths = (44, 12, 26)
row(("what", "median", "range"), widths)
for what, values, form in (
    ("s a step, nothing on", steps, "{:.4f}"),
    ("group shares every 10, % of all steps", groups, "{:+.1f}"),
    ("p_noise and p_clean every 8, % of all steps", dominance, "{:+.1f}"),
    ("both, % of all steps", [a + b for a, b in zip(groups, dominance)], "{:+.1f}"),
    ("stall of a checkpoint, in steps", copies, "{:+.2f}"),
):
    row((what, form.format(median(values)), f"{form.format(min(values))} to {form.format(max(values))}"), widths)
