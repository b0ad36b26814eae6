"""Quantized graphs are near the float ones, and keep in float what was asked for."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper

from luchs_optimise.calibration import Range
from luchs_optimise.errors import ModelError
from luchs_optimise.quantize import quantize_qdq
from luchs_optimise.quantize.nhwc import NhwcForm, quantize_nhwc
from luchs_optimise.quantize.qdq import QdqForm
from luchs_optimise.quantize.weights import quantize_weights
from tests.graphs import kinds, model, normal, run

node = helper.make_node
LEVELS = (ort.GraphOptimizationLevel.ORT_DISABLE_ALL, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)


def optimised(level: ort.GraphOptimizationLevel) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    options.log_severity_level = 3
    return options


def two_convolutions() -> onnx.ModelProto:
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], name="first"),
        node("LeakyRelu", ["c1"], ["a1"], name="leaky", alpha=0.1),
        node("Conv", ["a1", "w2", "b2"], ["y"], name="second"),
    ]
    weights = {"w1": normal(8, 3, 1, 1), "b1": normal(8), "w2": normal(4, 8, 1, 1), "b2": normal(4)}
    return model(nodes, [1, 3, 6, 6], weights)


RANGES = {"x": Range.of(-4, 4), "c1": Range.of(-12, 12), "a1": Range.of(-2, 12), "y": Range.of(-30, 30)}


@pytest.mark.parametrize("symmetric", [False, True])
def test_eight_bits_are_near(symmetric: bool) -> None:
    original = two_convolutions()
    x = np.clip(normal(1, 3, 6, 6), -4, 4)
    quantized = quantize_qdq(original, RANGES, QdqForm(symmetric=symmetric))
    error = np.abs(run(quantized, x) - run(original, x)).max()
    assert 0 < error < 0.6
    kind = onnx.TensorProto.INT8 if symmetric else onnx.TensorProto.UINT8
    zeros = [c for c in quantized.graph.initializer if c.name.startswith("x_zero")]
    assert [c.data_type for c in zeros] == [kind]


def test_an_excluded_layer_stays_float() -> None:
    quantized = quantize_qdq(two_convolutions(), RANGES, QdqForm(exclude=["second"]))
    (second,) = [n for n in quantized.graph.node if n.name == "second"]
    assert second.input[1] == "w2"
    assert kinds(quantized).count("Conv") == 2


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(ModelError, match="no node third"):
        quantize_qdq(two_convolutions(), RANGES, QdqForm(exclude=["third"]))


def test_a_searched_scale_has_no_larger_error() -> None:
    weights = normal(2, 512, 3, 3) / 2
    weights[:, 0, 0, 0] = 4

    def error(search: bool) -> float:
        made = quantize_weights(weights, search)
        return float(((made.steps * made.scales[:, None, None, None] - weights) ** 2).sum())

    assert error(search=True) < error(search=False)


@pytest.mark.parametrize("form", ["qdq", "nhwc"])
def test_the_runtime_leaves_a_float_layer_float(form: str) -> None:
    """One scale for weights that differ by a thousand between channels would be seen at once."""
    nodes = [
        node("Conv", ["x", "w1"], ["c1"], name="first"),
        node("Relu", ["c1"], ["a1"]),
        node("Conv", ["a1", "w2", "b2"], ["c2"], name="second"),
        node("Relu", ["c2"], ["a2"]),
        node("Conv", ["a2", "w3"], ["y"], name="third"),
    ]
    uneven = np.array([1000, 1, 1, 1], np.float32)[:, None, None, None]
    weights = {
        "w1": normal(8, 3, 1, 1),
        "w2": normal(4, 8, 1, 1, seed=1) * uneven,
        "b2": normal(4),
        "w3": normal(4, 4, 1, 1, seed=2) / uneven.reshape(1, 4, 1, 1),
    }
    original = model(nodes, [1, 3, 6, 6], weights)
    ranges = {"x": Range.of(-4, 4)} | {name: Range.of(0, 20) for name in ("c1", "a1")}
    ranges |= {"c2": Range.of(0, 20_000), "a2": Range.of(0, 20_000), "y": Range.of(-60, 60)}
    if form == "qdq":
        made = quantize_qdq(original, ranges, QdqForm(exclude=["second"]))
    else:
        made = quantize_nhwc(original, ranges, NhwcForm(exclude=["second"]))
    x = np.clip(normal(1, 3, 6, 6), -4, 4)
    sessions = [ort.InferenceSession(made.SerializeToString(), optimised(level)) for level in LEVELS]
    plain, fast = (session.run(None, {"x": x})[0] for session in sessions)
    assert np.abs(plain - fast).max() <= 120 / 255
