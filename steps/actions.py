"""What a step can ask of a drill; implemented for real (steps.live) and for the plan (steps.planned)."""

from typing import Protocol


class Actions(Protocol):
    """The verbs of the Gherkin vocabulary, in the order of a drill. All times are seconds."""

    def replica(self, system: str, data_on: str, variant: str) -> None:
        """Start the system's environment; `data_on` is a disk, "" for the documented place, `variant` an edition."""

    def procedure(self, heading: str) -> None:
        """Choose the section of the document that the drill follows."""

    def measure_on(self, probe: str) -> None:
        """The probe whose samples define the outage."""

    def keep_writing(self) -> None:
        """Start the workload."""

    def steady(self) -> None:
        """Start the probes; all must be good for the baseline time."""

    def prepare(self, finding_id: str) -> None:
        """Run what a finding proposes to do before anything breaks."""

    def strike(self, fault: str) -> None:
        """Inject a fault and prove its effect."""

    def symptom(self, statement: str, within_s: float) -> None:
        """Compare what is seen with the documented symptom."""

    def hold(self, seconds: float) -> None:
        """The in-drill control: the outage goes on while nobody acts."""

    def happens_later(self, event: str, after_s: float) -> None:
        """Something of the outside world happens `after_s` seconds after the operator's first command."""

    def diagnose(self, finding_id: str) -> None:
        """Run the documented diagnosis, or a finding's corrected one."""

    def last_command_failed(self) -> None:
        """The last command told the operator that something is wrong."""

    def verify(self) -> None:
        """Run the checks that the document names outside of its options."""

    def follow(self, option: str, finding_id: str) -> None:
        """Run an option of the remedy, or a finding's correction of it."""

    def recovers(self, within_s: float, field: str) -> None:
        """Recovery, measured from the end of the last remedy command."""

    def over_within(self, within_s: float, field: str, key: str) -> None:
        """The whole incident, measured from the last good sample before the fault."""

    def goes_on(self, seconds: float) -> None:
        """The outage is not ended by what was done, which was half a remedy."""

    def holds(self, statement: str, field: str) -> None:
        """A documented outcome is true."""

    def nothing_lost(self) -> None:
        """Every acknowledged write is there."""

    def keeps(self, what: str) -> None:
        """Data besides the workload's is still there."""

    def normal(self) -> None:
        """All members healthy, no leftover of the fault, steady again."""
