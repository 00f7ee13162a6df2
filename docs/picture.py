#!/usr/bin/env python3
"""Makes the pictures of docs/ from the real program: runs it in tmux, steers it, and turns what it drew into SVGs.

Usage: docs/picture.py BINARY [WIDTH HEIGHT [FOLDER]]   (needs tmux)
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

from drawn import Session, svg

binary = os.path.abspath(sys.argv[1])
width, height = map(int, sys.argv[2:4]) if len(sys.argv) > 3 else (120, 40)
folder = pathlib.Path(sys.argv[4] if len(sys.argv) > 4 else pathlib.Path(__file__).parent / "tabs")
runs = tempfile.mkdtemp()
# Name of a picture, and the keys that lead to it from the one before.
SCENES = [
    ("live", []),
    ("saner", ["3"]),
    ("samples", ["Tab"]),
    ("charts", ["2"]),
    ("inspect", ["1", "i", "Right", "Right", "Right"]),
    ("runs", ["Escape", "4"]),
    ("timeline", ["5", "Down"]),
    ("logs", ["6"]),
    ("help", ["?"]),
    ("palette", ["Escape", ":", "s", "e"]),
]

# Long enough to be steered, and with more labels than are soon memorised.
SETS = ["schedule.epochs=60", "method.k=30", "data.train_size=2560", "probe.samples_every=10"]
# Runs before, so that there is something to compare with.
for method, seed in (("sam", 42), ("saner", 43), ("saner", 44)):
    command = [binary, "--runs", runs, "run", "shapes", "--name", method, "--plain", f"--seed={seed}"]
    sets = [f"method.name={method}", *SETS]
    subprocess.run(command + [part for value in sets for part in ("--set", value)], capture_output=True)
session = Session(f"{binary} run shapes --name saner " + " ".join(f"--set {value}" for value in SETS), width, height, SANER_TUI_RUNS=runs)
drawn = {}
try:
    time.sleep(2.5)
    for keys in (["e"], ["-l", "0.3"], ["Enter"], ["Enter"], ["Tab"]):
        session.key(*keys)
        time.sleep(0.4)
    time.sleep(1)
    for name, keys in SCENES:
        for key in keys:
            session.key(key)
            time.sleep(0.3)
        time.sleep(0.7)
        drawn[name] = session.lines()
finally:
    session.leave()

folder.mkdir(exist_ok=True)
for name, lines in drawn.items():
    target = folder / f"{name}.svg"
    target.write_text(svg(lines, width, height))
    print(target)
