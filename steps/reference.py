"""Writes steps/REFERENCE.md from the code: all steps, faults, probes, workloads and systems that features can name.

    python -m steps.reference            # print it
    python -m steps.reference --write    # bring the file up to date
"""

import argparse
import inspect
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import msgspec
from pytest_bdd import parsers

import environments.faults
import environments.probes
import steps.vocabulary
from environments.faults import Fault
from environments.machine.kinds import kinds
from environments.probes.spec_base import ProbeSpec, WorkloadSpec
from environments.systems import systems
from environments.systems.replica import Replica, SystemKind
from reports.plugin.compat import StepFunctionContext, step_definitions
from steps.vocabulary.actions import Actions
from steps.vocabulary.names import LIST

REFERENCE = Path(__file__).parent / "REFERENCE.md"

_HEAD = """# What features can say

Made from the code by `python -m steps.reference --write`; a test compares the two.

In a step, `{name}` is a value, `[…]` may be left out, and of `(a | b)` one is written. Names of systems, faults, probes and
workloads are those of the chapters below; names of procedures, labels and fields are the document's.
"""


def page() -> str:
    """The whole page."""
    known = systems()
    replicas = _replicas()
    chapters = [
        _HEAD,
        "## Steps\n", *_steps(),
        "## Faults\n", *_faults(replicas),
        "## Probes\n", *_probes(workloads=False),
        "## Writing clients\n", *_probes(workloads=True),
    ]
    for name, replica in replicas.items():
        chapters += [f"## System {name}\n", known[name].title or _first_line(sys.modules[f"environments.systems.{name}"]), ""]
        chapters += _system(known[name], replica)
    return "\n".join(chapters).strip() + "\n"


def idle_faults() -> list[str]:
    """Kinds of faults that no system uses."""
    users = _users(_replicas())
    return [kind for kind in kinds(Fault, environments.faults) if not users[kind]]


def _replicas() -> Mapping[str, Replica]:
    """One of each system; nothing is started."""
    return {name: kind.make("reference", kind.disks[0], "") for name, kind in systems().items()}


# -- steps -----------------------------------------------------------------------------------------------------------


def _steps() -> Iterator[str]:
    topics: dict[str, list[StepFunctionContext]] = defaultdict(list)
    for _ in _modules(steps.vocabulary):
        pass  # importing a module registers its steps
    for context in step_definitions():
        module = context.step_func.__module__
        if module.startswith("steps.vocabulary."):
            topics[module].append(context)
    verbs = [name for name in vars(Actions) if not name.startswith("_")]
    for module in sorted(topics, key=lambda topic: min(verbs.index(_verb(context, verbs)) for context in topics[topic])):
        yield f"### {_first_line(sys.modules[module])}\n"
        for context in sorted(topics[module], key=lambda context: inspect.unwrap(context.step_func).__code__.co_firstlineno):
            explained = inspect.getdoc(getattr(Actions, _verb(context, verbs))) or ""
            yield f"* **{(context.type or 'step').capitalize()}** `{_pattern(context)}`  \n  {' '.join(explained.split())}"
        yield ""


def _verb(context: StepFunctionContext, verbs: Iterable[str]) -> str:
    """The action that a step calls: a step is one call."""
    called: tuple[str, ...] = inspect.unwrap(context.step_func).__code__.co_names
    return next(name for name in called if name in verbs)


def _pattern(context: StepFunctionContext) -> str:
    name = str(context.parser.name)
    return _readable(name) if isinstance(context.parser, parsers.re) else re.sub(r"\{(\w+):\w+\}", r"{\1}", name)


def _readable(regex: str) -> str:
    """A step's regular expression as a person would write it down."""
    told, position = "", 0
    while position < len(regex):
        letter = regex[position]
        if letter == "(":
            end = _closing(regex, position)
            told_group = _group(regex[position + 1 : end])
            position = end + 1
        elif regex.startswith(".+", position):
            told_group, position = "…", position + 2
        else:
            position += 2 if letter == "\\" else 1
            told_group = regex[position - 1]
        if regex[position : position + 1] == "?":
            told_group, position = f"[{told_group.removeprefix('(').removesuffix(')')}]", position + 1
        told += told_group
    return told


