"""A candidate is an ONNX file and a description from which it can be made again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnx

from .graph import Graph
from .quantize import Ranges

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


def write(folder: Path, name: str, model: onnx.ModelProto, recipe: dict[str, Any], origin: Origin) -> Path:
    """Writes `NAME.onnx`, then `NAME.json`: a description is never there without its model."""
    content = model.SerializeToString()
    source = model.graph.input[0].type.tensor_type
    description = {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "recipe": recipe,
        **asdict(origin),
        "tools": {tool: version(tool) for tool in TOOLS},
        "input": {
            "type": "u8" if source.elem_type == onnx.TensorProto.UINT8 else "f32",
            "shape": [size.dim_value for size in source.shape.dim],
        },
        "outputs": Graph(model).outputs,
        "needs_table_operator": any(node.domain == OPERATORS_OF_ITS_OWN for node in model.graph.node),
    }
    _replace(folder / f"{name}.onnx", content)
    path = folder / f"{name}.json"
    _replace(path, (json.dumps(description, indent=2, sort_keys=True) + "\n").encode())
    return path


def ranges_as_json(ranges: Ranges) -> dict[str, list[float]]:
    """For the recipe: with the ranges a candidate can be made again without the footage."""
    return {name: [used.low, used.high] for name, used in sorted(ranges.items())}


def _replace(path: Path, content: bytes) -> None:
    """Never half a file, whenever it is stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
