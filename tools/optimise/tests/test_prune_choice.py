"""How narrow each group gets, what makes up for it, and what is learnt from."""

from collections.abc import Sequence

import numpy as np
import pytest

from luchs_optimise.calibration.moments import Moments
from luchs_optimise.graph import Graph
from luchs_optimise.prune.allocate import Curve, allocate, removed_by, steps_of
from luchs_optimise.prune.augment import augment
from luchs_optimise.prune.channels import Channels, Group
from luchs_optimise.prune.importance import Importance
from luchs_optimise.prune.meaning import Meaning, joint
from luchs_optimise.prune.restore import behind
from luchs_optimise.sensitivity import Reference
from luchs_optimise.sensitivity.outputs import rows
from tests.detectors import detector
from tests.graphs import normal


def group(count: int) -> Group:
    return Group("g", np.arange(count))


@pytest.mark.parametrize(
    ("count", "multiple", "left"),
    [
        (64, 8, [48, 32, 16]),
        (256, 8, [192, 128, 64]),
        (80, 8, [56, 32]),
        (24, 16, [16]),
        (8, 8, []),
        (6, 2, [4, 2]),
    ],
)
def test_widths_that_are_left_are_multiples(count: int, multiple: int, left: list[int]) -> None:
    assert [count - gone for gone in steps_of(group(count), multiple)[1:]] == left


def curve(name: str, first: int, errors: Sequence[float]) -> Curve:
    return Curve(name, np.arange(first, first + 8), (0, 2, 4, 6), (0.0, *errors))


def cost(removed: np.ndarray) -> float:
    """Channels of the second group are four times as dear."""
    return 40.0 - float(np.where(removed < 8, 1, 4).sum())


def test_channels_go_where_they_save_most_for_least_error() -> None:
    curves = [curve("a", 0, [0.1, 0.22, 0.4]), curve("b", 8, [0.2, 0.5, 5.0])]
    # Two of the dear ones save 8 for 0.2, the cheap ones 2 for 0.1.
    assert allocate(curves, cost, 32) == (0, 1)
    assert allocate(curves, cost, 24) == (0, 2)
    assert allocate(curves, cost, 20) == (2, 2)
    assert removed_by(curves, (1, 2)).tolist() == [0, 1, 8, 9, 10, 11]


def test_a_cliff_is_jumped_only_if_it_must_be() -> None:
    curves = [curve("a", 0, [0.1, 0.2, 9.0]), curve("b", 8, [8.0, 8.1, 8.2])]
    assert allocate(curves, cost, 36) == (2, 0)
    assert allocate(curves, cost, 16) == (0, 3)
    assert allocate(curves, cost, 9) is None


def test_a_narrower_group_that_looks_better_by_chance_costs_nothing() -> None:
    assert allocate([curve("a", 0, [0.2, 0.1, 3.0]), curve("b", 8, [0.3, 0.4, 0.5])], cost, 36) == (2, 0)


def moments(values: np.ndarray) -> Moments:
    return Moments((values.T @ values / len(values))[None], values.mean(0)[None])


def test_what_is_left_stands_in_for_what_it_resembles() -> None:
    left = normal(4000, 3, seed=1)
    gone = left @ np.array([[1.0], [-2.0], [0.5]]) + 3.0
    values = np.concatenate([left, gone], 1)
    weights = normal(5, 4, 1, 1, seed=2)
    made, shift = behind(weights, np.array([True, True, True, False]), moments(values))
    before = values @ weights[:, :, 0, 0].T
    after = left @ made[:, :, 0, 0].T + shift
    assert np.abs(after - before).mean() < 0.03 * np.abs(before).mean()


def test_of_what_resembles_nothing_the_mean_is_left() -> None:
    values = normal(4000, 4, seed=1) + np.array([0, 0, 0, 5], np.float32)
    weights = normal(5, 4, 1, 1, seed=2)
    made, shift = behind(weights, np.array([True, True, True, False]), moments(values))
    np.testing.assert_allclose(made, weights[:, :3], atol=0.1)
    np.testing.assert_allclose(shift, weights[:, 3, 0, 0] * 5, atol=0.2)


def test_a_channel_counts_as_much_as_the_layers_behind_make_of_it() -> None:
    channels = Channels(Graph(detector()))
    importance, stem = Importance(channels), channels.groups()[0].channels
    w3 = channels.graph.constant("w3")
    assert w3 is not None
    derivative = np.zeros_like(w3)
    derivative[2, 5] = 3.0
    importance.add({"w3": derivative})
    importance.add({"w3": np.zeros_like(w3)})
    expected = np.zeros(8)
    expected[5] = (3.0 * w3[2, 5, 0, 0]) ** 2 / 2
    np.testing.assert_allclose(importance.of(stem), expected)


def test_changed_frames_stay_in_shape_and_range() -> None:
    for shape in ((1, 3, 40, 64), (1, 40, 64, 3)):
        frame = normal(*shape)
        for seed in range(12):
            made = augment(frame, np.random.default_rng(seed))
            assert made.shape == shape and made.dtype == np.float32
            assert frame.min() <= made.min() and made.max() <= frame.max()


def test_changed_frames_differ_and_come_again_with_the_seed() -> None:
    frame = normal(1, 3, 32, 32)
    made = [augment(frame, np.random.default_rng(seed)) for seed in range(24)]
    assert len({part.tobytes() for part in made}) > 12
    assert any(np.array_equal(part, frame[..., ::-1]) for part in made)
    np.testing.assert_array_equal(made[3], augment(frame, np.random.default_rng(3)))


def said(seed: int) -> list[np.ndarray]:
    """Sides, objectness and three classes at 60 places, something at every third one."""
    rng = np.random.default_rng(seed)
    there = np.arange(60) % 3 == 0
    sure = np.where(there, rng.uniform(0.6, 1, 60), rng.uniform(0, 0.05, 60))
    classes = rng.uniform(0, 0.3, (60, 3))
    classes[np.arange(60), rng.integers(0, 3, 60)] = 0.9
    return [np.concatenate([rng.normal(size=(60, 4)) * 50, sure[:, None], classes], 1)[None].astype(np.float32)]


def test_the_loss_measures_what_the_sensitivity_measures() -> None:
    frames = [said(seed) for seed in range(6)]
    wrong = [[part + normal(*part.shape, seed=seed) * 0.01 for part in frame] for seed, frame in enumerate(frames)]
    meaning, total = Meaning(frames), 0.0
    (output,) = meaning.outputs
    assert output.scores.tolist() == [False] * 4 + [True] * 4 and output.common == 0
    weight = moved = 0.0
    for frame, other in zip(frames, wrong, strict=True):
        one, two = rows(frame[0]), rows(other[0])
        (sure,) = meaning.sureness([one])
        total += float(((joint(output, one) - joint(output, two)) ** 2).sum()) / output.energy / len(frames)
        moved += float((sure * (((one[:, :4] - two[:, :4]) / output.spread) ** 2).mean(1)).sum())
        weight += float(sure.sum())
    assert total + moved / weight == pytest.approx(Reference(frames).error(wrong), rel=1e-3)
