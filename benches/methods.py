"""What each method's step costs beside the SAM steps right before and right behind it.

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
sets = ["--set", f"model.width={asked.width}", "--set", f"data.size={asked.size}"]


def seconds(method):
    line = bench("--device", asked.device, "--repeats", asked.repeats, "--model", asked.model, "--batch", asked.batch, "--method", method, *sets)
    return line["step_s"]["min"]


found = {method: [] for method in METHODS}
for _ in range(asked.rounds):
    before = seconds("sam")
    for method in METHODS:
        own, behind = seconds(method), seconds("sam")
        # A machine that changes its speed between the two SAM steps says nothing about what lies between them.
        if max(before, behind) < 1.1 * min(before, behind):
            found[method].append((own, 2 * own / (before + behind)))
        before = behind
widths = (18, 10, 10, 16)
row(("method", "s a step", "over SAM", "least to greatest", "rounds"), (*widths, 8))
for method, pairs in found.items():
    ratios = [ratio for _, ratio in pairs]
    if ratios:
        own = median([own for own, _ in pairs])
        row((method, f"{own:.4f}", f"{median(ratios):.3f}", f"{min(ratios):.2f} to {max(ratios):.2f}", len(ratios)), (*widths, 8))
