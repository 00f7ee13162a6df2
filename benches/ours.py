"""What the benches share: our binary, its JSON line, and medians of alternating slices."""

import json
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.path.abspath(os.environ.get("SANER_TUI", ROOT / "target" / "release" / "saner-tui"))


def bench(*options):
    """One slice of `saner-tui bench --json`; returns its object."""
    done = subprocess.run([BINARY, "bench", "--json", *map(str, options)], stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def median(values):
    return statistics.median(values)


def row(cells, widths):
    print("  ".join(str(cell).rjust(width) if i else str(cell).ljust(width) for i, (cell, width) in enumerate(zip(cells, widths))), flush=True)
