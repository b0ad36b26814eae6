"""How far a step is, for the command that shows it: one JSON object a line on standard output."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Tell = Callable[[int, int], None]
"""Called with what is done and of how much."""
INTERVAL = 0.2
"""Seconds between two lines of a step; its first and last one are always there."""


class Progress:
    """Lines `{"step": …, "done": n, "of": m}`, or silence."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown

    def step(self, name: str) -> Tell:
        """What a step calls as it advances."""
        last = 0.0

        def tell(done: int, of: int) -> None:
            nonlocal last
            now = time.monotonic()
            if self.shown and (done in (0, of) or now - last >= INTERVAL):
                print(json.dumps({"step": name, "done": done, "of": of}), flush=True)
                last = now

        return tell

    def whole(self, name: str, run: Callable[[], T]) -> T:
        """A step whose parts cannot be counted."""
        tell = self.step(name)
        tell(0, 1)
        made = run()
        tell(1, 1)
        return made


def silent(_done: int, _of: int) -> None:
    """For who does not want to know."""
