"""What each method's step costs beside SAM's, in turn within a round.

Usage: methods.py [--device cpu|cuda] [--rounds 5] [--model resnet18] [--width 0.25] [--batch 32] [--size 32] [--set key=value]...
"""

import argparse

from ours import bench, median, row

asked = argparse.ArgumentParser(description="cost of each method beside SAM")
asked.add_argument("--device", default="cpu")
asked.add_argument("--rounds", type=int, default=5)
asked.add_argument("--model", default="resnet18")
asked.add_argument("--width", type=float, default=0.25)
asked.add_argument("--batch", type=int, default=32)
asked.add_argument("--size", type=int, default=32)
asked.add_argument("--repeats", type=int, default=8)
asked = asked.parse_args()
VARIANTS = ["sam", "asam", "gsam", "fsam", "vasso"]
RULES = ["power", "exp", "two-level", "bc", "quantile", "persistent", "mean", "random", "last"]
METHODS = VARIANTS + ["saner"] + [f"{v}+saner" for v in VARIANTS[1:]] + [f"saner-{r}" for r in RULES] + ["sgd-gr-b"]
found = {method: [] for method in METHODS}
sets = ["--set", f"model.width={asked.width}", "--set", f"data.size={asked.size}"]
for _ in range(asked.rounds):
    for method in METHODS:
        line = bench("--device", asked.device, "--repeats", asked.repeats, "--model", asked.model, "--batch", asked.batch, "--method", method, *sets)
        found[method].append(line["step_s"]["min"])
widths = (18, 10, 10, 16)
row(("method", "s a step", "over SAM", "least to greatest"), widths)
for method, steps in found.items():
    ratios = [ours / sam for ours, sam in zip(steps, found["sam"])]
    row((method, f"{median(steps):.4f}", f"{median(ratios):.3f}", f"{min(ratios):.2f} to {max(ratios):.2f}"), widths)
