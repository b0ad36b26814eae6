"""Candidates of a model that this tool has never seen."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest

from luchs_optimise.calibration import Tensors
from luchs_optimise.candidates import Camera, Candidate, Planner, Target, Wanted
from luchs_optimise.candidates.exceptions import smallest, worst
from luchs_optimise.progress import Progress
from luchs_optimise.quantize.nhwc.stock import with_stock_operators
from luchs_optimise.sensitivity import Layer, Sensitivity
from tests.detectors import detector, frames
from tests.graphs import kinds, run

CAMERA = Camera((114, 114, 114), (57, 57, 57))
CPU = {"fp32-clean", "int8-qdq", "int8-table", "int8-nhwc"}


def made(folder: Path, target: Target, camera: Camera | None = CAMERA, lonely: float = 200) -> dict[str, Candidate]:
    wanted = Wanted(frozenset({target}), camera)
    planner = Planner(detector(lonely, size=128), Tensors(frames(folder, size=128)), wanted, Progress(shown=False))
    return {candidate.name: candidate for candidate in planner.candidates()}


@pytest.fixture(scope="module")
def cpu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Candidate]]:
    yield made(tmp_path_factory.mktemp("frames"), Target.CPU)


def test_each_form_is_there_for_the_cpu(cpu: dict[str, Candidate]) -> None:
    assert set(cpu) >= CPU | {"int8-qdq-mixed"}
    assert all(candidate.targets == ["cpu"] for candidate in cpu.values())


def test_wide_channels_do_not_spoil_the_integer_forms(cpu: dict[str, Candidate]) -> None:
    assert (cpu["int8-table"].error or 9) < (cpu["int8-qdq"].error or 0) / 5
    assert [split["conv"] for split in cpu["int8-table"].recipe["splits"]] == ["stem"]


def test_layers_are_kept_float_by_what_was_measured(cpu: dict[str, Candidate]) -> None:
    mixed = cpu["int8-qdq-mixed"]
    assert set(mixed.recipe["float"]) & {"stem", "depthwise"}
    assert (mixed.error or 9) < (cpu["int8-qdq"].error or 0)


def test_integer_forms_take_bytes_if_the_camera_is_known(cpu: dict[str, Candidate]) -> None:
    for name in ("int8-table", "int8-nhwc"):
        source = cpu[name].model.graph.input[0].type.tensor_type
        assert source.elem_type == onnx.TensorProto.UINT8
        assert [size.dim_value for size in source.shape.dim] == [1, 128, 128, 3]
    assert "Table8" not in kinds(cpu["int8-nhwc"].model)
    assert "Table8" in kinds(cpu["int8-table"].model)


def test_smaller_pictures_have_fewer_places(cpu: dict[str, Candidate]) -> None:
    """Sides of 128 are the least that is offered; 0.77 of 128 is below it."""
    assert not [name for name in cpu if name[-1].isdigit() and "x" in name]


def test_devices_get_what_they_can_use(tmp_path: Path) -> None:
    for target, names in ((Target.OPENVINO, {"fp16", "int8-qdq"}), (Target.TENSORRT, {"fp16", "int8-symmetric"})):
        found = made(tmp_path, target)
        assert names <= set(found)
        assert not any(name.startswith(("int8-table", "int8-nhwc")) for name in found)
        kinds_of_weights = {c.data_type for c in found["fp16"].model.graph.initializer if c.name == "w3"}
        assert kinds_of_weights == {onnx.TensorProto.FLOAT16}
        assert (found["fp16"].error or 9) < 0.001


def test_without_a_camera_the_input_stays_as_it_was(tmp_path: Path) -> None:
    found = made(tmp_path, Target.CPU, camera=None)
    for name in CPU:
        assert found[name].model.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT


def test_an_even_model_has_no_exceptions(tmp_path: Path) -> None:
    assert set(made(tmp_path, Target.CPU, lonely=1)) == CPU


def test_the_table_operator_and_its_substitute_agree(cpu: dict[str, Candidate], tmp_path: Path) -> None:
    path = sorted(frames(tmp_path, size=128).glob("*.npy"))[0]
    pixels = CAMERA.pixels(np.load(path))
    plain = run(with_stock_operators(cpu["int8-table"].model), pixels)
    assert np.abs(plain - run(cpu["int8-nhwc"].model, pixels)).mean() < 0.05


def found(*errors: float) -> Sensitivity:
    return Sensitivity([Layer(f"l{number}", error, 10, []) for number, error in enumerate(errors)], 8)


def test_the_fewest_exceptions_that_halve_the_error_are_taken() -> None:
    layers = found(0.1, 3, 0.2, 2, 0.1, 0.1, 0.1, 0.1)
    left = {("l1",): 0.9, ("l1", "l3"): 0.4}
    assert smallest(layers, 1.0, lambda names: left[tuple(names)]) == (["l1", "l3"], 0.4)


def test_exceptions_that_take_nothing_away_are_not_made() -> None:
    assert smallest(found(0.1, 3, 0.2, 2), 1.0, lambda _: 1.1) is None


def test_exceptions_are_a_small_part_of_the_work() -> None:
    layers = Sensitivity([Layer("large", 9, 1000, []), Layer("small", 1, 10, []), Layer("rest", 0.1, 1000, [])], 8)
    assert worst(layers, 2) == ["small"]
