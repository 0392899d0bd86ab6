"""The account of changes of a drill: takes the states, and lists or judges what the commands changed besides healing."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from environments.state.reading import READ_LIMIT_S
from environments.systems.replica import Replica
from reports.journal.clock import Clock, wait_until
from reports.journal.events import ChangeSeen, ChangesListed, Instant, StateMoment, StateTaken
from reports.journal.kinds import Place
from reports.journal.states import Item, from_text, to_text
from reports.judging import objectives
from reports.judging.changes import Change, Taken, allowed, changes, unknown, unread
from reports.judging.changes import Command as By
from reports.judging.objectives import one_line
from reports.plugin.recorder import DrillRecord
from steps.runbook.document import Command

SETTLE_S = 15.0
"""How long a change that may end by itself must last before it is one: a restarted service is not listening at once."""
SETTLE_EVERY_S = 1.0
PAUSE_LIMIT_S = 1.0
"""How long the operator waits for a state between two commands; what is not read by then is put down to a later command."""


@dataclass(frozen=True)
class _Typed:
    """A command that was typed, and the place of its text."""

    by: By
    place: Place
    remedy: bool


class ChangeAccount:
    """States are read in the background while nobody acts; only before a remedy command does the operator wait for one.

    So a state costs no measured time: the time of a recovery counts from the last remedy command, behind which none is taken
    before the service is back.
    """

    def __init__(self, environment: Replica, record: DrillRecord, clock: Clock) -> None:
        self._environment = environment
        self._record = record
        self._clock = clock
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._reading: list[tuple[StateMoment, Future[tuple[Sequence[Item], Instant, Instant]]]] = []
        self._taken: list[Taken] = []
        self._typed: list[_Typed] = []  # since the latest state
        self._places: dict[tuple[str, int], Place] = {}
        self._acted = self._listed = False

    def healthy(self) -> None:
        """Begin to read the first healthy state, while the service is shown to be steady."""
        self._begin("healthy")

    def healthy_again(self) -> None:
        """Take the second healthy state, just before the fault."""
        self._begin("healthy")
        self._finish()

    def after_the_fault(self) -> None:
        """Begin to read the state after the fault, while the drill watches the outage."""
        self._typed.clear()
        self._begin("after the fault")

    def before(self, command: Command, place: Place) -> None:
        """Take a state before a remedy command if anything was typed since the one before, so that each change has its line."""
        remedy = command.role == "remedy"
        if remedy:  # a diagnosis need not wait for the state after the fault
            self._finish()
        if remedy and not self._acted and [one.moment for one in self._taken] == ["healthy"]:
            self.healthy_again()  # a drill without a fault
        if remedy and self._typed:
            self._begin("before a command")
            self._finish()
        self._acted = self._acted or remedy
        by = By(command.command_id, command.line, one_line(command.text))
        self._typed.append(_Typed(by, place, remedy))
        self._places[by.command_id, by.line] = place

    def judge(self) -> None:
        """List the changes; each that the system's table does not allow is a miss. A change counts once it has lasted."""
        if self._begun():
            self._list(self._end(), judged=True)

    def list_only(self) -> None:
        """List the changes of a drill that has not judged them."""
        if self._begun() and self._acted:
            self._list(self._end(), judged=False)
        self._pool.shutdown(wait=False)

    def _begun(self) -> bool:
        return not self._listed and bool(self._taken or self._reading)

    def _end(self) -> list[Change]:
        """Take the state at the end, again while a change may still end by itself; only the last is recorded."""
        self._finish()
        after = self._after()
        items, started, finished = self._read()

        def settled() -> bool:
            nonlocal items, started, finished
            found = changes([*self._taken, Taken("end", from_text(to_text(items)), after)])
            missing = set(unread(from_text(to_text(items)))) - set(unread(self._taken[0].state))
            if not missing and not any(change.passing for change in found):
                return True
            items, started, finished = self._read()
            return False

        wait_until(settled, timeout_s=SETTLE_S, poll_s=SETTLE_EVERY_S, clock=self._clock)
        self._record_state("end", items, started, finished)
        return changes(self._taken)

    def _list(self, found: Sequence[Change], *, judged: bool) -> None:
        self._listed = True
        reasons = self._environment.allowed_changes
        pairs = [(reason.what, reason.reason) for reason in reasons]
        seen = tuple(ChangeSeen(what=change.what, detail=change.detail, command_id=change.by.command_id if change.by else "",
                                line=change.by.line if change.by else 0, command=change.by.text if change.by else "",
                                allowed=allowed(change.what, pairs)) for change in found)
        self._record.record(ChangesListed(changes=seen, judged=judged, allowed=tuple(reasons),
                                          unread=tuple(unknown(self._taken))))
        for change in seen if judged else ():
            if not change.allowed:
                self._record.miss(objectives.changed(change, self._places.get((change.command_id, change.line))))

    def _begin(self, moment: StateMoment) -> None:
        limit_s = PAUSE_LIMIT_S if moment == "before a command" else READ_LIMIT_S
        self._reading.append((moment, self._pool.submit(self._read, limit_s)))

    def _finish(self) -> None:
        """Wait for the states that are being read, and record them."""
        while self._reading:
            moment, reading = self._reading.pop(0)
            self._record_state(moment, *reading.result())

    def _read(self, limit_s: float = READ_LIMIT_S) -> tuple[Sequence[Item], Instant, Instant]:
        started = self._clock.now()
        return self._environment.state_reader().read(limit_s), started, self._clock.now()

    def _after(self) -> By | None:
        """Return the command to which differences from the latest state are put down."""
        remedies = [typed.by for typed in self._typed if typed.remedy] or [typed.by for typed in self._typed]
        return remedies[-1] if remedies else None

    def _record_state(self, moment: StateMoment, items: Sequence[Item], started: Instant, finished: Instant) -> None:
        after = self._after() if moment in {"before a command", "end"} else None
        output = self._record.output(to_text(items))
        self._record.record(StateTaken(
            moment=moment, state=output, started=started, finished=finished, command_id=after.command_id if after else "",
            line=after.line if after else 0, command=after.text if after else ""))
        self._taken.append(Taken(moment, from_text(self._record.whole(output)), after))
        if moment != "after the fault":  # what was typed while that one was read belongs to the next one
            self._typed.clear()
