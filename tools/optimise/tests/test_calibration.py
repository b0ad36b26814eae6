"""Ranges are those of what the model was fed, and bad footage is refused."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from luchs_optimise.calibration import Method, Range, Tensors, choose, collect
from luchs_optimise.calibration.activations import activations, sigmoid
from luchs_optimise.errors import TensorsError
from luchs_optimise.graph import Graph
from luchs_optimise.quantize.plan import plan, shared
from tests.graphs import model, normal

node = helper.make_node


def frames(folder: Path, count: int, flat: bool = False) -> Tensors:
    for index in range(count):
        frame = np.zeros((1, 2, 4, 4), np.float32) if flat else normal(1, 2, 4, 4, seed=index)
        np.save(folder / f"{index:03}.npy", frame)
    return Tensors(folder)


def test_too_few_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TensorsError, match=r"3 frames .* at least 16"):
        frames(tmp_path, 3)


def test_black_footage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TensorsError, match="16 of 16 frames are of one colour"):
        list(frames(tmp_path, 16, flat=True).frames((1, 2, 4, 4)))


def test_frames_of_another_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        TensorsError, match=r"000.npy: its shape is \(1, 2, 4, 4\), the model's input is \(1, 3, 4, 4\)"
    ):
        list(frames(tmp_path, 16).frames((1, 3, 4, 4)))


def test_a_file_that_is_no_array_is_named(tmp_path: Path) -> None:
    tensors = frames(tmp_path, 16)
    (tmp_path / "000.npy").write_bytes(b"nothing")
    with pytest.raises(TensorsError, match=r"000.npy: no NumPy file"):
        list(tensors.frames((1, 2, 4, 4)))


def test_the_digest_changes_with_a_frame(tmp_path: Path) -> None:
    tensors = frames(tmp_path, 16)
    before = tensors.digest()
    np.save(tmp_path / "003.npy", normal(1, 2, 4, 4, seed=99))
    assert before != tensors.digest()


def test_zero_is_exact_in_every_range() -> None:
    for low, high in [(-3.0, 5.0), (1.0, 4.0), (-7.0, -2.0), (-1e-9, 0.0)]:
        assert Range.of(low, high).rounded(np.zeros(1))[0] == 0


def test_least_error_gives_up_a_lonely_value() -> None:
    values = np.concatenate([normal(50_000), [400.0]])
    assert choose(values, Method.MINMAX).high == 400
    assert choose(values, Method.PERCENTILE).high < 6
    whole, found = choose(values, Method.MINMAX), choose(values, Method.MSE)
    assert ((found.rounded(values) - values) ** 2).mean() <= ((whole.rounded(values) - values) ** 2).mean()


def test_the_error_counts_behind_the_activation() -> None:
    values = np.concatenate([np.linspace(-60, 0, 30_000), np.linspace(0, 3, 30_000)])

    def silu(x: np.ndarray) -> np.ndarray:
        return np.asarray(x * sigmoid(x))

    blind, seeing = choose(values, Method.MSE), choose(values, Method.MSE, silu)
    assert seeing.low > blind.low
    assert (
        np.abs(silu(seeing.rounded(values)) - silu(values)).mean()
        < np.abs(silu(blind.rounded(values)) - silu(values)).mean()
    )


def test_sigmoid_times_x_is_one_activation(tmp_path: Path) -> None:
    nodes = [node("Conv", ["x", "w"], ["c"]), node("Sigmoid", ["c"], ["s"]), node("Mul", ["c", "s"], ["y"])]
    found = activations(Graph(model(nodes, [1, 2, 4, 4], {"w": normal(2, 2, 1, 1)})))
    assert [(a.kind, a.source, a.result) for a in found.values()] == [("SiLU", "c", "y")]


def test_inputs_of_a_concat_before_a_convolution_share_a_range(tmp_path: Path) -> None:
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Concat", ["x", "a"], ["j"], axis=1),
        node("Conv", ["j", "w"], ["c"]),
        node("Sigmoid", ["c"], ["s"]),
        node("Concat", ["c", "s"], ["y"], axis=1),
    ]
    made = model(nodes, [1, 2, 4, 4], {"w": normal(2, 4, 1, 1)})
    statistics = collect(made, frames(tmp_path, 16))
    groups = [sorted(group) for group in shared(Graph(made), statistics)]
    assert ["a", "j", "x"] in groups
    assert ["c"] in groups
    ranges = plan(made, statistics, Method.MINMAX)
    assert ranges["a"] == ranges["x"] != ranges["c"]
