"""Graphs with QuantizeLinear and DequantizeLinear around operators, as every runtime understands them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.calibrate import CalibrationMethod, TensorData, TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from ..errors import ModelError
from ..graph import Graph
from .plan import Ranges

DETECTOR = ("Conv", "LeakyRelu", "Concat", "Add", "Resize", "MaxPool", "Clip", "Relu", "Sum")
"""Operators that pay in eight bits; reshapes and the last sigmoids do not."""


@dataclass(frozen=True)
class QdqForm:
    """What becomes eight bits."""

    operators: tuple[str, ...] = DETECTOR
    exclude: Collection[str] = ()
    """Names of nodes that stay float."""
    symmetric: bool = False
    """Signed activations without zero points, as TensorRT wants them; slow on x86."""


def quantize_qdq(model: onnx.ModelProto, ranges: Ranges, form: QdqForm) -> onnx.ModelProto:
    """Activations u8 (or s8, symmetric) and weights s8 for each channel, by ONNX Runtime's quantizer."""
    unknown = set(form.exclude) - {node.name for node in model.graph.node}
    if unknown:
        raise ModelError(
            f"there is no node {', '.join(sorted(unknown))} to keep in float; see the report of sensitivity"
        )
    given = {name: r.mirrored() for name, r in ranges.items()} if form.symmetric else ranges
    data = {
        name: TensorData(lowest=np.array(r.low, np.float32), highest=np.array(r.high, np.float32))
        for name, r in given.items()
    }
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
            list(form.operators),
            {"ActivationSymmetric": form.symmetric, "WeightSymmetric": True},
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
    return Graph(quantizer.model.model).finish()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The quantizer logs hints for its own command line."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
