"""ONNX Runtime on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray
from onnxruntime import GraphOptimizationLevel as Level
from onnxruntime import InferenceSession, SessionOptions

from .errors import ModelError

__all__ = ["InferenceSession", "Level", "opened", "results"]
FATAL = 4
"""The runtime prints nothing less: what goes wrong comes as an exception, with the same words."""


def opened(model: onnx.ModelProto, level: Level = Level.ORT_ENABLE_ALL, saved: Path | None = None) -> InferenceSession:
    """A session; as optimised it is written to `saved`."""
    options = SessionOptions()
    options.log_severity_level = FATAL
    options.graph_optimization_level = level
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if saved is not None:
        options.optimized_model_filepath = str(saved)
    try:
        return InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's exceptions have no common base
        raise ModelError(f"ONNX Runtime cannot load the model: {error}") from error


def results(session: InferenceSession, frames: list[NDArray[Any]]) -> list[list[NDArray[Any]]]:
    """All outputs for each frame."""
    name = session.get_inputs()[0].name
    return [session.run(None, {name: frame}) for frame in frames]
