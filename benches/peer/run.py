"""Our step against PyTorch's, slice by slice in turn, and one table of ratios.

Usage: run.py [--device cpu|cuda] [--rounds 5] [--method sam] [--precision f32|tf32|bf16] [--case SIDE,BATCH,CHANNELS]...

Needs a Python with torch (SANER_TUI_PYTHON, or python3) and our release build. Each round times a slice of our SAM, our
SANER and each form of PyTorch, one behind the other, so that what else the machine does falls on all of them. Ratios are
of the round's medians: ours over PyTorch's best form of that round; the table gives the median ratio and its range.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from ours import bench, median, row

CASES = ["16,128,8", "32,32,16", "32,32,64"]
asked = argparse.ArgumentParser(description="ours against PyTorch")
asked.add_argument("--device", default="cpu")
asked.add_argument("--rounds", type=int, default=5)
asked.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
asked.add_argument("--precision", default="auto")
asked.add_argument("--method", default="sam", help="what PyTorch runs and ours is compared with")
asked.add_argument("--case", action="append", help="side,batch,channels of the first stage; default: three")
asked.add_argument("--forms", help="forms of PyTorch, by commas")
asked.add_argument("--seconds", type=float, default=1.5, help="of a slice, about")
asked = asked.parse_args()
half = "-bf16" if asked.precision == "bf16" else ""
forms = (asked.forms or ("eager,channels-last,compile" + (",graphs" if asked.device != "cpu" else ""))).split(",")
python = os.environ.get("SANER_TUI_PYTHON", "python3")
script = pathlib.Path(__file__).with_name("torch_step.py")
widths = (14, 9, 9, 9, 15, 16, 16, 17)
row(("case", "SAM s", "SANER s", "PyTorch s", "its form", "SAM/PyTorch", "SANER/SAM", "memory MiB"), widths)
for case in asked.case or CASES:
    side, batch, channels = map(int, case.split(","))
    command = [python, "-B", str(script), asked.device, str(side), str(batch), str(channels), str(asked.threads)]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def torch(form, repeats):
        worker.stdin.write(json.dumps({"form": form + half, "method": asked.method, "repeats": repeats}) + "\n")
        return json.loads(worker.stdout.readline())

    def ours(method, repeats):
        options = ["--device", asked.device, "--method", method, "--batch", batch, "--repeats", repeats, "--precision", asked.precision]
        options += ["--threads", asked.threads, "--set", f"model.width={channels / 64}", "--set", f"data.size={side}"]
        return bench(*options)

    # Slices of about the same length; forms that cannot run here are named once and left out.
    first = {form: torch(form, 1) for form in forms}
    for form, answer in first.items():
        if "fault" in answer:
            print(f"  {case}: PyTorch {form} does not run here: {answer['fault']}")
    running = [form for form in forms if "fault" not in first[form]]
    repeats = max(3, min(50, int(asked.seconds / first[running[0]]["step_s"][0])))
    rounds = []
    for _ in range(asked.rounds):
        mine = {method: ours(method, repeats) for method in (asked.method, "saner")}
        theirs = {form: torch(form, repeats) for form in running}
        best = min(theirs, key=lambda form: median(theirs[form]["step_s"]))
        peak = min(answer["peak_bytes"] for answer in theirs.values())
        rounds.append((mine[asked.method]["step_s"]["median"], mine["saner"]["step_s"]["median"], median(theirs[best]["step_s"]), best, mine["saner"]["peak_bytes"], peak))
    worker.stdin.close()
    worker.wait()

    def spread(values):
        return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"

    sam, saner, torch_s, best, peak, torch_peak = zip(*rounds)
    memory = "-" if peak[0] is None else f"{max(peak) / 2**20:.0f} / {min(torch_peak) / 2**20:.0f}"
    cells = (case, f"{median(sam):.4f}", f"{median(saner):.4f}", f"{median(torch_s):.4f}", max(set(best), key=best.count) + half)
    row((*cells, spread([a / b for a, b in zip(sam, torch_s)]), spread([a / b for a, b in zip(saner, sam)]), memory), widths)
