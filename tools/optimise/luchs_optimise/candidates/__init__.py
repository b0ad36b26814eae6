"""Candidates for each kind of device; which of them is good enough is judged elsewhere."""

from .description import Candidate, Origin, write
from .material import Camera
from .planner import Planner, Target, Wanted

__all__ = ["Camera", "Candidate", "Origin", "Planner", "Target", "Wanted", "write"]
