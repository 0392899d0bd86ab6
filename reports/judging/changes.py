"""The account of changes: what the operator's commands changed besides ending the outage.

A pure function of the states that were taken: twice on the healthy replica, after the fault, before remedy commands and at the
end. What differs between the healthy states changes by itself; what the fault has touched is no part of the account. The
words of a change hold no figure and no name that differs from run to run, so that findings can name it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from reports.journal.kinds import Expected, Kind
from reports.journal.states import HOST, UNREAD, State

Moment = Literal["healthy", "after the fault", "before a command", "end"]
DAY_S = 86_400
_Key = tuple[str, str, str]
_Values = Mapping[str, str]
_NOTHING: _Values = {}
_UNLOADED: _Values = {"active": "stopped", "starts": "not enabled"}
"""A unit that systemd does not know: it forgets those that neither run nor are wanted."""


@dataclass(frozen=True)
class Command:
    """The command that a change is put down to: the last one of the remedy that ended before the change was first seen."""

    command_id: str
    line: int
    text: str


@dataclass(frozen=True)
class Taken:
    """A state, and the command typed before it; None before the first command."""

    moment: Moment
    state: State
    after: Command | None = None


@dataclass(frozen=True)
class Change:
    """A change: `what` in words that are the same in every run, figures in `detail`.

    One that is `passing` may end by itself: a service that was restarted is not listening yet. What was deleted stays so.
    """

    what: str
    detail: str
    by: Command | None
    passing: bool = False


class _Difference(NamedTuple):
    what: str
    detail: str = ""
    passing: bool = False


@dataclass(frozen=True)
class _Words:
    """How a kind is named in a change; None where the change is none of the account's."""

    gone: str | None = None
    new: str | None = None
    passing: bool = False
    values: tuple[tuple[str, str], ...] = ()  # each value with the words for another one


_KINDS: Mapping[str, _Words] = {
    "container": _Words("container {} is gone", "container {} is new", values=(
        ("image", "container {} runs another image"), ("mounts", "container {} has other mounts"),
        ("networks", "container {} is in other networks"))),
    "image": _Words("image {} is gone", None, values=(("id", "the tag {} names another image"),)),
    "volume": _Words("volume {} is gone", "volume {} is new"),
    "network": _Words("network {} is gone", "network {} is new", values=(("driver", "network {} has another driver"),)),
    "cron line": _Words("the schedule `{}` is gone", "the schedule `{}` is new"),
    "user": _Words("user {} is gone", "user {} is new", values=(
        ("uid", "user {} has another id"), ("gid", "user {} has another group"), ("groups", "user {} is in other groups"),
        ("shell", "user {} has another shell"), ("home", "user {} has another home"),
        ("password", "the password of user {} is locked, unlocked or removed"), ("expires", "user {} expires at another time"))),
    "unit setting": _Words("the unit setting {} is gone", "the unit setting {} is new", values=(
        ("content", "the unit setting {} is changed"),)),
    "socket": _Words("nothing listens on {} any more", "something new listens on {}", passing=True, values=(
        ("program", "another program listens on {}"), ("user", "another user listens on {}"),
        ("unit", "another unit listens on {}"))),
    "program": _Words(passing=True, values=(("users", "{} runs as another user"), ("units", "{} runs in another unit"))),
    "open deleted file": _Words(None, "the deleted file {} is still held open", passing=True),
    "database": _Words("database {} is gone", "database {} is new", values=(
        ("connections", "database {} allows or refuses connections unlike before"),
        ("limit", "database {} has another connection limit"))),
    "table": _Words("table {} is gone", "table {} is new"),
    "collection": _Words("collection {} is gone", "collection {} is new"),
    "keys": _Words(),
    "index": _Words("index {} is gone", "index {} is new", values=(("definition", "index {} is defined in another way"),)),
    "store user": _Words("the account {} is gone", "the account {} is new", values=(
        ("superuser", "the account {} is a superuser or no longer one"), ("login", "the account {} may log in or no longer"),
        ("limit", "the account {} has another connection limit"), ("roles", "the account {} has other roles"))),
    "setting": _Words("the setting {} is gone", "the setting {} is new", values=(("value", "the setting {} has another value"),)),
    "node": _Words("node {} is gone", "node {} is new", passing=True),
}
_ROWS = {"table": "rows", "collection": "documents", "keys": "keys"}
_SERVICE_UNITS = re.compile(r"(?!ssh|session-|user@|-?$|init\.scope)")
_ROTATED = re.compile(r"(?:[.-]\d+|\.old|\.gz|\.xz|\.zst|\.bz2|@[0-9a-f-]+|~)")
_ARCHIVED = "@"
"""In the name of a journal that journald has archived: rotation alone drops none of them."""
_VARIES = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12,}|\d{4,}")
_VARIABLE = re.compile(r"/var/|/run/|/tmp/|.*\.log$")
_PROCESS_ID = ".pid"
"""Such a file comes and goes with its process, of which units, programs and sockets tell."""
_MOST_PLACES = 3
"""How many directories of one kind of loss are named one by one; of more, what they have in common is named."""


