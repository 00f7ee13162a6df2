"""Where the time of a step goes: each kind of work by itself, ours beside PyTorch's on the same device.

Usage: parts.py [--device cpu|cuda] [--precision auto|bf16] [--model resnet18] [--batch 128] [--repeats 20] [--set section.key=value]...

Ours is `saner-tui bench --parts --json`; PyTorch times the same shapes channels-last with the library's own kernels
(cuDNN on CUDA): convolution, both of its gradients, normalization with its own statistics and its gradient (with the
addition and the ReLU around them, which ours has inside), and the passes over the parameters with foreach operations.
Rows are milliseconds of a pass (layers) or of a step (the rest).
"""

import argparse
import json
import os
import subprocess
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from ours import bench, median, row

asked = argparse.ArgumentParser(description="parts of a step, ours beside PyTorch's")
asked.add_argument("--device", default="cpu")
asked.add_argument("--precision", default="auto")
asked.add_argument("--model", default="resnet18")
asked.add_argument("--batch", type=int, default=128)
asked.add_argument("--repeats", type=int, default=20)
asked.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
asked.add_argument("--set", action="append", default=[])
asked.add_argument("--torch", help=argparse.SUPPRESS)
asked = asked.parse_args()

if asked.torch is None:
    options = ["--parts", "--device", asked.device, "--precision", asked.precision, "--model", asked.model, "--batch", asked.batch]
    options += ["--repeats", asked.repeats, "--threads", asked.threads] + [part for value in asked.set for part in ("--set", value)]
    ours = bench(*options)
    python = os.environ.get("SANER_TUI_PYTHON", "python3")
    command = [python, "-B", __file__, "--torch", asked.precision, "--device", asked.device, "--repeats", str(asked.repeats), "--threads", str(asked.threads)]
    done = subprocess.run(command, input=json.dumps(ours["parts"]), stdout=subprocess.PIPE, text=True, check=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    totals = {}
    for part, seconds in zip(ours["parts"], theirs):
        mine, torch_s = totals.get(part["what"], (0.0, 0.0))
        seconds = 0.0 if seconds is None else seconds
        totals[part["what"]] = (mine + 1e3 * part["times"] * part["seconds"], torch_s + 1e3 * part["times"] * seconds)
    widths = (14, 10, 12, 8)
    print(f"{ours['device']}, {ours['precision']}")
    row(("part", "ours ms", "PyTorch ms", "ratio"), widths)
    for what, (mine, torch_s) in sorted(totals.items(), key=lambda item: -item[1][0]):
        row((what, f"{mine:.3f}", f"{torch_s:.3f}" if torch_s else "-", f"{mine / torch_s:.2f}" if torch_s else "-"), widths)
    raise SystemExit

import time

import torch
import torch.nn.functional as F

torch.set_num_threads(asked.threads)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
torch.backends.cudnn.benchmark = True
device = torch.device(asked.device)
half = torch.bfloat16 if asked.torch == "bf16" else torch.float32
parts = json.load(sys.stdin)


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize()


def clock(work, calls=4):
    seconds = []
    for at in range(asked.repeats + 1):
        wait()
        begun = time.perf_counter()
        for _ in range(calls):
            work()
        wait()
        seconds.append((time.perf_counter() - begun) / calls)
    return median(seconds[1:])


def noise(*shape, dtype=torch.float32):
    made = torch.randn(*shape, device=device, dtype=torch.float32).to(dtype)
    return made.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else made


def layer(part):
    if part["conv"]:
        stride, pad = part["conv"]["stride"], part["conv"]["pad"]
        x, w = noise(*part["x"], dtype=half), noise(*part["weight"], dtype=half)
        dy = torch.randn_like(F.conv2d(x, w, stride=stride, padding=pad))
        if part["what"] == "conv":
            return clock(lambda: F.conv2d(x, w, stride=stride, padding=pad))
        which = [part["what"] == "conv_input", part["what"] == "conv_weight", False]
        return clock(lambda: torch.ops.aten.convolution_backward(dy, x, w, None, [stride] * 2, pad, [1, 1], False, [0, 0], 1, which))
    x = noise(*part["x"], dtype=half).requires_grad_()
    channels = part["x"][1]
    weight, bias = (torch.ones(channels, device=device, requires_grad=True) for _ in range(2))
    forward = lambda: F.relu(F.batch_norm(x, None, None, weight, bias, training=True), inplace=True)
    if part["what"] == "norm":
        with torch.no_grad():
            return clock(forward)
    y = forward()
    dy = torch.randn_like(y)
    return clock(lambda: torch.autograd.grad(y, (x, weight, bias), dy, retain_graph=True))


# The parameters as PyTorch keeps them: a tensor each, as many numbers as the convolutions have.
shapes = [part["weight"] for part in parts if part["what"] == "conv" for _ in range(part["times"])]
w, g, s, b = ([torch.randn(*shape, device=device) * 0.01 for shape in shapes] for _ in range(4))


def perturb():
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(g))) + 1e-12
    return torch._foreach_add(w, torch._foreach_mul(g, 0.1 / norm))


def update():
    ratio = torch._foreach_div(s, torch._foreach_add(g, 1e-8))
    d = [torch.where((r > 0) & (r < 1), 0.5 * t, t) for r, t in zip(ratio, s)]
    torch._fused_sgd_(w, d, b, weight_decay=5e-4, momentum=0.9, lr=1e-6, dampening=0.0, nesterov=False, maximize=False, is_first_step=False)


one = torch.ones(1, device=device)
passes = {"perturb": perturb, "update": update, "read": lambda: one.item()}
answers = []
for part in parts:
    if part["x"]:
        answers.append(layer(part))
    else:
        work = passes.get(part["what"])
        answers.append(clock(work) if work else None)
print(json.dumps(answers))
