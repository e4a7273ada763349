"""From the values of a set to its experiment, fast: each part is tuned once for each distinct combination."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from backtests.experiments.experiment import RESERVED, Experiment, StudySection
from backtests.registry import text_hash, trial_line, trial_lines
from backtests.sweeps.plan import Plan
from signals.parameters import Value, declared_parameters, with_values

Values = tuple[Value, ...]
MOST = 20_000  # parts kept


@dataclass(frozen=True, eq=False)
class Settings:
    """The experiments of a plan. A part (strategy, costs, ...) that two sets share is one object."""

    plan: Plan
    parts: dict[tuple[str, Values], Any] = field(default_factory=dict)

    @cached_property
    def _axes(self) -> dict[str, tuple[tuple[int, str], ...]]:
        """Position and path inside the part of the axes of each part that has any."""
        found: dict[str, list[tuple[int, str]]] = {}
        for at, path in enumerate(self.plan.paths):
            root, _, rest = path.partition(".")
            part, inside = (root, rest) if root in RESERVED else ("strategy", path)
            found.setdefault(part, []).append((at, inside))
        return {part: tuple(axes) for part, axes in found.items()}

    def experiment(self, values: Values) -> Experiment:
        """Return the experiment of a set; UsageError where the values do not go together."""
        return replace(self.plan.base, **{part: self._part(part, values) for part in self._axes})

    def _part(self, part: str, values: Values) -> Any:
        own = tuple(values[at] for at, _ in self._axes[part])
        if (part, own) not in self.parts:
            if len(self.parts) >= MOST:
                self.parts.clear()
            settings = {inside: values[at] for at, inside in self._axes[part]}
            root = "" if part == "strategy" else f"{part}."
            self.parts[part, own] = with_values(getattr(self.plan.base, part), settings, root=root)
        return self.parts[part, own]

    @cached_property
    def trial_hash(self) -> Callable[[Values], bytes]:
        """A function from the values of a set to `registry.trial_hash` of its experiment."""
        found = trial_lines(self.plan.base)
        lines = [line for _, line in found]
        spans = {f"study.{name}" for name in declared_parameters(StudySection)}
        places = [(at, path) for at, (path, _) in enumerate(found) if path in self.plan.paths and path not in spans]
        placed = {parameter.path: parameter for parameter in self.plan.base.parameters()}
        wanted = [(at, self.plan.paths.index(path), placed[path]) for at, path in places]

        def hashed(values: Values) -> bytes:
            for at, axis, parameter in wanted:
                lines[at] = trial_line(parameter, values[axis])
            return text_hash("\n".join(line for line in lines if line is not None))

        return hashed
