"""The same weights on a smaller picture."""

import numpy as np
import pytest
from onnx import helper

from luchs_optimise.errors import ModelError
from luchs_optimise.graph.half import half
from luchs_optimise.graph.smaller import fixed, resized, shrunk, stride
from luchs_optimise.graph.tidy import named, tidy
from tests.detectors import detector
from tests.graphs import kinds, model, normal, run

node = helper.make_node


def test_a_detector_on_a_smaller_picture_has_fewer_places() -> None:
    small = resized(detector(), 32, 48)
    assert [size.dim_value for size in small.graph.input[0].type.tensor_type.shape.dim] == [1, 3, 32, 48]
    assert run(small, normal(1, 3, 32, 48)).shape == (1, 8 * 12, 7)
    assert [size.dim_value for size in small.graph.output[0].type.tensor_type.shape.dim] == [1, 96, 7]


def test_a_reshape_with_the_places_written_out_is_opened() -> None:
    nodes = [node("Conv", ["x", "w"], ["c"], name="conv"), node("Reshape", ["c", "to"], ["y"])]
    made = model(nodes, [1, 3, 16, 16], {"w": normal(5, 3, 1, 1), "to": np.array([1, 5, 256])})
    assert run(resized(made, 8, 12), normal(1, 3, 8, 12)).shape == (1, 5, 96)


def test_a_model_for_many_pictures_of_another_size_is_made_for_one_of_this_size() -> None:
    many = model([node("Conv", ["x", "w"], ["y"], name="conv")], [10, 3, 4, 4], {"w": normal(5, 3, 1, 1)})
    many.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
    made = fixed(many, 8, 12)
    assert run(made, normal(1, 3, 8, 12)).shape == (1, 5, 8, 12)
    assert [size.dim_value for size in made.graph.output[0].type.tensor_type.shape.dim] == [1, 5, 8, 12]


def test_anchors_for_one_size_are_noticed() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node("Reshape", ["c", "to"], ["r"]),
        node("Add", ["r", "anchors"], ["y"]),
    ]
    constants = {"w": normal(5, 3, 1, 1), "to": np.array([1, 5, 256]), "anchors": normal(1, 5, 256)}
    with pytest.raises(ModelError, match="does not run with this size"):
        resized(model(nodes, [1, 3, 16, 16], constants), 8, 8)


def test_the_stride_is_found() -> None:
    assert stride(detector()) == 4


def test_a_frame_is_shrunk_between_the_centres_of_pixels() -> None:
    frame = np.arange(8, dtype=np.float32).reshape(1, 1, 1, 8).repeat(2, 2)
    assert shrunk(frame, (2, 3), (2, 4)).tolist() == [[[[0.5, 2.5, 4.5, 6.5]] * 2]]
    assert np.array_equal(shrunk(frame, (2, 3), (2, 8)), frame)


def test_half_precision_is_near() -> None:
    original, x = detector(), normal(1, 3, 64, 64)
    error = np.abs(run(half(original), x) - run(original, x)).max()
    assert 0 < error < 0.05


def test_a_constant_behind_a_residual_moves_into_the_convolution() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node("Sum", ["c", "x"], ["s"]),
        node("Add", ["s", "b"], ["y"]),
    ]
    original = model(nodes, [1, 3, 4, 4], {"w": normal(3, 3, 1, 1), "b": normal(1, 3, 1, 1)})
    tidied = tidy(original)
    assert kinds(tidied) == ["Conv", "Add"]
    assert np.allclose(run(tidied, normal(1, 3, 4, 4)), run(original, normal(1, 3, 4, 4)), atol=1e-6)


def test_a_residual_that_others_use_keeps_its_constant() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], name="conv"),
        node("Add", ["c", "x"], ["s"]),
        node("Add", ["s", "b"], ["t"]),
        node("Mul", ["s", "t"], ["y"]),
    ]
    original = model(nodes, [1, 3, 4, 4], {"w": normal(3, 3, 1, 1), "b": normal(1, 3, 1, 1)})
    assert kinds(tidy(original)) == ["Conv", "Add", "Add", "Mul"]


def test_a_reshape_to_the_same_shape_goes() -> None:
    nodes = [node("Reshape", ["x", "to"], ["r"]), node("Relu", ["r"], ["y"])]
    assert kinds(tidy(model(nodes, [1, 3, 4, 4], {"to": np.array([1, 3, 4, 4])}))) == ["Relu"]


def test_every_node_has_a_name_of_its_own() -> None:
    nodes = [
        node("Relu", ["x"], ["a"], name="same"),
        node("Relu", ["a"], ["b"], name="same"),
        node("Relu", ["b"], ["y"]),
    ]
    names = [n.name for n in named(model(nodes, [1], {})).graph.node]
    assert names == ["same", "Relu:b", "Relu:y"]