def changes(taken: Sequence[Taken]) -> list[Change]:
    """Return the changes at the end, sorted by their words. Without an end, or without two healthy states, there are none."""
    healthy = [one.state for one in taken if one.moment == "healthy"]
    faults = [one.state for one in taken if one.moment == "after the fault"]
    later = [one for one in taken if one.moment in {"before a command", "end"}]
    if len(healthy) < 2 or not later or later[-1].moment != "end":
        return []
    before = _Before(healthy[0], healthy[1], faults[0] if faults else healthy[1])
    seen = [{found.what: found for found in _differences(before, one.state)} for one in later]
    found = []
    for what, difference in seen[-1].items():
        first = len(later) - 1
        for earlier in reversed(range(first)):
            if what in seen[earlier]:
                first = earlier
            elif not unread(later[earlier].state):  # a state of which a part could not be read says nothing of when it began
                break
        found.append(Change(what, difference.detail, later[first].after, difference.passing))
    return sorted(found, key=lambda change: change.what)


def allowed(what: str, reasons: Iterable[tuple[str, str]]) -> str:
    """Return the reason why a change is no defect, from pairs of words and reasons; "" if it is one."""
    return next((reason for words, reason in reasons if Expected(Kind.CHANGE, words).matches(Kind.CHANGE, what)), "")


def unread(state: State) -> list[str]:
    """Return the sources that could not be read."""
    return sorted(name for _, kind, name in state if kind == UNREAD)


def unknown(taken: Sequence[Taken]) -> list[str]:
    """Return the sources of which nothing is known, because they could not be read while healthy or at the end."""
    return sorted({name for one in taken if one.moment in {"healthy", "end"} for name in unread(one.state)})


class _Before:
    """What was there before the operator acted."""

    def __init__(self, first: State, second: State, fault: State) -> None:
        self.first, self.second = first, second
        self.unread_under_fault = set(unread(fault))
        # A source that the fault made unreadable was not changed by it, as far as is known.
        self.fault = {**{key: values for key, values in second.items() if not self.seen_under_fault(key)}, **fault}
        self.fault |= {key: _UNLOADED for key in second if key[1] == "unit" and key not in self.fault}
        self.unknown = {source for state in (first, second) for source in unread(state)}

    def lasting(self, key: _Key) -> bool:
        """Whether the item was there all the time."""
        return key in self.first and key in self.second and key in self.fault

    def seen_under_fault(self, key: _Key) -> bool:
        """Whether its source could be read after the fault."""
        return key[0] not in self.unread_under_fault and _host(key[0]) not in self.unread_under_fault

    def never(self, key: _Key) -> bool:
        """Whether the item was never there."""
        return not (key in self.first or key in self.second or key in self.fault)

    def settled(self, key: _Key, name: str) -> str | None:
        """Return a value that was the same all the time; None if it varied, or was not known.

        What the fault took away had its healthy value: a remedy may bring it back as something else.
        """
        values = {state.get(key, _NOTHING).get(name) for state in (self.first, self.second)}
        values |= {self.fault[key].get(name)} if key in self.fault else set()
        return values.pop() if len(values) == 1 else None


def _host(source: str) -> str:
    return source.partition(" ")[0]


def _differences(before: _Before, now: State) -> Iterator[_Difference]:
    """Yield what is different now, in words, with figures."""
    missing = {*unread(now), *before.unknown}

    def known(key: _Key) -> bool:
        return key[0] not in missing and _host(key[0]) not in missing

    old = {key: values for key, values in before.fault.items() if known(key)}
    new = {key: values for key, values in now.items() if known(key)}
    for key in sorted(old.keys() | new.keys()):  # in a fixed order: the details must be the same when they are judged again
        kind = key[1]
        whole = old.get(key, new.get(key, _NOTHING)).get("of", "")
        if whole and (_of(key, whole) & old.keys()) != (_of(key, whole) & new.keys()):
            continue  # an index that came or went with its table
        if kind in _KINDS:
            yield from _of_kind(before, key, new.get(key))
        if kind in _ROWS and key in new:
            yield from _rows(before, key, new[key])
        special, there = _SPECIAL.get(kind), new.get(key, _UNLOADED if kind == "unit" else None)
        if special and there is not None:
            yield from special(before, key, there)
    for source in sorted({key[0] for key in old if key[1] == "file"}):
        yield from _Files(before, source, now).differences()


