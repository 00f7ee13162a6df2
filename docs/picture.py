#!/usr/bin/env python3
"""Makes docs/screen.svg from the real program: runs it in tmux, steers it, and turns what it drew into an SVG.

Usage: docs/picture.py BINARY [WIDTH HEIGHT]   (needs tmux)
"""

import html
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

binary = os.path.abspath(sys.argv[1])
width, height = map(int, sys.argv[2:4]) if len(sys.argv) > 3 else (120, 40)
runs = tempfile.mkdtemp()


def tmux(*args):
    return subprocess.run(["tmux", "-L", "picture", *args], check=True, capture_output=True, text=True).stdout


environment = f"env SANER_TUI_TOUR=false COLORTERM=truecolor SANER_TUI_RUNS={runs}"
tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), f"{environment} {binary} --data /nonexistent; sleep 9")
tmux("set", "-g", "default-terminal", "tmux-256color")
try:
    time.sleep(16)
    for keys in (["e"], ["-l", "0.3"], ["Enter"], ["Enter"], ["Tab"]):
        tmux("send-keys", *keys)
        time.sleep(0.4)
    time.sleep(14)
    lines = tmux("capture-pane", "-e", "-p").split("\n")[:height]
finally:
    tmux("send-keys", "q", "s")
    time.sleep(2)
    subprocess.run(["tmux", "-L", "picture", "kill-server"], capture_output=True)

BASE = ["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5"]


def indexed(n):
    if n < 16:
        return BASE[n % 8]
    if n >= 232:
        return "#" + f"{8 + 10 * (n - 232):02x}" * 3
    n -= 16
    return "#" + "".join(f"{0 if v == 0 else 55 + 40 * v:02x}" for v in (n // 36, n // 6 % 6, n % 6))


CELL_W, CELL_H = 8.4, 17
# Braille bit to dot: rows of the left column, then of the right one, then the bottom row.
ROWS, RIGHT = [0, 1, 2, 0, 1, 2, 3, 3], {3, 4, 5, 7}
out = [
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * CELL_W + 16:.0f}" height="{height * CELL_H + 16}" '
    'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
    '<rect width="100%" height="100%" rx="6" fill="#121212"/>',
]
for y, line in enumerate(lines):
    fg, bold, reverse, x = "#d0d0d0", False, False, 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not code:
            for run in re.finditer(r"\S+", part):
                at = 8 + (x + run.start()) * CELL_W
                weight = ' font-weight="bold"' if bold else ""
                if reverse:
                    out.append(f'<rect x="{at:.1f}" y="{8 + y * CELL_H}" width="{len(run[0]) * CELL_W:.1f}" height="{CELL_H}" fill="{fg}"/>')
                fill = "#121212" if reverse else fg
                cells = [(at + i * CELL_W, char) for i, char in enumerate(run[0])]
                dots = [(left, ord(char) - 0x2800) for left, char in cells if 0x2800 < ord(char) < 0x2900]
                path = "".join(
                    f"M{left + 1.2 + 4.2 * (bit in RIGHT):.1f} {8 + y * CELL_H + 1.2 + 4.25 * ROWS[bit]:.1f}h2v2h-2z"
                    for left, bits in dots
                    for bit in range(8)
                    if bits >> bit & 1
                )
                if path:
                    out.append(f'<path fill="{fill}" d="{path}"/>')
                text = [(left, char) for left, char in cells if not 0x2800 < ord(char) < 0x2900]
                if text:
                    # A place for each character: no font has all of them at one width.
                    places = " ".join(f"{left:.1f}" for left, _ in text)
                    letters = html.escape("".join(char for _, char in text))
                    out.append(f'<text x="{places}" y="{8 + y * CELL_H + 13}" fill="{fill}"{weight}>{letters}</text>')
            x += len(part)
            continue
        numbers = [int(n or 0) for n in code[1].split(";")]
        while numbers:
            n = numbers.pop(0)
            if n == 0:
                fg, bold, reverse = "#d0d0d0", False, False
            elif n == 1:
                bold = True
            elif n == 7:
                reverse = True
            elif n == 39:
                fg = "#d0d0d0"
            elif 30 <= n < 38 or 90 <= n < 98:
                fg = BASE[n % 10]
            elif n == 38 and numbers.pop(0) == 5:
                fg = indexed(numbers.pop(0))
            elif n == 38:
                fg = "#" + "".join(f"{numbers.pop(0):02x}" for _ in range(3))
out.append("</svg>")
target = pathlib.Path(__file__).with_name("screen.svg")
target.write_text("\n".join(out) + "\n")
print(target)
