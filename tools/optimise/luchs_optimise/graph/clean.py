"""Clean-up before anything is measured: constants folded, batch norms and paddings merged, no operator for nothing.

What is left is what the quantizer sees, so that it does not put scales between parts of what is one convolution.
"""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import onnx
from onnx import version_converter

from ..errors import ModelError
from ..runtime import Level, opened
from .edit import Graph
from .focus import fold_focus
from .pool import chain_pools, fold_pads_of_pools
from .tidy import named, tidy

OPSET = 13
"""The first with scales for each channel; everything that runs models here knows it."""


def clean(model: onnx.ModelProto) -> onnx.ModelProto:
    """A model with the same results and less to do."""
    current = next((entry.version for entry in model.opset_import if entry.domain == ""), 0)
    if current < OPSET:
        try:
            model = version_converter.convert_version(model, OPSET)
        except RuntimeError as error:
            raise ModelError(f"the model is of opset {current} and cannot become {OPSET}: {error}") from error
    # Focus first: the runtime would write it in another way. Paddings show only when it has computed them.
    # What tidying lays bare (a batch norm behind a reshape to the same shape) is the runtime's again.
    return named(chain_pools(fold_pads_of_pools(_basic(tidy(_basic(fold_focus(model)))))))


def _basic(model: onnx.ModelProto) -> onnx.ModelProto:
    """ONNX Runtime's optimisations that keep to ONNX's own operators."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "basic.onnx"
        try:
            opened(model, Level.ORT_ENABLE_BASIC, saved)
        except ModelError as error:
            if "serialization failed" in str(error):
                raise OSError(errno.ENOSPC, "a copy of the model could not be written", folder) from error
            raise
        return Graph(onnx.load(saved)).finish()
