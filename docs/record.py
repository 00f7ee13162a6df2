#!/usr/bin/env python3
"""Records a session with the real program as docs/tabs/demo.svg, a moving picture that any browser plays.

Usage: docs/record.py BINARY [FILE]   (needs tmux)

Rows that did not change are stored once; each frame refers to them.
"""

import os
import pathlib
import sys
import tempfile
import time

from drawn import CELL_H, CELL_W, FONT, GROUND, Session, row

WIDTH, HEIGHT = 80, 24
# Frames a second while something moves; a still screen is one frame, however long it stays.
RATE = 2
# Seconds to watch, then keys; a person reads meanwhile.
STORY = [
    (3, []), (1, ["Up"]), (0.6, ["Down"]), (0.4, ["<"]), (0.4, ["<"]), (0.4, ["<"]), (0.4, ["<"]),
    (2, ["Tab"]), (0.3, ["Tab"]), (0.3, ["Tab"]), (0.3, ["Tab"]), (0.3, ["Tab"]), (2, ["Enter"]), (2.5, ["3"]), (2.5, ["Tab"]), (1, ["j"]), (1, ["j"]), (2, ["2"]),
    (2, ["1"]), (0.6, ["i"]), (0.3, ["Left"]), (0.3, ["Left"]), (0.3, ["Left"]), (0.3, ["Left"]), (1.5, ["Escape"]),
    (1, [":"]), (0.3, ["-l", "checkpoint "]), (0.3, ["-l", "before the drop"]), (1, ["Enter"]), (2, ["5"]), (2, ["1"]), (1.5, ["q"]), (2, []),
]

binary = os.path.abspath(sys.argv[1])
target = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent / "tabs" / "demo.svg")
command = f"{binary} run shapes --set schedule.epochs=300 --set method.k=150 --set data.train_size=2560 --set probe.samples_every=4"
session = Session(command, WIDTH, HEIGHT, SANER_TUI_RUNS=tempfile.mkdtemp())
frames, begun = [], time.monotonic()
try:
    for wait, keys in STORY:
        end = time.monotonic() + wait
        while time.monotonic() < end:
            lines = session.lines()
            if not frames or frames[-1][1] != lines:
                frames.append((time.monotonic() - begun, lines))
            time.sleep(max(0.0, min(1 / RATE, end - time.monotonic())))
        if keys:
            session.key(*keys)
finally:
    length = time.monotonic() - begun
    session.leave()

known, defined, shown, moves = {}, [], [], []
first = frames[0][0]
for at, (begins, lines) in enumerate(frames):
    uses = []
    for y, line in enumerate(lines):
        if not line.strip():
            continue
        if line not in known:
            known[line] = len(known)
            defined.append(f'<g id="r{known[line]}">{row(line)}</g>')
        uses.append(f'<use href="#r{known[line]}" y="{y * CELL_H}"/>')
    # Each frame is seen from its own time to that of the next.
    ends = frames[at + 1][0] if at + 1 < len(frames) else first + length
    shares = [100 * (time_ - first) / length for time_ in (begins, ends)]
    before = "" if at == 0 else "0%{visibility:hidden}"
    moves.append(f"@keyframes k{at}{{{before}{shares[0]:.2f}%{{visibility:visible}}{shares[1]:.2f}%{{visibility:hidden}}}}#f{at}{{animation-name:k{at}}}")
    shown.append(f'<g id="f{at}" class="f">{"".join(uses)}</g>')
width, height = WIDTH * CELL_W + 16, HEIGHT * CELL_H + 16
target.write_text(
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" {FONT}>\n'
    f"<style>.f{{visibility:hidden;animation:{length:.1f}s step-end infinite}}{''.join(moves)}</style>\n"
    f'<rect width="100%" height="100%" rx="6" fill="{GROUND}"/>\n<defs>' + "\n".join(defined) + "</defs>\n"
    '<g transform="translate(8 8)">' + "\n".join(shown) + "</g>\n</svg>\n"
)
print(f"{target}: {len(frames)} frames of {length:.0f} s, {len(known)} rows, {target.stat().st_size / 1000:.0f} kB")
