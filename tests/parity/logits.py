"""Loads a weights.safetensors of ours into PyTorch with strict=True and compares logits on a batch.

Usage: logits.py WEIGHTS CASE MODEL WIDTH CLASSES   (CASE: images, eval and train logits of ours)
"""

import sys

from resnet import ResNet, read_safetensors

weights, case, model, width, classes = sys.argv[1:]
net = ResNet(model, float(width), int(classes))
net.load_state_dict(read_safetensors(weights), strict=True)
case = read_safetensors(case)
for mode in ("eval", "train"):
    net.train(mode == "train")
    worst = (net(case["images"]) - case[mode]).abs().max().item()
    print(f"{mode}: largest difference of logits {worst:.2e}")
    assert worst < 1e-4, mode
print("strict load and logits agree")
