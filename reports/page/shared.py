"""Probes and assumptions that drills share: the report lists them once, in its section on scope."""

from dataclasses import dataclass

from reports.journal.events import ProbeStarted
from reports.run.drill import Drill
from reports.run.model import Run
from reports.wording.figures import spans


@dataclass(frozen=True)
class SharedProbe:
    """A probe as the drills of one system use it; `name` is numbered if drills define it differently."""

    name: str
    system: str
    probe: ProbeStarted


class Shared:
    """The probes of all drills, and the names and numbers that each drill refers to."""

    def __init__(self, run: Run) -> None:
        self._probes: dict[tuple[object, ...], SharedProbe] = {}
        for drill in run.drills:
            for strip in drill.strips:
                key = _key(drill, strip.probe)
                if key not in self._probes:
                    same = 1 + sum(known[:2] == key[:2] for known in self._probes)
                    name = strip.probe.probe if same == 1 else f"{strip.probe.probe} ({same})"
                    self._probes[key] = SharedProbe(name, drill.started.system, strip.probe)
        self._assumptions = {text: number for number, text in enumerate(run.assumptions, 1)}

    @property
    def probes(self) -> tuple[SharedProbe, ...]:
        """List every probe once, in order of first use."""
        return tuple(self._probes.values())

    def name(self, drill: Drill, probe: ProbeStarted) -> str:
        """Return the name of a drill's probe in the section on scope."""
        return self._probes[_key(drill, probe)].name

    def assumptions(self, drill: Drill) -> str:
        """List the numbers of a drill's assumptions: `1 to 11, 24`; empty where it has none."""
        numbers = sorted({self._assumptions[text] for text in drill.assumptions})
        return ", ".join(f"{first} to {last}" if last > first else str(first) for first, last in spans(numbers))


def _key(drill: Drill, probe: ProbeStarted) -> tuple[object, ...]:
    return drill.started.system, probe.probe, probe.description, probe.good, probe.interval_s, probe.unit
