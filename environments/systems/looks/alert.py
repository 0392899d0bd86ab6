"""Alerts of the monitoring."""

from typing import TYPE_CHECKING, ClassVar

from environments.systems.catalog import Observation
from environments.systems.looks import Look
from reports.journal.events import SymptomKind

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica


class AlertLook(Look, frozen=True, kw_only=True, tag="alert"):
    """Ask the Prometheus named by the table's `alerts`; holds if `alert` is firing."""

    symptom_kind: ClassVar[SymptomKind] = "alert"
    alert: str

    def _look(self, replica: "TabularReplica") -> Observation:
        states = replica.alert_states()
        if states is None:
            return Observation(False, "Prometheus does not answer")
        return Observation(states.get(self.alert) == "firing", f"alert {self.alert}: {states.get(self.alert, 'inactive')}")
