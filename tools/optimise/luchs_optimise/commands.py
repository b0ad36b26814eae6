"""The steps as commands."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from .calibration import Method, Tensors, collect
from .candidates import Camera, Candidate, Origin, Planner, Target, Wanted, write
from .candidates.description import as_text, ranges_as_json, replace
from .errors import UsageError
from .graph import clean
from .graph.edit import load
from .graph.smaller import fixed
from .progress import Progress
from .prune import command as prune
from .quantize import plan, quantize_qdq
from .quantize.nhwc import NhwcForm, Pointwise, quantize_nhwc
from .quantize.qdq import QdqForm
from .sensitivity import Sensitivity, sensitivity
from .tfjs import Cut, convert, read


def _convert(arguments: argparse.Namespace, progress: Progress) -> None:
    graph = read(arguments.model)
    name, _, sizes = arguments.input.partition("=")
    try:
        shape = tuple(int(size) for size in sizes.split(","))
    except ValueError as error:
        raise UsageError(f"--input {arguments.input}: give it as NAME=1,3,416,416") from error
    outputs = arguments.output or graph.outputs
    made = progress.whole("convert", lambda: clean(convert(graph, Cut({name: shape}, outputs), "main")))
    replace({arguments.to: made.SerializeToString()})


def _clean(arguments: argparse.Namespace, progress: Progress) -> None:
    model = load(arguments.model)
    if arguments.size:
        width, _, height = arguments.size.partition("x")
        if not (width.isdecimal() and height.isdecimal()):
            raise UsageError(f"--size {arguments.size}: give it as 640x480")
        model = fixed(model, int(height), int(width))
    made = progress.whole("clean", lambda: clean(model))
    replace({arguments.to: made.SerializeToString()})


def _quantize(arguments: argparse.Namespace, progress: Progress) -> None:
    model, tensors = load(arguments.model), Tensors(arguments.tensors)
    statistics = collect(model, tensors, arguments.frames, progress.step("statistics"))
    ranges = plan(model, statistics, arguments.method, tell=progress.step("ranges"))
    exclude = arguments.keep_float
    if arguments.form == "nhwc":
        made = quantize_nhwc(model, ranges, NhwcForm(exclude, arguments.pointwise))
    else:
        made = quantize_qdq(model, ranges, QdqForm(exclude, symmetric=arguments.form == "symmetric"))
    recipe = {
        "form": arguments.form,
        "method": arguments.method,
        "pointwise": arguments.pointwise,
        "float": sorted(exclude),
        "ranges": ranges_as_json(ranges),
    }
    origin = Origin(_digest(arguments.model), tensors.digest(), statistics.frames)
    _tell(write(arguments.to, Candidate(arguments.name, made, recipe), origin), progress)


def _sensitivity(arguments: argparse.Namespace, progress: Progress) -> None:
    model, tensors = load(arguments.model), Tensors(arguments.tensors)
    statistics = collect(model, tensors, arguments.frames, progress.step("statistics"))
    ranges = plan(model, statistics, Method.MSE, tell=progress.step("ranges"))
    found = sensitivity(model, ranges, tensors, arguments.measure, tell=progress.step("sensitivity"))
    document = found.as_json() | {"parent": _digest(arguments.model), "calibration": tensors.digest()}
    replace({arguments.to: as_text(document)})


def _candidates(arguments: argparse.Namespace, progress: Progress) -> None:
    model, tensors = load(arguments.model), Tensors(arguments.tensors)
    targets = frozenset(Target) if arguments.target == "all" else frozenset({Target(arguments.target)})
    known = _known(arguments.sensitivity, _digest(arguments.model)) if arguments.sensitivity else None
    wanted = Wanted(targets, _camera(arguments.mean, arguments.std), known, arguments.frames)
    origin = Origin(_digest(arguments.model), tensors.digest(), tensors.count(arguments.frames))
    for made in Planner(model, tensors, wanted, progress).candidates():
        _tell(write(arguments.to, made, origin), progress)


def _prune(arguments: argparse.Namespace, progress: Progress) -> None:
    _tell(prune.run(arguments, progress), progress)


def _known(path: Path, parent: str) -> Sensitivity:
    try:
        document = json.loads(path.read_bytes())
        found, of = Sensitivity.of_json(document), document["parent"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: no sensitivities ({error}); make them with the step sensitivity") from error
    if of != parent:
        raise UsageError(f"{path}: these are the sensitivities of another model; measure them anew")
    return found


def _camera(mean: str | None, std: str | None) -> Camera | None:
    if mean is None and std is None:
        return None
    try:
        numbers = [[float(part) for part in text.split(",")] for text in (mean or "0,0,0", std or "1,1,1")]
    except ValueError:
        numbers = [[]]
    if any(len(three) != 3 for three in numbers) or any(part <= 0 for part in numbers[1]):
        raise UsageError("--mean and --std: give three numbers each, as 103.5,116.3,123.7; deviations are above 0")
    (m0, m1, m2), (s0, s1, s2) = numbers
    return Camera((m0, m1, m2), (s0, s1, s2))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tell(written: Path, progress: Progress) -> None:
    print(json.dumps({"wrote": str(written)}) if progress.shown else written, flush=True)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="luchs-optimise", description="What happens to ONNX files, step by step.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--progress", action="store_true", help="tell how far it is, one JSON object a line")
    steps = whole.add_subparsers(required=True)

    step = steps.add_parser("convert", parents=[common], help="a TensorFlow.js graph model to a clean ONNX model")
    step.add_argument("model", type=Path, help="model.json")
    step.add_argument("to", type=Path, help="the ONNX file")
    step.add_argument("--input", required=True, metavar="NAME=SIZES", help="what is fed, as input_1=1,3,416,416")
    step.add_argument("--output", action="append", help="a result (again for each; default: those of the signature)")
    step.set_defaults(step=_convert)

    step = steps.add_parser("clean", parents=[common], help="the same results with less to do")
    step.add_argument("model", type=Path)
    step.add_argument("to", type=Path)
    step.add_argument("--size", metavar="WxH", help="of the picture, where the file leaves it open or has another one")
    step.set_defaults(step=_clean)

    framed = argparse.ArgumentParser(add_help=False, parents=[common])
    framed.add_argument("model", type=Path, help="a clean model")
    framed.add_argument("tensors", type=Path, help="folder of frames, one .npy each")

    step = steps.add_parser("sensitivity", parents=[framed], help="what eight bits do to the outputs, layer by layer")
    step.add_argument("to", type=Path, help="the JSON file")
    step.add_argument("--frames", type=int, default=32, help="frames for ranges, spread over the folder")
    step.add_argument("--measure", type=int, default=8, help="frames that errors are measured on")
    step.set_defaults(step=_sensitivity)

    step = steps.add_parser("candidates", parents=[framed], help="all candidates for a kind of device")
    step.add_argument("to", type=Path, help="folder for NAME.onnx and NAME.json")
    step.add_argument("--for", dest="target", choices=[*Target, "all"], default=Target.CPU)
    step.add_argument("--sensitivity", type=Path, metavar="FILE", help="of the step sensitivity; else it is measured")
    step.add_argument("--mean", help="three numbers: with --std, candidates take the camera's bytes")
    step.add_argument("--std", help="three numbers, in the model's order of colours")
    step.add_argument("--frames", type=int, default=32, help="at most so many, spread over the folder")
    step.set_defaults(step=_candidates)

    step = steps.add_parser("quantize", parents=[framed], help="one candidate by hand")
    step.add_argument("to", type=Path, help="folder for NAME.onnx and NAME.json")
    step.add_argument("--name", default="int8")
    step.add_argument("--form", choices=["qdq", "symmetric", "nhwc"], default="qdq")
    step.add_argument("--method", type=Method, choices=list(Method), default=Method.MINMAX)
    step.add_argument("--pointwise", type=Pointwise, choices=list(Pointwise), default=Pointwise.STOCK)
    step.add_argument("--keep-float", action="append", default=[], metavar="NODE", help="a layer that stays float")
    step.add_argument("--frames", type=int, help="at most so many, spread over the folder")
    step.set_defaults(step=_quantize)

    prune.add(steps, framed, _prune)
    return whole
