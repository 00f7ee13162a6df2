"""The other architectures as PyTorch has them, written for these checks only: names and layouts are what ours must fit."""

import torch
import torch.nn.functional as F
from resnet import ResNet
from torch import nn


def conv(a, b, k, s=1, p=None, bias=False):
    return nn.Conv2d(a, b, k, s, k // 2 if p is None else p, bias=bias)


class TorchvisionBlock(nn.Module):
    def __init__(self, a, b, s):
        super().__init__()
        self.conv1, self.bn1 = conv(a, b, 3, s), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = conv(b, b, 3), nn.BatchNorm2d(b)
        self.downsample = nn.Sequential(conv(a, b, 1, s), nn.BatchNorm2d(b)) if s != 1 or a != b else None

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ImageNetResNet(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        of = [max(1, round(64 * 2**i * width)) for i in range(4)]
        self.conv1, self.bn1 = conv(3, of[0], 7, 2), nn.BatchNorm2d(of[0])
        a = of[0]
        for i, b in enumerate(of):
            setattr(self, f"layer{i + 1}", nn.Sequential(TorchvisionBlock(a, b, 2 if i else 1), TorchvisionBlock(b, b, 1)))
            a = b
        self.fc = nn.Linear(a, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for i in range(4):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.fc(x.mean((2, 3)))


class WideBlock(nn.Module):
    def __init__(self, a, b, s):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(a), conv(a, b, 3, s)
        self.bn2, self.conv2 = nn.BatchNorm2d(b), conv(b, b, 3)
        self.convShortcut = conv(a, b, 1, s) if a != b else None

    def forward(self, x):
        y = F.relu(self.bn1(x))
        around = x if self.convShortcut is None else self.convShortcut(y)
        return around + self.conv2(F.relu(self.bn2(self.conv1(y))))


class Stage(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layer = nn.Sequential(*layers)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, k, width, classes):
        super().__init__()
        of = [max(1, round(16 * k * 2**i * width)) for i in range(3)]
        self.conv1, a = conv(3, 16, 3), 16
        for i, b in enumerate(of):
            blocks = [WideBlock(a if j == 0 else b, b, 2 if i and j == 0 else 1) for j in range((depth - 4) // 6)]
            setattr(self, f"block{i + 1}", Stage(blocks))
            a = b
        self.bn1, self.fc = nn.BatchNorm2d(a), nn.Linear(a, classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


class DenseLayer(nn.Module):
    def __init__(self, a, g):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(a), conv(a, 4 * g, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(4 * g), conv(4 * g, g, 3)

    def forward(self, x):
        return torch.cat([self.conv2(F.relu(self.bn2(self.conv1(F.relu(self.bn1(x)))))), x], 1)


class Transition(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.bn, self.conv = nn.BatchNorm2d(a), conv(a, a // 2, 1)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.bn(x))), 2)


class DenseNet(nn.Module):
    def __init__(self, blocks, growth, width, classes):
        super().__init__()
        g = max(1, round(growth * width))
        a = 2 * g
        self.conv1, self.n = conv(3, a, 3), len(blocks)
        for i, count in enumerate(blocks):
            setattr(self, f"dense{i + 1}", nn.Sequential(*[DenseLayer(a + j * g, g) for j in range(count)]))
            a += count * g
            if i + 1 < self.n:
                setattr(self, f"trans{i + 1}", Transition(a))
                a //= 2
        self.bn, self.linear = nn.BatchNorm2d(a), nn.Linear(a, classes)

    def forward(self, x):
        x = self.conv1(x)
        for i in range(self.n):
            x = getattr(self, f"dense{i + 1}")(x)
            if i + 1 < self.n:
                x = getattr(self, f"trans{i + 1}")(x)
        return self.linear(F.relu(self.bn(x)).mean((2, 3)))


class Unit(nn.Module):
    def __init__(self, a, b, k, s=1, p=0):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(a, b, k, s, p, bias=False), nn.BatchNorm2d(b, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.n = len(branches)
        for i, branch in enumerate(branches):
            setattr(self, f"branch{i}", branch)

    def forward(self, x):
        return torch.cat([getattr(self, f"branch{i}")(x) for i in range(self.n)], 1)


class Residual(Mixed):
    def __init__(self, joined, channels, scale, relu, *branches):
        super().__init__(*branches)
        self.conv2d, self.scale, self.relu = nn.Conv2d(joined, channels, 1), scale, relu

    def forward(self, x):
        y = self.conv2d(super().forward(x)) * self.scale + x
        return F.relu(y) if self.relu else y


class InceptionResNetV2(nn.Module):
    def __init__(self, width, classes):
        super().__init__()

        def c(n):
            return max(1, round(n * width))

        def u(a, b, k, s=1, p=0):
            return Unit(c(a), c(b), k, s, p)

        S = nn.Sequential
        self.conv2d_1a = Unit(3, c(32), 3, 2)
        self.conv2d_2a, self.conv2d_2b = u(32, 32, 3), u(32, 64, 3, 1, 1)
        self.conv2d_3b, self.conv2d_4a = u(64, 80, 1), u(80, 192, 3)
        self.mixed_5b = Mixed(
            u(192, 96, 1),
            S(u(192, 48, 1), u(48, 64, 5, 1, 2)),
            S(u(192, 64, 1), u(64, 96, 3, 1, 1), u(96, 96, 3, 1, 1)),
            S(nn.AvgPool2d(3, 1, 1, count_include_pad=False), u(192, 64, 1)),
        )

        def b35():
            b2 = S(u(320, 32, 1), u(32, 48, 3, 1, 1), u(48, 64, 3, 1, 1))
            return Residual(c(32) + c(32) + c(64), c(320), 0.17, True, u(320, 32, 1), S(u(320, 32, 1), u(32, 32, 3, 1, 1)), b2)

        def b17():
            b1 = S(u(1088, 128, 1), u(128, 160, (1, 7), 1, (0, 3)), u(160, 192, (7, 1), 1, (3, 0)))
            return Residual(2 * c(192), c(1088), 0.10, True, u(1088, 192, 1), b1)

        def b8(scale, relu):
            b1 = S(u(2080, 192, 1), u(192, 224, (1, 3), 1, (0, 1)), u(224, 256, (3, 1), 1, (1, 0)))
            return Residual(c(192) + c(256), c(2080), scale, relu, u(2080, 192, 1), b1)

        self.repeat = S(*[b35() for _ in range(10)])
        self.mixed_6a = Mixed(u(320, 384, 3, 2), S(u(320, 256, 1), u(256, 256, 3, 1, 1), u(256, 384, 3, 2)), nn.MaxPool2d(3, 2))
        self.repeat_1 = S(*[b17() for _ in range(20)])
        self.mixed_7a = Mixed(
            S(u(1088, 256, 1), u(256, 384, 3, 2)),
            S(u(1088, 256, 1), u(256, 288, 3, 2)),
            S(u(1088, 256, 1), u(256, 288, 3, 1, 1), u(288, 320, 3, 2)),
            nn.MaxPool2d(3, 2),
        )
        self.repeat_2 = S(*[b8(0.2, True) for _ in range(9)])
        self.block8 = b8(1.0, False)
        self.conv2d_7b, self.last_linear = u(2080, 1536, 1), nn.Linear(c(1536), classes)

    def forward(self, x):
        x = F.max_pool2d(self.conv2d_2b(self.conv2d_2a(self.conv2d_1a(x))), 3, 2)
        x = F.max_pool2d(self.conv2d_4a(self.conv2d_3b(x)), 3, 2)
        x = self.repeat_1(self.mixed_6a(self.repeat(self.mixed_5b(x))))
        x = self.conv2d_7b(self.block8(self.repeat_2(self.mixed_7a(x))))
        return self.last_linear(x.mean((2, 3)))


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.qkv, self.proj, self.heads = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim), heads

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d))


class Patch(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, 4, 4)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class VitBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, 1e-6), Attention(dim, heads)
        self.norm2, self.mlp = nn.LayerNorm(dim, 1e-6), Mlp(dim, 4 * dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    def __init__(self, width, classes, side=32):
        super().__init__()
        dim = 3 * max(1, round(192 * width / 3))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, (side // 4) ** 2 + 1, dim))
        self.patch_embed = Patch(dim)
        self.blocks = nn.Sequential(*[VitBlock(dim, 3) for _ in range(6)])
        self.norm, self.head = nn.LayerNorm(dim, 1e-6), nn.Linear(dim, classes)

    def forward(self, x):
        x = self.patch_embed(x)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


class MixerBlock(nn.Module):
    def __init__(self, dim, tokens):
        super().__init__()
        self.norm1, self.mlp_tokens = nn.LayerNorm(dim, 1e-6), Mlp(tokens, dim // 2)
        self.norm2, self.mlp_channels = nn.LayerNorm(dim, 1e-6), Mlp(dim, 4 * dim)

    def forward(self, x):
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.mlp_channels(self.norm2(x))


class Mixer(nn.Module):
    def __init__(self, width, classes, side=32):
        super().__init__()
        dim = 2 * max(1, round(192 * width / 2))
        self.stem = Patch(dim)
        self.blocks = nn.Sequential(*[MixerBlock(dim, (side // 4) ** 2) for _ in range(6)])
        self.norm, self.head = nn.LayerNorm(dim, 1e-6), nn.Linear(dim, classes)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x))).mean(1))


def build(name, width, classes, side):
    if name == "resnet18-imagenet":
        return ImageNetResNet(width, classes)
    if name.startswith("wrn-"):
        _, depth, k = name.split("-")
        return WideResNet(int(depth), int(k), width, classes)
    if name == "densenet121":
        return DenseNet([6, 12, 24, 16], 32, width, classes)
    if name == "inception-resnet-v2":
        return InceptionResNetV2(width, classes)
    if name == "vit":
        return Vit(width, classes, side)
    if name == "mixer":
        return Mixer(width, classes, side)
    return ResNet(name, width, classes)
