"""What ends a run ends it with a reason, and leaves what was there."""

import hashlib
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from tests.detectors import detector, frames
from tests.graphs import model, normal

node = helper.make_node
STEPS = ["sensitivity", "candidates", "quantize"]


def call(*arguments: object, limit: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "luchs_optimise", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, check=False)


def prepared(folder: Path, made: onnx.ModelProto | None = None, count: int = 16) -> tuple[Path, Path]:
    onnx.save(made or detector(), folder / "m.onnx")
    return folder / "m.onnx", frames(folder / "frames", count)


def untouched(folder: Path) -> Path:
    """A folder with a candidate of before."""
    folder.mkdir()
    for name in ("fp32-clean.onnx", "fp32-clean.json", "int8.onnx", "int8.json"):
        (folder / name).write_bytes(b"before")
    return folder


def is_as_before(folder: Path) -> bool:
    return {path.name: path.read_bytes() for path in folder.iterdir()} == dict.fromkeys(
        ("fp32-clean.onnx", "fp32-clean.json", "int8.onnx", "int8.json"), b"before"
    )


@pytest.mark.parametrize("step", STEPS)
def test_too_few_frames(tmp_path: Path, step: str) -> None:
    parent, few = prepared(tmp_path, count=5)
    to = untouched(tmp_path / "out")
    ended = call(step, parent, few, to if step != "sensitivity" else to / "new.json")
    assert ended.returncode == 2
    assert "5 frames (*.npy), at least 16 are needed; use a longer video or more pictures" in ended.stderr
    assert is_as_before(to)


@pytest.mark.parametrize("step", STEPS)
def test_black_footage(tmp_path: Path, step: str) -> None:
    parent, _ = prepared(tmp_path)
    for path in (tmp_path / "frames").iterdir():
        np.save(path, np.full((1, 3, 64, 64), -2, np.float32))
    to = untouched(tmp_path / "out")
    ended = call(step, parent, tmp_path / "frames", to if step != "sensitivity" else to / "new.json")
    assert ended.returncode == 2
    assert "16 of 16 frames are of one colour; was the camera covered or dark?" in ended.stderr
    assert is_as_before(to)


def unknown_operator() -> onnx.ModelProto:
    made = detector()
    made.graph.node.append(node("Wonder", ["y"], ["z"], name="wonderful", domain="elsewhere"))
    made.opset_import.append(helper.make_opsetid("elsewhere", 1))
    made.graph.output[0].name = "z"
    return made


def branch() -> onnx.ModelProto:
    inside = helper.make_graph([node("Relu", ["c"], ["r"])], "inside", [], [helper.make_empty_tensor_value_info("r")])
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node("If", ["yes"], ["y"], name="choice", then_branch=inside, else_branch=inside),
    ]
    return model(nodes, [1, 3, 64, 64], {"w": normal(4, 3, 1, 1), "yes": np.array(True)})


def no_convolution() -> onnx.ModelProto:
    return model([node("Relu", ["x"], ["y"], name="only")], [1, 3, 64, 64], {})


def computed_weights() -> onnx.ModelProto:
    nodes = [node("Sigmoid", ["w"], ["v"]), node("Mul", ["v", "x"], ["u"]), node("Conv", ["x", "u"], ["y"], name="odd")]
    return model(nodes, [1, 3, 64, 64], {"w": normal(1, 3, 64, 64)})


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (unknown_operator, "Wonder"),
        (branch, "choice: the operator If has graphs inside, which cannot be quantized"),
        (no_convolution, "it has no convolution with constant weights, only Relu"),
        (computed_weights, "it has no convolution with constant weights, only Conv, Mul, Sigmoid"),
    ],
)
def test_a_model_that_the_quantizer_cannot_take(tmp_path: Path, made: Callable[[], onnx.ModelProto], says: str) -> None:
    parent, given = prepared(tmp_path, made())
    to = untouched(tmp_path / "out")
    ended = call("quantize", parent, given, to)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert is_as_before(to)


def test_no_room_for_the_candidate(tmp_path: Path) -> None:
    """A limit on the size of files ends a write in the middle, as a full disk does."""
    parent, given = prepared(tmp_path)
    to = untouched(tmp_path / "out")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    ended = call("quantize", parent, given, to, "--form", "nhwc", limit=limit)
    assert ended.returncode == 3
    assert "is the disk full" in ended.stderr
    assert is_as_before(to)


def test_no_room_while_cleaning(tmp_path: Path) -> None:
    parent, _ = prepared(tmp_path)
    (tmp_path / "clean.onnx").write_bytes(b"before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    ended = call("clean", parent, tmp_path / "clean.onnx", limit=limit)
    assert ended.returncode == 3
    assert "is the disk full" in ended.stderr
    assert (tmp_path / "clean.onnx").read_bytes() == b"before"


def test_stopped_in_the_middle(tmp_path: Path) -> None:
    """After the first candidate, while others are being made."""
    parent, given = prepared(tmp_path, detector(200))
    to = untouched(tmp_path / "out")
    command = [sys.executable, "-m", "luchs_optimise", "candidates", parent, given, to, "--progress"]
    with subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        lines = [json.loads(line) for line in iter(lambda: _next(running), None)]
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate()
    assert running.returncode == 130
    assert "stopped; what was written before is whole" in errors
    assert {"step", "done", "of"} in [set(line) for line in lines]
    assert not list(to.glob("*.part"))
    description = json.loads((to / "fp32-clean.json").read_text())
    assert description["sha256"] == hashlib.sha256((to / "fp32-clean.onnx").read_bytes()).hexdigest()
    assert (to / "int8.onnx").read_bytes() == b"before"


def _next(running: subprocess.Popen[str]) -> str | None:
    """A line, up to the one that says that the sensitivities are being measured."""
    assert running.stdout is not None
    line = running.stdout.readline()
    return None if "sensitivity" in line or not line else line
