"""Small models that have what detectors have, and the frames for them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.graphs import model, normal

node = helper.make_node
SIZE = 64


def silu(source: str) -> list[onnx.NodeProto]:
    return [node("Sigmoid", [source], [f"{source}/s"]), node("Mul", [source, f"{source}/s"], [f"{source}/a"])]


def detector(lonely: float = 1.0, size: int = SIZE) -> onnx.ModelProto:
    """A stem with stride 2, a depthwise and a dense layer, a head with objectness, two classes and four sides.

    `lonely` is by how much half of the stem's channels are wider than the others; the layer behind undoes it.
    """
    wide = np.where(np.arange(8) % 2 == 0, 1.0, lonely).astype(np.float32)
    constants: dict[str, Any] = {
        "w1": normal(8, 3, 3, 3, seed=1) / 3 * wide[:, None, None, None],
        "b1": normal(8, seed=2) * wide,
        "w2": normal(8, 1, 3, 3, seed=3) / 3 / wide[:, None, None, None],
        "b2": normal(8, seed=4) / 4,
        "w3": normal(16, 8, 1, 1, seed=5) / 3,
        "b3": normal(16, seed=6) / 4,
        "w4": normal(4, 16, 1, 1, seed=7) / 3,
        "w5": normal(1, 16, 1, 1, seed=8) / 3,
        "b5": np.array([-2], np.float32),
        "w6": normal(2, 16, 1, 1, seed=9) / 3,
        "flat": np.array([1, 7, -1]),
    }
    three = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], name="stem", **three),
        *silu("c1"),
        node("Conv", ["c1/a", "w2", "b2"], ["c2"], name="depthwise", group=8, **three),
        *silu("c2"),
        node("Conv", ["c2/a", "w3", "b3"], ["c3"], name="dense"),
        *silu("c3"),
        node("Conv", ["c3/a", "w4"], ["box"], name="sides"),
        node("Conv", ["c3/a", "w5", "b5"], ["o"], name="objectness"),
        node("Conv", ["c3/a", "w6"], ["k"], name="classes"),
        node("Sigmoid", ["o"], ["obj"]),
        node("Sigmoid", ["k"], ["cls"]),
        node("Concat", ["box", "obj", "cls"], ["all"], axis=1),
        node("Reshape", ["all", "flat"], ["rows"]),
        node("Transpose", ["rows"], ["y"], perm=[0, 2, 1]),
    ]
    made = model(nodes, [1, 3, size, size], constants)
    places = (size // 4) ** 2
    made.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, places, 7]))
    return made


def frames(folder: Path, count: int = 16, size: int = SIZE) -> Path:
    """Normalised pictures: bytes with mean 114 and deviation 57."""
    folder.mkdir(exist_ok=True)
    for index in range(count):
        pixels = np.random.default_rng(index).integers(0, 256, (1, 3, size, size))
        np.save(folder / f"{index:03}.npy", ((pixels - 114) / 57).astype(np.float32))
    return folder
