"""What the benchmarks share: a measured figure beside its target, and the table that they print."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from reports.errors import DrillError


@dataclass(frozen=True)
class Figure:
    """One measured figure; without a target it is there for comparison."""

    name: str
    measured: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the target is reached, or there is none."""
        if self.target is None:
            return True
        return self.measured >= self.target if self.at_least else self.measured <= self.target

    def row(self) -> tuple[str, str, str, str]:
        """Format name, target, measured, met."""
        measured = f"{self.measured:.3g} {self.unit}"
        if self.target is None:
            return self.name, "-", measured, "-"
        sign = ">=" if self.at_least else "<="
        return self.name, f"{sign} {self.target:g} {self.unit}", measured, "yes" if self.met else "NO"


def report(figures: Iterable[Figure]) -> int:
    """Print each figure as soon as it is known; return the exit status: 1 where a target is missed or measuring fails."""
    met = True
    try:
        _print_row("figure", "target", "measured", "met")
        for figure in figures:
            _print_row(*figure.row())
            met = met and figure.met
    except DrillError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0 if met else 1


def _print_row(name: str, target: str, measured: str, met: str) -> None:
    sys.stdout.write(f"{name:<78} {target:>12} {measured:>12} {met:>5}\n")
    sys.stdout.flush()
