"""The layers that suffer from eight bits are found, whatever the outputs mean."""

from pathlib import Path

import numpy as np

from luchs_optimise.calibration import Method, Tensors, collect
from luchs_optimise.graph import Graph
from luchs_optimise.quantize import plan
from luchs_optimise.sensitivity import Reference, Sensitivity, sensitivity
from luchs_optimise.sensitivity.layers import alone, layers
from luchs_optimise.sensitivity.outputs import objectness, rows
from tests.detectors import detector, frames
from tests.graphs import kinds

RNG = np.random.default_rng(0)


def measured(folder: Path, lonely: float) -> Sensitivity:
    made, tensors = detector(lonely), Tensors(frames(folder))
    ranges = plan(made, collect(made, tensors), Method.MSE)
    return sensitivity(made, ranges, tensors, most=4)


def test_places_and_channels_are_told_apart() -> None:
    assert rows(np.zeros((1, 3549, 85))).shape == (3549, 85)
    assert rows(np.zeros((1, 84, 8400))).shape == (8400, 84)
    assert rows(np.zeros((1, 1917, 1, 4))).shape == (1917, 4)
    assert rows(np.zeros((1, 1, 120, 160))).shape == (19200, 1)


def test_nothing_changed_is_no_error() -> None:
    outputs = [[RNG.random((1, 50, 6))] for _ in range(3)]
    assert Reference(outputs).error(outputs) == 0


def test_an_error_counts_where_something_is() -> None:
    """Box and score of 100 places; the model is sure of the first ten."""
    box, score = RNG.normal(size=(1, 100, 4)), np.full((1, 100, 1), 0.01)
    score[0, :10] = 0.9 + RNG.random((10, 1)) / 20
    reference = Reference([[box, score]])
    there, elsewhere = box.copy(), box.copy()
    there[0, :10] += 1
    elsewhere[0, 10:20] += 1
    assert reference.error([[there, score]]) > 20 * reference.error([[elsewhere, score]])


def test_what_is_not_a_number_is_the_worst_error() -> None:
    reference = Reference([[RNG.normal(size=(1, 20, 4))]])
    assert reference.error([[np.full((1, 20, 4), np.nan)]]) == np.inf


def test_objectness_is_the_score_that_goes_with_others() -> None:
    scores = RNG.random((400, 5)) * 0.2
    for place in range(40):
        scores[place, 2] = 0.9
        scores[place, (0, 1, 3, 4)[place % 4]] = 0.8
    assert objectness(scores) == 2
    scores[:, 2] = 0.1
    assert objectness(scores) is None


def test_a_layer_alone_is_the_only_one_in_eight_bits(tmp_path: Path) -> None:
    made = detector()
    ranges = plan(made, collect(made, Tensors(frames(tmp_path))), Method.MINMAX)
    graph = Graph(made)
    assert [layer.name for layer in layers(graph, ranges)] == [
        "stem",
        "depthwise",
        "dense",
        "sides",
        "objectness",
        "classes",
    ]
    changed = alone(graph, layers(graph, ranges)[1], ranges)
    assert kinds(changed).count("QuantizeLinear") == 2
    untouched = [n.input[1] for n in changed.graph.node if n.op_type == "Conv" and n.name != "depthwise"]
    assert untouched == ["w1", "w3", "w4", "w5", "w6"]


def test_channels_of_different_width_make_their_layers_sensitive(tmp_path: Path) -> None:
    even, uneven = measured(tmp_path, 1), measured(tmp_path, 200)
    assert {layer.name for layer in sorted(uneven.layers, key=lambda x: -x.error)[:2]} == {"stem", "depthwise"}
    assert sum(x.error for x in uneven.layers) > 10 * sum(x.error for x in even.layers)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    before = measured(tmp_path, 1)
    assert Sensitivity.of_json(before.as_json()) == before
