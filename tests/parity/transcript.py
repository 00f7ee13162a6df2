"""Compares losses and group shares of a run of ours with the transcription in steps.py.

Usage: transcript.py RUN DATA   (a run of CIFAR-10 with data.shuffle=false, data.augment=false, checkpoint.at_start=true)

The transcription computes in double precision, ours in single. At the first step losses and shares agree to 1e-5, and
losses stay within 1e-3 to the end. Later shares are held to 5e-2 only: a ReLU input within rounding of zero falls to
the other side, which turns one sample's gradient in all layers below and moves some elements between groups (PyTorch
in single against PyTorch in double differs by as much). transcript64.py leaves rounding no such room.
"""

import csv
import json
import pathlib
import sys
import tomllib

import torch
from resnet import ResNet, read_safetensors
from steps import train

run, data = map(pathlib.Path, sys.argv[1:])
spec = tomllib.loads((run / "run.toml").read_text())
raw = b"".join((data / "cifar-10-batches-bin" / f"data_batch_{i}.bin").read_bytes() for i in range(1, 6))
records = torch.frombuffer(bytearray(raw), dtype=torch.uint8).reshape(-1, 3073)
mean = torch.tensor([0.4914, 0.4822, 0.4465]).double().reshape(3, 1, 1)
std = torch.tensor([0.2023, 0.1994, 0.2010]).double().reshape(3, 1, 1)
images = (records[:, 1:].reshape(-1, 3, 32, 32).double() / 255 - mean) / std
rows = list(csv.DictReader(open(run / "labels.csv")))
given = torch.tensor([int(row["given"]) for row in rows])
assert [int(row["true"]) for row in rows] == records[:, 0].tolist(), "rows stand in the order of the training set"

net = ResNet(spec["model"]["name"], spec["model"]["width"], 10)
net.load_state_dict(read_safetensors(run / "checkpoints" / "step-00000000" / "weights.safetensors"), strict=True)
net = net.double()
batch = spec["data"]["batch"]
per_epoch = len(rows) // batch
ours = {line["step"]: line for line in map(json.loads, open(run / "metrics.jsonl")) if "epoch_end" not in line}
steps = spec["schedule"]["max_steps"]
cut = [slice(i % per_epoch * batch, (i % per_epoch + 1) * batch) for i in range(steps)]
worst_loss = worst_share = 0.0
for step, (loss, a, b, nearest) in enumerate(train(net, [(images[c], given[c]) for c in cut], spec["method"], spec["schedule"], per_epoch)):
    line = ours[step]
    # A condition on the case, not on the result: with an element on a border the shares of step 0 would be a coin toss.
    assert step > 0 or nearest > 5e-6, f"an element lies {nearest:.1e} from a border: take another seed"
    loss_off = abs(loss - line["train/loss"]) / loss
    share_off = max(abs(a - line["saner/group_a"]) / a, abs(b - line["saner/group_b"]) / b)
    print(f"step {step}: loss {loss:.6f} A {a:.5f} B {b:.5f}; ours differ by {loss_off:.1e} and {share_off:.1e}")
    assert loss_off < (1e-5 if step == 0 else 1e-3), f"loss at step {step}"
    assert share_off < (1e-5 if step == 0 else 5e-2), f"shares at step {step}"
    worst_loss, worst_share = max(worst_loss, loss_off), max(worst_share, share_off)
print(f"{steps} steps agree in f32: losses to {worst_loss:.1e}, shares to {worst_share:.1e}")
