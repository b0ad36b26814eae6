"""A folder of tensors as `luchs optimise` writes it: what the model was fed, one file a frame.

`NAME.npy` (NumPy's format, version 1 or 2, C order, no objects) has the input of one frame with its batch of 1, in the
type and layout of the model's input, normalised as the passport says. Files are read in the order of their names. The
README of this tool is the contract with the part in Rust.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import TensorsError

Array = np.ndarray[Any, Any]
FEWEST = 16
"""Fewer frames do not show what a camera sees; the ranges would be those of a few pictures."""
FLATTEST = 1e-3
"""Standard deviation, relative to the largest value, below which a frame shows nothing."""


class Tensors:
    """The frames of a folder. Nothing is kept in memory."""

    def __init__(self, folder: Path, fewest: int = FEWEST) -> None:
        self.folder = folder
        self.paths = sorted(folder.glob("*.npy"))
        if len(self.paths) < fewest:
            raise TensorsError(
                f"{folder}: {len(self.paths)} frames (*.npy), at least {fewest} are needed; "
                "use a longer video or more pictures"
            )

    def __len__(self) -> int:
        return len(self.paths)

    def count(self, most: int | None = None) -> int:
        """How many frames are read if at most `most` are."""
        return len(self.paths) if most is None else min(most, len(self.paths))

    def frames(self, shape: tuple[int, ...] | None, most: int | None = None) -> Iterator[Array]:
        """The frames one by one, at most `most` spread evenly over the folder; without `shape` whatever theirs is."""
        count = self.count(most)
        chosen = [self.paths[index * len(self.paths) // count] for index in range(count)]
        flat = 0
        for path in chosen:
            frame = _read(path, shape)
            flat += bool(frame.std() <= FLATTEST * max(float(np.abs(frame).max()), 1e-9))
            yield frame
        if flat * 2 > count:
            raise TensorsError(
                f"{self.folder}: {flat} of {count} frames are of one colour; was the camera covered or dark? "
                "use footage that shows what the model is to find"
            )

    def digest(self) -> str:
        """SHA-256 over names and contents, for the passport."""
        total = hashlib.sha256()
        for path in self.paths:
            total.update(f"{path.name}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()


def _read(path: Path, shape: tuple[int, ...] | None) -> Array:
    try:
        frame: Array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise TensorsError(f"{path}: no NumPy file ({error}); dump the frames anew") from error
    if shape is not None and frame.shape != shape:
        raise TensorsError(
            f"{path}: its shape is {frame.shape}, the model's input is {shape}; dump the frames for this model"
        )
    if not np.isfinite(frame).all():
        raise TensorsError(f"{path}: not all values are finite numbers; dump the frames anew")
    return frame.astype(np.float32)
