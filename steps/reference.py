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

from pytest_bdd import parsers

import environments.faults
import steps.vocabulary
from environments.probes import specs
from environments.probes.specs import ProbeSpec, WorkloadSpec
from environments.systems import systems
from environments.systems.contract import Environment, SystemKind
from reports.plugin.compat import StepFunctionContext, step_definitions
from steps.usage import modules_used_by, modules_used_in
from steps.vocabulary.actions import Actions
from steps.vocabulary.names import LIST

REFERENCE = Path(__file__).parent / "REFERENCE.md"
NOT_DRILLED = "NOT_DRILLED_BECAUSE"
"""A fault module that no system uses says why in a constant of this name."""

_HEAD = """# What features can say

Made from the code by `python -m steps.reference --write`; a test compares the two.

In a step, `{name}` is a value, `[…]` may be left out, and of `(a | b)` one is written. Names of systems, faults, probes and
workloads are those of the chapters below; names of procedures, labels and fields are the document's.
"""


def page() -> str:
    """The whole page."""
    kinds = systems()
    replicas = _replicas()
    chapters = [
        _HEAD,
        "## Steps\n", *_steps(),
        "## Faults\n", *_faults(replicas),
        "## Probes\n", *_specs(workloads=False),
        "## Workloads\n", *_specs(workloads=True),
    ]
    for name, replica in replicas.items():
        chapters += [f"## System {name}\n", _first_line(sys.modules[f"environments.systems.{name}"]), ""]
        chapters += _system(kinds[name], replica)
    return "\n".join(chapters).strip() + "\n"


def idle_faults() -> Mapping[str, str]:
    """Modules in environments/faults that no system uses, each with its reason ("" where it gives none)."""
    users = _users(_replicas())
    return {name: str(getattr(module, NOT_DRILLED, "")) for name, module in _modules(environments.faults)
            if not users[module.__name__]}


def _replicas() -> Mapping[str, Environment]:
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


def _faults(replicas: Mapping[str, Environment]) -> Iterator[str]:
    users = _users(replicas)
    for name, module in _modules(environments.faults):
        used = users[module.__name__]
        reason = str(getattr(module, NOT_DRILLED, ""))
        yield f"* `{name}`: {_first_line(module)}{f' Not drilled: {reason}' if reason and not used else ''}"
        yield from (f"    * {user}" for user in used)
    yield ""


def _users(replicas: Mapping[str, Environment]) -> Mapping[str, list[str]]:
    """Who uses a fault module: faults of systems by name, other fault modules, systems."""
    users: dict[str, list[str]] = defaultdict(list)
    modules = {module.__name__: name for name, module in _modules(environments.faults)}
    for system, replica in replicas.items():
        direct: set[str] = set()
        for fault, kind in replica.faults.items():
            used = modules_used_by(kind.make, type(replica), f"environments.systems.{system}") & modules.keys()
            direct |= used
            for module in used:
                users[module].append(f'{system}: "{fault}"')
        package = import_module(f"environments.systems.{system}")
        for _, inside in _modules(package):
            for module in sorted(modules_used_in(inside) & modules.keys() - direct):
                direct.add(module)
                users[module].append(system)
    for user, name in modules.items():
        for module in sorted(modules_used_in(sys.modules[user]) & modules.keys() - {user}):
            users[module].append(f"`{name}`")
    return users


def _specs(*, workloads: bool) -> Iterator[str]:
    known = {kind for _, kind in inspect.getmembers(specs, inspect.isclass) if issubclass(kind, ProbeSpec)}
    leaves = {kind for kind in known if not known & set(kind.__subclasses__())}
    for kind in sorted(leaves, key=lambda leaf: leaf.__name__):
        if issubclass(kind, WorkloadSpec) is workloads:
            yield f"* `{kind.__name__}`: {_first_line(kind)}"
    yield ""


# -- systems ---------------------------------------------------------------------------------------------------------


def _system(kind: SystemKind, replica: Environment) -> Iterator[str]:
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