def _of(key: _Key, whole: str) -> set[_Key]:
    """Return the keys that the table of an index may have; names begin with the store's."""
    name = f"{key[2].partition(': ')[0]}: {whole}"
    return {(key[0], kind, name) for kind in ("table", "collection")}


def _of_kind(before: _Before, key: _Key, now: _Values | None) -> Iterator[_Difference]:
    _, kind, name = key
    words = _KINDS[kind]
    if now is None:
        if words.gone and before.lasting(key):
            yield _Difference(words.gone.format(name), passing=words.passing)
        return
    if words.new and before.never(key):
        detail = ", ".join(f"{value}: {text}" for value, text in now.items() if text)
        yield _Difference(words.new.format(name), detail, passing=words.passing or kind == "container")
    for value, text in words.values:
        was, is_now = before.settled(key, value), now.get(value)
        if was is None or is_now is None or was == is_now:
            continue
        if kind == "program" and not (_serves(before, key) and set(is_now.split(", ")) - set(was.split(", "))):
            continue
        yield _Difference(text.format(name), f"{value}: {was or 'none'}, now {is_now or 'none'}", words.passing)
        if kind == "socket":
            return  # another program has, as a rule, another unit too


def _serves(before: _Before, key: _Key) -> bool:
    """Whether a program ran in services only; what a login runs comes and goes."""
    units = before.settled(key, "units")
    return units is not None and all(map(_SERVICE_UNITS.match, units.split(", ")))


def _unit(before: _Before, key: _Key, now: _Values) -> Iterator[_Difference]:
    name, active, starts = key[2], before.settled(key, "active"), before.settled(key, "starts")
    if active == "running" and now["active"] == "stopped":
        yield _Difference(f"unit {name} is stopped", passing=True)
    if active in {"running", "stopped"} and now["active"] == "failed":
        yield _Difference(f"unit {name} has failed", passing=True)
    if starts is not None and now["starts"] != starts:
        words = {"not enabled": "is disabled" if starts == "enabled" else "is unmasked"}
        yield _Difference(f"unit {name} {words.get(now['starts'], 'is ' + now['starts'])}", f"it was {starts}")


def _container(before: _Before, key: _Key, now: _Values) -> Iterator[_Difference]:
    if not before.seen_under_fault(key):
        return  # an engine that was stopped has stopped its containers
    if before.lasting(key) and before.settled(key, "state") == "running" and now.get("state") == "stopped":
        yield _Difference(f"container {key[2]} is stopped", passing=True)


def _key(before: _Before, key: _Key, _: _Values) -> Iterator[_Difference]:
    if before.never(key):
        yield _Difference(f"a key that may log in as {key[2].partition(' ')[0]} is new", key[2])


def _nameless(before: _Before, key: _Key, now: _Values) -> Iterator[_Difference]:
    counts = [int(state[key]["number"]) for state in (before.first, before.second, before.fault) if key in state]
    if counts and int(now["number"]) < min(counts):
        yield _Difference(f"{key[2]} are gone", f"{min(counts)} before, {now['number']} now")


_SPECIAL: Mapping[str, Callable[[_Before, _Key, _Values], Iterator[_Difference]]] = {
    "unit": _unit, "container": _container, "key": _key, "objects without a name": _nameless}


def _rows(before: _Before, key: _Key, now: _Values) -> Iterator[_Difference]:
    """Yield a loss of rows; that their number grows is what clients do, and what a dropped table held the fault has taken."""
    if key not in before.fault:
        return
    counts = [int(state[key]["rows"]) for state in (before.first, before.second, before.fault)
              if state.get(key, _NOTHING).get("rows", "").isdigit()]
    rows = now.get("rows", "")
    if len(counts) >= 2 and counts[0] <= counts[1] and rows.isdigit() and int(rows) < min(counts[1:]):
        yield _Difference(f"{_ROWS[key[1]]} of {key[2]} are fewer", f"{min(counts[1:])} before, {rows} now", passing=True)


@dataclass(frozen=True)
class _File:
    path: str
    size: int
    written: int
    owner: str
    mode: str
    node: str
    content: tuple[int, str]  # size and checksum; none for a large file

    @classmethod
    def of(cls, path: str, values: _Values) -> _File:
        return cls(path, _number(values.get("size")), _number(values.get("written")), values.get("owner", ""),
                   values.get("mode", ""), values.get("node", ""), (_number(values.get("size")), values.get("sum", "")))


