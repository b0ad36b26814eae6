"""`prune` as a command."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from dataclasses import replace
from importlib import util
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..calibration import Tensors
from ..candidates import Origin, write
from ..errors import UsageError
from ..graph.edit import load
from ..progress import Progress
from .run import Pruning, Wanted

NEEDED = ("torch", "onnx2torch")


def run(arguments: argparse.Namespace, progress: Progress) -> Path:
    """Writes OUT.onnx and OUT.json."""
    missing = [name for name in NEEDED if util.find_spec(name) is None]
    if missing:
        raise UsageError(f"{' and '.join(missing)} is missing; make an environment for pruning with setup/prune.sh")
    if arguments.to.suffix != ".onnx":
        raise UsageError(f"{arguments.to}: the result is an ONNX file; give it a name that ends with .onnx")
    model, tensors = load(arguments.model), Tensors(arguments.tensors)
    seconds = float("inf") if arguments.minutes is None else arguments.minutes * 60
    wanted = Wanted(arguments.ratio, arguments.steps, arguments.batch, seconds, arguments.multiple, arguments.frames)
    made = Pruning(model, tensors, wanted, progress).made()
    tools = {name: version(name) for name in NEEDED}
    made = replace(made, name=arguments.to.stem, recipe=made.recipe | {"tools": tools})
    parent = hashlib.sha256(arguments.model.read_bytes()).hexdigest()
    return write(arguments.to.parent, made, Origin(parent, tensors.digest(), tensors.count(arguments.frames)))


def add(steps: Any, framed: argparse.ArgumentParser, step: Callable[..., None]) -> None:
    """Its part of the command line."""
    help_ = "narrower layers that learn from the model itself (needs PyTorch: setup/prune.sh)"
    parser = steps.add_parser("prune", parents=[framed], help=help_)
    parser.add_argument("to", type=Path, metavar="OUT.onnx", help="the result; its recipe is OUT.json")
    parser.add_argument("--ratio", type=_part, default=0.2, help="the part of all multiplications to take out (0.2)")
    parser.add_argument("--steps", type=_count, default=1000, help="of training (1000); 0 for none")
    parser.add_argument("--batch", type=_positive, default=4, help="frames for each of them (4)")
    parser.add_argument("--minutes", type=_minutes, help="training ends by then, whatever steps are left")
    parser.add_argument("--multiple", type=_positive, default=8, help="widths that are left are multiples of it (8)")
    parser.add_argument("--frames", type=_positive, help="at most so many, spread over the folder (all)")
    parser.set_defaults(step=step)


def _part(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1; for a fifth give 0.2")
    return value


def _count(text: str) -> int:
    if (value := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def _positive(text: str) -> int:
    if (value := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return value


def _minutes(text: str) -> float:
    if not (value := float(text)) > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
