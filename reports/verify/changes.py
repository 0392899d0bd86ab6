"""Judges the account of changes again, from the states in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from reports.journal.chains import Record
from reports.journal.kinds import Kind
from reports.journal.states import from_text
from reports.judging.changes import Command, Taken, allowed, changes, unknown


@dataclass
class ChangesAgain:
    """The states of a drill and its account of changes, gathered while its journal is read."""

    taken: list[Taken] = field(default_factory=list)
    listed: list[Record] = field(default_factory=list)
    typed: set[tuple[str, int]] = field(default_factory=set)  # commands that had ended, by id and line
    wrong: list[str] = field(default_factory=list)

    def add(self, what: Record, whole: str) -> None:
        """Add a state with its complete text, an account, or a command that ended."""
        if what["event"] == "command finished":
            self.typed.add((what.get("command_id", ""), what.get("line", 0)))
        elif what["event"] == "changes listed":
            self.listed.append({**what, "again": self._again(what)})
        else:
            after = Command(what["command_id"], what["line"], what["command"]) if what.get("command_id") else None
            if after and (after.command_id, after.line) not in self.typed:
                self.wrong.append(f"a state is put down to {after.text!r}, which had not ended by then")
            self.taken.append(Taken(what["moment"], from_text(whole), after))

    def failed(self) -> Iterator[tuple[Kind, str]]:
        """Yield the changes that must be among the misses."""
        for listed in self.listed:
            if listed["judged"]:
                yield from ((Kind.CHANGE, change["what"]) for change in listed["changes"] if not change.get("allowed"))

    def problems(self) -> Iterator[str]:
        """Yield every disagreement between the account and the states."""
        yield from self.wrong
        for listed in self.listed:
            stated = [tuple(change.get(name, default) for name, default in _FIELDS) for change in listed["changes"]]
            if stated != listed["again"]:
                differ = sorted({str(one[0]) for one in {*stated} ^ {*listed["again"]}})
                yield f"the account of changes does not follow from the states: {', '.join(differ)}"
            if sorted(listed.get("unread", ())) != unknown(self.taken):
                yield "the account of changes names other unread sources than the states"

    def _again(self, listed: Record) -> list[tuple[object, ...]]:
        reasons = [(one["what"], one["reason"]) for one in listed.get("allowed", ())]
        return [(change.what, change.detail, change.by.command_id if change.by else "", change.by.line if change.by else 0,
                 change.by.text if change.by else "", allowed(change.what, reasons)) for change in changes(self.taken)]


_FIELDS = (("what", ""), ("detail", ""), ("command_id", ""), ("line", 0), ("command", ""), ("allowed", ""))
