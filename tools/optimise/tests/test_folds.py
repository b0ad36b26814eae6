"""Folded graphs have the results of the original, and the operators that they promise."""

import numpy as np
import onnx
import pytest
from onnx import helper

from luchs_optimise.errors import ModelError
from luchs_optimise.graph.clean import clean
from luchs_optimise.graph.focus import fold_focus
from luchs_optimise.graph.pool import chain_pools, fold_pads_of_pools
from luchs_optimise.graph.stem import blocks_of_four, bytes_in
from tests.graphs import kinds, model, normal, run

node = helper.make_node


def padded_pool(value: float) -> onnx.ModelProto:
    nodes = [
        node("Pad", ["x", "pads", "value"], ["p"]),
        node("MaxPool", ["p"], ["y"], kernel_shape=[3, 3], strides=[2, 2]),
    ]
    return model(nodes, [1, 2, 8, 8], {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]), "value": np.float32(value)})


@pytest.mark.parametrize("value", [-np.inf, np.finfo(np.float32).min])
def test_a_padding_with_minus_infinity_becomes_the_pools(value: float) -> None:
    original = padded_pool(value)
    folded = fold_pads_of_pools(original)
    assert kinds(folded) == ["MaxPool"]
    x = normal(1, 2, 8, 8) - 5
    assert np.array_equal(run(folded, x), run(original, x))


def test_a_padding_with_zero_stays() -> None:
    assert kinds(fold_pads_of_pools(padded_pool(0.0))) == ["Pad", "MaxPool"]


