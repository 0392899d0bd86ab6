"""Which outputs of a drill's commands the page shows at once, folded, or by naming the command that said the same before."""

from collections.abc import Iterable

from reports.journal.events import Output
from reports.run.drill import CommandView

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
