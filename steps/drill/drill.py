"""A running drill: the replica, the fault, the operator, the measurements. Acts work with its parts."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from environments.faults import Fault
from environments.hosts.operator import CommandRun
from environments.hosts.spec import Weight
from environments.machine import locks
from environments.systems.replica import Replica
from reports.errors import InconclusiveError, NotAvailableError
from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.journal.events import AssumptionStated, CommandFinished, EffectProven, FaultInjected, Missed, ProcedureChosen, Role
from reports.journal.kinds import Kind, Place
from reports.judging import objectives
from reports.judging.checks import MARGIN_S
from reports.judging.objectives import Promise
from reports.plugin.recorder import DrillRecord
from steps.drill.capacity import processors, starts_side_by_side
from steps.drill.changing import ChangeAccount
from steps.drill.checking import Checking
from steps.drill.inventory import record_inventory
from steps.drill.looking import Looks
from steps.drill.obeying import Obeying
from steps.drill.observers import Observers
from steps.drill.operate import Operating
from steps.drill.promises import Citation
from steps.drill.recovering import Recovery
from steps.drill.stage import Stage, need
from steps.drill.tear_down import end
from steps.drill.watch import Watch
from steps.runbook.document import Command

MAXIMUM_LIFE_S = 18_000.0
"""Hosts power themselves off after this time; longer than the longest documented target (240 min) plus setup."""


class Drill:
    """A scenario, run once, in one arm.

    Its parts raise UsageError if the step that creates them is missing.
    """

    def __init__(self, record: DrillRecord, clock: Clock, stage: Stage) -> None:
        self.record = record
        self.stage = stage
        self.observers = Observers(record, clock)
        self.checking = Checking(stage, record)
        self._clock = clock
        self._timers: list[threading.Timer] = []
        self._fault: Fault | None = None
        self._operator_acts = False
        self._replica: Replica | None = None
        self._operating: Operating | None = None
        self._watch: Watch | None = None
        self._recovery: Recovery | None = None
        self._changes: ChangeAccount | None = None
        self._obeying: Obeying | None = None

    # -- before the fault --------------------------------------------------------------------------------------------

    def start_replica(self, system: str, disk: str, edition: str) -> None:
        """Start the system's replica and record its inventory."""
        environment = self._replica = self.stage.choose_system(system, disk, edition)
        for secret in environment.secrets:
            self.record.keep_secret(secret)
        with locks.turn("set-up", starts_side_by_side(processors())) as end_turn:
            self.record.phase("set-up")
            # Others start while this one only waits: for Prometheus to scrape, for example, which takes up to 20 s.
            environment.start(maximum_life_s=MAXIMUM_LIFE_S, started=end_turn)
            self._weigh(environment, Weight.MEASURED)
            record_inventory(environment, self.record)
        self._operating = Operating(environment, str(self.stage.runbook.path), self.record, self._clock,
                                    self._heard)
        if self.record.arm == "remedy":
            self._changes = ChangeAccount(environment, self.record, self._clock)
            self._operating.before_command = self._changes.before

    def choose_procedure(self, heading: str) -> None:
        """Select the section of the document and record it."""
        section = self.stage.choose_procedure(heading)
        runbook = self.stage.runbook
        self.record.record(ProcedureChosen(system=runbook.system, heading=heading, line=section.line,
                                           document_sha256=runbook.sha256, statements=self.stage.statements()))

    def require(self, names: Sequence[str]) -> None:
        """Raise NotAvailableError (NOT RUN) if one of the names is not available on this machine."""
        for name in names:
            if reason := self.stage.environment.unavailable.get(name):
                raise NotAvailableError(reason)

    def wait_steady(self) -> None:
        """Start all clients and wait for the steady state; raises InconclusiveError if it is not reached."""
        environment = self.stage.environment
        always = set(environment.always_observed) - set(environment.unavailable)
        if self._changes is not None:
            self._changes.healthy()
        self._watch = self.observers.start(environment.probe_specs(), always)

    def strike(self, name: str) -> None:
        """Inject the fault and prove its effect; raises InconclusiveError if it has none."""
        kind = self.stage.fault(name)
        self.record.phase("fault", note=name)
        fault = self._fault = kind.make()
        self.checking.struck(name)
        if self._changes is not None:
            self._changes.healthy_again()
        if fault.shortcoming:
            self.record.record(AssumptionStated(text=fault.shortcoming))
        started = self._clock.now()
        fault.inject()
        finished = self._clock.now()
        self.watch.injected_mono = finished.mono
        self._recovery = Recovery(self.record, self._clock, self.watch, self.operating, started.mono)
        self.record.record(FaultInjected(fault=name, description=kind.description, kind=kind.kind,
                                         parameters=dict(kind.parameters), started=started, finished=finished))
        proof = fault.prove()
        self.record.record(EffectProven(fault=name, proven=proof.proven, evidence=proof.evidence, seen_at=self._clock.now()))
        if not proof.proven:
            raise InconclusiveError(f"the fault {name!r} was injected but has no effect: {proof.evidence}")
        if self._changes is not None:
            self._changes.after_the_fault()
        if fault.spins:  # only now, since a lower weight makes a spinning thread look less busy
            self._weigh(self.stage.environment, Weight.SPINS)

    def stays_well(self, seconds: float) -> None:
        """Judge that the service stays good without the fault."""
        if not self.watch.holds_good(seconds):
            self.record.miss(objectives.unwell_without_fault(self.watch.primary, seconds))

    # -- the operator ------------------------------------------------------------------------------------------------

    def schedule(self, event: Callable[[], None], name: str, after_s: float) -> None:
        """Trigger an event of the outside world `after_s` seconds after the operator's first command."""
        self.record.record(AssumptionStated(text=f"{name} {duration(after_s)} after the operator starts"))
        timer = threading.Timer(after_s, event)
        timer.daemon = True
        self._timers.append(timer)

    def operate(self, documented: Sequence[Command], finding_id: str, role: Role) -> None:
        """Let the operator run the documented commands or, instead, a finding's correction."""
        self._begin()
        commands = self.stage.corrected(finding_id, role) if finding_id else documented
        self.operating.run(commands, correction_of=finding_id)

    def operate_as_job(self, documented: Sequence[Command]) -> None:
        """Let cron run the documented commands."""
        self._begin()
        self.operating.run_as_job(documented)

    def obey(self, commands: Sequence[Command]) -> None:
        """Let the operator follow commands in the document's order, as far as the document's conditions hold."""
        waived = {(waiver.heading, waiver.text): waiver.reason for waiver in self.stage.runbook.waived}
        self._begin()
        self._obeying = Obeying(self.operating, self.watch, self.record, self.stage.environment.checks)
        self._obeying.follow(commands, lambda command: waived.get((command.heading, command.text), ""),
                             self.stage.environment.always_observed)

    def judge_obedience(self) -> None:
        """Judge that the service is up at the end of the section, and that no step took it away again."""
        obeying = need(self._obeying, "an operator who obeys the whole procedure")
        obeying.judge(str(self.stage.runbook.path), self.stage.section.line, self.stage.environment.always_observed)

    def _heard(self, command: Command, done: CommandRun, event: CommandFinished, place: Place) -> None:
        """Pass on what a command said."""
        self.checking.heard(command, done, event, place)
        if self._obeying is not None:
            self._obeying.heard(command, done, event)

    def _begin(self) -> None:
        if not self._operator_acts:
            self._operator_acts = True
            self.record.phase("remedy")
            for timer in self._timers:
                timer.start()

    def ask_while_well(self, commands: Sequence[Command], finding_id: str) -> None:
        """Ask the checks twice, so that what changes by itself is known, and judge that none reports a problem."""
        for _ in range(2):
            self.operating.ask(commands, correction_of=finding_id)
        self.checking.judge_healthy()

    # -- judging -----------------------------------------------------------------------------------------------------

    def cite(self, citation: Citation) -> Promise:
        """Return the document's promise; a contradicting figure in the feature is a missed objective."""
        if citation.contradiction:
            self.record.miss(Missed(kind=Kind.PROMISE, subject=citation.field, place=citation.promise.place,
                                    message=f"{self.record.where} {citation.contradiction}"))
        return citation.promise

    @property
    def operating(self) -> Operating:
        """The operator at work."""
        return need(self._operating, "a replica")

    @property
    def watch(self) -> Watch:
        """The running probes."""
        return need(self._watch, "a steady service")

    @property
    def recovery(self) -> Recovery:
        """The outage and its end."""
        return need(self._recovery, "a fault")

    @property
    def fault(self) -> Fault | None:
        """The injected fault."""
        return self._fault

    def judge_changes(self) -> None:
        """Judge what the remedy changed besides ending the outage."""
        if self._changes is not None:
            self._changes.judge()

    @property
    def looks(self) -> Looks:
        """The checks of the running replica."""
        return Looks(self.stage.environment, self.record, self._clock)

    def finish(self) -> None:
        """Judge what can be judged only at the end: what checks said after the remedy, against what users saw around it."""
        last = self.checking.last_asked()
        if last is not None and self._watch is not None:
            self.checking.judge_after_remedy(self._watch.primary, self._watch.samples_until(last + MARGIN_S))
        if self._changes is not None:
            self._changes.list_only()

    def close(self) -> None:
        """Stop probes, timers and hosts; safe to call at any point."""
        self.record.phase("tear-down")
        with ExitStack() as undo:  # in reverse order, each one even if others fail
            if self._replica is not None:
                undo.callback(end, self.record, "the replica", self._replica.stop)
            if self._operating is not None:
                undo.callback(end, self.record, "the operator's login", self._operating.close)
            for probe in self.observers.probes:
                undo.callback(end, self.record, f"probe {probe.spec.name}", probe.stop)
            for timer in self._timers:
                undo.callback(timer.cancel)

    @staticmethod
    def _weigh(environment: Replica, weight: Weight) -> None:
        for host in environment.hosts.values():
            host.weigh(weight)
