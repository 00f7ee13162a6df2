"""An epoch with its data and its test pass: ours against PyTorch's, in turn.

Usage: epoch.py [--device cpu|cuda] [--rounds 5] [--precision auto|bf16] [--case SIDE,BATCH,CHANNELS] [--train N] [--test N]

Defaults are those of CIFAR-10 and ResNet-18: 50,000 and 10,000 images of 32x32, batch 128. Both sides shuffle, crop, mirror
and normalize; PyTorch does so on the device, as ours does on CUDA. Of each of our runs the second epoch counts (the first
one tunes), with probes off; of PyTorch's each but the first.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from ours import BINARY, median, row

asked = argparse.ArgumentParser(description="an epoch, ours against PyTorch's")
asked.add_argument("--device", default="cpu")
asked.add_argument("--rounds", type=int, default=5)
asked.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
asked.add_argument("--precision", default="auto")
asked.add_argument("--method", default="saner")
asked.add_argument("--case", default="32,128,64", help="side, batch, channels of the first stage")
asked.add_argument("--train", type=int, default=50000)
asked.add_argument("--test", type=int, default=10000)
asked.add_argument("--forms", help="forms of PyTorch, by commas")
asked = asked.parse_args()
half = "-bf16" if asked.precision == "bf16" else ""
forms = (asked.forms or ("channels-last,compile" + (",graphs" if asked.device != "cpu" else ""))).split(",")
side, batch, channels = map(int, asked.case.split(","))
python = os.environ.get("SANER_TUI_PYTHON", "python3")
script = pathlib.Path(__file__).with_name("torch_step.py")
command = [python, "-B", str(script), asked.device, str(side), str(batch), str(channels), str(asked.threads)]
worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


def torch(form):
    question = {"form": form + half, "method": asked.method, "epoch": [asked.train, asked.test], "repeats": 1}
    worker.stdin.write(json.dumps(question) + "\n")
    return json.loads(worker.stdout.readline())


def ours():
    sets = {
        "method.name": asked.method,
        "model.name": "resnet18",
        "model.width": channels / 64,
        "data.size": side,
        "data.batch": batch,
        "data.train_size": asked.train,
        "data.test_size": asked.test,
        "data.augment": "true",
        "schedule.epochs": 2,
        "probe.groups_every": 0,
        "probe.dominance_every": 0,
        "checkpoint.every": 0,
    }
    with tempfile.TemporaryDirectory() as runs:
        line = [BINARY, "run", "shapes", "--plain", "--device", asked.device, "--threads", asked.threads, "--precision", asked.precision, "--runs", runs]
        line += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
        subprocess.run(list(map(str, line)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        (log,) = pathlib.Path(runs).glob("*/metrics.jsonl")
        ends = [line for line in map(json.loads, log.open()) if "epoch_end" in line]
        return ends[-1]["time/epoch_s"]


running = []
for form in forms:
    answer = torch(form)
    if "fault" in answer:
        print(f"PyTorch {form} does not run here: {answer['fault']}")
    else:
        running.append(form)
widths = (8, 10, 12, 16, 12)
row(("round", "ours s", "PyTorch s", "its form", "ratio"), widths)
ratios = []
for at in range(asked.rounds):
    mine = ours()
    theirs = {form: torch(form)["epoch_s"][0] for form in running}
    best = min(theirs, key=theirs.get)
    ratios.append(mine / theirs[best])
    row((at + 1, f"{mine:.3f}", f"{theirs[best]:.3f}", best + half, f"{ratios[-1]:.2f}"), widths)
worker.stdin.close()
worker.wait()
print(f"ours over PyTorch's best: {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