def _group(inner: str) -> str:
    if named := re.match(r"\?P<(\w+)>", inner):
        name = f"{{{named[1]}}}"
        return f'"{name}"[, "…" and "…"]' if inner[named.end() :] == LIST else name
    told = _readable(inner.removeprefix("?:"))
    return f"({told.replace('|', ' | ')})" if "|" in told else told


def _closing(regex: str, start: int) -> int:
    """Where the bracket that opens at `start` closes."""
    depth, in_class, position = 0, False, start
    while True:
        letter = regex[position]
        if letter == "\\":
            position += 1
        elif in_class:
            in_class = letter != "]"
        elif letter == "[":
            in_class = True
        else:
            depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return position
        position += 1


# -- faults, probes, workloads ---------------------------------------------------------------------------------------


def _faults(replicas: Mapping[str, Replica]) -> Iterator[str]:
    users = _users(replicas)
    for kind, struct in kinds(Fault, environments.faults).items():
        yield _described(kind, struct)
        yield from (f"    * {user}" for user in users[kind])
    yield ""


def _users(replicas: Mapping[str, Replica]) -> Mapping[str, list[str]]:
    """Who uses a kind of fault: faults of systems by name, and systems whose Python code makes it."""
    users: dict[str, list[str]] = defaultdict(list)
    for system, replica in replicas.items():
        for name, fault in replica.faults.items():
            users[fault.kind].append(f'{system}: "{name}"')
        if (package := sys.modules.get(f"environments.systems.{system}")) is None:
            continue
        made = {thing for _, module in _modules(package) for thing in vars(module).values()
                if isinstance(thing, type) and issubclass(thing, Fault) and thing is not Fault}
        for struct in made:
            users[str(struct.__struct_config__.tag)].append(system)
    return users


def _probes(*, workloads: bool) -> Iterator[str]:
    for kind, struct in kinds(ProbeSpec, environments.probes).items():
        if issubclass(struct, WorkloadSpec) is workloads:
            yield _described(kind, struct)
    yield ""


def _described(kind: str, struct: type[msgspec.Struct]) -> str:
    """A kind with its parameters; those in brackets have a default."""
    fields = [field.encode_name if field.required else f"[{field.encode_name}]" for field in msgspec.structs.fields(struct)
              if field.name not in {"name", "description", "run_tag"}]
    return f"* `{kind}` ({', '.join(fields)}): {_first_line(struct)}"


# -- systems ---------------------------------------------------------------------------------------------------------


def _system(kind: SystemKind, replica: Replica) -> Iterator[str]:
    yield from (f"* {line}" for line in replica.stack)
    yield ""
    yield from _choices("Disks that its data can lie on", [f'"{disk}"' for disk in kind.disks])
    yield from _choices("Editions", [f'"{variant}"' for variant in kind.variants])
    yield from _choices("Faults", [f'"{name}": {known.description}' for name, known in replica.faults.items()])
    yield from _choices("Probes", [f'"{name}"{" (in every drill)" if name in replica.always_observed else ""}'
                                   for name in replica.observed])
    yield from _choices("Workloads", [f"{name}{f' (lossy: {known.lossy})' if known.lossy else ''}"
                                      for name, known in replica.workloads.items()])
    yield from _choices("Statements that are looked at", [f'"{name}"' for name in replica.claims])
    yield from _choices("Checks that are read", [f'"{reading.caption}"' for reading in replica.readings])
    yield from _choices("Events of the outside world", [f'"{name}"' for name in replica.events])


def _choices(title: str, names: Iterable[str]) -> Iterator[str]:
    lines = [f"* {name}" for name in names]
    if lines:
        yield from (f"**{title}**\n", *lines, "")


def _modules(package: ModuleType, *, without: str = "") -> Iterator[tuple[str, ModuleType]]:
    """A package's own modules by name, imported; its packages are left out."""
    for found in pkgutil.iter_modules(package.__path__):
        if not found.ispkg and found.name not in {without, "__main__"}:
            yield found.name, import_module(f"{package.__name__}.{found.name}")


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").split("\n", 1)[0]


def main() -> None:
    """Print or write the page."""
    options = argparse.ArgumentParser(prog="python -m steps.reference", description="The reference of what features can say.")
    options.add_argument("--write", action="store_true", help=f"write {REFERENCE.name} instead of printing")
    if options.parse_args().write:
        REFERENCE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
