#!/usr/bin/env python3
"""Makes the pictures of docs/ from the real program: runs it in tmux, steers it, and turns what it drew into SVGs.

Usage: docs/picture.py BINARY [WIDTH HEIGHT [FOLDER]]   (needs tmux)
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
folder = pathlib.Path(sys.argv[4] if len(sys.argv) > 4 else pathlib.Path(__file__).parent)
runs = tempfile.mkdtemp()
# Name of a picture, and the keys that lead to it from the one before.
SCENES = [
    ("screen", []),
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


def tmux(*args):
    return subprocess.run(["tmux", "-L", "picture", *args], check=True, capture_output=True, text=True).stdout


no_color = os.environ.get("NO_COLOR", "")
environment = f"env SANER_TUI_TOUR=false COLORTERM=truecolor NO_COLOR={no_color} SANER_TUI_RUNS={runs}"
# A run before, so that there is one to compare with.
subprocess.run([binary, "--runs", runs, "run", "shapes", "--name", "sam", "--plain", "--set", "method.name=sam", "--set", "probe.samples_every=5"], capture_output=True)
command = f"{binary} run shapes --set schedule.epochs=120 --set probe.samples_every=5"
tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), f"{environment} {command}; sleep 9")
tmux("set", "-g", "default-terminal", "tmux-256color")
drawn = {}
try:
    time.sleep(2.5)
    for keys in (["e"], ["-l", "0.3"], ["Enter"], ["Enter"], ["Tab"]):
        tmux("send-keys", *keys)
        time.sleep(0.4)
    time.sleep(1)
    for name, keys in SCENES:
        for key in keys:
            tmux("send-keys", key)
            time.sleep(0.3)
        time.sleep(0.7)
        drawn[name] = tmux("capture-pane", "-e", "-p").split("\n")[:height]
finally:
    tmux("send-keys", "Escape")
    time.sleep(0.5)
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


def svg(lines):
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * CELL_W + 16:.0f}" height="{height * CELL_H + 16}" '
        'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
        '<rect width="100%" height="100%" rx="6" fill="#121212"/>',
    ]
    for y, line in enumerate(lines):
        fg, bg, bold, reverse, x = "#d0d0d0", None, False, False, 0
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
            if not code:
                if bg:
                    left = 8 + x * CELL_W
                    out.append(f'<rect x="{left:.1f}" y="{8 + y * CELL_H}" width="{len(part) * CELL_W:.1f}" height="{CELL_H}" fill="{bg}"/>')
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
                    fg, bg, bold, reverse = "#d0d0d0", None, False, False
                elif n == 1:
                    bold = True
                elif n == 7:
                    reverse = True
                elif n == 39:
                    fg = "#d0d0d0"
                elif 30 <= n < 38 or 90 <= n < 98:
                    fg = BASE[n % 10]
                elif n == 49:
                    bg = None
                elif 40 <= n < 48 or 100 <= n < 108:
                    bg = BASE[n % 10]
                elif n in (38, 48):
                    deep = numbers.pop(0) == 2
                    color = "#" + "".join(f"{numbers.pop(0):02x}" for _ in range(3)) if deep else indexed(numbers.pop(0))
                    fg, bg = (color, bg) if n == 38 else (fg, color)
    out.append("</svg>")
    return "\n".join(out) + "\n"


# All of them where a folder is named; those that the documents show otherwise.
for name, lines in drawn.items():
    if len(sys.argv) <= 4 and name not in ("screen", "saner", "timeline"):
        continue
    target = folder / f"{name}.svg"
    target.write_text(svg(lines))
    print(target)
