"""How the cost of a step grows: with batch, width, depth, method, threads, one thing at a time.

Usage: scale.py [--device cpu|cuda] [--rounds 3]
"""

import argparse
import os

from ours import bench, median, row

asked = argparse.ArgumentParser(description="how the cost of a step grows")
asked.add_argument("--device", default="cpu")
asked.add_argument("--rounds", type=int, default=3)
asked = asked.parse_args()
BASE = {"--model": "resnet18", "--batch": 64, "--method": "saner", "width": 0.25, "size": 16}
cores = len(os.sched_getaffinity(0))
SERIES = {
    "--batch": [1, 16, 32, 64, 128, 256],
    "width": [0.125, 0.25, 0.5, 1.0],
    "size": [16, 32],
    "--model": ["resnet8", "resnet18", "resnet34"],
    "--method": ["sgd", "sam", "saner"],
    "--threads": sorted({1, 2, cores}),
}
widths = (22, 12, 12, 12, 12)
row(("what", "s a step", "images/s", "GFLOP/s", "peak MiB"), widths)
for key, values in SERIES.items():
    # Values in turn within a round, so that a busy moment does not fall on one of them alone.
    found = {value: [] for value in values}
    for _ in range(asked.rounds):
        for value in values:
            options = {**BASE, key: value}
            sets = ["--set", f"model.width={options.pop('width')}", "--set", f"data.size={options.pop('size')}"]
            plain = [str(part) for pair in options.items() for part in pair]
            found[value].append(bench("--device", asked.device, "--repeats", 5, *plain, *sets))
    for value, lines in found.items():
        step, rate, flops = (median([line[name] if name != "step_s" else line[name]["median"] for line in lines]) for name in ("step_s", "images_per_s", "flops_per_s"))
        peak = "-" if lines[0]["peak_bytes"] is None else f"{max(line['peak_bytes'] for line in lines) / 2**20:.0f}"
        row((f"{key.lstrip('-')} {value}", f"{step:.4f}", f"{rate:.0f}", f"{flops / 1e9:.1f}", peak), widths)
