"""How long `ctl status` takes while the engine is in a long step, and how much a watcher slows the run.

Usage: ctl.py [--calls 200] [--set section.key=value]...

The run is a ResNet-18 whose steps take seconds on a CPU. The engine answers between steps only; who asks it must not
notice. Reported: minimum, median, 99th percentile and maximum of whole `ctl status` processes, and the longest step.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from ours import BINARY

asked = argparse.ArgumentParser(description="ctl status during a long step")
asked.add_argument("--calls", type=int, default=200)
asked.add_argument("--set", action="append", default=["model.name=resnet18", "model.width=1", "data.size=32", "data.batch=128"])
asked = asked.parse_args()

with tempfile.TemporaryDirectory() as runs:
    command = [BINARY, "run", "shapes", "--engine", "--device", "cpu", "--runs", runs, "--name", "long"]
    command += [part for value in asked.set for part in ("--set", value)]
    engine = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    run = pathlib.Path(engine.stdout.readline().split(" ", 1)[1].strip())
    while '"step":1' not in (run / "metrics.jsonl").read_text():
        time.sleep(0.2)
    times = []
    for _ in range(asked.calls):
        begun = time.perf_counter()
        answer = subprocess.run([BINARY, "ctl", "long", "status", "--runs", runs], stdout=subprocess.PIPE, check=True, text=True)
        times.append(time.perf_counter() - begun)
        assert json.loads(answer.stdout)["alive"]
        time.sleep(0.05)
    engine.kill()
    walls = [json.loads(line)["wall"] for line in (run / "metrics.jsonl").read_text().splitlines() if '"epoch_end"' not in line]
    longest = max(b - a for a, b in zip(walls, walls[1:]))
    times.sort()
    p99 = times[min(len(times) - 1, round(0.99 * len(times)) - 1)]
    print(f"longest step {longest:.2f} s; ctl status of {len(times)} calls: min {1e3 * times[0]:.1f} ms, "
          f"median {1e3 * statistics.median(times):.1f} ms, p99 {1e3 * p99:.1f} ms, max {1e3 * times[-1]:.1f} ms")
