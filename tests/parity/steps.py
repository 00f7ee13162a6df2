"""SANER written once more, from the formula alone, in PyTorch. Shares no code and no library with the program."""

import torch
import torch.nn.functional as F


def train(net, batches, method, schedule, per_epoch, guard=1e-8):
    """Yields (loss, share of A, share of B, nearest) of each step.

    `nearest` is how far the element closest to a border between groups is from it, in units of its own gradient and the
    root mean square of all: rounding in the passes moves an element by that much, so below about 1e-6 single precision
    cannot tell its group.
    """
    params = list(net.parameters())
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    buffers = [torch.zeros_like(p) for p in params]
    net.train()

    def gradient(x, y):
        loss = F.cross_entropy(net(x), y)
        return loss.item(), torch.autograd.grad(loss, params)

    for step, (x, y) in enumerate(batches):
        epoch = step // per_epoch
        ramp = 1 - (1 - method["alpha"]) * epoch / method["k"] if epoch < method["k"] else method["alpha"]
        alpha = {"saner": ramp, "sam": 1.0}[method["name"]]
        loss, g = gradient(x, y)
        norm = torch.sqrt(sum((t**2).sum() for t in g)) + 1e-12
        kept = [p.detach().clone() for p in params]
        with torch.no_grad():
            for p, t in zip(params, g):
                p += method["rho"] * t / norm
        # The second pass leaves the running statistics alone; batch statistics are used in both.
        for module in norms:
            module.momentum = 0.0
        _, s = gradient(x, y)
        for module in norms:
            module.momentum = 0.1
        a = b = n = 0
        rms = norm / sum(t.numel() for t in g) ** 0.5
        nearest = min((torch.minimum((u - t).abs(), u.abs()) / (t.abs() + rms)).min().item() for t, u in zip(g, s))
        with torch.no_grad():
            for p, w, t, u, buffer in zip(params, kept, g, s, buffers):
                ratio = u / (t + guard)
                mask = (ratio > 0) & (ratio < 1)
                a, b, n = a + (ratio >= 1).sum().item(), b + mask.sum().item(), n + mask.numel()
                d = torch.where(mask, alpha * u, u) + schedule["weight_decay"] * w
                buffer.mul_(schedule["momentum"]).add_(d)
                p.copy_(w - schedule["lr"] * buffer)
        yield loss, a / n, b / n, nearest
