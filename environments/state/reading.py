"""Reads a state: all sources of a host in one go, hosts and stores side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from environments.hosts.host import Host
from environments.probes.spec_base import Store
from environments.state import Read, Source, UnreadableError, items
from environments.state.docker import DOCKER
from environments.state.files import files
from environments.state.schedules import CRONTABS
from environments.state.sockets import SOCKETS
from environments.state.stores import read_store
from environments.state.units import UNITS
from environments.state.users import USERS
from reports.errors import HarnessError
from reports.journal.states import HOST, UNREAD, Item

READ_LIMIT_S = 20.0
"""How long a state may take on a busy machine; what takes longer counts as unread."""
_MARK = "\x1e"
_CLOCK = r"""printf '%s\t%s\n' "$EPOCHSECONDS" "$(stat -c %Y /proc/1)" """


@dataclass(frozen=True)
class Reader:
    """What is read: hosts with the places whose files are listed, stores, and commands that print rows of a store."""

    hosts: Mapping[str, Host]
    places: Mapping[str, Sequence[str]]
    stores: Mapping[str, Callable[[], Store]]
    commands: Mapping[str, tuple[str, str]]  # host and command, by the name of what they read

    def read(self, limit_s: float = READ_LIMIT_S) -> list[Item]:
        """Read everything once. What cannot be read within the limit is an item of the kind `unread`."""
        pool = ThreadPoolExecutor()
        try:
            parts = {name: pool.submit(self._host, name, limit_s) for name in self.hosts}
            parts |= {name: pool.submit(_store, name, store) for name, store in self.stores.items()}
            wait(parts.values(), timeout=limit_s)
            return [item for name, part in parts.items() for item in (part.result() if part.done() else [_late(name, limit_s)])]
        finally:
            pool.shutdown(wait=False)  # a store that does not answer keeps its thread for some seconds

    def _host(self, name: str, limit_s: float) -> list[Item]:
        return list(self._sources(name, limit_s))

    def _sources(self, name: str, limit_s: float) -> Iterator[Item]:
        """Read all sources of a host with one script."""
        printed = {what: _printed(what, command) for what, (host, command) in self.commands.items() if host == name}
        clock = Source("clock", _CLOCK, _clock)
        sources = (clock, UNITS, SOCKETS, DOCKER, CRONTABS, USERS, files(self.places.get(name, ())))
        script = "".join(map(_section, (*sources, *printed.values())))
        try:
            said = self.hosts[name].run("bash -s", stdin=script, timeout_s=limit_s).stdout
        except HarnessError as error:
            yield from (Item(label, UNREAD, label, {"why": str(error)}) for label in (name, *printed))
            return
        sections = said.split(_MARK)
        for number, (label, source) in enumerate([*((f"{name} {source.name}", source) for source in sources), *printed.items()]):
            try:
                yield from items(label, source.read(_lines(sections, number)))
            except (UnreadableError, ValueError, IndexError, KeyError, TypeError) as error:
                yield Item(label, UNREAD, label, {"why": str(error)})


def _section(source: Source) -> str:
    """Return a source's fragment, in a shell of its own, and what marks its end and its exit status."""
    return f"(\n{source.script}\n) 2>/dev/null\nprintf '{_MARK}%s\\n' $?\n"


def _lines(sections: Sequence[str], number: int) -> list[str]:
    """Return what a source printed; raises UnreadableError if its fragment failed or was not reached."""
    status = sections[number + 1].partition("\n")[0] if number + 1 < len(sections) else "not reached"
    if status != "0":
        raise UnreadableError(f"exit status {status}")
    return [line for line in sections[number].split("\n")[1 if number else 0:] if line]


def _clock(lines: Sequence[str]) -> Read:
    now, booted = lines[0].split("\t")
    yield HOST, "clock", {"now": now, "booted": booted}


def _printed(what: str, command: str) -> Source:
    """Return a source whose command prints `KIND TAB NAME TAB NUMBER OF ROWS` a line, without a number where it is no table."""
    def read(lines: Sequence[str]) -> Read:
        for line in lines:
            kind, name, *rows = line.split("\t")
            yield kind, f"{what}: {name}", {"rows": rows[0]} if rows else {}

    return Source(what, command, read)


def _late(name: str, limit_s: float) -> Item:
    return Item(name, UNREAD, name, {"why": f"no answer within {limit_s:g} s"})


def _store(name: str, made: Callable[[], Store]) -> list[Item]:
    try:
        return items(name, ((kind, f"{name}: {what}", values) for kind, what, values in read_store(made())))
    except UnreadableError as error:
        return [Item(name, UNREAD, name, {"why": str(error)})]
