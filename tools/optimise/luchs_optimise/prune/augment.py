"""More frames from few: mirrored, nearer and farther, elsewhere in the picture, lighter and darker.

No label has to follow: the original is asked what it sees in the changed frame.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.smaller import spatial

Array = np.ndarray[Any, Any]
NEAREST, FARTHEST = 1.5, 0.6
"""Times as large as in the frame, at most and at least."""
CONTRAST = 0.25
"""Part by which the values may be stretched or squeezed about the frame's mean."""


def augment(frame: Array, rng: np.random.Generator) -> Array:
    """Another frame of the same shape. One of three stays nearly as it was: mirrored at most."""
    height, width = spatial(frame.shape)
    made = np.flip(frame, width) if rng.random() < 0.5 else frame
    if rng.random() < 2 / 3:
        zoom = float(np.exp(rng.uniform(np.log(FARTHEST), np.log(NEAREST))))
        made = _moved(made, height, zoom, float(rng.uniform(-1, 1)))
        made = _moved(made, width, zoom * float(rng.uniform(0.9, 1.1)), float(rng.uniform(-1, 1)))
        low, high, mean = float(frame.min()), float(frame.max()), float(made.mean())
        made = np.clip((made - mean) * (1 + rng.uniform(-CONTRAST, CONTRAST)) + mean, low, high)
    return np.ascontiguousarray(made, dtype=np.float32)


def _moved(frame: Array, axis: int, zoom: float, place: float) -> Array:
    """Zoomed along an axis about a point from -1 (start) to 1 (end); beyond the edge is what was at the edge."""
    size = frame.shape[axis]
    middle = (size - 1) / 2
    about = middle * (1 + place)
    at = np.clip((np.arange(size) - about) / zoom + about, 0, size - 1)
    low = np.minimum(at.astype(np.int64), size - 2)
    share = (at - low).astype(np.float32).reshape([-1 if index == axis else 1 for index in range(frame.ndim)])
    return np.asarray(np.take(frame, low, axis) * (1 - share) + np.take(frame, low + 1, axis) * share)
