"""`python -m luchs_optimise`: the steps one by one, as `luchs optimise` calls them."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import onnx

from . import candidate
from .calibration import Method, Tensors, collect
from .errors import OptimiseError, UsageError
from .graph import clean
from .graph.edit import load
from .quantize import plan, quantize_qdq
from .quantize.nhwc import NhwcForm, Pointwise, quantize_nhwc
from .quantize.qdq import QdqForm
from .tfjs import Cut, convert, read


def main() -> int:
    """Runs one step; the exit code says what kind of fault there was."""
    arguments = _parser().parse_args()
    try:
        arguments.step(arguments)
    except OptimiseError as error:
        print(f"luchs-optimise: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"luchs-optimise: {error}; is the disk full, or the folder not yours?", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("luchs-optimise: stopped; what was written before is whole", file=sys.stderr)
        return 130
    return 0


def _convert(arguments: argparse.Namespace) -> None:
    graph = read(arguments.model)
    name, _, sizes = arguments.input.partition("=")
    try:
        shape = tuple(int(size) for size in sizes.split(","))
    except ValueError as error:
        raise UsageError(f"--input {arguments.input}: give it as NAME=1,3,416,416") from error
    outputs = arguments.output or graph.outputs
    onnx.save(clean(convert(graph, Cut({name: shape}, outputs), "main")), arguments.to)


def _clean(arguments: argparse.Namespace) -> None:
    onnx.save(clean(load(arguments.model)), arguments.to)


def _quantize(arguments: argparse.Namespace) -> None:
    model, tensors = load(arguments.model), Tensors(arguments.tensors)
    statistics = collect(model, tensors, arguments.frames)
    ranges = plan(model, statistics, arguments.method)
    exclude = arguments.keep_float
    if arguments.form == "nhwc":
        made = quantize_nhwc(model, ranges, NhwcForm(exclude, arguments.pointwise))
    else:
        made = quantize_qdq(model, ranges, QdqForm(exclude=exclude, symmetric=arguments.form == "symmetric"))
    recipe = {
        "form": arguments.form,
        "method": arguments.method,
        "pointwise": arguments.pointwise,
        "float": sorted(exclude),
        "ranges": candidate.ranges_as_json(ranges),
    }
    parent = hashlib.sha256(arguments.model.read_bytes()).hexdigest()
    origin = candidate.Origin(parent, tensors.digest(), statistics.frames)
    print(candidate.write(arguments.to, arguments.name, made, recipe, origin))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="luchs-optimise", description=__doc__)
    steps = parser.add_subparsers(required=True)

    step = steps.add_parser("convert", help="a TensorFlow.js graph model to a clean ONNX model")
    step.add_argument("model", type=Path, help="model.json")
    step.add_argument("to", type=Path, help="the ONNX file")
    step.add_argument("--input", required=True, metavar="NAME=SIZES", help="what is fed, as input_1=1,3,416,416")
    step.add_argument("--output", action="append", help="a result (again for each; default: those of the signature)")
    step.set_defaults(step=_convert)

    step = steps.add_parser("clean", help="the same results with less to do")
    step.add_argument("model", type=Path)
    step.add_argument("to", type=Path)
    step.set_defaults(step=_clean)

    step = steps.add_parser("quantize", help="one candidate out of a clean model and frames")
    step.add_argument("model", type=Path)
    step.add_argument("tensors", type=Path, help="folder of frames, one .npy each")
    step.add_argument("to", type=Path, help="folder for NAME.onnx and NAME.json")
    step.add_argument("--name", default="int8")
    step.add_argument("--form", choices=["qdq", "symmetric", "nhwc"], default="qdq")
    step.add_argument("--method", type=Method, choices=list(Method), default=Method.MINMAX)
    step.add_argument("--pointwise", type=Pointwise, choices=list(Pointwise), default=Pointwise.STOCK)
    step.add_argument("--keep-float", action="append", default=[], metavar="NODE", help="a layer that stays float")
    step.add_argument("--frames", type=int, help="at most so many, spread over the folder")
    step.set_defaults(step=_quantize)
    return parser


if __name__ == "__main__":
    sys.exit(main())
