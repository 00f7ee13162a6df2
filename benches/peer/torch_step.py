"""PyTorch's side of the comparison: the same step, each form of it that PyTorch offers, timed slice by slice.

A worker: reads one JSON object a line (`{"form": ..., "method": ..., "repeats": n}`), answers one (`{"step_s": [...]}`),
so that models stay built and compiled between slices. With `"epoch": [train, test]` it answers `{"epoch_s": [...]}`, each a
whole epoch with data and a test pass; the images lie on the device and are shuffled, cropped and mirrored there. Forms: eager, channels-last, compile, and on CUDA also graphs
(compile with CUDA graphs), each with -bf16 behind it for autocast.

Usage: torch_step.py DEVICE SIDE BATCH CHANNELS THREADS
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

device, side, batch, channels, threads = sys.argv[1], *map(int, sys.argv[2:6])
torch.set_num_threads(threads)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
torch.backends.cudnn.benchmark = True
RHO, ALPHA = 0.1, 0.5


class Block(nn.Module):
    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.around = nn.Identity()
        if stride != 1 or n_in != n_out:
            self.around = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        y += self.around(x)
        return F.relu(y, inplace=True)


def network():
    layers = [nn.Conv2d(3, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
    n_in = channels
    for stage in range(4):
        for block in range(2):
            layers.append(Block(n_in, channels << stage, 2 if stage > 0 and block == 0 else 1))
            n_in = channels << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_in, 10)).to(device)


class Stepper:
    """One step of SGD, SAM or SANER with foreach operations and the fused optimizer where there is one."""

    def __init__(self, form):
        torch.manual_seed(0)
        self.half = form.endswith("-bf16")
        form = form.removesuffix("-bf16")
        layout = torch.contiguous_format if form == "eager" else torch.channels_last
        self.net = network().to(memory_format=layout)
        self.x = torch.randn(batch, 3, side, side, device=device).contiguous(memory_format=layout)
        self.y = torch.randint(0, 10, (batch,), device=device)
        self.params = list(self.net.parameters())
        self.optimizer = torch.optim.SGD(self.params, lr=1e-3, momentum=0.9, weight_decay=5e-4, fused=True)
        self.loss = self.forward
        if form in ("compile", "graphs"):
            self.loss = torch.compile(self.forward, mode="max-autotune" if form == "graphs" else None)

    def forward(self, x, y):
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.half):
            return F.cross_entropy(self.net(x).float(), y)

    def gradient(self):
        torch.compiler.cudagraph_mark_step_begin()
        loss = self.loss(self.x, self.y)
        return loss, torch.autograd.grad(loss, self.params)

    def step(self, method):
        return self.queue(method).item()  # waits, as ours does

    def queue(self, method):
        loss, g = self.gradient()
        if method != "sgd":
            g = [t.clone() for t in g] if device != "cpu" else g  # CUDA graphs reuse their memory
            with torch.no_grad():
                norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(g))) + 1e-12
                eps = torch._foreach_mul(g, RHO / norm)
                torch._foreach_add_(self.params, eps)
            _, s = self.gradient()
            with torch.no_grad():
                torch._foreach_sub_(self.params, eps)
                if method == "saner":
                    ratio = torch._foreach_div(s, torch._foreach_add(g, 1e-8))
                    s = [torch.where((r > 0) & (r < 1), ALPHA * t, t) for r, t in zip(ratio, s)]
            g = s
        for p, t in zip(self.params, g):
            p.grad = t
        self.optimizer.step()
        return loss.detach().clone()

    def time(self, method, repeats):
        times = []
        for at in range(repeats + 3):
            begun = time.perf_counter()
            self.step(method)
            if at >= 3:
                times.append(time.perf_counter() - begun)
        return times


    def batch_of(self, images, labels, index, plain=False):
        """Random crops with padding side / 8, mirrored or not, made on the device."""
        seen = images[index]
        if not plain:
            pad = side // 8
            padded = F.pad(seen, (pad, pad, pad, pad))
            steps = torch.arange(side, device=device)
            rows, columns = (torch.randint(0, 2 * pad + 1, (len(index), 1), device=device) + steps for _ in range(2))
            columns = torch.where(torch.rand(len(index), 1, device=device) < 0.5, columns, columns.flip(1))
            seen = padded[torch.arange(len(index), device=device)[:, None, None, None], torch.arange(3, device=device)[None, :, None, None], rows[:, None, :, None], columns[:, None, None, :]]
        layout = torch.channels_last if self.x.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
        return ((seen.float() - 125.0) / 63.0).contiguous(memory_format=layout), labels[index]

    def epoch(self, method, train, test):
        images = torch.randint(0, 256, (train + test, 3, side, side), dtype=torch.uint8, device=device)
        labels = torch.randint(0, 10, (train + test,), device=device)
        begun = time.perf_counter()
        self.net.train()
        losses = []
        for index in torch.randperm(train, device=device)[: train // batch * batch].split(batch):
            self.x, self.y = self.batch_of(images, labels, index)
            losses.append(self.queue(method))
        total = torch.stack(losses).sum()
        self.net.eval()
        right = torch.zeros((), device=device)
        with torch.no_grad():
            for index in torch.arange(train, train + test, device=device).split(128):
                x, y = self.batch_of(images, labels, index, plain=True)
                with torch.autocast(x.device.type, torch.bfloat16, enabled=self.half):
                    right += (self.net(x).argmax(1) == y).sum()
        self.net.train()
        torch.stack([total, right]).tolist()  # waits
        return time.perf_counter() - begun


steppers = {}
for line in sys.stdin:
    asked = json.loads(line)
    try:
        if asked["form"] not in steppers:
            steppers[asked["form"]] = Stepper(asked["form"])
        stepper = steppers[asked["form"]]
        if "epoch" in asked:
            answer = {"epoch_s": [stepper.epoch(asked["method"], *asked["epoch"]) for _ in range(asked["repeats"])]}
        else:
            answer = {"step_s": stepper.time(asked["method"], asked["repeats"])}
    except Exception as fault:  # a form that this machine cannot run is a result too
        answer = {"fault": str(fault).splitlines()[0] if str(fault) else type(fault).__name__}
    answer["peak_bytes"] = torch.cuda.max_memory_allocated() if device != "cpu" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(answer), flush=True)
