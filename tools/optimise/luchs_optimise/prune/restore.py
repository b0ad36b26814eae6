"""What the layers behind can make up for at once, without training.

The inputs of a convolution resemble each other. So what the missing ones gave is guessed from those that are left, by
least squares on the frames (He et al., “Channel Pruning for Accelerating Very Deep Neural Networks”, arXiv 1707.06168);
what they gave on average goes into the bias.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx

from ..calibration.moments import Moments
from ..graph import Graph
from ..graph.edit import Array
from .channels import Channels, Numbers

DAMPING = 0.01
"""Of the mean variance: frames are few, and chance likenesses among them are not to be believed."""


def restore(
    made: onnx.ModelProto, channels: Channels, removed: Numbers, known: Mapping[str, Moments]
) -> onnx.ModelProto:
    """Changes the layers behind so that their results stay as far as they can. `made` is the result of `cut`."""
    graph, uses = Graph(made), channels.uses
    gone = np.zeros(channels.total, bool)
    gone[removed] = True
    users: dict[str, int] = {}
    for node in graph.nodes:
        for name in node.input[1:]:
            users[name] = users.get(name, 0) + 1
    for node in graph.nodes:
        into = uses.get((node.input[1], 1)) if node.op_type == "Conv" else None
        if into is None or not gone[into].any() or node.name not in known or users[node.input[1]] > 1:
            continue
        before = channels.graph.constant(node.input[1])
        bias = graph.constant(node.input[2]) if len(node.input) > 2 else None
        out = ~gone[uses[node.input[1], 0]]
        if before is None or (len(node.input) > 2 and (bias is None or users[node.input[2]] > 1)):
            continue
        weights, shift = behind(before[out], ~gone[into], known[node.name])
        graph.set_constant(node.input[1], weights.astype(np.float32))
        name = node.input[2] if bias is not None else f"{node.name}/bias"
        if bias is None:
            node.input.append(name)
        graph.set_constant(name, np.asarray((0 if bias is None else bias) + shift, np.float32))
    return graph.finish()


def behind(weights: Array, left: Array, known: Moments) -> tuple[Array, Array]:
    """The weights [out, in, …] for the inputs that are `left`, and what is added to the bias."""
    out, size = len(weights), int(np.prod(weights.shape[2:]))
    flat, taken = weights.reshape(out, -1).astype(np.float64), np.repeat(left, size)
    second, mean = known.second[0].astype(np.float64), known.mean[0].astype(np.float64)
    spread = second - np.outer(mean, mean)
    inside = spread[np.ix_(taken, taken)]
    # A direction in which the frames hardly vary says nothing; there the weights stay what they were.
    inside = inside + np.eye(len(inside)) * (DAMPING * max(float(np.diag(spread).mean()), 1e-12))
    gained = flat[:, ~taken] @ np.linalg.solve(inside, spread[np.ix_(taken, ~taken)]).T
    made = flat[:, taken] + gained
    return made.reshape(out, -1, *weights.shape[2:]), flat @ mean - made @ mean[taken]
