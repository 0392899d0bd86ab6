"""OpenMetrics 1.0 as text: families of gauges with labels (https://prometheus.io/docs/specs/om/open_metrics_spec/)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass
class Family:
    """A gauge with its samples. `unit` is the end of the name, "" for a number without a unit."""

    name: str
    help: str
    unit: str = ""
    samples: list[str] = field(default_factory=list)

    def add(self, labels: Mapping[str, str], value: float) -> None:
        """Add a sample; each set of labels may be added once."""
        inside = ",".join(f'{name}="{label.translate(_ESCAPED)}"' for name, label in labels.items())
        self.samples.append(f"{self.name}{f'{{{inside}}}' if inside else ''} {value:.15g}")


def text(families: Iterable[Family]) -> str:
    """Format families; one without samples is left out."""
    lines = []
    for family in families:
        if family.samples:
            lines.append(f"# TYPE {family.name} gauge")
            lines += [f"# UNIT {family.name} {family.unit}"] if family.unit else []
            lines += [f"# HELP {family.name} {family.help.translate(_ESCAPED)}", *sorted(family.samples)]
    return "\n".join([*lines, "# EOF", ""])
