"""Whether a run's last entry names the head of a journal."""

from collections.abc import Sequence

from reports.journal.events import Entry, RunFinished


def sealed(name: str, head: str, entries: Sequence[Entry], finished: RunFinished | None) -> bool:
    """Whether the run's last entry names this journal's head; its own journal is sealed up to the line before."""
    if finished is None:
        return False
    if entries and entries[-1].what == finished:
        return finished.heads.get(name, entries[-1].prev) == entries[-1].prev
    return finished.heads.get(name) == head
