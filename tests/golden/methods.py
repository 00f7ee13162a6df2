"""Golden vectors: every variant, rule and base optimizer for three steps on a logistic toy, in plain NumPy f64.

Written from the formulas of the papers and sharing nothing with the program. `python3 methods.py > methods.json` writes
what `src/engine/optim/tests.rs` compares with; `tests/parity.rs` checks that the file is what this script prints.
"""

import json
import math

import numpy as np

X = np.array([[2, 1, 0.5, 0], [1.5, -0.5, 1, 1], [-1, 0.5, 1.5, -0.5], [-2, -1, 0, 0.5], [1, 2, -1, 1.5], [-1.5, 1, -0.5, -1]])
Y = np.array([0.0, 0, 1, 0, 0, 1])
W0 = np.array([1.0, -1, 1.5, 1.5])
# Two tensors: body.bias holds the first two numbers, linear.weight the others.
SLOTS = [("body.bias", 0, 2), ("linear.weight", 2, 4)]
LR, MU, DECAY, RHO, ALPHA, SEED = 0.1, 0.9, 5e-4, 0.5, 0.5, 42
M64 = (1 << 64) - 1


def grad(w):
    z = X @ w
    return X.T @ (1 / (1 + np.exp(-z)) - Y) / len(Y)


def norm(v):
    return math.sqrt(float(v @ v))


