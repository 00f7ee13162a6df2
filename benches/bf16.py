"""bf16 passes against f32 (tf32 on CUDA) over the first 200 steps from the same weights: loss and Group B share.

Usage: bf16.py [--device cpu|cuda] [--steps 200] [--recipe NAME] [--set section.key=value]...

Step by step two runs drift apart as any two roundings do; what is compared is the mean of each twenty steps.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

from ours import BINARY, row

asked = argparse.ArgumentParser(description="bf16 against f32")
asked.add_argument("--device", default="cpu")
asked.add_argument("--steps", type=int, default=200)
asked.add_argument("--recipe", default="shapes")
asked.add_argument("--data", default=None)
asked.add_argument("--set", action="append", default=[])
asked = asked.parse_args()


def run(precision):
    with tempfile.TemporaryDirectory() as runs:
        sets = [*asked.set, "probe.groups_every=1", "probe.dominance_every=0", "checkpoint.every=0", f"schedule.max_steps={asked.steps}"]
        command = [BINARY, "run", asked.recipe, "--plain", "--device", asked.device, "--precision", precision, "--runs", runs]
        command += ["--data", asked.data] if asked.data else []
        command += [part for value in sets for part in ("--set", value)]
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        (log,) = pathlib.Path(runs).glob("*/metrics.jsonl")
        return [line for line in map(json.loads, log.open()) if "epoch_end" not in line]


wide, half = run("auto"), run("bf16")
widths = (12, 10, 10, 10, 12, 12, 12)
row(("steps", "loss", "bf16", "differ %", "group_b %", "bf16", "points"), widths)
worst = [0.0, 0.0]
for begin in range(0, asked.steps, 20):
    mean = lambda lines, key: sum(line[key] for line in lines[begin : begin + 20]) / len(lines[begin : begin + 20])
    loss = [mean(lines, "train/loss") for lines in (wide, half)]
    share = [100 * mean(lines, "saner/group_b") for lines in (wide, half)]
    off = (100 * abs(loss[1] / loss[0] - 1), abs(share[1] - share[0]))
    worst = [max(pair) for pair in zip(worst, off)]
    row((f"{begin}-{begin + 19}", f"{loss[0]:.4f}", f"{loss[1]:.4f}", f"{off[0]:.2f}", f"{share[0]:.2f}", f"{share[1]:.2f}", f"{off[1]:.2f}"), widths)
print(f"greatest: loss {worst[0]:.2f} %, Group B {worst[1]:.2f} points (held: 2 %, 1 point)")
raise SystemExit(worst[0] > 2.0 or worst[1] > 1.0)