def pyramid(sides: list[int], strides: int = 1) -> onnx.ModelProto:
    pools = [
        node("MaxPool", ["x"], [f"p{n}"], kernel_shape=[n, n], pads=[n // 2] * 4, strides=[strides] * 2) for n in sides
    ]
    return model([*pools, node("Concat", [f"p{n}" for n in sides], ["y"], axis=1)], [1, 2, 9, 11], {})


def test_a_pyramid_of_maxima_becomes_a_chain_of_small_ones() -> None:
    original = pyramid([13, 5, 9])
    chained = chain_pools(original)
    sizes = [list(n.attribute[0].ints) for n in chained.graph.node if n.op_type == "MaxPool"]
    assert sizes == [[5, 5]] * 3
    assert [n.input[0] for n in chained.graph.node[:3]] == ["x", "p5", "p9"]
    x = normal(1, 2, 9, 11) - 5
    assert np.array_equal(run(chained, x), run(original, x))


def test_maxima_that_leave_places_out_stay_beside_each_other() -> None:
    assert chain_pools(pyramid([3, 5], strides=2)) == pyramid([3, 5], strides=2)


def focus(order: list[tuple[int, int]], kernel: int = 3, pads: int = 1) -> onnx.ModelProto:
    constants = {"w": normal(5, 12, kernel, kernel, seed=3), "b": normal(5), "end": np.array([2**31 - 1])}
    nodes, parts = [], []
    for name, number in (("0", 0), ("1", 1), ("2", 2), ("3", 3)):
        constants[name] = np.array([number])
    for row, column in order:
        rows, part = f"r{row}{column}", f"p{row}{column}"
        nodes.append(node("Slice", ["x", str(row), "end", "2", "2"], [rows]))
        nodes.append(node("Slice", [rows, str(column), "end", "3", "2"], [part]))
        parts.append(part)
    nodes.append(node("Concat", parts, ["f"], axis=1))
    nodes.append(node("Conv", ["f", "w", "b"], ["y"], kernel_shape=[kernel] * 2, pads=[pads] * 4))
    return model(nodes, [1, 3, 12, 16], constants)


@pytest.mark.parametrize("order", [[(0, 0), (1, 0), (0, 1), (1, 1)], [(0, 0), (0, 1), (1, 0), (1, 1)]])
@pytest.mark.parametrize(("kernel", "pads"), [(3, 1), (1, 0)])
def test_focus_becomes_one_convolution(order: list[tuple[int, int]], kernel: int, pads: int) -> None:
    original = focus(order, kernel, pads)
    folded = fold_focus(original)
    assert kinds(folded) == ["Conv"]
    x = normal(1, 3, 12, 16)
    assert np.allclose(run(folded, x), run(original, x), atol=1e-5)


def test_slices_that_are_no_focus_stay() -> None:
    assert "Slice" in kinds(fold_focus(focus([(0, 0), (0, 0), (0, 1), (1, 1)])))


def stem(kernel: int, pads: list[int]) -> onnx.ModelProto:
    constants = {"w": normal(4, 3, kernel, kernel, seed=5), "b": normal(4, seed=6)}
    conv = node("Conv", ["x", "w", "b"], ["y"], name="stem", kernel_shape=[kernel] * 2, strides=[2, 2], pads=pads)
    return model([conv], [1, 3, 16, 12], constants)


STEMS = [
    (3, [1, 1, 1, 1]),
    (3, [0, 0, 1, 1]),
    (6, [2, 2, 2, 2]),
    (7, [3, 3, 3, 3]),
    (2, [0, 0, 0, 0]),
    (5, [2, 1, 2, 2]),
]


@pytest.mark.parametrize(("kernel", "pads"), STEMS)
def test_a_stem_over_blocks_has_the_same_results(kernel: int, pads: list[int]) -> None:
    original = stem(kernel, pads)
    changed, zero = bytes_in(original, [114.0] * 3, [57.0] * 3)
    folded = blocks_of_four(changed)
    assert zero == 114
    assert kinds(folded) == ["Sub", "SpaceToDepth", "Conv"]
    pixels = np.random.default_rng(7).integers(0, 256, (1, 3, 16, 12)).astype(np.float32)
    expected = run(original, (pixels - 114) / 57)
    assert np.allclose(run(folded, pixels), expected, atol=1e-4)


def test_different_means_differ_only_at_the_border() -> None:
    mean, std = np.array([103.5, 116.3, 123.7]), np.array([57.4, 57.1, 58.4])
    original = stem(3, [1, 1, 1, 1])
    changed, _ = bytes_in(original, mean.tolist(), std.tolist())
    pixels = np.random.default_rng(8).integers(0, 256, (1, 3, 16, 12)).astype(np.float32)
    normalised = ((pixels - mean[:, None, None]) / std[:, None, None]).astype(np.float32)
    difference = np.abs(run(changed, pixels) - run(original, normalised))
    assert difference[:, :, 1:, 1:].max() < 1e-4
    assert 1e-3 < difference[:, :, 0].max() < 1


def test_an_input_that_goes_elsewhere_than_to_a_convolution_is_named() -> None:
    made = model([node("Relu", ["x"], ["y"])], [1, 3, 4, 4], {})
    with pytest.raises(ModelError, match="the input x goes to Relu"):
        bytes_in(made, [0, 0, 0], [1, 1, 1])


def test_cleaning_merges_what_belongs_to_a_convolution() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], kernel_shape=[3, 3]),
        node("BatchNormalization", ["c", "g", "b", "m", "v"], ["n"]),
        node("Identity", ["n"], ["y"]),
    ]
    numbers = {key: np.abs(normal(4, seed=at)) + 0.1 for at, key in enumerate("gbmv")}
    original = model(nodes, [1, 2, 8, 8], {"w": normal(4, 2, 3, 3), **numbers}, opset=11)
    cleaned = clean(original)
    assert kinds(cleaned) == ["Conv"]
    assert cleaned.opset_import[0].version == 13
    x = normal(1, 2, 8, 8, seed=9)
    assert np.allclose(run(cleaned, x), run(original, x), atol=1e-4)


def test_what_the_runtime_cannot_load_is_said() -> None:
    with pytest.raises(ModelError, match="cannot load the model"):
        clean(model([node("NoSuchOperator", ["x"], ["y"])], [1], {}))
