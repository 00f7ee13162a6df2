"""Loads a weights.safetensors of ours into PyTorch with strict=True and compares logits on a batch.

Usage: logits.py WEIGHTS CASE MODEL WIDTH CLASSES   (CASE: images, eval and train logits of ours)
"""

import sys

from resnet import read_safetensors
from zoo import build

weights, case, model, width, classes = sys.argv[1:]
case = read_safetensors(case)
net = build(model, float(width), int(classes), case["images"].shape[-1])
net.load_state_dict(read_safetensors(weights), strict=True)
for mode in ("eval", "train"):
    net.train(mode == "train")
    worst = (net(case["images"]) - case[mode]).abs().max().item()
    print(f"{mode}: largest difference of logits {worst:.2e}")
    # Logits of a random net may be large; what counts is the difference beside them.
    assert worst < 1e-4 * max(1.0, case[mode].abs().max().item()), mode
print("strict load and logits agree")
