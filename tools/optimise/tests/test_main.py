"""The command as a person calls it."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from luchs_optimise.__main__ import main
from tests.graphs import model, normal

node = helper.make_node


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["luchs-optimise", *map(str, arguments)])
    return main()


def prepared(folder: Path, frames: int = 16) -> tuple[Path, Path]:
    made = model([node("Conv", ["x", "w"], ["y"], name="only")], [1, 3, 4, 4], {"w": normal(4, 3, 1, 1)})
    onnx.save(made, folder / "m.onnx")
    (folder / "frames").mkdir()
    for index in range(frames):
        np.save(folder / "frames" / f"{index:02}.npy", normal(1, 3, 4, 4, seed=index))
    return folder / "m.onnx", folder / "frames"


@pytest.mark.parametrize("form", ["qdq", "symmetric", "nhwc"])
def test_a_candidate_comes_with_its_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    parent, frames = prepared(tmp_path)
    assert call(monkeypatch, "quantize", parent, frames, tmp_path / "out", "--form", form, "--name", "c") == 0
    description = json.loads((tmp_path / "out" / "c.json").read_text())
    content = (tmp_path / "out" / "c.onnx").read_bytes()
    assert description["sha256"] == hashlib.sha256(content).hexdigest()
    assert description["parent"] == hashlib.sha256(parent.read_bytes()).hexdigest()
    assert description["frames"] == 16
    assert set(description["recipe"]["ranges"]) == {"x", "y"}
    assert description["tools"]["onnxruntime"]


def test_the_same_frames_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, frames = prepared(tmp_path)
    for name in ("a", "b"):
        assert call(monkeypatch, "quantize", parent, frames, tmp_path, "--name", name, "--form", "nhwc") == 0
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_too_few_frames_leave_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parent, frames = prepared(tmp_path, frames=3)
    (tmp_path / "int8.onnx").write_bytes(b"before")
    assert call(monkeypatch, "quantize", parent, frames, tmp_path) == 2
    assert "at least 16 are needed" in capsys.readouterr().err
    assert (tmp_path / "int8.onnx").read_bytes() == b"before"


def test_what_is_no_model_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no protobuf")
    assert call(monkeypatch, "clean", tmp_path / "m.onnx", tmp_path / "out.onnx") == 2
    assert "m.onnx: no ONNX model" in capsys.readouterr().err
