"""Which channels hang together, and what is left when some are gone."""

import numpy as np
import onnx
import pytest
from onnx import helper

from luchs_optimise.graph import Graph
from luchs_optimise.prune.channels import Channels
from luchs_optimise.prune.cut import Costs, cut
from tests.detectors import detector
from tests.graphs import model, normal, run

node = helper.make_node
DENSE = {"w1": normal(4, 3, 1, 1, seed=1), "w2": normal(4, 4, 1, 1, seed=2), "w3": normal(2, 4, 1, 1, seed=3)}


def groups(made: onnx.ModelProto) -> dict[str, int]:
    return {group.name: len(group.channels) for group in Channels(Graph(made)).groups()}


def silenced(made: onnx.ModelProto, weights: dict[str, list[int]]) -> onnx.ModelProto:
    """The model with channels that the layers behind do not listen to."""
    graph = Graph(made)
    for name, inputs in weights.items():
        value = graph.constant(name)
        assert value is not None
        value = value.copy()
        value[:, inputs] = 0
        graph.set_constant(name, value)
    return graph.finish()


def test_channels_of_outputs_and_of_the_picture_stay() -> None:
    made = detector()
    found = Channels(Graph(made))
    # The depthwise layer has the stem's channels, sides, objectness and classes are the output's.
    assert groups(made) == {"stem": 8, "dense": 16}
    assert all((found.uses[weight, 0] >= 0).all() for weight in ("w4", "w5", "w6"))
    assert not set(found.uses["w6", 0].tolist()) & {n for g in found.groups() for n in g.channels.tolist()}


@pytest.mark.parametrize("gone", [[0], [1, 5], [2, 3, 6, 7]])
def test_a_cut_model_says_what_the_whole_one_says_without_these_channels(gone: list[int]) -> None:
    made, x = detector(), normal(1, 3, 64, 64, seed=11)
    channels = Channels(Graph(made))
    stem = channels.groups()[0].channels[gone]
    narrow = cut(channels, stem)
    onnx.checker.check_model(narrow, full_check=True)
    np.testing.assert_allclose(run(narrow, x), run(silenced(made, {"w3": gone}), x), rtol=1e-4, atol=1e-5)
    assert [value.name for value in narrow.graph.output] == ["y"]
    assert [n.name for n in narrow.graph.node] == [n.name for n in made.graph.node]


def test_what_is_added_has_its_channels_in_common() -> None:
    nodes = [
        node("Conv", ["x", "w1"], ["a"], name="first"),
        node("Conv", ["a", "w2"], ["b"], name="second"),
        node("Add", ["a", "b"], ["c"]),
        node("Conv", ["c", "w3"], ["y"], name="last"),
    ]
    made = model(nodes, [1, 3, 8, 8], DENSE)
    assert groups(made) == {"first": 4}
    channels = Channels(Graph(made))
    narrow = cut(channels, channels.groups()[0].channels[[1]])
    x = normal(1, 3, 8, 8)
    np.testing.assert_allclose(run(narrow, x), run(silenced(made, {"w2": [1], "w3": [1]}), x), rtol=1e-4, atol=1e-5)


def test_what_is_side_by_side_can_go_by_itself() -> None:
    nodes = [
        node("Conv", ["x", "w1"], ["a"], name="first"),
        node("Conv", ["a", "w2"], ["b"], name="second"),
        node("Concat", ["b", "a"], ["c"], axis=1),
        node("Conv", ["c", "w8"], ["y"], name="last"),
    ]
    made = model(nodes, [1, 3, 8, 8], {**DENSE, "w8": normal(2, 8, 1, 1, seed=4)})
    assert groups(made) == {"first": 4, "second": 4}
    channels = Channels(Graph(made))
    second = next(group for group in channels.groups() if group.name == "second")
    x = normal(1, 3, 8, 8)
    expected = run(silenced(made, {"w8": [2]}), x)
    np.testing.assert_allclose(run(cut(channels, second.channels[[2]]), x), expected, rtol=1e-4, atol=1e-5)


def test_parts_of_a_split_get_narrower() -> None:
    nodes = [
        node("Conv", ["x", "w1"], ["a"], name="first"),
        node("Split", ["a", "sizes"], ["b", "c"], axis=1),
        node("Conv", ["c", "w4"], ["y"], name="last"),
    ]
    made = model(nodes, [1, 3, 8, 8], {**DENSE, "sizes": np.array([1, 3]), "w4": normal(2, 3, 1, 1)})
    channels = Channels(Graph(made))
    gone = channels.uses["w4", 1][[0]]
    x = normal(1, 3, 8, 8)
    np.testing.assert_allclose(run(cut(channels, gone), x), run(silenced(made, {"w4": [0]}), x), rtol=1e-4, atol=1e-5)


def test_a_constant_for_each_channel_gets_narrower() -> None:
    nodes = [
        node("Conv", ["x", "w1"], ["a"], name="first"),
        node("Mul", ["a", "scale"], ["b"]),
        node("Add", ["b", "one"], ["c"]),
        node("Conv", ["c", "w3"], ["y"], name="last"),
    ]
    made = model(nodes, [1, 3, 8, 8], {**DENSE, "scale": normal(4, 1, 1, seed=6), "one": np.float32(0.5)})
    channels = Channels(Graph(made))
    narrow = cut(channels, channels.groups()[0].channels[[3]])
    x = normal(1, 3, 8, 8)
    np.testing.assert_allclose(run(narrow, x), run(silenced(made, {"w3": [3]}), x), rtol=1e-4, atol=1e-5)


def test_layers_with_the_same_weights_lose_the_same_channels() -> None:
    nodes = [
        node("Conv", ["x", "w1"], ["a"], name="left"),
        node("Conv", ["a", "w2"], ["b"], name="once"),
        node("Conv", ["b", "w2"], ["c"], name="again"),
        node("Conv", ["c", "w3"], ["y"], name="last"),
    ]
    assert groups(model(nodes, [1, 3, 8, 8], DENSE)) == {"left": 4}


@pytest.mark.parametrize(
    "between",
    [
        [node("Reshape", ["a", "shape"], ["r"]), node("Transpose", ["r"], ["b"], perm=[0, 1, 3, 2])],
        [node("Softmax", ["a"], ["b"], axis=1)],
    ],
)
def test_what_is_not_understood_keeps_its_channels(between: list[onnx.NodeProto]) -> None:
    nodes = [
        node("Conv", ["x", "w1"], ["a"], name="first"),
        *between,
        node("Conv", ["b", "w3"], ["y"], name="last"),
    ]
    assert groups(model(nodes, [1, 3, 8, 8], {**DENSE, "shape": np.array([1, 4, 8, 8])})) == {}


def test_costs_are_those_of_the_model_that_is_left() -> None:
    channels = Channels(Graph(detector()))
    removed = np.concatenate([group.channels[:4] for group in channels.groups()])
    none = np.zeros(0, np.int64)
    left = Costs(Channels(Graph(cut(channels, removed)))).of(none)
    assert Costs(channels).of(removed) == pytest.approx(left)
    # Stem 27·8 at 32², depthwise 9·8 and dense 8·16 and heads 16·7 at 16².
    assert Costs(channels).of(none) == 216 * 1024 + (72 + 128 + 112) * 256
