"""The real program in tmux, and what it drew as SVG: for picture.py and record.py."""

import html
import os
import re
import subprocess
import time

CELL_W, CELL_H = 8.4, 17
INK, GROUND = "#d0d0d0", "#121212"
BASE = ["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5"]
# Braille bit to dot: rows of the left column, then of the right one, then the bottom row.
ROWS, RIGHT = [0, 1, 2, 0, 1, 2, 3, 3], {3, 4, 5, 7}
FONT = 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14"'


class Session:
    """The program in a window of so many cells."""

    def __init__(self, command, width, height, **environment):
        self.height = height
        environment = {"SANER_TUI_TOUR": "false", "COLORTERM": "truecolor", "NO_COLOR": os.environ.get("NO_COLOR", "")} | environment
        words = " ".join(f"{name}={value}" for name, value in environment.items())
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), f"env {words} {command}; sleep 9")
        self.tmux("set", "-g", "default-terminal", "tmux-256color")

    def tmux(self, *args):
        return subprocess.run(["tmux", "-L", "picture", *args], check=True, capture_output=True, text=True).stdout

    def key(self, *keys):
        self.tmux("send-keys", *keys)

    def lines(self):
        return self.tmux("capture-pane", "-e", "-p").split("\n")[: self.height]

    def leave(self):
        self.key("Escape")
        time.sleep(0.5)
        self.key("q", "s")
        time.sleep(2)
        subprocess.run(["tmux", "-L", "picture", "kill-server"], capture_output=True)


def indexed(n):
    if n < 16:
        return BASE[n % 8]
    if n >= 232:
        return "#" + f"{8 + 10 * (n - 232):02x}" * 3
    n -= 16
    return "#" + "".join(f"{0 if v == 0 else 55 + 40 * v:02x}" for v in (n // 36, n // 6 % 6, n % 6))


class Style:
    def __init__(self):
        self.fg, self.bg, self.bold, self.reverse = INK, None, False, False

    def take(self, numbers):
        while numbers:
            n = numbers.pop(0)
            if n == 0:
                self.__init__()
            elif n == 1:
                self.bold = True
            elif n == 7:
                self.reverse = True
            elif n == 39:
                self.fg = INK
            elif 30 <= n < 38 or 90 <= n < 98:
                self.fg = BASE[n % 10]
            elif n == 49:
                self.bg = None
            elif 40 <= n < 48 or 100 <= n < 108:
                self.bg = BASE[n % 10]
            elif n in (38, 48):
                deep = numbers.pop(0) == 2
                color = "#" + "".join(f"{numbers.pop(0):02x}" for _ in range(3)) if deep else indexed(numbers.pop(0))
                self.fg, self.bg = (color, self.bg) if n == 38 else (self.fg, color)


def box(x, width, fill):
    return f'<rect x="{x * CELL_W:.1f}" width="{width * CELL_W:.1f}" height="{CELL_H}" fill="{fill}"/>'


def row(line):
    """A line of the screen as SVG, from its own top left corner."""
    out, style, x = [], Style(), 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if code:
            style.take([int(n or 0) for n in code[1].split(";")])
            continue
        halves = set(part) == {"▀"} and style.bg
        if style.bg:
            out.append(box(x, len(part), style.bg))
        if halves:
            # A picture: the upper dots over the lower ones.
            out.append(f'<rect x="{x * CELL_W:.1f}" width="{len(part) * CELL_W:.1f}" height="{CELL_H / 2}" fill="{style.fg}"/>')
            x += len(part)
            continue
        for word in re.finditer(r"\S+", part):
            at = x + word.start()
            if style.reverse:
                out.append(box(at, len(word[0]), style.fg))
            fill = GROUND if style.reverse else style.fg
            cells = [((at + i) * CELL_W, char) for i, char in enumerate(word[0])]
            dots = [(left, ord(char) - 0x2800) for left, char in cells if 0x2800 < ord(char) < 0x2900]
            path = "".join(
                f"M{left + 1.2 + 4.2 * (bit in RIGHT):.1f} {2.2 + 4.25 * ROWS[bit]:.1f}h2"
                for left, bits in dots
                for bit in range(8)
                if bits >> bit & 1
            )
            if path:
                out.append(f'<path stroke="{fill}" stroke-width="2" d="{path}"/>')
            # Lower blocks by eighths, and the upper half: without the seams that fonts leave.
            blocks = [(left, ord(char) - 0x2580) for left, char in cells if 0x2580 <= ord(char) <= 0x2588]
            for left, eighths in blocks:
                high = CELL_H * (eighths or 4) / 8
                y = CELL_H - high if eighths else 0
                out.append(f'<rect x="{left - 0.1:.1f}" y="{y:.1f}" width="{CELL_W + 0.2}" height="{high + 0.2:.1f}" fill="{fill}"/>')
            text = [(left, char) for left, char in cells if not (0x2800 < ord(char) < 0x2900 or 0x2580 <= ord(char) <= 0x2588)]
            if text:
                # A place for each character: no font has all of them at one width.
                places = " ".join(f"{left:.1f}" for left, _ in text)
                letters = html.escape("".join(char for _, char in text))
                weight = ' font-weight="bold"' if style.bold else ""
                out.append(f'<text x="{places}" y="13" fill="{fill}"{weight}>{letters}</text>')
        x += len(part)
    return "".join(out)


def svg(lines, width, height):
    """A screen as a picture."""
    size = f'width="{width * CELL_W + 16:.0f}" height="{height * CELL_H + 16}"'
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT}>', f'<rect width="100%" height="100%" rx="6" fill="{GROUND}"/>']
    out += [f'<g transform="translate(8 {8 + y * CELL_H})">{row(line)}</g>' for y, line in enumerate(lines) if line.strip()]
    return "\n".join([*out, "</svg>"]) + "\n"
