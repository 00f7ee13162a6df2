"""The same comparison in double precision, where losses must agree to 1e-9 and every element must be in the same group.

Usage: transcript64.py CASE.safetensors CASE.json   (weights, images and labels of ours; settings and our results)
"""

import json
import sys

from resnet import ResNet, read_safetensors
from steps import train

tensors, case = read_safetensors(sys.argv[1]), json.load(open(sys.argv[2]))
net = ResNet(case["model"], case["width"], 10)
state = {name: t for name, t in tensors.items() if name not in ("images", "given")}
net.load_state_dict(state, strict=True)
net = net.double()
images, given = tensors["images"].double(), tensors["given"].long()
n, steps = case["batch"], len(case["steps"])
cut = [slice(i % case["per_epoch"] * n, (i % case["per_epoch"] + 1) * n) for i in range(steps)]
worst = 0.0
results = train(net, [(images[c], given[c]) for c in cut], case["method"], case["schedule"], case["per_epoch"], guard=0.0)
for (loss, a, b, _), ours in zip(results, case["steps"], strict=True):
    off = max(abs(x - y) / abs(x) for x, y in zip((loss, a, b), ours))
    worst = max(worst, off)
    assert off < 1e-9, (loss, a, b, ours)
print(f"{steps} steps agree in f64: losses and shares to {worst:.1e}")
