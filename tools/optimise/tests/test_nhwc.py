"""Integer graphs compute what the float ones do, within the steps of eight bits."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from luchs_optimise.calibration import Method, Range, Tensors, collect
from luchs_optimise.calibration.activations import Activation, sigmoid
from luchs_optimise.graph.stem import blocks_of_four, bytes_in
from luchs_optimise.quantize import plan
from luchs_optimise.quantize.nhwc import NhwcForm, Pointwise, quantize_nhwc
from luchs_optimise.quantize.nhwc.convolution import lookup
from tests.graphs import kinds, model, normal, run

node = helper.make_node


def detector(activation: str, mode: str = "nearest") -> onnx.ModelProto:
    """All kinds of parts: a stem, a pool, a residual, an upsampling, a concatenation, a head with a sigmoid."""
    act = {
        "LeakyRelu": [node("LeakyRelu", ["c1"], ["a1"], alpha=0.1)],
        "SiLU": [node("Sigmoid", ["c1"], ["s1"]), node("Mul", ["c1", "s1"], ["a1"])],
        "Clip": [node("Clip", ["c1", "low", "high"], ["a1"])],
    }[activation]
    centres = {"nearest": "asymmetric", "linear": "half_pixel"}[mode]
    rounding = {"nearest_mode": "floor"} if mode == "nearest" else {}
    up = node("Resize", ["c2", "", "scales"], ["up"], mode=mode, coordinate_transformation_mode=centres, **rounding)
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], name="stem", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        *act,
        node("MaxPool", ["a1"], ["p"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Conv", ["p", "w2"], ["c2"], name="second"),
        up,
        node("Add", ["up", "a1"], ["sum"]),
        node("Concat", ["sum", "a1"], ["both"], axis=1),
        node("Conv", ["both", "w3", "b3"], ["head"], name="head"),
        node("Sigmoid", ["head"], ["scores"]),
        node("Reshape", ["scores", "flat"], ["rows"]),
        node("Transpose", ["rows"], ["y"], perm=[0, 2, 1]),
    ]
    constants = {
        "w1": normal(8, 3, 3, 3) / 3,
        "b1": normal(8),
        "w2": normal(8, 8, 1, 1) / 3,
        "w3": normal(4, 16, 1, 1) / 4,
        "b3": normal(4),
        "low": np.float32(0),
        "high": np.float32(6),
        "scales": np.array([1, 1, 2, 2], np.float32),
        "flat": np.array([1, 4, -1]),
    }
    return model(nodes, [1, 3, 16, 16], constants)


def ranges(made: onnx.ModelProto, folder: Path) -> dict[str, Range]:
    for index in range(16):
        np.save(folder / f"{index:02}.npy", normal(1, 3, 16, 16, seed=index))
    return plan(made, collect(made, Tensors(folder)), Method.MINMAX)


@pytest.mark.parametrize("activation", ["LeakyRelu", "SiLU", "Clip"])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_integers_are_near(tmp_path: Path, activation: str, mode: str) -> None:
    original = detector(activation, mode)
    quantized = quantize_nhwc(original, ranges(original, tmp_path), NhwcForm())
    x = normal(1, 3, 16, 16, seed=3)
    error = np.abs(run(quantized, x) - run(original, x)).max()
    assert 0 < error < 0.06
    assert kinds(quantized).count("QLinearConv") == 3 + (4 if mode == "linear" else 0)
    assert "Conv" not in kinds(quantized)


def test_the_head_stays_channels_last_up_to_the_output(tmp_path: Path) -> None:
    original = detector("LeakyRelu")
    quantized = quantize_nhwc(original, ranges(original, tmp_path), NhwcForm())
    assert kinds(quantized).count("Transpose") == 1


def test_a_layer_can_stay_float(tmp_path: Path) -> None:
    original = detector("SiLU")
    quantized = quantize_nhwc(original, ranges(original, tmp_path), NhwcForm(exclude=["second"]))
    assert kinds(quantized).count("Conv") == 1
    x = normal(1, 3, 16, 16, seed=3)
    assert np.abs(run(quantized, x) - run(original, x)).max() < 0.06


def test_a_stem_of_bytes_takes_what_the_camera_sees(tmp_path: Path) -> None:
    original = detector("LeakyRelu")
    found = ranges(original, tmp_path)
    changed, _ = bytes_in(original, [114.0] * 3, [57.0] * 3)
    quantized = quantize_nhwc(blocks_of_four(changed), found, NhwcForm())
    assert quantized.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    pixels = np.clip(114 + 57 * normal(1, 16, 16, 3, seed=4), 0, 255).astype(np.uint8)
    seen = (pixels.transpose(0, 3, 1, 2).astype(np.float32) - 114) / 57
    assert np.abs(run(quantized, pixels) - run(original, seen)).max() < 0.06


def test_a_table_has_the_function_of_every_byte(tmp_path: Path) -> None:
    source, result = Range.of(-9, 7), Range.of(-0.3, 7)
    silu = Activation("SiLU", "c", "a", ("s", "a"), lambda x: x * sigmoid(x))
    table = lookup(source, result, silu)
    values = (np.arange(256) - source.zero) * source.scale
    back = (table.astype(np.float64) - result.zero) * result.scale
    assert np.abs(back - values * sigmoid(values)).max() <= result.scale / 2 + 1e-6


def test_functions_become_tables_if_asked_for(tmp_path: Path) -> None:
    original = detector("SiLU")
    quantized = quantize_nhwc(original, ranges(original, tmp_path), NhwcForm(pointwise=Pointwise.TABLE))
    assert kinds(quantized).count("Table8") == 1
    assert "QLinearSigmoid" not in kinds(quantized)


@pytest.mark.parametrize(
    ("mode", "centres", "scale"),
    [("linear", "half_pixel", 2), ("linear", "half_pixel", 0.5), ("nearest", "asymmetric", 2)],
)
def test_pictures_change_their_size_without_resize(tmp_path: Path, mode: str, centres: str, scale: float) -> None:
    """At the border, too: there the pixels of the border go on."""
    rounding = {"nearest_mode": "floor"} if mode == "nearest" else {}
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node("Resize", ["c", "", "scales"], ["r"], mode=mode, coordinate_transformation_mode=centres, **rounding),
        node("Conv", ["r", "u"], ["y"], name="behind"),
    ]
    sizes = np.array([1, 1, scale, scale], np.float32)
    constants = {
        "w": np.eye(3, dtype=np.float32)[:, :, None, None],
        "u": 2 * np.eye(3, dtype=np.float32)[:, :, None, None],
    }
    original = model(nodes, [1, 3, 16, 16], constants | {"scales": sizes})
    found = ranges(original, tmp_path)
    quantized = quantize_nhwc(original, found, NhwcForm())
    assert "Resize" not in kinds(quantized)
    x = normal(1, 3, 16, 16, seed=3)
    error = np.abs(run(quantized, x) - run(original, x))
    assert error.max() <= 2 * (found["x"].scale + found["c"].scale + found["y"].scale / 2)


def test_other_changes_of_size_stay_float(tmp_path: Path) -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node("Resize", ["c", "", "scales"], ["r"], mode="linear", coordinate_transformation_mode="align_corners"),
        node("Conv", ["r", "w"], ["y"], name="behind"),
    ]
    constants = {"w": normal(3, 3, 1, 1), "scales": np.array([1, 1, 2, 2], np.float32)}
    original = model(nodes, [1, 3, 16, 16], constants)
    quantized = quantize_nhwc(original, ranges(original, tmp_path), NhwcForm())
    assert kinds(quantized).count("Resize") == 1
    x = normal(1, 3, 16, 16, seed=3)
    assert np.abs(run(quantized, x) - run(original, x)).max() < 0.2