class _Files:
    """What became of the files of one source."""

    def __init__(self, before: _Before, source: str, now: State) -> None:
        self._first, self._second, self._fault, self._now = (
            _files(state, source) for state in (before.first, before.second, before.fault, now))
        self._booted = _clock(before.first, source, "booted")
        self._healthy_at = _clock(before.first, source, "now")
        self._now_at = _clock(now, source, "now")
        old_nodes = {file.node for file in self._fault.values()}
        self._rotated = {_stem(path) for path, file in self._now.items()
                         if path != _stem(path) and (path not in self._fault or file.node not in old_nodes)}
        self._nodes = {file.node: file for file in self._now.values()}

    def differences(self) -> Iterator[_Difference]:
        """Yield deletions, emptied files, other owners and modes, and changed configuration."""
        groups: dict[str, list[_File]] = {}
        for path, file in self._fault.items():
            for words in self._of_file(path, file):
                groups.setdefault(words, []).append(file)
        for words, files in groups.items():
            for place, members in _by_place(files).items():
                yield _Difference(words.format(place), _listed(members))
        for path in sorted(self._fault.keys() & self._now.keys()):
            if self._configured(path) and self._now[path].content != self._fault[path].content:
                detail = f"{self._fault[path].size} bytes, now {self._now[path].size}"
                yield _Difference(f"the file {_stable(path)} is changed", detail)

    def _of_file(self, path: str, file: _File) -> Iterator[str]:
        now = self._now.get(path)
        if now is None:
            if self._ours(path, file) and not self._is_rotation(path, file) and not path.endswith(_PROCESS_ID):
                age = "younger" if self._now_at - file.written < DAY_S else "older"
                yield f"files {age} than a day deleted in {{}}"
            return
        if not (path in self._first and path in self._second):
            return
        first, second = self._first[path], self._second[path]
        kept = min(second.size, file.size)
        if first.size <= second.size and now.size < kept / 2 and not self._is_rotation(path, file):
            yield "files emptied in {}"
        if first.owner == second.owner == file.owner != now.owner:
            yield "files in {} have another owner"
        if first.mode == second.mode == file.mode != now.mode:
            yield "files in {} have another mode"

    def _ours(self, path: str, file: _File) -> bool:
        """Whether a file was production's: there while healthy, or of the day before the drill, which a fault only imitates."""
        if path in self._first and path in self._second:
            return True
        known = path in self._first or path in self._second
        return not known and self._healthy_at - DAY_S < file.written < self._healthy_at - 1

    def _is_rotation(self, path: str, file: _File) -> bool:
        """Whether the file was renamed or compressed beside where it was, as logrotate does, or dropped off its end."""
        moved = self._nodes.get(file.node)
        if moved is not None and moved.path != path and posixpath.dirname(moved.path) == posixpath.dirname(path):
            return moved.size >= file.size
        stem = _stem(path)
        return stem in self._rotated and stem in self._fault and _ARCHIVED not in path

    def _configured(self, path: str) -> bool:
        """Whether a file is configuration or program: under /etc, or no variable data and older than the host's start."""
        states = [files.get(path) for files in (self._first, self._second, self._fault)]
        same = None not in states and len({file.content for file in states if file}) == 1
        return same and (
            path.startswith("/etc/") or (self._fault[path].written < self._booted and not _VARIABLE.match(path)))


def _files(state: State, source: str) -> dict[str, _File]:
    return {name: _File.of(name, values) for (where, kind, name), values in state.items() if kind == "file" and where == source}


def _clock(state: State, source: str, name: str) -> int:
    return _number(state.get((f"{_host(source)} clock", HOST, "clock"), _NOTHING).get(name))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _stem(path: str) -> str:
    """Strip what rotation adds to a name: ".1", ".2.gz", "-20260101"."""
    directory, name = posixpath.split(path)
    return posixpath.join(directory, _ROTATED.sub("", name))


def _stable(path: str) -> str:
    """Replace the parts of a path that differ from run to run by `*`."""
    return _VARIES.sub("*", path)


def _by_place(files: Iterable[_File]) -> dict[str, list[_File]]:
    """Group files by directory; of many directories by what they have in common."""
    groups: dict[str, list[_File]] = {}
    for file in files:
        groups.setdefault(_stable(posixpath.dirname(file.path)), []).append(file)
    if len(groups) <= _MOST_PLACES:
        return groups
    return {_stable(posixpath.commonpath(list(groups))): [file for members in groups.values() for file in members]}


def _listed(files: Sequence[_File]) -> str:
    names = [file.path for file in files[:3]]
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f"{len(files)} of {sum(file.size for file in files)} bytes: {', '.join(names)}{more}"
