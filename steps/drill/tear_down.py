"""Ends what a drill has started. A failure is recorded, never raised: the drill has been judged by then."""

from collections.abc import Callable, Iterable, Sequence

from environments.machine.removal import Leftover
from reports.journal.events import CleanUpFailed
from reports.plugin.recorder import DrillRecord


def clean_up_failures(leftovers: Iterable[Leftover]) -> tuple[CleanUpFailed, ...]:
    """Leftovers as the journal keeps them."""
    return tuple(CleanUpFailed(what=left.what, why=left.why, remedy=left.remedy) for left in leftovers)


def end(record: DrillRecord, what: str, ending: Callable[[], Sequence[Leftover] | None]) -> None:
    """Call `ending`, which may return what it could not remove; record that, and any error that it raises."""
    try:
        for failure in clean_up_failures(ending() or ()):
            record.record(failure)
    except Exception as error:  # noqa: BLE001 - whatever it is, the drill's verdict and the report do not depend on it
        record.record(CleanUpFailed(what=what, why=f"{type(error).__name__}: {error}"))
