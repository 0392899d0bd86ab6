"""Which of a drill's commands and outputs the page shows in full: what was there before is named and not shown again."""

from collections.abc import Iterable

from reports.journal.events import Output
from reports.run.drill import CommandView, Drill

_SHORT_BYTES = 240
_SHORT_LINES = 4


def is_short(stream: Output) -> bool:
    """Return whether an output is shown at once."""
    return stream.size_bytes <= _SHORT_BYTES and stream.text.count("\n") <= _SHORT_LINES and not stream.sha256


def repeated(commands: Iterable[CommandView]) -> dict[tuple[int, str], int]:
    """Map (command number, stream) to the number of the first command that had the same long output on the same stream."""
    first: dict[tuple[str, str, str], int] = {}
    found: dict[tuple[int, str], int] = {}
    for view in commands:
        for name, stream in (("stdout", view.command.stdout), ("stderr", view.command.stderr)):
            if not is_short(stream):
                number = first.setdefault((name, stream.text, stream.sha256), view.number)
                if number != view.number:
                    found[view.number, name] = number
    return found


def quiet(drill: Drill) -> tuple[CommandView, ...]:
    """Return the checks that found nothing wrong while all was well: the page names them in one sentence."""
    asked = {(one.command_id, at_s) for one in drill.compared if one.result == "quiet"
             for at_s in (one.asked_at, *one.healthy_at)}
    return tuple(view for view in drill.commands if (view.command.command_id, view.command.started.mono) in asked)


def asked_again(drill: Drill) -> dict[int, tuple[CommandView, ...]]:
    """Map the number of a check's first asking to the later ones while all was well, where it did find something wrong."""
    struck_s = min((fault.started.mono for fault in drill.faults), default=float("inf"))
    found: dict[tuple[str, str], list[CommandView]] = {}
    for view in drill.commands:
        if view.command.finished.mono <= struck_s:
            found.setdefault((view.command.command_id, view.command.rendered), []).append(view)
    return {views[0].number: tuple(views[1:]) for views in found.values() if len(views) > 1}
