"""Graphs with QuantizeLinear and DequantizeLinear around operators, as every runtime understands them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.calibrate import CalibrationMethod, TensorData, TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from ..graph.check import known_layers
from .guard import guard
from .plan import Ranges

DETECTOR = ("Conv", "LeakyRelu", "Concat", "Add", "Resize", "MaxPool", "Clip", "Relu", "Sum")
"""Operators that pay in eight bits; reshapes and the last sigmoids do not."""
WEIGHTED = ("Conv",)
"""All that a symmetric graph says: a device that fuses the rest takes scales in between for a border."""


@dataclass(frozen=True)
class QdqForm:
    """What becomes eight bits."""

    exclude: Collection[str] = ()
    """Names of nodes that stay float."""
    symmetric: bool = False
    """Signed activations without zero points, float biases, and scales only before what has weights: TensorRT's rules
    for explicit quantization. Slow on x86."""


def quantize_qdq(model: onnx.ModelProto, ranges: Ranges, form: QdqForm) -> onnx.ModelProto:
    """Activations u8 (or s8, symmetric) and weights s8 for each channel, by ONNX Runtime's quantizer."""
    known_layers(model, form.exclude)
    given = {name: r.mirrored() for name, r in ranges.items()} if form.symmetric else ranges
    data = {
        name: TensorData(lowest=np.array(r.low, np.float32), highest=np.array(r.high, np.float32))
        for name, r in given.items()
    }
    options: dict[str, Any] = {"ActivationSymmetric": form.symmetric, "WeightSymmetric": True}
    if form.symmetric:
        options |= {"QuantizeBias": False, "OpTypesToExcludeOutputQuantization": list(WEIGHTED)}
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    with _quiet():
        quantizer = QDQQuantizer(
            copy,
            True,
            False,
            QuantType.QInt8,
            QuantType.QInt8 if form.symmetric else QuantType.QUInt8,
            TensorsData(CalibrationMethod.MinMax, data),
            [],
            list(form.exclude),
            list(WEIGHTED if form.symmetric else DETECTOR),
            options,
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
    return guard(quantizer.model.model, form.exclude)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The quantizer logs hints for its own command line."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
