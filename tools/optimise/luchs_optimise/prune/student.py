"""The part with PyTorch: derivatives of the outputs, and training against the original."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from onnx2torch import convert

from ..errors import ModelError
from ..graph import Graph
from ..graph.edit import Array
from .adam import Adam
from .meaning import Meaning, Output
from .teacher import Lesson


class Student:
    """A model whose weights can be trained."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = Graph(model)
        try:
            self.module = convert(self.graph.model, attach_onnx_mapping=True).eval()
        except (NotImplementedError, RuntimeError, KeyError, ValueError) as error:
            raise ModelError(f"onnx2torch cannot convert the model: {error}; it cannot be pruned") from error
        self._seen: dict[str, Any] = {}
        self.weights = self._weights()

    def _weights(self) -> dict[str, Any]:
        """Parameters by the names of the model's weights; layers that share weights go on sharing them."""
        makers = {node.output[0]: node for node in self.graph.nodes}
        found: dict[str, Any] = {}
        for module in self.module.modules():
            mapping = getattr(module, "onnx_mapping", None)
            node = makers.get(mapping.outputs[0]) if mapping is not None else None
            if node is None or node.op_type != "Conv":
                continue
            conv = next(part for part in module.modules() if isinstance(part, torch.nn.Conv2d))
            for name, kind in zip(node.input[1:], ("weight", "bias"), strict=False):
                setattr(conv, kind, found.setdefault(name, getattr(conv, kind)))
        for parameter in self.module.parameters():
            parameter.requires_grad_(False)
        for parameter in found.values():
            parameter.requires_grad_(True)
        return found

    def watch(self, values: Sequence[str]) -> None:
        """From now on the values of that name are seen by `features`."""
        for module in self.module.modules():
            mapping = getattr(module, "onnx_mapping", None)
            if mapping is not None and mapping.outputs[0] in values:
                module.register_forward_hook(self._hook(mapping.outputs[0]))

    def _hook(self, name: str) -> Callable[[Any, Any, Any], None]:
        def hook(_module: Any, _given: Any, result: Any) -> None:
            self._seen[name] = result

        return hook

    def run(self, frame: Array) -> tuple[list[Any], dict[str, Any]]:
        """The outputs in the model's order as [places, channels], and what is watched."""
        self._seen = {}
        result = self.module(torch.from_numpy(frame))
        outputs = list(result) if isinstance(result, list | tuple) else [result]
        return [_rows(output) for output in outputs], self._seen

    def finished(self) -> onnx.ModelProto:
        """The model with the weights as they are now."""
        graph = Graph(self.graph.model)
        for name, parameter in self.weights.items():
            graph.set_constant(name, parameter.detach().numpy().astype(np.float32))
        return graph.finish()


def _rows(value: Any) -> Any:
    """As `sensitivity.outputs.rows`."""
    value = value[0] if value.ndim > 1 else value
    if value.ndim < 2:
        return value.reshape(1, -1)
    if value.shape[0] <= value.shape[-1]:
        return value.movedim(0, -1).reshape(-1, value.shape[0])
    return value.reshape(-1, value.shape[-1])


def _joint(output: Output, value: Any) -> Any:
    scores = value[:, torch.from_numpy(output.scores)]
    if output.common is None:
        return scores
    others = [index for index in range(scores.shape[1]) if index != output.common]
    return scores[:, others] * scores[:, output.common : output.common + 1]


def parts(meaning: Meaning, outputs: Sequence[Any], sure: Sequence[Array]) -> Iterator[Any]:
    """What counts of the outputs, so scaled that the sum of squared differences is `sensitivity.outputs`’ error."""
    for output, value, weights in zip(meaning.outputs, outputs, sure, strict=True):
        if output.scores.any():
            yield _joint(output, value) / output.energy**0.5
        if (~output.scores).any():
            rest = value[:, torch.from_numpy(~output.scores)] / torch.from_numpy(output.spread).float()
            scale = np.sqrt(weights / (max(float(weights.sum()), 0.5) * rest.shape[1])).astype(np.float32)
            yield rest * torch.from_numpy(scale)[:, None]


def derivatives(student: Student, meaning: Meaning, frame: Array, signs: int, seed: int) -> Iterator[dict[str, Array]]:
    """By all weights, of the outputs with random signs, so many times."""
    torch.manual_seed(seed)
    outputs, _ = student.run(frame)
    sure = meaning.sureness([output.detach().numpy() for output in outputs])
    counted = [part.flatten() for part in parts(meaning, outputs, sure)]
    for index in range(signs):
        number = sum((part * (torch.randint(0, 2, part.shape) * 2 - 1)).sum() for part in counted)
        found = torch.autograd.grad(
            number, list(student.weights.values()), retain_graph=index + 1 < signs, allow_unused=True
        )
        yield {name: value.numpy() for name, value in zip(student.weights, found, strict=True) if value is not None}


@dataclass(frozen=True)
class Training:
    """How long and how hard."""

    steps: int
    batch: int = 4
    rate: float = 0.0005
    """Of Adam, as a part of the typical weight of a channel."""
    seconds: float = float("inf")
    features: float = 0.3
    """How much values inside count beside the outputs."""
    seed: int = 0


LOOKS = 5
"""How often the result is looked at on the way."""


def train(
    student: Student,
    meaning: Meaning,
    lessons: Iterator[Lesson],
    how: Training,
    tell: Callable[[int, int], None],
) -> Iterator[int]:
    """Trains; yields now and then, and at the end, how many steps were taken, so that the result can be looked at."""
    torch.manual_seed(how.seed)
    adam = Adam(student.weights)
    begin, step, gone, looks = time.monotonic(), 0, 0.0, 0
    tell(0, how.steps)
    while step < how.steps and gone < 1:
        # Slowly on, then down to nothing by a cosine, also where the time ends before the steps.
        factor = min(1.0, (step + 1) / 20) * 0.5 * (1 + np.cos(np.pi * gone))
        for _ in range(how.batch):
            (_loss(student, meaning, next(lessons), how.features) / how.batch).backward()
        adam.step(how.rate * factor)
        step += 1
        gone = min(max(step / how.steps, (time.monotonic() - begin) / how.seconds), 1.0)
        tell(int(gone * how.steps), how.steps)
        if gone * LOOKS >= looks + 1:
            looks = int(gone * LOOKS)
            yield step


def _loss(student: Student, meaning: Meaning, lesson: Lesson, features: float) -> Any:
    frame, said, inside = lesson
    outputs, seen = student.run(frame)
    sure = meaning.sureness(said)
    wanted = parts(meaning, [torch.from_numpy(value) for value in said], sure)
    loss: Any = 0.0
    for is_, should in zip(parts(meaning, outputs, sure), wanted, strict=True):
        loss = loss + ((is_ - should) ** 2).sum()
    for name, value in inside.items():
        should = torch.from_numpy(value)
        apart = ((seen[name] - should) ** 2).mean() / should.var().clamp_min(1e-6)
        loss = loss + features / len(inside) * apart
    return loss
