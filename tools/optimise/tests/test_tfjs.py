"""A TensorFlow.js graph in, the same numbers out of the ONNX model."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from luchs_optimise.errors import ModelError
from luchs_optimise.tfjs import Cut, convert, read

TYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32"}


class Writer:
    """Writes a graph model as TensorFlow.js does."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.weights: list[dict[str, Any]] = []
        self.content = b""

    def const(self, name: str, array: Any, stored: str | None = None) -> str:
        array = np.asarray(array)
        entry: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
        if stored:
            entry["quantization"] = {"dtype": stored}
            array = array.astype(stored)
        self.content += array.tobytes()
        self.weights.append(entry)
        self.nodes.append({"name": name, "op": "Const", "attr": {}})
        return name

    def node(self, op: str, name: str, inputs: list[str], **attributes: Any) -> str:
        self.nodes.append({"name": name, "op": op, "input": inputs, "attr": attributes})
        return name

    def write(self, folder: Path) -> Path:
        (folder / "w.bin").write_bytes(self.content)
        document = {
            "modelTopology": {"node": self.nodes},
            "weightsManifest": [{"paths": ["w.bin"], "weights": self.weights}],
        }
        path = folder / "model.json"
        path.write_text(json.dumps(document))
        return path


def window(stride: int, padding: str, codes: bool) -> dict[str, Any]:
    def text(value: str) -> dict[str, Any]:
        return {"s": list(value.encode())} if codes else {"s": base64.b64encode(value.encode()).decode()}

    strides = {"list": {"i": ["1", str(stride), str(stride), "1"]}}
    return {"padding": text(padding), "data_format": text("NHWC"), "strides": strides}


def run(model: onnx.ModelProto, x: Any) -> Any:
    session = ort.InferenceSession(model.SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def convolved(x: Any, w: Any, stride: int, same: bool) -> Any:
    """The definition, with TensorFlow's rule for the zeros of SAME."""
    k, out = w.shape[0], -(-x.shape[1] // stride) if same else (x.shape[1] - w.shape[0]) // stride + 1
    total = max((out - 1) * stride + k - x.shape[1], 0) if same else 0
    side = (total // 2, total - total // 2)
    x = np.pad(x, ((0, 0), side, side, (0, 0)))
    y = np.zeros((1, out, out, w.shape[3]))
    for i in range(out):
        for j in range(out):
            part = x[0, i * stride : i * stride + k, j * stride : j * stride + k]
            y[0, i, j] = np.einsum("abc,abco->o", part, w)
    return y


@pytest.mark.parametrize("codes", [True, False])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("size", [8, 9])
def test_a_convolution_pads_as_tensorflow_does(tmp_path: Path, codes: bool, padding: str, size: int) -> None:
    rng = np.random.default_rng(1)
    w = rng.normal(size=(3, 3, 2, 4)).astype(np.float32)
    graph = Writer()
    graph.node("Placeholder", "x", [])
    graph.node("Conv2D", "y", ["x", graph.const("w", w)], **window(2, padding, codes))
    x = rng.normal(size=(1, size, size, 2)).astype(np.float32)
    model = convert(read(graph.write(tmp_path)), Cut({"x": x.shape}, ["y"]), "m")
    assert np.allclose(run(model, x), convolved(x, w, 2, padding == "SAME"), atol=1e-5)


def test_transposes_around_a_convolution_leave_no_node_behind(tmp_path: Path) -> None:
    graph = Writer()
    graph.node("Placeholder", "x", [])
    graph.node("Transpose", "nhwc", ["x", graph.const("p", np.array([0, 2, 3, 1], np.int32))])
    w = np.random.default_rng(2).normal(size=(1, 1, 2, 3)).astype(np.float32)
    graph.node("Conv2D", "c", ["nhwc", graph.const("w", w)], **window(1, "SAME", False))
    graph.node("Add", "b", ["c", graph.const("bias", np.array([1, 2, 3], np.float32))])
    graph.node("Transpose", "y", ["b", graph.const("q", np.array([0, 3, 1, 2], np.int32))])
    model = convert(read(graph.write(tmp_path)), Cut({"x": (1, 2, 5, 5)}, ["y"]), "m")
    assert "Transpose" not in {node.op_type for node in model.graph.node}
    x = np.ones((1, 2, 5, 5), np.float32)
    expected = w[0, 0].sum(0) + np.array([1, 2, 3])
    assert np.allclose(run(model, x)[0, :, 2, 2], expected, atol=1e-6)


def test_shapes_are_computed_while_converting(tmp_path: Path) -> None:
    graph = Writer()
    one = graph.const("one", np.array([1], np.int32))
    graph.node("Placeholder", "x", [])
    graph.node("Shape", "s", ["x"])
    first = {"shrink_axis_mask": {"i": "1"}}
    graph.node("StridedSlice", "rows", ["s", one, graph.const("two", np.array([2], np.int32)), one], **first)
    graph.node("Pack", "to", ["rows", graph.const("rest", np.array(-1, np.int32))], axis={"i": "0"})
    graph.node("Reshape", "y", ["x", "to"])
    model = convert(read(graph.write(tmp_path)), Cut({"x": (1, 4, 3, 2)}, ["y"]), "m")
    x = np.arange(24, dtype=np.float32).reshape(1, 4, 3, 2)
    assert np.array_equal(run(model, x), x.reshape(4, 6))


def test_half_precision_weights_become_float(tmp_path: Path) -> None:
    graph = Writer()
    graph.node("Placeholder", "x", [])
    graph.node("Mul", "y", ["x", graph.const("w", np.array([0.5, 0.25], np.float32), stored="float16")])
    model = convert(read(graph.write(tmp_path)), Cut({"x": (1, 2)}, ["y"]), "m")
    assert run(model, np.array([[2, 8]], np.float32)).tolist() == [[1, 2]]


def test_an_unknown_operator_is_named_with_what_is_known(tmp_path: Path) -> None:
    graph = Writer()
    graph.node("Placeholder", "x", [])
    graph.node("Cholesky", "y", ["x"])
    with pytest.raises(ModelError, match=r"y: the operator Cholesky cannot be converted; known are: Add"):
        convert(read(graph.write(tmp_path)), Cut({"x": (1, 2, 2, 1)}, ["y"]), "m")


def test_a_missing_output_is_named(tmp_path: Path) -> None:
    graph = Writer()
    graph.node("Placeholder", "x", [])
    with pytest.raises(ModelError, match="no value nowhere:0"):
        convert(read(graph.write(tmp_path)), Cut({"x": (1, 2)}, ["nowhere"]), "m")


def test_weights_that_are_cut_off_are_no_model(tmp_path: Path) -> None:
    graph = Writer()
    graph.const("w", np.zeros(4, np.float32))
    path = graph.write(tmp_path)
    (tmp_path / "w.bin").write_bytes(b"123")
    with pytest.raises(ModelError, match="the weight w is cut off"):
        read(path)


def test_weights_outside_the_folder_are_not_opened(tmp_path: Path) -> None:
    path = Writer().write(tmp_path)
    path.write_text(path.read_text().replace("w.bin", "../w.bin"))
    with pytest.raises(ModelError, match="not in the same folder"):
        read(path)
