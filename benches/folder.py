"""A folder of small images beside the binary files made from it: images a second, and that both give the same labels.

Usage: folder.py FOLDER [--rounds 5] [--recipe cifar10-sym25-sgd] [--set section.key=value]...

FOLDER holds train/CLASS and test/CLASS of 32x32 images in the official order within each class, with ten classes. The
binary files hold the pixels that Pillow decodes, written in the order in which the program reads the folder.
"""

import argparse
import csv
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from ours import BINARY, row

try:
    from PIL import Image
except ImportError:
    sys.exit("folder.py needs Pillow: pip install pillow")

asked = argparse.ArgumentParser(description="image folder against binary files")
asked.add_argument("folder", type=pathlib.Path)
asked.add_argument("--rounds", type=int, default=5)
asked.add_argument("--recipe", default="cifar10-sym25-sgd")
asked.add_argument("--device", default="cpu")
asked.add_argument("--set", action="append", default=["model.name=resnet8", "model.width=0.5", "schedule.epochs=1"])
asked = asked.parse_args()


def natural(path):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]


def records(part):
    classes = sorted((path for path in (asked.folder / part).iterdir() if path.is_dir()), key=natural)
    for label, folder in enumerate(classes):
        for path in sorted(folder.iterdir(), key=natural):
            pixels = Image.open(path).convert("RGB")
            yield bytes([label]) + b"".join(channel.tobytes() for channel in pixels.split())


def pack(out):
    out.mkdir()
    whole = list(records("train"))
    for number in range(5):
        (out / f"data_batch_{number + 1}.bin").write_bytes(b"".join(whole[10000 * number : 10000 * (number + 1)]))
    (out / "test_batch.bin").write_bytes(b"".join(records("test")))


def run(runs, data, *sets):
    command = [BINARY, "run", asked.recipe, "--plain", "--device", asked.device, "--runs", runs, "--data", data]
    command += [part for value in [*asked.set, *sets] for part in ("--set", value)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    newest = max(pathlib.Path(runs).iterdir())
    lines = [json.loads(line) for line in (newest / "metrics.jsonl").read_text().splitlines()]
    rate = [line for line in lines if line.get("epoch_end")][-1]["images_per_s"]
    given = [(cells["true"], cells["given"]) for cells in csv.DictReader((newest / "labels.csv").open())]
    return rate, given, lines[0]["train/loss"]


with tempfile.TemporaryDirectory() as place:
    place = pathlib.Path(place)
    pack(place / "cifar-10-batches-bin")
    folder = asked.folder.resolve()
    ratios, widths = [], (8, 12, 12, 8, 12, 12)
    row(("round", "folder im/s", "binary im/s", "ratio", "same labels", "first losses"), widths)
    for number in range(asked.rounds):
        of_folder, of_binary = f"{place}/runs-f{number}", f"{place}/runs-b{number}"
        order = [(of_folder, folder.parent, ("data.name=folder", f"data.folder={folder.name}", "data.size=32")), (of_binary, place, ())]
        found = {runs: run(runs, str(data), *sets) for runs, data, sets in (order if number % 2 == 0 else order[::-1])}
        (rate, labels, loss), (rate_binary, labels_binary, loss_binary) = found[of_folder], found[of_binary]
        ratios.append(rate / rate_binary)
        same = labels == labels_binary
        row((number, f"{rate:.0f}", f"{rate_binary:.0f}", f"{ratios[-1]:.3f}", same, f"{loss:.4f} {loss_binary:.4f}"), widths)
    print(f"folder over binary, median: {statistics.median(ratios):.3f}")
