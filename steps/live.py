"""A drill for real: the replica, the fault, the operator, the measurements (DESIGN: what a drill does).

The arms leave parts out. Without the remedy the operator does nothing, and the drill ends when the control window has
shown that the outage goes on; without the fault nothing breaks, and it ends when the symptom has stayed away.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from environments.faults import Fault
from environments.probes.ledger import account, ledger
from environments.probes.process import Probe
from environments.probes.specs import WorkloadSpec
from environments.runbook.document import Command
from environments.systems.contract import Environment, choose
from reports.clock import Clock, wait_until
from reports.errors import InconclusiveError, UsageError
from reports.events import (
    AssumptionStated,
    EffectProven,
    FaultInjected,
    Instant,
    ProcedureChosen,
    Role,
    SymptomObserved,
)
from reports.judging import Outage, recovery_from
from reports.recorder import DrillRecord
from steps import objectives
from steps.inventory import record_inventory
from steps.operating import Operating
from steps.promises import Promises
from steps.stage import Stage
from steps.watching import STEADY_LIMIT_S, Watch

MAXIMUM_LIFE_S = 3600.0
"""Hosts switch themselves off after this time; longer than the longest documented target (30 min) and its set-up."""
KNOWN_DEFECT_PATIENCE_S = 10.0
"""How long nothing may change before a drill that is known to fail stops waiting (Runproof's own figure)."""
CLAIM_LIMIT_S = 20.0
"""How long a documented outcome may take to be true after the recovery (Runproof's own figure)."""
NORMAL_LIMIT_S = 60.0
"""How long all members may take to be healthy after the recovery (Runproof's own figure)."""
KNOWN_DEFECT_NORMAL_S = 20.0
"""The same for a drill that is known to fail: twice what the slowest member needs to start."""


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
        self._writes = False
        self._operator_acts = False
        self._operating_: Operating | None = None
        self._watch_: Watch | None = None
        self._outage: Outage | None = None

    # -- set-up ------------------------------------------------------------------------------------------------------

    def replica(self, system: str, data_on: str, variant: str) -> None:
        """Start the environment and say what it is made of."""
        self._record.phase("set-up")
        environment = self._stage.set_up(system, data_on, variant)
        for secret in environment.secrets:
            self._record.keep_secret(secret)
        environment.start(maximum_life_s=MAXIMUM_LIFE_S)
        record_inventory(environment, self._record)
        self._operating_ = Operating(environment, self._record, self._clock)

    def procedure(self, heading: str) -> None:
        """Choose the section."""
        section = self._stage.choose_procedure(heading)
        runbook = self._stage.runbook
        self._record.record(ProcedureChosen(system=runbook.system, heading=heading, line=section.line,
                                            document_sha256=runbook.sha256))

    def measure_on(self, probe: str) -> None:
        """Choose the primary probe."""
        self._primary = self._stage.choose_probe(probe)

    def keep_writing(self) -> None:
        """The workload starts with the probes."""
        self._writes = True

    def steady(self) -> None:
        """Start every probe; wait until all are good for the baseline time."""
        self._record.phase("steady state", STEADY_LIMIT_S)
        always = self._environment.always_observed
        for name, spec in self._environment.probe_specs().items():
            if name == self._primary or name in always:
                self._probes.append(Probe(spec, self._record.record, primary=name == self._primary))
        if self._writes:
            spec = self._environment.workload_spec(self._run_tag)
            self._probes.append(Probe(spec, self._record.record, primary=False))
        if not any(probe.primary for probe in self._probes):
            raise UsageError(f"{self._record.where}: say on which probe the outage is measured before the steady state")
        self._watch_ = Watch(self._clock, self._probes)
        if not self._watch.wait_steady(STEADY_LIMIT_S):
            raise InconclusiveError(
                f"no steady state within {STEADY_LIMIT_S:g} s before the fault: {self._watch.unsteady()}"
            )

    def prepare(self, finding_id: str) -> None:
        """The operator runs a correction before anything breaks (in the control arms too: it is no remedy)."""
        self._operating.run(self._stage.corrected(finding_id, "preparation"), correction_of=finding_id)

    # -- fault and symptom -------------------------------------------------------------------------------------------

    def strike(self, fault: str) -> None:
        """Inject and prove."""
        kind = choose("fault", fault, self._environment.faults)
        if self._left_out(record_arm="no-fault"):
            self._fault_at = self._clock.now()
            return
        self._record.phase("fault", note=fault)
        self._fault = kind.make()
        started = self._clock.now()
        self._fault.inject()
        self._fault_at = started
        self._record.record(FaultInjected(fault=fault, description=kind.description, started=started,
                                          finished=self._clock.now()))
        proof = self._fault.prove()
        self._record.record(EffectProven(fault=fault, proven=proof.proven, evidence=proof.evidence))
        if not proof.proven:
            raise InconclusiveError(f"the fault {fault!r} was injected but did not bite: {proof.evidence}")

    def symptom(self, statement: str, within_s: float) -> None:
        """Look at each part of the documented symptom until it is there or the time is up."""
        if self._left_out():
            return
        self._record.phase("symptom", within_s)
        promised_by = self._promises.of_statement(statement, "Symptoms")
        claims = [choose("documented statement", part, self._environment.claims) for part in statement.split(", ")]
        with ThreadPoolExecutor() as pool:  # side by side, so that each part has the whole time
            looks = [pool.submit(claim.look, within_s) for claim in claims]
        for part, observed in ((claim.statement, look.result()) for claim, look in zip(claims, looks, strict=True)):
            self._record.record(SymptomObserved(documented=part, seen=observed.seen, matches=observed.holds))
            if self._record.arm == "no-fault" and observed.holds:
                self._record.miss(f"symptom: {part}", f"seen although nothing was broken: {observed.seen}")
            if self._record.arm == "remedy" and not observed.holds:
                self._record.miss(f"symptom: {part}",
                                  f"the effect is proven, but {part!r} is not what is seen: {observed.seen} ({promised_by})")
        if self._record.arm == "no-fault":
            self._record.end_early("without the fault the drill ends when the symptom has stayed away")

    def hold(self, seconds: float) -> None:
        """The in-drill control."""
        if self._record.arm == "no-fault" and not self._record.over:
            self._stays_well(seconds)
        if self._left_out():
            return
        self._record.phase("hold", seconds)
        self._outage = self._watch.wait_outage(self._fault_mono)
        if not self._watch.bad_for(seconds):
            raise InconclusiveError(
                f"left alone, the outage ended by itself within {seconds:g} s: this drill can prove nothing about a remedy"
            )

    def happens_later(self, event: str, after_s: float) -> None:
        """Arm a timer that starts with the operator's first command."""
        action = choose("event", event, self._environment.events)
        if self._left_out():
            return
        self._record.record(AssumptionStated(text=f"{event} {after_s:g} s after the operator starts"))
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
        status = self._operating.last_exit_status
        self._record.objective(objectives.statement(
            "diagnosis finds it", "the last command fails, which is how the operator sees the defect", "findings.toml",
            true=status not in (0, None), detail=f"exit status {status}"))

    def follow(self, option: str, finding_id: str) -> None:
        """Run an option, or its correction."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._operate(self._stage.section.option(option), finding_id, "remedy")

    # -- judging -----------------------------------------------------------------------------------------------------

    def recovers(self, within_s: float, field: str) -> None:
        """Recovery after the last remedy command."""
        if self._left_out():
            return
        cited = self._promises.of_time(within_s, field)
        if self._record.arm == "no-remedy":
            self._control(within_s)
            return
        remedy = self._operating.last_remedy
        if remedy is None:
            raise UsageError(f"{self._record.where}: recovery is measured from the last remedy command, but none was run")
        self._record.phase("recovery", within_s)
        outage = self._settle(remedy.mono + within_s)
        measured = recovery_from(outage, remedy.mono)
        if self._operating.first_remedy is not None:
            # The remedy's own time: until the service was back or, where it did not come back, until its last command.
            ended = remedy.mono if outage.end is None else outage.end.value_s
            self._record.remedy_s = max(ended - self._operating.first_remedy.mono, 0.0)
        self._record.objective(objectives.at_most(
            "recovery", f"recovery within {within_s:g} s of the last remedy command", cited, measured, within_s,
            otherwise=self._waited(remedy.mono, within_s), longest_gap_s=outage.longest_gap_s))

    def over_within(self, within_s: float, field: str, key: str) -> None:
        """The whole incident."""
        if self._left_out(record_arm="no-remedy"):
            return
        cited = self._promises.of_time(within_s, field)
        outage = self._outage_now()
        self._record.objective(objectives.at_most(
            key, f"the whole outage lasts at most {within_s:g} s", cited, outage.duration, within_s,
            otherwise=self._waited(self._fault_mono, within_s), longest_gap_s=outage.longest_gap_s))

    def goes_on(self, seconds: float) -> None:
        """Half a remedy must not end the outage: else the other half would be superfluous."""
        if self._left_out():
            return
        self._record.phase("recovery", seconds)
        self._record.objective(objectives.goes_on(
            "half a remedy", "Runproof: a half remedy is drilled to record its effect", seconds,
            held=self._watch.bad_for(seconds)))
        self._record.end_early("half a remedy is not expected to recover the service")

    def holds(self, statement: str, field: str) -> None:
        """Each part of a documented outcome."""
        if self._left_out(record_arm="no-remedy"):
            return
        cited = self._promises.of_statement(statement, field)
        for part in statement.split(", "):
            self._claim(part, f"outcome: {part}", cited)

    def nothing_lost(self) -> None:
        """Hold the ledger against the store."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._record.phase("data")
        probe = next(probe for probe in self._probes if isinstance(probe.spec, WorkloadSpec))
        probe.stop()
        self._probes.remove(probe)
        self._watch_ = Watch(self._clock, self._probes)
        found = account(probe.spec.name, ledger(self._run_tag, probe.samples()), self._environment.stored_ids())
        self._record.record(found)
        if not found.acknowledged:
            raise InconclusiveError("no write was acknowledged in the whole drill: nothing can be said about data")
        self._record.objective(objectives.nothing_lost(found))

    def keeps(self, what: str) -> None:
        """Other data than the workload's."""
        if self._left_out(record_arm="no-remedy"):
            return
        self._claim(f"the data of the {what} is still there", f"data of the {what}",
                    "Runproof: a remedy must not destroy data")

    def normal(self) -> None:
        """Healthy members, no leftover, steady again."""
        if self._left_out(record_arm="no-remedy"):
            return
        recovered = self._outage_now().end is not None
        limit_s = 0.0 if not recovered else KNOWN_DEFECT_NORMAL_S if self._record.expects_a_defect else NORMAL_LIMIT_S
        self._record.phase("return to normal", limit_s)
        self._clears("members", "all members are healthy", self._environment.problems, limit_s)
        self._clears("alerts", "no alert fires any more", self._environment.firing_alerts, limit_s)
        if self._fault is not None:
            proof = self._fault.prove()
            self._check("return to normal: leftover", "nothing of the fault is left", not proof.leftover, proof.evidence)
        steady = self._watch.wait_steady(limit_s)
        self._check("return to normal: steady", "the steady state holds again", steady,
                    "" if steady else self._watch.unsteady())

    def close(self) -> None:
        """Stop probes, timers and hosts; safe to call at any point."""
        self._record.phase("tear-down")
        with ExitStack() as undo:  # the last first, and each of them whatever happens to the others
            if self._stage.has_environment:
                undo.callback(self._stage.environment.stop)
            if self._operating_ is not None:
                undo.callback(self._operating_.close)
            for probe in self._probes:
                undo.callback(probe.stop)
            for timer in self._timers:
                undo.callback(timer.cancel)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _left_out(self, record_arm: str = "") -> bool:
        """Whether the step that asks is not part of this arm (`record_arm` names the arm that leaves it out)."""
        left_out = bool(self._record.over) or self._record.arm == record_arm
        self._record.left_out = left_out
        return left_out

    def _operate(self, documented: Sequence[Command], finding_id: str, role: Role) -> None:
        """The operator runs what the document says or, in its place, what a finding proposes."""
        if not self._operator_acts:
            self._operator_acts = True
            self._record.phase("remedy")
            for timer in self._timers:
                timer.start()
        commands = self._stage.corrected(finding_id, role) if finding_id else documented
        self._operating.run(commands, correction_of=finding_id)

    def _control(self, target_s: float) -> None:
        window = self._record.limits.control_window_s
        if window is None:
            known = self._record.known_remedy_s
            window = 60.0 if known is None else max(2 * known, 10.0)
        window = min(window, target_s) if window == float("inf") else window
        self._record.phase("recovery", window, note="control: nobody acts")
        self._record.objective(objectives.goes_on(
            "control", "Runproof: a drill that recovers by itself proves nothing about its remedy", window,
            held=self._watch.bad_for(window)))
        self._record.end_early("without the remedy the drill ends with the control window")

    def _stays_well(self, seconds: float) -> None:
        """Without the fault, a scenario that names no symptom must simply stay well."""
        if not self._watch.good_for(seconds):
            self._record.miss("no-fault", "the primary probe was bad although nothing was broken")
        self._record.end_early("without the fault the drill ends here")

    def _settle(self, until_mono: float) -> Outage:
        patience = self._record.limits.patience_s
        if patience is None and self._record.expects_a_defect:
            patience = KNOWN_DEFECT_PATIENCE_S
        self._outage = self._watch.wait_recovery(self._fault_mono, until_mono=until_mono, patience_s=patience)
        return self._outage

    def _outage_now(self) -> Outage:
        return self._watch.outage(self._fault_mono) or self._stage.need(self._outage, "an outage")

    def _waited(self, since_mono: float, target_s: float) -> str:
        waited = self._clock.monotonic() - since_mono
        text = f"not recovered after {waited:.0f} s"
        return text if waited >= target_s else f"{text}, target {target_s:g} s not waited out"

    def _claim(self, statement: str, key: str, cited: str) -> None:
        claim = choose("documented statement", statement, self._environment.claims)
        limit_s = CLAIM_LIMIT_S if self._outage_now().end is not None else 0.0
        observed = claim.look(limit_s)
        self._record.objective(objectives.statement(key, statement, cited, true=observed.holds, detail=observed.seen))

    def _clears(self, key: str, sentence: str, look: Callable[[], Sequence[str]], limit_s: float) -> None:
        wait_until(lambda: not look(), timeout_s=limit_s, clock=self._clock)
        left = look()
        self._check(f"return to normal: {key}", sentence, not left, "; ".join(left))

    def _check(self, key: str, sentence: str, met: bool, detail: str) -> None:
        self._record.objective(objectives.statement(
            key, sentence, "Runproof: a drill ends where it began", true=met, detail=detail))

    @property
    def _environment(self) -> Environment:
        return self._stage.environment

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
    def _fault_mono(self) -> float:
        return self._stage.need(self._fault_at, "a fault").mono

    @property
    def _run_tag(self) -> str:
        return f"drill-{self._stage.runbook.system}"
