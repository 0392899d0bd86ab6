"""What a step can ask of a drill; implemented for real (steps.live) and for the plan (steps.planned)."""

from collections.abc import Sequence
from typing import Literal, Protocol

from reports.journal.kinds import Kind


class Actions(Protocol):
    """The verbs of the Gherkin vocabulary, in the order of a drill. All times are seconds."""

    def replica(self, system: str, data_on: str, variant: str) -> None:
        """Start the system's environment; `data_on` is a disk, "" for the documented place, `variant` an edition."""

    def procedure(self, heading: str) -> None:
        """Choose the section of the document that the drill follows."""

    def measure_on(self, probe: str) -> None:
        """The probe whose samples define the outage."""

    def observe(self, probe: str) -> None:
        """One more probe, beside the one that the outage is measured on."""

    def keep_writing(self, what: str) -> None:
        """Start a workload: clients that write all through the drill and remember what was acknowledged."""

    def steady(self) -> None:
        """Start the probes; all must be good for the baseline time."""

    def finds_nothing(self) -> None:
        """Run the documented diagnosis while all is well: none of its checks may find anything."""

    def prepare(self, finding_id: str) -> None:
        """Run what a finding proposes to do before anything breaks."""

    def strike(self, fault: str) -> None:
        """Inject a fault and prove its effect."""

    def symptom(self, statement: str, within_s: float) -> None:
        """Compare what is seen with the documented symptom."""

    def hold(self, seconds: float) -> None:
        """The in-drill control: the outage goes on while nobody acts."""

    def ends_by_itself(self, probe: str) -> None:
        """The outage that this probe sees ends while nobody acts: redundancy at work. Its length is reported."""

    def happens_later(self, event: str, after_s: float) -> None:
        """Something of the outside world happens `after_s` seconds after the operator's first command."""

    def diagnose(self, finding_id: str) -> None:
        """Run the documented diagnosis, or a finding's corrected one."""

    def last_command_failed(self) -> None:
        """The last command told the operator that something is wrong."""

    def verify(self) -> None:
        """Run the checks that the document names outside of its options."""

    def notices(self, captions: Sequence[str]) -> None:
        """Exactly these documented checks have noticed the fault, in the diagnosis that was run last."""

    def follow(self, options: Sequence[str], finding_id: str) -> None:
        """Run labelled parts of the remedy one after another, or a finding's correction of them."""

    def recovers(self, within_s: float, field: str) -> None:
        """Recovery, measured from the end of the last remedy command."""

    def over_within(self, within_s: float, field: str, kind: Literal[Kind.RESOLUTION, Kind.ESCALATION]) -> None:
        """The whole incident, measured from the last good sample before the fault."""

    def done_within(self, activity: str, within_s: float, field: str) -> None:
        """The operator's last command ended at most so long after the fault."""

    def goes_on(self, seconds: float) -> None:
        """The outage is not ended by what was done, which was half a remedy."""

    def holds(self, statement: str, field: str) -> None:
        """A documented outcome is true."""

    def nothing_lost(self) -> None:
        """Every acknowledged write is there, once; what a store lost that never promised to keep it is reported."""

    def loss_is_seen(self) -> None:
        """The store of every lossy workload has lost acknowledged writes, and the account shows it."""

    def diverged(self) -> None:
        """The sides of a split hold different writes at this moment; how many is reported."""

    def keeps(self, what: str) -> None:
        """Data besides the workload's is still there."""

    def normal(self) -> None:
        """All members healthy, no leftover of the fault, steady again."""
