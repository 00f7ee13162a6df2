"""SANER written once more, from the formula alone, in PyTorch; compares losses and group shares with a run of ours.

Usage: transcript.py RUN DATA   (a run of CIFAR-10 with data.shuffle=false, data.augment=false, checkpoint.at_start=true)
"""

import csv
import json
import pathlib
import sys
import tomllib

import torch
import torch.nn.functional as F
from resnet import ResNet, read_safetensors

run, data = map(pathlib.Path, sys.argv[1:])
spec = tomllib.loads((run / "run.toml").read_text())
raw = b"".join((data / "cifar-10-batches-bin" / f"data_batch_{i}.bin").read_bytes() for i in range(1, 6))
records = torch.frombuffer(bytearray(raw), dtype=torch.uint8).reshape(-1, 3073)
mean = torch.tensor([0.4914, 0.4822, 0.4465]).reshape(3, 1, 1)
std = torch.tensor([0.2023, 0.1994, 0.2010]).reshape(3, 1, 1)
images = (records[:, 1:].reshape(-1, 3, 32, 32).float() / 255 - mean) / std
rows = list(csv.DictReader(open(run / "labels.csv")))
given = torch.tensor([int(row["given"]) for row in rows])
assert [int(row["true"]) for row in rows] == records[:, 0].tolist(), "rows stand in the order of the training set"

net = ResNet(spec["model"]["name"], spec["model"]["width"], 10)
net.load_state_dict(read_safetensors(run / "checkpoints" / "step-00000000" / "weights.safetensors"), strict=True)
params = list(net.parameters())
buffers = [torch.zeros_like(p) for p in params]
method, schedule, batch = spec["method"], spec["schedule"], spec["data"]["batch"]
per_epoch = len(rows) // batch
lines = [json.loads(line) for line in open(run / "metrics.jsonl")]
steps = {line["step"]: line for line in lines if "epoch_end" not in line}


def gradient(x, y):
    loss = F.cross_entropy(net(x), y)
    return loss.item(), torch.autograd.grad(loss, params)


worst = 0.0
for step in range(schedule["max_steps"]):
    epoch, at = divmod(step, per_epoch)
    x, y = images[at * batch : (at + 1) * batch], given[at * batch : (at + 1) * batch]
    ramp = 1 - (1 - method["alpha"]) * epoch / method["k"] if epoch < method["k"] else method["alpha"]
    alpha = {"saner": ramp, "sam": 1.0}[method["name"]]
    net.train()
    loss, g = gradient(x, y)
    norm = torch.sqrt(sum((t**2).sum() for t in g)) + 1e-12
    kept = [p.detach().clone() for p in params]
    with torch.no_grad():
        for p, t in zip(params, g):
            p += method["rho"] * t / norm
    # The second pass leaves the running statistics alone; batch statistics are used in both.
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.0
    _, s = gradient(x, y)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.1
    a = b = n = 0
    with torch.no_grad():
        for p, w, t, u, buffer in zip(params, kept, g, s, buffers):
            ratio = u / (t + 1e-8)
            mask = (ratio > 0) & (ratio < 1)
            a, b, n = a + (ratio >= 1).sum().item(), b + mask.sum().item(), n + mask.numel()
            d = torch.where(mask, alpha * u, u) + schedule["weight_decay"] * w
            buffer.mul_(schedule["momentum"]).add_(d)
            p.copy_(w - schedule["lr"] * buffer)
    ours = steps[step]
    pairs = [(loss, ours["train/loss"])]
    if "saner/group_b" in ours:
        pairs += [(a / n, ours["saner/group_a"]), (b / n, ours["saner/group_b"])]
    differ = max(abs(x - y) / abs(x) for x, y in pairs)
    worst = max(worst, differ)
    limit = 1e-5 if step == 0 else 1e-3
    print(f"step {step}: loss {loss:.6f} A {a / n:.5f} B {b / n:.5f}, largest relative difference {differ:.1e}")
    assert differ < limit, f"step {step}: {pairs}"
print(f"{schedule['max_steps']} steps agree, largest relative difference {worst:.1e}")
