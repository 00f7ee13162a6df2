"""Launches and host time of a step on CUDA, counted without a card.

Usage: launches.py [--model resnet18] [--batch 128] [--method saner] [--precision auto|bf16] [--steps 20] [--set section.key=value]...

Puts a driver in the place of libcuda.so.1 that computes nothing (launches/driver.c) and the real NVRTC (from the CUDA
toolkit, or from a Python with torch: SANER_TUI_PYTHON) beside it. The program then goes its real CUDA way: every kernel is
generated and compiled for compute capability 9.0, tuned (by times that mean nothing), launched and counted. What passes
between two steps is the host's own time: a card that is done sooner would wait for it.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile

from ours import BINARY, row

# The kernels of src/gpu: each must have been compiled and launched by a step or a run.
OURS = "moments put_together transform sum_parts grad_input squares add_scaled update none_broken choose count gather copy move_apart see put_apart".split()

asked = argparse.ArgumentParser(description="launches of a step")
asked.add_argument("--model", default="resnet18")
asked.add_argument("--batch", default="128")
asked.add_argument("--method", default="saner")
asked.add_argument("--precision", default="auto")
asked.add_argument("--steps", type=int, default=20)
asked.add_argument("--set", action="append", default=[])
asked = asked.parse_args()
python = os.environ.get("SANER_TUI_PYTHON", "python3")


def nvrtc():
    """The folder that holds the newest libnvrtc."""
    where = subprocess.run([python, "-c", "import sys; print('\\n'.join(sys.path))"], stdout=subprocess.PIPE, text=True).stdout.split("\n")
    places = [pathlib.Path(path) / "nvidia" for path in where if path] + [pathlib.Path("/usr/local/cuda"), pathlib.Path("/usr/lib")]
    found = sorted((path for place in places if place.is_dir() for path in place.rglob("libnvrtc.so*")), key=lambda path: path.name)
    if not found:
        raise SystemExit("no NVRTC: install the CUDA toolkit's, or name a Python with torch (SANER_TUI_PYTHON)")
    return found[-1].parent


with tempfile.TemporaryDirectory() as place:
    here = pathlib.Path(place)
    source = pathlib.Path(__file__).with_name("launches") / "driver.c"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", here / "libcuda.so.1", source], check=True)
    (here / "libcuda.so").symlink_to("libcuda.so.1")
    # CubeCL keeps what it tuned under the home folder: these times must not stay there.
    library = nvrtc()
    paths = {"LD_LIBRARY_PATH": f"{here}:{library}", "CUDA_PATH": str(library.parent), "HOME": place, "XDG_CACHE_HOME": place, "SANER_TUI_COUNTS": str(here / "counts")}

    def command(*words):
        done = subprocess.run([BINARY, *words], env={**os.environ, **paths}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=place)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}")
        return done.stdout.splitlines(), json.loads((here / "counts").read_text())

    def run(repeats):
        words = ["bench", "--json", "--device", "cuda", "--model", asked.model, "--batch", asked.batch, "--method", asked.method]
        words += ["--precision", asked.precision, "--repeats", str(repeats)] + [part for value in asked.set for part in ("--set", value)]
        lines, counts = command(*words)
        return json.loads(lines[-1]), counts

    run(1)  # compiles and tunes; both stay in the folder
    (_, few), (timed, many) = run(2), run(2 + asked.steps)
    widths = (12, 10)
    row(("a step", ""), widths)
    for what in ("launches", "copies_in", "copies_out", "allocations", "waits"):
        row((what, f"{(many[what] - few[what]) / asked.steps:.1f}"), widths)
    def of(counts):
        found = {}
        for name, times in counts["of"]:
            found[name] = found.get(name, 0) + times
        return found

    row(("host ms", f"{1e3 * timed['step_s']['median']:.2f}"), widths)
    row(("kernels", many["kernels"]), widths)
    print("launches by kernel:")
    before, after = of(few), of(many)
    names = {name: (after[name] - before.get(name, 0)) / asked.steps for name in after}
    for name in sorted(names, key=lambda name: -names[name]):
        if names[name] > 0:
            row((name, f"{names[name]:.1f}"), (60, 8))
    # A whole run: data on the device, probes, test passes. Every number is 1, so nothing is learnt and nothing is wrong.
    _, whole = command("run", "smoke", "--plain", "--device", "cuda", "--runs", str(here / "runs"), "--set", "method.name=saner")
    met = {name for name, times in [*many["of"], *whole["of"]] if times > 0}
    missing = [own for own in OURS if not any(name == own or name.startswith((f"{own}_n_", f"{own}_e_")) for name in met)]
    print(f"kernels of src/gpu that were compiled and launched: {len(OURS) - len(missing)} of {len(OURS)}" + (f"; not: {', '.join(missing)}" if missing else ""))
    raise SystemExit(bool(missing))
