"""A drill for real: the replica, the fault, the operator, the measurements (DESIGN: what a drill does).

The arms leave parts out. Without the remedy the operator does nothing, and the drill ends when the control window has
shown that the outage goes on; without the fault nothing breaks, and it ends when the symptom has stayed away.
"""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Literal

import msgspec

from environments.faults import Fault
from environments.hosts.spec import Weight
from environments.machine import locks
from environments.probes.process import Probe
from environments.systems.catalog import choose
from environments.systems.replica import Replica
from reports.errors import InconclusiveError, NotAvailableError, UsageError
from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.journal.events import AssumptionStated, EffectProven, FaultInjected, Instant, ProcedureChosen, Role
from reports.journal.kinds import Kind
from reports.judging import objectives
from reports.judging.rules import Measurement
from reports.plugin.recorder import DrillRecord
from steps.drill.capacity import starts_side_by_side
from steps.drill.inventory import record_inventory
from steps.drill.looking import Looks
from steps.drill.operate import CORRECTION_OF, Operating
from steps.drill.promises import Promises
from steps.drill.recovering import Recovery
from steps.drill.stage import Stage
from steps.drill.tear_down import end
from steps.drill.watch import STEADY_LIMIT_S, Watch
from steps.drill.writers import Writers
from steps.runbook.document import Command

MAXIMUM_LIFE_S = 18_000.0
"""Hosts switch themselves off after this time; longer than the longest documented target (240 min) and its set-up."""
FAIL_OVER_LIMIT_S = 60.0
"""How long an outage that redundancy should end may last; several times what the products' own time-outs add up to."""


BESIDE_S = 0.25
"""How often a probe asks, at most, that runs in every drill and that this one does not name: no outage is measured on it."""


