#!/usr/bin/env python3
"""Stands in for the Python of `luchs optimise` where a test is about all the rest: its candidate is the model as it was.

Called as `tool.py -m luchs_optimise STEP FILES OPTIONS`. What it does otherwise is said by the variable TOOL:
`refuse`, `break`, `disk` (at the candidates), `hang` (there, after telling its process in $TOOL_PID). `quantize` has the real
tool of the Python $TOOL_PYTHON make one candidate of 8-bit integers; `glare` does so as well, but with frames fifty times as
bright as those that the model was fed.
"""

import array
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

step, arguments = sys.argv[3], [Path(argument) for argument in sys.argv[4:] if not argument.startswith("-")]
how = os.environ.get("TOOL", "")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def brighten(frame):
    content = frame.read_bytes()
    begin = 10 + int.from_bytes(content[8:10], "little")
    values = array.array("f", content[begin:])
    frame.write_bytes(content[:begin] + array.array("f", (value * 50 for value in values)).tobytes())


def quantize(*arguments):
    command = [os.environ["TOOL_PYTHON"], "-m", "luchs_optimise", "quantize", *arguments]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def candidates(clean, tensors, folder):
    if how == "refuse":
        print("luchs-optimise: the operator Einsum of node Mix_7 cannot be quantized; keep it float", file=sys.stderr)
        sys.exit(2)
    if how == "break":
        raise ValueError("what nobody thought of")
    if how == "disk":
        print("luchs-optimise: No space left on device", file=sys.stderr)
        sys.exit(3)
    if how == "hang":
        Path(os.environ["TOOL_PID"]).write_text(f"{os.getpid()}\n")
        time.sleep(600)
    if how in ("quantize", "glare"):
        if how == "glare":
            for frame in tensors.glob("*.npy"):
                brighten(frame)
        # The layers that YOLOX-Nano needs in float, so that nothing but the frames decides.
        kept = [f"--keep-float=Conv_{number}" for number in (41, 44, 47, 70)]
        quantize(clean, tensors, folder, "--form=nhwc", "--method=mse", "--frames=8", *kept)
        path = folder / "int8.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"for": ["cpu"]}))
        return
    print(json.dumps({"step": "candidates", "done": 1, "of": 2}), flush=True)
    same(clean, tensors, folder / "same.onnx", {"form": "float32"})


def same(clean, tensors, path, recipe):
    shutil.copyfile(clean, path)
    frames = sorted(tensors.glob("*.npy"))
    total = hashlib.sha256()
    for frame in frames:
        total.update(f"{frame.name}\0".encode() + hashlib.sha256(frame.read_bytes()).digest())
    description = {
        "name": path.stem,
        "file": path.name,
        "sha256": digest(path),
        "bytes": path.stat().st_size,
        "for": ["cpu"],
        "recipe": recipe,
        "parent": digest(clean),
        "calibration": total.hexdigest(),
        "frames": len(frames),
        "tools": {"tool": "1"},
        "input": {"type": "f32", "shape": [1, 3, 416, 416]},
        "outputs": ["output"],
        "needs_table_operator": False,
    }
    path.with_suffix(".json").write_text(json.dumps(description))


if step == "clean" and "TOOL_PYTHON" in os.environ:
    subprocess.run([os.environ["TOOL_PYTHON"], *sys.argv[1:]], check=True)
elif step == "clean":
    shutil.copyfile(arguments[0], arguments[1])
elif step == "sensitivity":
    layers = [{"name": "Conv_41", "error": 0.5}, {"name": "Conv_44", "error": 0.1}]
    arguments[2].write_text(json.dumps({"layers": layers}))
elif step == "candidates":
    candidates(*arguments[:3])
elif step == "prune":
    if how == "no torch":
        print("luchs-optimise: torch is missing; make an environment with setup/prune.sh", file=sys.stderr)
        sys.exit(2)
    ratio = float(sys.argv[sys.argv.index("--ratio") + 1])
    recipe = {"form": "pruned", "macs": [1.0, 1.0 - ratio], "training": {"errors": [[7, 0.1]]}}
    same(*arguments[:3], recipe)
