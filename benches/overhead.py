"""What the product costs beside the step: probes, checkpoints and the screen, each as a share of the step.

Usage: overhead.py [--rounds 5] [--model resnet18 --width 0.125 --batch 128 --steps 96]

The real binary on `shapes`; times are differences of `wall` between the step lines of its log. Probes fall on every
eighth and tenth step, so a run is compared with itself: median of the steps with a probe against the median of those
without. Checkpoints are asked for on standard input, and the step that took the copy is compared likewise. The screen is
the real one in a pseudo-terminal of 120x40, in turn with runs without: lower quartiles, since a shared machine adds time
and never takes any away.
"""

import argparse
import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import statistics
import struct
import subprocess
import tempfile
import termios
import time

from ours import BINARY, median, row

asked = argparse.ArgumentParser(description="cost of probes, checkpoints and screen")
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


def screen(command):
    """The real screen; `q` once the run has ended."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen, ended, limit = b"", False, time.monotonic() + 120
    begun, used, ticks = time.monotonic(), 0.0, os.sysconf("SC_CLK_TCK")
    while time.monotonic() < limit:
        ready, _, _ = select.select([fd], [], [], 0.5)
        if not ended:
            # The screen is a process of its own: what it takes of the machine is what it may take from the run.
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            used, spent = (int(fields[11]) + int(fields[12])) / ticks, time.monotonic() - begun
        try:
            seen = (seen + os.read(fd, 65536))[-20000:] if ready else seen
            if b"DONE" in seen and not ended:
                ended = True
            if ended and not ready:
                os.write(fd, b"q")
        except OSError:
            break
    else:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    machine.append(100 * used / spent / os.cpu_count())


def quartile(seconds):
    return statistics.quantiles(seconds.values(), n=4)[0]


groups, dominance, copies, screens, steps, machine = [], [], [], [], [], []
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
    bare, shown = run({}, plain)[0], run({}, screen)[0]
    screens.append(100 * (quartile(shown) / quartile(bare) - 1))
widths = (44, 12, 26)
row(("what", "median", "range"), widths)
for what, values, form in (
    ("s a step, nothing on", steps, "{:.4f}"),
    ("group shares every 10, % of all steps", groups, "{:+.1f}"),
    ("p_noise and p_clean every 8, % of all steps", dominance, "{:+.1f}"),
    ("both, % of all steps", [a + b for a, b in zip(groups, dominance)], "{:+.1f}"),
    ("stall of a checkpoint, in steps", copies, "{:+.2f}"),
    ("screen attached, % of a step", screens, "{:+.1f}"),
    ("CPU time of the screen, % of the machine", machine, "{:.2f}"),
):
    row((what, form.format(median(values)), f"{form.format(min(values))} to {form.format(max(values))}"), widths)