class LiveDrill:
    """One scenario, run once, in one arm."""

    def __init__(self, record: DrillRecord, clock: Clock, stage: Stage) -> None:
        self._record = record
        self._clock = clock
        self._stage = stage
        self._probes: list[Probe] = []
        self._timers: list[threading.Timer] = []
        self._fault: Fault | None = None
        self._fault_at: Instant | None = None
        self._primary = ""
        self._also: list[str] = []
        self._workloads: list[str] = []
        self._writers = Writers(record)
        self._operator_acts = False
        self._operating_: Operating | None = None
        self._watch_: Watch | None = None
        self._recovery_: Recovery | None = None

    # -- set-up ------------------------------------------------------------------------------------------------------

    def replica(self, system: str, data_on: str, variant: str) -> None:
        """Start the environment and say what it is made of."""
        environment = self._stage.set_up(system, data_on, variant)
        for secret in environment.secrets:
            self._record.keep_secret(secret)
        with locks.turn("set-up", starts_side_by_side()):
            self._record.phase("set-up")
            environment.start(maximum_life_s=MAXIMUM_LIFE_S)
            self._weigh(Weight.MEASURED)
            record_inventory(environment, self._record)
        self._operating_ = Operating(environment, str(self._stage.runbook.path), self._record, self._clock)

    def procedure(self, heading: str) -> None:
        """Choose the section."""
        section = self._stage.choose_procedure(heading)
        runbook = self._stage.runbook
        self._record.record(ProcedureChosen(system=runbook.system, heading=heading, line=section.line,
                                            document_sha256=runbook.sha256))

    def measure_on(self, probe: str) -> None:
        """Choose the primary probe."""
        self._primary = self._stage.choose_probe(probe)
        self._need_available(probe)

    def observe(self, probe: str) -> None:
        """A probe besides the primary one."""
        self._also.append(self._stage.choose_probe(probe))
        self._need_available(probe)

    def keep_writing(self, what: str) -> None:
        """The workload starts with the probes."""
        choose("workload", what, self._environment.workloads)
        self._need_available(what)
        self._workloads.append(what)

    def steady(self) -> None:
        """Start every probe; wait until all are good for the baseline time."""
        self._record.phase("steady state", STEADY_LIMIT_S)
        wanted = {self._primary, *self._also, *self._environment.always_observed} - set(self._environment.unavailable)
        for name, spec in self._environment.probe_specs().items():
            if name in wanted:
                asked_for = name in {self._primary, *self._also}
                interval_s = spec.interval_s if asked_for else max(spec.interval_s, BESIDE_S)
                self._probes.append(Probe(msgspec.structs.replace(spec, interval_s=interval_s), self._record.record,
                                          primary=name == self._primary))
        known = self._environment.workloads
        self._probes += self._writers.start({name: known[name] for name in self._workloads}, self._primary)
        if not any(probe.primary for probe in self._probes):
            raise UsageError(f"{self._record.where}: say on which probe the outage is measured before the steady state (a "
                             "workload must also be one that clients keep writing)")
        self._watch_ = Watch(self._clock, self._probes)
        if not self._watch.wait_steady(STEADY_LIMIT_S):
            raise InconclusiveError(
                f"no steady state within {duration(STEADY_LIMIT_S)} before the fault: {self._watch.unsteady()}"
            )

    def finds_nothing(self) -> None:
        """Run the diagnosis while all is well."""
        if self._left_out(record_arm="no-remedy") or self._left_out(record_arm="no-fault"):
            return
        self._operating.run(self._stage.section.diagnosis())
        for caption, well in self._checked().items():
            self._record.objective(objectives.healthy_check(caption, well=well))

    def prepare(self, finding_id: str) -> None:
        """The operator runs a correction before anything breaks (in the control arms too: it is no remedy)."""
        self._operating.run(self._stage.corrected(finding_id, "preparation"), correction_of=finding_id)

    # -- fault and symptom -------------------------------------------------------------------------------------------

    def strike(self, fault: str) -> None:
        """Inject and prove."""
        kind = choose("fault", fault, self._environment.faults)
        self._need_available(fault)
        if self._left_out(record_arm="no-fault"):
            self._fault_at = self._clock.now()
            return
        self._record.phase("fault", note=fault)
        self._fault = kind.make()
        started = self._clock.now()
        self._fault.inject()
        self._fault_at = started
        self._recovery_ = Recovery(self._record, self._clock, self._watch, self._operating, started.mono)
        self._record.record(FaultInjected(fault=fault, description=kind.description, kind=kind.kind,
                                          parameters=dict(kind.parameters), started=started, finished=self._clock.now()))
        proof = self._fault.prove()
        self._record.record(EffectProven(fault=fault, proven=proof.proven, evidence=proof.evidence, seen_at=self._clock.now()))
        if not proof.proven:
            raise InconclusiveError(f"the fault {fault!r} was injected but did not bite: {proof.evidence}")
        if self._fault.spins:  # only now: a thread that yields looks less busy than it is
            self._weigh(Weight.SPINS)

    def symptom(self, statement: str, within_s: float) -> None:
        """Look at each part of the documented symptom until it is there or the time is up."""
        if self._left_out():
            return
        self._need_available(*statement.split(", "))
        self._record.phase("symptom", within_s)
        self._looks.symptom(statement, within_s, self._promises.of_statement(statement, "Symptoms"))
        if self._record.arm == "no-fault":
            self._record.end_early("without the fault the drill ends when the symptom has stayed away")

    def hold(self, seconds: float) -> None:
        """The in-drill control."""
        if self._record.arm == "no-fault" and not self._record.over:
            self._stays_well(seconds)
        if self._left_out():
            return
        self._recovery.hold(seconds)

    def ends_by_itself(self, probe: str) -> None:
        """Redundancy at work."""
        if self._left_out(record_arm="no-remedy") or self._left_out(record_arm="no-fault"):
            return
        outage = self._watch.wait_end(self._fault_mono, probe, FAIL_OVER_LIMIT_S)
        took = Measurement(0.0, 0.0) if outage is None else outage.duration
        self._record.objective(objectives.ended_by_itself(probe, took, FAIL_OVER_LIMIT_S))

    def happens_later(self, event: str, after_s: float) -> None:
        """Arm a timer that starts with the operator's first command."""
        action = choose("event", event, self._environment.events)
        if self._left_out():
            return
        self._record.record(AssumptionStated(text=f"{event} {duration(after_s)} after the operator starts"))
        timer = threading.Timer(after_s, action)
        timer.daemon = True
        self._timers.append(timer)

    # -- remedy ------------------------------------------------------------------------------------------------------

    def diagnose(self, finding_id: str) -> None:
        """Run the diagnosis."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._operate(self._stage.section.diagnosis(), finding_id, "diagnosis")

    def verify(self) -> None:
        """Run the closing checks."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._operate(self._stage.closing_verifications(), "", "verification")

    def last_command_failed(self) -> None:
        """A diagnosis that answers non-zero has found something."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._record.objective(objectives.diagnosis_finds_it(self._operating.last_exit_status))

    def notices(self, captions: Sequence[str]) -> None:
        """Exactly these checks of the diagnosis that was run last must have found something."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._stage.readings(captions)
        for caption, well in self._checked().items():
            source = "findings.toml" if caption.startswith(CORRECTION_OF) else "the document"
            self._record.objective(objectives.check(caption, source, expected=caption in captions, well=well))

    def follow(self, options: Sequence[str], finding_id: str) -> None:
        """Run options one after another, or a correction of them."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._operate(self._stage.options(options), finding_id, "remedy")

    # -- judging -----------------------------------------------------------------------------------------------------

    def recovers(self, within_s: float, field: str) -> None:
        """Recovery after the last remedy command."""
        if self._left_out():
            return
        promise = self._promises.of_time(within_s, field)
        if self._record.arm == "no-remedy":
            self._recovery.control(within_s)
        else:
            self._recovery.after_the_remedy(within_s, promise)

    def over_within(self, within_s: float, field: str, kind: Literal[Kind.RESOLUTION, Kind.ESCALATION]) -> None:
        """The whole incident."""
        if self._left_out():
            return
        promise = self._promises.of_time(within_s, field)
        if self._record.arm == "no-remedy":
            self._recovery.control(within_s)
        else:
            self._recovery.of_the_incident(within_s, promise, kind)

    def done_within(self, activity: str, within_s: float, field: str) -> None:
        """From the fault to the end of the last command."""
        if self._left_out(record_arm="no-remedy"):
            return
        promise = self._promises.of_time(within_s, field)
        finished = self._stage.need(self._operating.last_finished, "a command of the operator")
        took = Measurement(max(finished.mono - self._fault_mono, 0.0), 0.0)
        self._record.objective(objectives.activity(activity, promise, took, within_s))

    def goes_on(self, seconds: float) -> None:
        """Half a remedy."""
        if self._left_out():
            return
        self._recovery.half(seconds)

    def holds(self, statement: str, field: str) -> None:
        """Each part of a documented outcome."""
        if self._left_out(record_arm="no-remedy"):
            return
        promise = self._promises.of_statement(statement, field)
        for part in statement.split(", "):
            self._looks.outcome(part, promise, recovered_mono=self._recovery.came_mono)

    def nothing_lost(self) -> None:
        """Hold the ledgers against the stores."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._record.phase("data")
        self._writers.judge_kept()

    def loss_is_seen(self) -> None:
        """The account of a lossy store shows its loss."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._record.phase("data")
        self._writers.judge_lost()

    def diverged(self) -> None:
        """Both sides of a split have taken writes."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._writers.judge_diverged()

    def keeps(self, what: str) -> None:
        """Other data than the workload's."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._looks.data_kept(what, recovered_mono=self._recovery.came_mono)

    def normal(self) -> None:
        """Healthy members, no leftover, steady again."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._looks.normal(self._watch, self._fault, recovered_mono=self._recovery.came_mono)

    def close(self) -> None:
        """Stop probes, timers and hosts; safe to call at any point."""
        self._record.phase("tear-down")
        with ExitStack() as undo:  # the last first, and each of them whatever happens to the others
            if self._stage.has_environment:
                undo.callback(end, self._record, "the replica", self._stage.environment.stop)
            if self._operating_ is not None:
                undo.callback(end, self._record, "the operator's login", self._operating_.close)
            for probe in self._probes:
                undo.callback(end, self._record, f"probe {probe.spec.name}", probe.stop)
            for timer in self._timers:
                undo.callback(timer.cancel)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _left_out(self, record_arm: str = "") -> bool:
        """Whether the step that asks is not part of this arm (`record_arm` names the arm that leaves it out)."""
        left_out = bool(self._record.over) or self._record.arm == record_arm
        self._record.left_out = left_out
        return left_out

    def _need_available(self, *names: str) -> None:
        """Raise NotAvailableError, which is NOT RUN, where one of them cannot be had on this machine."""
        for name in names:
            if reason := self._environment.unavailable.get(name):
                raise NotAvailableError(reason)

    def _operate(self, documented: Sequence[Command], finding_id: str, role: Role) -> None:
        """The operator runs what the document says or, in its place, what a finding proposes."""
        if not self._operator_acts:
            self._operator_acts = True
            self._record.phase("remedy")
            for timer in self._timers:
                timer.start()
        commands = self._stage.corrected(finding_id, role) if finding_id else documented
        self._operating.run(commands, correction_of=finding_id)

    def _weigh(self, weight: Weight) -> None:
        for host in self._environment.hosts.values():
            host.weigh(weight)

    def _stays_well(self, seconds: float) -> None:
        """Without the fault, a scenario that names no symptom must simply stay well."""
        if not self._watch.holds_good(seconds):
            self._record.miss(objectives.unwell_without_fault(self._watch.primary, seconds))
        self._record.end_early("without the fault the drill ends here")

    def _checked(self) -> dict[str, bool]:
        """What the checks of the latest diagnosis said; UsageError where none of them can be read."""
        return self._stage.need(self._operating.found_nothing or None, "a documented diagnosis with checks that can be read")

    @property
    def _environment(self) -> Replica:
        return self._stage.environment

    @property
    def _looks(self) -> Looks:
        return Looks(self._environment, self._record, self._clock)

    @property
    def _promises(self) -> Promises:
        return self._stage.promises

    @property
    def _operating(self) -> Operating:
        return self._stage.need(self._operating_, "a replica")

    @property
    def _watch(self) -> Watch:
        return self._stage.need(self._watch_, "a steady service")

    @property
    def _recovery(self) -> Recovery:
        return self._stage.need(self._recovery_, "a fault")

    @property
    def _fault_mono(self) -> float:
        return self._stage.need(self._fault_at, "a fault").mono
