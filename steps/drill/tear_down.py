"""Tears down what a drill has started. Failures are recorded, never raised, since the drill has been judged by then."""

from collections.abc import Callable, Iterable, Sequence

from environments.machine.removal import Leftover
from reports.journal.events import CleanUpFailed
from reports.plugin.recorder import DrillRecord


def clean_up_failures(leftovers: Iterable[Leftover]) -> tuple[CleanUpFailed, ...]:
    """Convert leftovers to journal events."""
    return tuple(CleanUpFailed(what=left.what, why=left.why, remedy=left.remedy) for left in leftovers)


def end(record: DrillRecord, what: str, ending: Callable[[], Sequence[Leftover] | None]) -> None:
    """Call `ending` and record the leftovers that it returns, or the error that it raises."""
    try:
        for failure in clean_up_failures(ending() or ()):
            record.record(failure)
    except Exception as error:  # noqa: BLE001 - the drill's verdict and the report must not depend on any such error
        record.record(CleanUpFailed(what=what, why=f"{type(error).__name__}: {error}"))
