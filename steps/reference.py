"""Writes steps/REFERENCE.md from the code: all steps, faults, probes, workloads and systems that features can name.

    python -m steps.reference            # print it
    python -m steps.reference --write    # update the file
"""

import argparse
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import msgspec

import environments.faults
import environments.probes
import environments.systems.looks
from environments.faults import Fault
from environments.machine.kinds import kinds
from environments.probes.spec_base import ProbeSpec, WorkloadSpec
from environments.systems import systems
from environments.systems.looks import Look
from environments.systems.replica import Replica, SystemKind
from steps.drill.act import Act
from steps.vocabulary import VOCABULARY
from steps.vocabulary.sentences import SENTENCES, Sentence

REFERENCE = Path(__file__).parent / "REFERENCE.md"

_HEAD = """# What features can say

Generated from the code by `python -m steps.reference --write`; a test keeps it up to date.

In a step, `{name}` stands for a value. The sections below list the names of systems, faults, probes and workloads; names of
procedures, labels and fields come from the document.
"""


def page() -> str:
    """Build the page."""
    known = systems()
    replicas = _replicas()
    chapters = [
        _HEAD,
        "## Steps\n", *_steps(),
        "## Faults\n", *_faults(replicas),
        "## Probes\n", *_probes(workloads=False),
        "## Writing clients\n", *_probes(workloads=True),
        "## Looks: how statements and health are checked\n",
        *(_described(kind, struct) for kind, struct in kinds(Look, environments.systems.looks).items()), "",
    ]
    for name, replica in replicas.items():
        chapters += [f"## System {name}\n", known[name].title, ""]
        chapters += _system(known[name], replica)
    return "\n".join(chapters).strip() + "\n"


def idle_faults() -> list[str]:
    """List the kinds of faults that no system uses."""
    users = _users(_replicas())
    return [kind for kind in kinds(Fault, environments.faults) if not users[kind]]


def _replicas() -> Mapping[str, Replica]:
    """Create a replica of each system without starting it."""
    return {name: kind.make("reference", kind.disks[0], "") for name, kind in systems().items()}


# -- steps -----------------------------------------------------------------------------------------------------------


def _steps() -> Iterator[str]:
    for name in VOCABULARY:
        module = import_module(f"steps.vocabulary.{name}")
        yield f"### {_first_line(module)}\n"
        acts: dict[type[Act], list[Sentence]] = defaultdict(list)
        for sentence in SENTENCES:
            if sentence.act.__module__ == module.__name__:
                acts[sentence.act].append(sentence)
        for act, sentences in acts.items():
            yield "  \n  ".join(
                f"{'* ' if sentence is sentences[0] else ''}**{sentence.keyword.capitalize()}** `{sentence.pattern}`"
                for sentence in sentences) + f"  \n  {' '.join((inspect.getdoc(act) or '').split())}"
        yield ""
    yield "### Values in the sentences\n"
    words = {field: known for sentence in SENTENCES for field, known in sentence.words.items()}
    yield from (f"* `{{{field}}}`: {known.meaning}" for field, known in words.items())
    yield ""


# -- faults, probes, workloads ---------------------------------------------------------------------------------------


def _faults(replicas: Mapping[str, Replica]) -> Iterator[str]:
    users = _users(replicas)
    for kind, struct in kinds(Fault, environments.faults).items():
        yield _described(kind, struct)
        yield from (f"    * {user}" for user in users[kind])
    yield ""


def _users(replicas: Mapping[str, Replica]) -> Mapping[str, list[str]]:
    """Find the users of each kind of fault: faults of systems by name."""
    users: dict[str, list[str]] = defaultdict(list)
    for system, replica in replicas.items():
        for name, fault in replica.faults.items():
            users[fault.kind].append(f'{system}: "{name}"')
    return users


def _probes(*, workloads: bool) -> Iterator[str]:
    for kind, struct in kinds(ProbeSpec, environments.probes).items():
        if issubclass(struct, WorkloadSpec) is workloads:
            yield _described(kind, struct)
    yield ""


def _described(kind: str, struct: type[msgspec.Struct]) -> str:
    """Describe a kind with its parameters; those in brackets have a default."""
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
    yield from _choices("Checks that are read", [f'"{name}"' for name, check in replica.checks.items() if check.reading])
    yield from _choices("Events of the outside world", [f'"{name}"' for name in replica.events])


def _choices(title: str, names: Iterable[str]) -> Iterator[str]:
    lines = [f"* {name}" for name in names]
    if lines:
        yield from (f"**{title}**\n", *lines, "")


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
