"""Reading `model.json` and its weight files.

The format is TensorFlow's GraphDef in JSON. Converters of different years write attributes in two ways: numbers or
names of types, base64 or lists of codes for strings; both are understood.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Node:
    """One operator. Inputs are `NAME` or `NAME:OUTPUT`; control inputs (`^NAME`) are left out."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any] = field(repr=False)

    def text(self, key: str) -> str:
        """An attribute that is a string."""
        raw = self.attributes[key]["s"]
        return bytes(raw).decode() if isinstance(raw, list) else base64.b64decode(raw).decode()

    def integer(self, key: str, default: int = 0) -> int:
        """An attribute that is a whole number."""
        return int(self.attributes.get(key, {}).get("i", default))

    def number(self, key: str) -> float:
        """An attribute that is a number."""
        return float(self.attributes[key]["f"])

    def integers(self, key: str) -> list[int]:
        """An attribute that is a list of whole numbers."""
        return [int(i) for i in self.attributes.get(key, {}).get("list", {}).get("i", [])]

    def flag(self, key: str) -> bool:
        """An attribute that is yes or no."""
        return bool(self.attributes.get(key, {}).get("b", False))


@dataclass(frozen=True)
class TfGraph:
    """The operators by name, the constants, and the names of the outputs if the file has a signature."""

    nodes: dict[str, Node]
    weights: dict[str, Array]
    outputs: tuple[str, ...]


def read(path: Path) -> TfGraph:
    """Reads `model.json`; the weight files that it names are beside it."""
    try:
        document = json.loads(path.read_text())
        topology = document["modelTopology"]["node"]
        nodes = {node["name"]: _node(node) for node in topology}
        weights = _weights(document["weightsManifest"], path.parent)
        outputs = tuple(document.get("signature", {}).get("outputs", {}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: no TensorFlow.js graph model ({error!r}); name its model.json") from error
    return TfGraph(nodes, weights, outputs)


def _node(raw: dict[str, Any]) -> Node:
    inputs = tuple(name for name in raw.get("input") or () if not name.startswith("^"))
    return Node(raw["name"], raw["op"], inputs, raw.get("attr") or {})


def _weights(manifest: list[dict[str, Any]], folder: Path) -> dict[str, Array]:
    weights: dict[str, Array] = {}
    for group in manifest:
        content = b"".join((folder / _plain(name)).read_bytes() for name in group["paths"])
        at = 0
        for entry in group["weights"]:
            array, at = _weight(entry, content, at)
            weights[entry["name"]] = array
    return weights


def _plain(name: str) -> str:
    """Weight files are beside the model: nothing else is opened."""
    if name != Path(name).name:
        raise ValueError(f"the weight file {name!r} is not in the same folder")
    return name


def _weight(entry: dict[str, Any], content: bytes, at: int) -> tuple[Array, int]:
    shape = tuple(int(size) for size in entry["shape"])
    stored = np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"]))
    count = int(np.prod(shape))
    end = at + count * stored.itemsize
    if end > len(content):
        raise ValueError(f"the weight {entry['name']} is cut off")
    array = np.frombuffer(content, stored, count, at).reshape(shape)
    if "scale" in (quantization := entry.get("quantization", {})):
        array = array.astype(np.float32) * quantization["scale"] + quantization["min"]
    return array.astype(entry["dtype"]), end