def mix64(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & M64
    return x ^ (x >> 31)


def places(step, slot, n):
    key = ((SEED * 0x9E3779B97F4A7C15) & M64) ^ ((step * 0xA24BAED4963EE407) & M64)
    key = (key + (slot + 1) * 0xD1B54A32D192ED03) & M64
    want = 1 + mix64(key) % (n - 1)
    stride = next(s for s in list(range(want, n)) + list(range(1, want)) if math.gcd(s, n) == 1)
    first = mix64(key ^ 0x9E3779B97F4A7C15) % n
    return [(first + i * stride) % n for i in range(n)]


class Run:
    def __init__(self, variant, rule, o):
        self.variant, self.rule, self.o = variant, rule, o
        self.w, self.b, self.v = W0.copy(), np.zeros(4), np.zeros(4)
        self.e = self.mean = None
        self.held = np.zeros(4)
        self.t = 0

    def get(self, key, default):
        return self.o.get(key, default)

    def climb(self, g):
        if self.variant == "asam":
            t = np.abs(self.w) + self.get("method.eta", 0.0)
            if self.get("method.scope", "all") == "weights":
                t[:2] = 1.0
            return RHO * t * t * g / (norm(t * g) + 1e-12)
        q = g
        if self.variant == "fsam":
            lam = self.get("method.lambda", 0.9)
            if self.e is None:
                self.e = g.copy()
            else:
                q = g - self.get("method.sigma", 1.0) * self.e
                self.e = lam * self.e + (1 - lam) * g
        if self.variant == "vasso":
            theta = self.get("method.theta", 0.2)
            self.e = g.copy() if self.e is None else (1 - theta) * self.e + theta * g
            q = self.e
        return RHO * q / (norm(q) + 1e-12)

    def reweight(self, g, s):
        tau = self.get("method.tau", 1.0)
        r = s / g
        group = np.where(r >= tau, "A", np.where((r > 0) & (r < tau), "B", "C"))
        alpha = np.full(4, ALPHA)
        for name, a, b in SLOTS:
            for row in self.get("method.layers", []):
                prefix, part = row.split("=")
                if prefix == "*" or name.startswith(prefix):
                    alpha[a:b] = 1 - float(part) * (1 - ALPHA)
        if self.rule == "saner-last":
            alpha[:2] = 1.0
        mask, soft = group == "B", np.zeros(4)
        if self.rule.startswith("sgd-gr-"):
            return np.where(group == self.rule[-1].upper(), g, s)
        if self.rule.startswith("sam-gr-"):
            return np.where(group == self.rule[-1].upper(), s, g)
        if self.rule == "saner-power":
            soft = np.where(mask, (np.abs(r) / tau) ** (self.get("method.power", 4.0) - 1), 0)
        if self.rule == "saner-exp":
            soft = np.exp(-self.get("method.exp_rate", 1.0) * r)
        if self.rule == "saner-two-level":
            soft = np.where(r < self.get("method.split", 0.5), 0, 1 - self.get("method.high", 0.5))
        if self.rule == "saner-bc":
            mask = r < tau
        if self.rule == "saner-abs":
            mask = np.abs(r) < tau
        if self.rule == "saner-quantile":
            mask = r < np.sort(r)[int(self.get("method.quantile", 0.3) * 4)]
        if self.rule == "saner-persistent":
            self.held = np.where(mask, self.held + 1, 0)
            mask = self.held >= self.get("method.hold", 2)
        if self.rule == "saner-mean":
            decay = self.get("method.mean_decay", 0.9)
            self.mean = g.copy() if self.mean is None else decay * self.mean + (1 - decay) * g
            mask = (s / self.mean > 0) & (s / self.mean < tau)
        if self.rule == "saner-random":
            moved = mask.copy()
            for slot, (_, a, b) in enumerate(SLOTS):
                moved[a:b] = mask[a:b][places(self.t, slot, b - a)]
            mask = moved
        outside = np.where(group == "A", self.get("method.alpha_a", 1.0), self.get("method.alpha_c", 1.0))
        return np.where(mask, s * (alpha + (1 - alpha) * soft), s * outside)

    def step(self):
        g = grad(self.w)
        if self.variant == "sgd":
            d = g
        else:
            s = grad(self.w + self.climb(g))
            if self.variant == "gsam":
                across = g - (g @ s) / (norm(g) * norm(s)) * norm(g) * s / norm(s)
                s = s - self.get("method.gsam_alpha", 0.01) * across
            d = self.reweight(g, s) if self.rule else s
            if self.get("method.preserve_norm", False):
                d = d * norm(s) / (norm(d) + 1e-12)
        clip = self.get("schedule.clip", 0.0)
        if clip and norm(d) > clip:
            d = d * clip / (norm(d) + 1e-12)
        self.t += 1
        if self.get("schedule.optimizer", "sgd") == "adamw":
            b2 = self.get("schedule.beta2", 0.999)
            self.b = MU * self.b + (1 - MU) * d
            self.v = b2 * self.v + (1 - b2) * d * d
            m, v = self.b / (1 - MU**self.t), self.v / (1 - b2**self.t)
            self.w = self.w - LR * (DECAY * self.w + m / (np.sqrt(v) + 1e-8))
        else:
            self.b = MU * self.b + d + DECAY * self.w
            self.w = self.w - LR * self.b
        return self.w.tolist()


VARIANTS = ["sam", "asam", "gsam", "fsam", "vasso"]
RULES = ["saner", "saner-power", "saner-exp", "saner-two-level", "saner-bc", "saner-abs", "saner-quantile", "saner-persistent"]
RULES += ["saner-mean", "saner-random", "saner-last"] + [f"{kind}-gr-{x}" for kind in ("sgd", "sam") for x in "abc"]
CASES = [("sgd", "", {})]
CASES += [(variant, rule, {}) for variant in VARIANTS for rule in [""] + RULES]
CASES += [
    ("asam", "saner", {"method.scope": "weights", "method.eta": 0.01}),
    ("gsam", "saner", {"method.gsam_alpha": 0.4}),
    ("fsam", "saner", {"method.sigma": 0.5, "method.lambda": 0.6}),
    ("vasso", "saner", {"method.theta": 0.9}),
    ("sam", "saner", {"method.tau": 1.1}),
    ("sam", "sgd-gr-b", {"method.tau": 1.1}),
    ("sam", "saner", {"method.alpha_a": 0.8, "method.alpha_c": 1.5}),
    ("sam", "saner-power", {"method.power": 2.5}),
    ("sam", "saner-exp", {"method.exp_rate": 3.0, "method.tau": 1.2}),
    ("sam", "saner-two-level", {"method.split": 0.7, "method.high": 0.25}),
    ("sam", "saner-quantile", {"method.quantile": 0.75}),
    ("sam", "saner-persistent", {"method.hold": 3}),
    ("sam", "saner-mean", {"method.mean_decay": 0.5}),
    ("sam", "saner", {"method.layers": ["*=0", "linear=0.4"]}),
    ("sam", "saner", {"method.preserve_norm": True}),
    ("sam", "saner", {"schedule.clip": 0.3}),
    ("sgd", "", {"schedule.optimizer": "adamw"}),
    ("sam", "saner", {"schedule.optimizer": "adamw", "schedule.beta2": 0.99}),
    ("gsam", "saner-bc", {"schedule.optimizer": "adamw", "method.preserve_norm": True, "schedule.clip": 0.5}),
]


def main():
    cases = []
    for variant, rule, options in CASES:
        run = Run(variant, rule, options)
        name = f"{variant}+{rule}" if rule else variant
        cases.append({"method": name, "set": options, "w": [run.step() for _ in range(3)]})
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


main()
