"""A model in the form that changes are made in: who makes a value, who uses it, what is constant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import helper, numpy_helper

from ..errors import ModelError

Array = np.ndarray[Any, Any]
NAMESPACES = ("", "ai.onnx.ml", "com.microsoft")


def load(path: Path) -> onnx.ModelProto:
    """Reads a model; weights in other files are not followed."""
    try:
        return onnx.load(path, load_external_data=False)
    except (OSError, DecodeError, ValueError) as error:
        raise ModelError(f"{path}: no ONNX model ({error}); name a .onnx file") from error


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """The attributes of a node by name."""
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


class Graph:
    """Works on a copy of a model."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        self._constants = {c.name: numpy_helper.to_array(c) for c in self.model.graph.initializer}
        # Weights among the inputs are the old form; no one feeds them.
        for value in [v for v in self.model.graph.input if v.name in self._constants]:
            self.model.graph.input.remove(value)

    @property
    def nodes(self) -> list[onnx.NodeProto]:
        """The nodes, each after those whose values it needs."""
        return list(self.model.graph.node)

    @property
    def inputs(self) -> list[str]:
        """Names of what is fed."""
        return [value.name for value in self.model.graph.input]

    @property
    def outputs(self) -> list[str]:
        """Names of the results."""
        return [value.name for value in self.model.graph.output]

    def constant(self, name: str) -> Array | None:
        """The value, if it is one of the weights."""
        return self._constants.get(name)

    def producers(self) -> dict[str, onnx.NodeProto]:
        """The node that makes a value, by the value's name."""
        return {name: node for node in self.model.graph.node for name in node.output if name}

    def consumers(self) -> dict[str, list[onnx.NodeProto]]:
        """The nodes that use a value, by the value's name."""
        users: dict[str, list[onnx.NodeProto]] = {}
        for node in self.model.graph.node:
            for name in dict.fromkeys(node.input):
                users.setdefault(name, []).append(node)
        return users

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Sizes of values by name, where all of them are fixed."""
        inferred = onnx.shape_inference.infer_shapes(self.model).graph
        found: dict[str, tuple[int, ...]] = {n: tuple(a.shape) for n, a in self._constants.items()}
        for value in [*inferred.input, *inferred.output, *inferred.value_info]:
            sizes = value.type.tensor_type.shape.dim
            if all(size.HasField("dim_value") for size in sizes):
                found[value.name] = tuple(size.dim_value for size in sizes)
        return found

    def set_constant(self, name: str, array: Array | np.float32) -> str:
        """Adds a weight, or gives it another value."""
        tensor = numpy_helper.from_array(np.asarray(array, order="C"), name)
        if name in self._constants:
            old = next(c for c in self.model.graph.initializer if c.name == name)
            old.CopyFrom(tensor)
        else:
            self.model.graph.initializer.append(tensor)
        self._constants[name] = np.asarray(array)
        return name

    def set_nodes(self, nodes: Sequence[onnx.NodeProto]) -> None:
        """Replaces the nodes."""
        kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
        for node in kept:
            # The runtime saves them in another order every time; the same model shall have the same digest.
            ordered = sorted(node.attribute, key=lambda attribute: attribute.name)
            copies = [onnx.AttributeProto.FromString(attribute.SerializeToString()) for attribute in ordered]
            del node.attribute[:]
            node.attribute.extend(copies)
        del self.model.graph.node[:]
        self.model.graph.node.extend(kept)

    def sort(self) -> None:
        """Puts each node after those whose values it needs, and else leaves the order."""
        known = {*self.inputs, *self._constants, ""}
        waiting, ordered = self.nodes, list[onnx.NodeProto]()
        while waiting:
            later: list[onnx.NodeProto] = []
            for node in waiting:
                if known.issuperset(node.input):
                    ordered.append(node)
                    known.update(node.output)
                else:
                    later.append(node)
            if len(later) == len(waiting):
                raise ModelError(f"{later[0].name}: it needs a value that no node makes")
            waiting = later
        self.set_nodes(ordered)

    def prune(self) -> None:
        """Drops nodes, weights and notes on values that no result needs."""
        needed, kept = set(self.outputs), []
        for node in reversed(self.nodes):
            if any(name in needed for name in node.output):
                needed.update(name for name in node.input if name)
                kept.append(node)
        self.set_nodes(kept[::-1])
        # In the order of their names: the runtime saves them in another one every time.
        weights = sorted((c for c in self.model.graph.initializer if c.name in needed), key=lambda c: c.name)
        kept_weights = [onnx.TensorProto.FromString(c.SerializeToString()) for c in weights]
        del self.model.graph.initializer[:]
        self.model.graph.initializer.extend(kept_weights)
        self._constants = {name: array for name, array in self._constants.items() if name in needed}
        del self.model.graph.value_info[:]
        used = {node.domain for node in self.model.graph.node} | {""}
        sets = [entry for entry in self.model.opset_import if entry.domain in used]
        sets = [helper.make_opsetid(entry.domain, entry.version) for entry in sets]
        del self.model.opset_import[:]
        self.model.opset_import.extend(sets)

    def finish(self) -> onnx.ModelProto:
        """Prunes, and returns the model."""
        self.prune()
        return self.model
