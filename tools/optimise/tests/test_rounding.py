"""Rounding with a view to the results beats rounding to the nearest, on what was seen."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from luchs_optimise.calibration import Tensors
from luchs_optimise.calibration.moments import Moments, moments
from luchs_optimise.quantize.rounding import rounded
from luchs_optimise.quantize.weights import Weights, quantize_weights
from tests.detectors import frames
from tests.graphs import model, normal, run

node = helper.make_node


def test_moments_are_those_of_the_patches_that_a_convolution_multiplies(tmp_path: Path) -> None:
    """For every weight w, wᵀ · second · w is the mean square of the convolution's results."""
    weights = normal(5, 3, 3, 3, seed=1)
    window = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}
    made = model([node("Conv", ["x", "w"], ["y"], name="conv", **window)], [1, 3, 24, 24], {"w": weights})
    tensors = Tensors(frames(tmp_path, size=24))
    seen = moments(made, tensors, 16)["conv"]
    results = np.concatenate([run(made, np.load(path))[0].reshape(5, -1) for path in tensors.paths], 1)
    flat = weights.reshape(5, -1)
    assert np.allclose(np.einsum("oi,ij,oj->o", flat, seen.second[0], flat), (results**2).mean(1), rtol=1e-3)
    assert np.allclose(flat @ seen.mean[0], results.mean(1), atol=1e-3)


@pytest.mark.parametrize("groups", [1, 12])
def test_results_are_nearer(tmp_path: Path, groups: int) -> None:
    """Coarse steps of four bits, where rounding can be seen; neighbouring pixels are alike, as in pictures."""
    weights = normal(12, 12 // groups, 3, 3, seed=1)
    rng = np.random.default_rng(2)
    for index in range(16):
        rough = rng.normal(size=(1, 12, 8, 8)) + 1
        np.save(tmp_path / f"{index:02}.npy", np.kron(rough, np.ones((3, 3))).astype(np.float32))
    made = model([node("Conv", ["x", "w"], ["y"], name="conv", group=groups)], [1, 12, 24, 24], {"w": weights})
    tensors = Tensors(tmp_path)
    scales = np.abs(weights).max((1, 2, 3)).astype(np.float32) / 7
    steps = np.clip(np.round(weights / scales[:, None, None, None]), -7, 7).astype(np.int8)
    better = rounded(weights, Weights(steps, scales), moments(made, tensors, 16)["conv"])

    def error(steps: np.ndarray, shift: np.ndarray) -> float:
        other = model(
            [node("Conv", ["x", "w", "b"], ["y"], group=groups)],
            [1, 12, 24, 24],
            {"w": (steps * scales[:, None, None, None]).astype(np.float32), "b": shift},
        )
        return float(np.mean([(run(other, x) - run(made, x)) ** 2 for x in map(np.load, tensors.paths)]))

    assert error(better.weights.steps, better.shift) < error(steps, np.zeros(12, np.float32)) / 2


def test_channels_with_another_scale_are_rounded_to_the_nearest() -> None:
    weights = normal(4, 2, 1, 1)
    nearest = quantize_weights(weights)
    other = quantize_weights(weights, bias=np.array([0, 1e12, 0, 0]), input_scale=0.1)
    seen = moments_of_noise(2)
    made, bias = rounded(weights, nearest, seen).where_it_fits(other, None)
    assert np.array_equal(made.scales, other.scales)
    assert np.array_equal(made.steps[1], other.steps[1])
    assert bias[1] == 0


def moments_of_noise(size: int) -> Moments:
    x = normal(1, 500, size, seed=4) + 1
    return Moments(np.einsum("gpi,gpj->gij", x, x) / 500, x.mean(1))
