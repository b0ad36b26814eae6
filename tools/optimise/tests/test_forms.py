"""How forms are written, and what is not worth its time."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from luchs_optimise.calibration import Method, Range, Tensors
from luchs_optimise.candidates import Camera, Planner, Target, Wanted
from luchs_optimise.candidates.forms import Nhwc
from luchs_optimise.candidates.material import Material
from luchs_optimise.candidates.refine import refine
from luchs_optimise.candidates.tuning import Tuned, roundings
from luchs_optimise.graph.stem import stem
from luchs_optimise.progress import Progress, silent
from luchs_optimise.quantize import Ranges
from luchs_optimise.sensitivity import Layer, Sensitivity
from tests.detectors import detector, frames
from tests.graphs import kinds

CAMERA = Camera((114, 114, 114), (57, 57, 57))
QUIET = Progress(shown=False)


def clipped() -> onnx.ModelProto:
    """The detector with ReLU6, which the end of a range does by itself."""
    made = detector(size=192)
    nodes = []
    for node in made.graph.node:
        if node.op_type == "Mul":
            limits = ["zero", "six"]
            nodes.append(helper.make_node("Clip", [node.input[0], *limits], list(node.output), name=node.output[0]))
        elif not (node.op_type == "Sigmoid" and node.output[0].endswith("/s")):
            nodes.append(node)
    for name, value in (("zero", 0), ("six", 6)):
        made.graph.initializer.append(onnx.numpy_helper.from_array(np.float32(value), name))
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    return made


def test_a_float_stem_takes_what_the_model_took(tmp_path: Path) -> None:
    whole = detector()
    assert stem(whole) == "stem"
    material = Material(whole, Tensors(frames(tmp_path)), QUIET, 16)
    form, ranges = Nhwc(whole, material, CAMERA), material.ranges(Method.MINMAX)
    inputs = {
        name: form.make(ranges, exclude).graph.input[0].type.tensor_type
        for name, exclude in (("integer", []), ("behind", ["depthwise"]), ("float", ["stem"]))
    }
    assert [inputs[name].elem_type for name in inputs] == [onnx.TensorProto.UINT8] * 2 + [onnx.TensorProto.FLOAT]
    assert [size.dim_value for size in inputs["float"].shape.dim] == [1, 3, 64, 64]
    assert form.recipe(ranges, ["stem"])["stem"] == []
    assert form.recipe(ranges, [])["stem"] == ["bytes", "blocks"]
    made = form.make(ranges, ["stem"])
    assert material.error(made, CAMERA) < material.error(form.make(ranges, []), CAMERA)
    assert kinds(made)[0] == "Conv"


def test_where_no_table_is_needed_there_is_one_candidate(tmp_path: Path) -> None:
    wanted = Wanted(frozenset({Target.CPU}), CAMERA)
    planner = Planner(clipped(), Tensors(frames(tmp_path, size=192)), wanted, QUIET)
    names = {candidate.name for candidate in planner.candidates()}
    assert names >= {"int8-nhwc", "int8-nhwc-148x148"}
    assert not any(name.startswith("int8-table") for name in names)


@pytest.mark.parametrize(
    ("nearest", "for_results", "taken"),
    [(0.10, 0.05, [True]), (0.05, 0.10, [False]), (0.10, 0.09, [True, False]), (0.09, 0.10, [False, True])],
)
def test_of_two_roundings_both_are_candidates_where_errors_are_close(
    nearest: float, for_results: float, taken: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = Material(detector(), Tensors(frames(tmp_path)), QUIET, 16)
    form = Nhwc(material.model, material)
    monkeypatch.setattr(Nhwc, "make", lambda made, *_: made.rounding)
    monkeypatch.setattr(Material, "error", lambda _, rounding, __: for_results if rounding else nearest)
    found = roundings("it", Tuned(form, {}, Method.MSE, (), nearest), QUIET)
    assert [one.form.rounding for one in found if isinstance(one.form, Nhwc)] == taken
    assert found[0].error == min(nearest, for_results)


def test_only_ranges_around_layers_that_harm_are_narrowed() -> None:
    model = detector()
    ranges = {name: Range(-1, float(number + 2)) for number, name in enumerate(("c1", "c1/a", "c2", "c2/a", "c3"))}
    layers = [Layer("stem", 0.01, 1, []), Layer("depthwise", 0.97, 1, []), Layer("dense", 0.02, 1, [])]

    def error_with(tried: Ranges) -> float:
        return sum(used.high for used in tried.values())

    found = refine(model, ranges, Sensitivity(layers, 8), error_with, silent)
    assert {name for name in ranges if found[name] != ranges[name]} == {"c1/a", "c2"}
