"""How a form is fitted to the frames: by the error of its outputs, and by nothing that knows the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..calibration import Method
from ..progress import Progress
from ..quantize import Ranges
from ..sensitivity import Sensitivity
from .exceptions import smallest
from .forms import Form, Nhwc
from .refine import refine


@dataclass(frozen=True)
class Tuned:
    """A form with what suits it best."""

    form: Form
    ranges: Ranges
    method: str
    """How the ranges came about."""
    exclude: tuple[str, ...]
    error: float

    def with_form(self, form: Form) -> Tuned:
        """The same in another form."""
        return replace(self, form=form)


def best_ranges(name: str, form: Form, exclude: Sequence[str], progress: Progress) -> Tuned:
    """With the method that leaves the least error."""
    tell, found = progress.step(f"ranges of {name}"), list[Tuned]()
    for number, method in enumerate(Method):
        tell(number, len(Method))
        ranges = form.material.ranges(method)
        error = form.material.error(form.make(ranges, exclude), form.camera)
        found.append(Tuned(form, ranges, method, tuple(exclude), error))
    tell(len(Method), len(Method))
    return min(found, key=lambda tuned: tuned.error)


def exceptions(name: str, tuned: Tuned, found: Sensitivity, progress: Progress) -> list[str]:
    """Layers that stay float because eight bits do most harm there."""

    def error_with(names: Sequence[str]) -> float:
        return tuned.form.material.error(tuned.form.make(tuned.ranges, names), tuned.form.camera)

    made = progress.whole(f"exceptions of {name}", lambda: smallest(found, tuned.error, error_with))
    return made[0] if made else []


def rounded(name: str, tuned: Tuned, progress: Progress) -> Tuned:
    """With weights rounded so that results stay, if that helps."""
    form = tuned.form
    if not isinstance(form, Nhwc):
        return tuned
    other = replace(form, rounding=True)

    def error() -> float:
        return other.material.error(other.make(tuned.ranges, tuned.exclude), other.camera)

    found = progress.whole(f"rounding of {name}", error)
    return replace(tuned, form=other, error=found) if found < tuned.error else tuned


def refined(name: str, tuned: Tuned, found: Sensitivity, progress: Progress) -> Tuned:
    """With ranges narrowed where that helps."""
    form = tuned.form

    def error_with(ranges: Ranges) -> float:
        return form.material.error(form.make(ranges, tuned.exclude), form.camera)

    tell = progress.step(f"narrower ranges of {name}")
    ranges = refine(form.material.model, tuned.ranges, found, error_with, tell)
    return replace(tuned, ranges=ranges, method=f"{tuned.method}, refined", error=error_with(ranges))
