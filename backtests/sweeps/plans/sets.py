"""From the values of a set to its experiment, fast: each part is tuned once for each distinct combination."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from backtests.experiments.experiment import RESERVED, Experiment, StudySection
from backtests.registry import text_hash, trial_line, trial_lines
from backtests.sweeps.plans.plan import Plan
from signals.parameters import PlacedParameter, Value, declared_parameters, with_values

Values = tuple[Value, ...]
MOST = 20_000  # parts kept


@dataclass(frozen=True, eq=False)
class Settings:
    """The experiments of a plan. A part (strategy, costs, ...) that two sets share is one object."""

    plan: Plan
    made: dict[Hashable, Any] = field(default_factory=dict)

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
        return replace(self.plan.base, **self.parts(values))

    def parts(self, values: Values) -> dict[str, Any]:
        """Return the parts of a set's experiment in which it differs from the base, by name."""
        return {part: self._part(part, values, axes) for part, axes in self._axes.items()}

    def _part(self, part: str, values: Values, axes: tuple[tuple[int, str], ...]) -> Any:
        key = (part, tuple([values[at] for at, _ in axes]))
        found = self.made.get(key)
        if found is None:
            settings = {inside: values[at] for at, inside in axes}
            root = "" if part == "strategy" else f"{part}."
            found = with_values(getattr(self.plan.base, part), settings, root=root, below=self._below)
            self._keep(key, found)
        return found

    def _below(self, node: Any, settings: Mapping[str, Value], root: str) -> Any:
        """Return a part of a part with its settings, made once: the signals of a strategy are fewer than its sets."""
        key = (root, tuple(settings.items()))
        found = self.made.get(key)
        if found is None:
            found = with_values(node, settings, root=root, below=self._below)
            self._keep(key, found)
        return found

    def _keep(self, key: Hashable, made: Any) -> None:
        if len(self.made) >= MOST:
            self.made.clear()
        self.made[key] = made

    @cached_property
    def trial_hash(self) -> Callable[[Values], bytes]:
        """A function from the values of a set to `registry.trial_hash` of its experiment."""
        found = trial_lines(self.plan.base)
        spans = {f"study.{name}" for name in declared_parameters(StudySection)}
        swept = {path for path in self.plan.paths if path not in spans}
        placed = {parameter.path: parameter for parameter in self.plan.base.parameters()}
        # The text in pieces, each line with its end: what the sets have in common is joined once.
        pieces, axes = [""], list[tuple[int, PlacedParameter]]()
        for path, line in found:
            if path in swept:
                axes.append((self.plan.paths.index(path), placed[path]))
                pieces.append("")
            elif line is not None:
                pieces[-1] += f"{line}\n"
        lines: list[dict[tuple[type, Value], str]] = [{} for _ in axes]

        def hashed(values: Values) -> bytes:
            text = pieces[0]
            for (axis, parameter), known, piece in zip(axes, lines, pieces[1:], strict=True):
                value = values[axis]
                key = (type(value), value)
                line = known.get(key)
                if line is None:
                    line = known[key] = "" if (own := trial_line(parameter, value)) is None else f"{own}\n"
                text += line + piece
            return text_hash(text[:-1])

        return hashed
