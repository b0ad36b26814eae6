"""A candidate is an ONNX file and a description from which it can be made again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnx

from ..graph import Graph
from ..quantize import Ranges

TOOLS = ("numpy", "onnx", "onnxruntime")
OPERATORS_OF_ITS_OWN = "luchs"


@dataclass(frozen=True)
class Origin:
    """What a candidate was made of."""

    parent: str
    """SHA-256 of the float model."""
    calibration: str
    """SHA-256 over the frames."""
    frames: int


@dataclass(frozen=True)
class Candidate:
    """A model that has not been judged yet."""

    name: str
    model: onnx.ModelProto
    recipe: dict[str, Any]
    error: float | None = None
    """Of its outputs on some of the frames, as of the layers in the sensitivity; none if it was not measured."""
    targets: list[str] = field(default_factory=list)
    """Devices that it is meant for."""


def needs_table(model: onnx.ModelProto) -> bool:
    """Whether it has the operator that other runtimes do not have."""
    return any(node.domain == OPERATORS_OF_ITS_OWN for node in model.graph.node)


def write(folder: Path, made: Candidate, origin: Origin) -> Path:
    """Writes `NAME.onnx` and `NAME.json`; returns the path of the description."""
    content = made.model.SerializeToString()
    source = made.model.graph.input[0].type.tensor_type
    description = {
        "name": made.name,
        "file": f"{made.name}.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "for": made.targets,
        "error": made.error,
        "recipe": made.recipe,
        **asdict(origin),
        "tools": {tool: version(tool) for tool in TOOLS},
        "input": {
            "type": "u8" if source.elem_type == onnx.TensorProto.UINT8 else "f32",
            "shape": [size.dim_value for size in source.shape.dim],
        },
        "outputs": Graph(made.model).outputs,
        "needs_table_operator": needs_table(made.model),
    }
    path = folder / f"{made.name}.json"
    replace({folder / f"{made.name}.onnx": content, path: as_text(description)})
    return path


def as_text(document: dict[str, Any]) -> bytes:
    """JSON that is the same for the same content."""
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def ranges_as_json(ranges: Ranges) -> dict[str, list[float]]:
    """For the recipe: with the ranges a candidate can be made again without the footage."""
    return {name: [used.low, used.high] for name, used in sorted(ranges.items())}


def replace(files: dict[Path, bytes]) -> None:
    """All of them or none, and never half a file, whenever it is stopped or the disk is full."""
    parts = {path: path.with_name(path.name + ".part") for path in files}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            parts[path].write_bytes(content)
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
