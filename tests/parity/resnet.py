"""The usual PyTorch CIFAR ResNet, written for these checks only: names and layouts are what our weights must fit."""

import torch
import torch.nn.functional as F
from torch import nn

BLOCKS = {"resnet8": ([1, 1, 1], 16), "resnet18": ([2, 2, 2, 2], 64), "resnet34": ([3, 4, 6, 3], 64)}


class Block(nn.Module):
    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.shortcut = nn.Sequential()
        if stride != 1 or n_in != n_out:
            self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, name, width, n_classes):
        super().__init__()
        blocks, channels = BLOCKS[name]
        of = [max(1, round(channels * 2**i * width)) for i in range(len(blocks))]
        self.conv1 = nn.Conv2d(3, of[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(of[0])
        n_in, self.stages = of[0], len(blocks)
        for i, count in enumerate(blocks):
            layers = []
            for j in range(count):
                layers.append(Block(n_in, of[i], 2 if i > 0 and j == 0 else 1))
                n_in = of[i]
            setattr(self, f"layer{i + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(n_in, n_classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.linear(x.mean(dim=(2, 3)))


def read_safetensors(path):
    """The format is an eight-byte length, a JSON header and raw bytes: no package is needed."""
    import json
    import struct

    raw = open(path, "rb").read()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    types = {"F32": torch.float32, "I64": torch.int64}
    out = {}
    for name, info in header.items():
        if name != "__metadata__":
            begin, end = info["data_offsets"]
            data = bytearray(raw[8 + size + begin : 8 + size + end])
            out[name] = torch.frombuffer(data, dtype=types[info["dtype"]]).reshape(info["shape"])
    return out
