"""Narrower ranges where the outputs say that they are better.

The least squared error of a tensor is not the least error of the outputs: of values far out there are few, and what
follows may not care for them. So the ranges around the most sensitive layers are narrowed one after the other, as long
as the outputs get better for it.
"""

from __future__ import annotations

from collections.abc import Callable

import onnx

from ..calibration import Range
from ..graph import Graph
from ..progress import Tell
from ..quantize import Ranges
from ..sensitivity import Sensitivity
from .exceptions import ranked

LAYERS = 8
"""So many of the most sensitive layers are looked at, """
LEAST = 0.04
"""and of these the ones that make this part of all errors: where many make a little, no range is to blame."""
SHARES = (0.75, 0.55, 0.4, 0.3)
"""Of the upper end (or, for a range that is mostly negative, of the lower one)."""
BETTER = 0.98
"""What the error has to fall to, at the most, for a change to be kept: noise shall not be fitted."""


def refine(
    model: onnx.ModelProto, ranges: Ranges, found: Sensitivity, error_with: Callable[[Ranges], float], tell: Tell
) -> Ranges:
    """Ranges with no more error than `ranges`."""
    graph = Graph(model)
    layers = {node.name: node for node in graph.nodes}
    total = sum(layer.error for layer in found.layers)
    worst = [layer for layer in ranked(found)[:LAYERS] if layer.error >= LEAST * total]
    around = [name for layer in worst for name in _around(layers, layer.name)]
    todo = [name for name in dict.fromkeys(around) if name in ranges]
    best, least = dict(ranges), error_with(ranges)
    for number, name in enumerate(todo):
        tell(number, len(todo))
        used = best[name]
        # Tensors that share a range go on sharing it.
        together = [other for other, theirs in best.items() if theirs is used]
        for share in SHARES:
            changed = _narrowed(used, share)
            tried = best | dict.fromkeys(together, changed)
            error = error_with(tried)
            if error > least * BETTER:
                if share < SHARES[0]:
                    break
                continue
            best, least = tried, error
    tell(len(todo), len(todo))
    return best


def _around(layers: dict[str, onnx.NodeProto], name: str) -> list[str]:
    """Input and result of a layer, also if it was split."""
    found = [layers[key] for key in (name, f"{name}/wide", f"{name}/narrow") if key in layers]
    return [value for node in found for value in (node.output[0], node.input[0])]


def _narrowed(used: Range, share: float) -> Range:
    if used.high >= -used.low:
        return Range.of(used.low, used.high * share)
    return Range.of(used.low * share, used.high)
