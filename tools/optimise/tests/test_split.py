"""A convolution in two has the results of the one."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from luchs_optimise.calibration import Method, Tensors, collect
from luchs_optimise.candidates.wide import splits
from luchs_optimise.errors import ModelError
from luchs_optimise.graph.split import Split, split
from luchs_optimise.quantize import plan
from luchs_optimise.quantize.nhwc import NhwcForm, Pointwise, quantize_nhwc
from luchs_optimise.quantize.nhwc.stock import with_stock_operators
from luchs_optimise.sensitivity import sensitivity
from tests.detectors import detector, frames
from tests.graphs import kinds, model, normal, run

node = helper.make_node
EVEN = Split("stem", (0, 2, 4, 6), 50.0)


def test_the_results_stay() -> None:
    original = detector(50)
    changed = split(original, EVEN)
    assert kinds(changed).count("Conv") == kinds(original).count("Conv") + 1
    x = normal(1, 3, 64, 64, seed=3)
    assert np.allclose(run(changed, x), run(original, x), atol=1e-4)


@pytest.mark.parametrize("activation", ["Relu", "LeakyRelu"])
def test_functions_that_let_a_factor_through_need_no_second_convolution(activation: str) -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node(activation, ["c"], ["a"], name="act"),
        node("Conv", ["a", "u"], ["p"], name="one"),
        node("Conv", ["a", "v"], ["q"], name="two"),
        node("Add", ["p", "q"], ["y"]),
    ]
    constants = {"w": normal(6, 3, 1, 1), "u": normal(4, 6, 1, 1, seed=1), "v": normal(4, 6, 1, 1, seed=2)}
    original = model(nodes, [1, 3, 5, 5], constants)
    changed = split(original, Split("conv", (1, 4, 5), 3.0))
    assert kinds(changed) == kinds(original)
    assert np.allclose(run(changed, normal(1, 3, 5, 5)), run(original, normal(1, 3, 5, 5)), atol=1e-4)


def test_what_others_see_cannot_be_split() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node("Relu", ["c"], ["a"]),
        node("Concat", ["a", "x"], ["y"], axis=1),
    ]
    made = model(nodes, [1, 3, 4, 4], {"w": normal(4, 3, 1, 1)})
    with pytest.raises(ModelError, match="conv cannot be split"):
        split(made, Split("conv", (0,), 2.0))


def test_wide_channels_are_found_and_the_split_pays(tmp_path: Path) -> None:
    original, tensors = detector(200), Tensors(frames(tmp_path))
    statistics = collect(original, tensors)
    found = sensitivity(original, plan(original, statistics, Method.MSE), tensors, most=4)
    (wanted,) = splits(original, statistics, found)
    assert wanted.conv == "stem"
    assert set(wanted.narrow) == {0, 2, 4, 6}

    def error(float_model: object) -> float:
        assert isinstance(float_model, type(original))
        ranges = plan(float_model, collect(float_model, tensors), Method.MSE)
        made = quantize_nhwc(float_model, ranges, NhwcForm(pointwise=Pointwise.TABLE))
        x = np.load(tensors.paths[5])
        return float(np.abs(run(with_stock_operators(made), x) - run(original, x)).mean())

    assert error(split(original, wanted)) < error(original) / 3


def test_a_model_of_even_channels_is_left_alone(tmp_path: Path) -> None:
    original, tensors = detector(1), Tensors(frames(tmp_path))
    statistics = collect(original, tensors)
    found = sensitivity(original, plan(original, statistics, Method.MSE), tensors, most=4)
    assert splits(original, statistics, found) == []


@pytest.mark.parametrize("how", list(Pointwise))
def test_the_factor_is_in_the_functions(tmp_path: Path, how: Pointwise) -> None:
    """No operator is left for the factor: tables, sigmoids and products have it in their scales."""
    original, tensors = detector(50), Tensors(frames(tmp_path))
    changed = split(original, EVEN)
    ranges = plan(changed, collect(changed, tensors), Method.MSE)
    made = quantize_nhwc(changed, ranges, NhwcForm(pointwise=how))
    assert "Mul" not in kinds(made)
    x = np.load(tensors.paths[5])
    assert np.abs(run(with_stock_operators(made), x) - run(original, x)).mean() < 0.05
