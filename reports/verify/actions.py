"""Checks what a run says about findings that were past their dates, from the findings that its journals list.

Part of the verification, so it uses only Python's standard library.
"""

from __future__ import annotations

from collections.abc import Iterator

from reports.journal.chains import Record, machine_of
from reports.judging.actions import Dated, expired, overdue


class ActionsAgain:
    """Findings with their dates, and how each machine's run judged them, gathered while the journals are read."""

    def __init__(self) -> None:
        self._listed: dict[str, set[Dated]] = {}  # by the machine
        self._judged: dict[str, Record] = {}
        self._began: dict[str, str] = {}  # the day on which a machine's run began

    @property
    def fails(self) -> bool:
        """Whether what is past its date fails the run."""
        return any(what["expired"] or (what["overdue"] and what["overdue_fails"]) for what in self._judged.values())

    def add(self, journal: str, entry: Record) -> None:
        """Take an entry."""
        machine, what = machine_of(journal), entry["what"]
        match what["event"]:
            case "run started":
                self._began[machine] = entry["at"]["utc"][:10]
            case "finding listed":
                item = what.get("action", {})
                self._listed.setdefault(machine, set()).add(Dated(
                    str(what["finding_id"]), str(item.get("status", "open")), str(item.get("due", "")),
                    str(item.get("accepted_until", ""))))
            case "actions judged":
                self._judged[machine] = {
                    "on": str(what["on"]), "expired": [str(one) for one in what["expired"]],
                    "overdue": [str(one) for one in what["overdue"]], "overdue_fails": bool(what["overdue_fails"])}

    def problems(self, exit_status: int | None) -> Iterator[str]:
        """Yield each disagreement; `exit_status` is the run's, None if it broke off."""
        for machine, what in sorted(self._judged.items()):
            listed, on = self._listed.get(machine, set()), self._began.get(machine, "")
            if what["on"] != on:
                yield f"{machine}: findings were judged on {what['on']}, but the run began on {on}"
            for name, again in (("expired", expired(listed, on)), ("overdue", overdue(listed, on))):
                if list(again) != list(what[name]):
                    yield f"{machine}: {name} findings are {', '.join(again) or 'none'}, not {', '.join(what[name]) or 'none'}"
        if exit_status == 0 and self.fails:
            yield "the run states exit status 0, but findings are past their dates"

    @property
    def summary(self) -> str:
        """Describe what was judged; empty where nothing was."""
        if not self._judged:
            return ""
        late = sorted({name for what in self._judged.values() for name in (*what["expired"], *what["overdue"])})
        return f"action register: past their dates: {', '.join(late) or 'none'}"
