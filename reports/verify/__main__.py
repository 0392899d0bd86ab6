"""`python -m reports.verify RUN`: checks a run's evidence with only Python's standard library.

Prints one line per check. Exit status 0: everything holds; 1: something does not hold; 2: the evidence cannot be read.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.journal.chains import ATTACHMENTS, MAIN, Chain, Record, journals, sha256_of
from reports.judging.rules import GOOD_VERDICTS
from reports.verify.actions import ActionsAgain
from reports.verify.budget import Choices
from reports.verify.exercise import ExerciseAgain
from reports.verify.parts import PartsAgain
from reports.verify.rejudge import Drill, Finding, problems
from reports.verify.signatures import SIGNATURE, STATEMENT, TIME_STAMP, KeyFileError, Signed, check_signature, check_time_stamp

SUMS = "SHA256SUMS"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MARK = {"holds": "ok  ", "does not hold": "FAIL", "not checked": "-   "}


class UnreadableError(Exception):
    """The evidence cannot be checked; the message says why and what to try."""


@dataclass(frozen=True)
class Check:
    """A line of the output."""

    state: str  # "holds", "does not hold" or "not checked"
    text: str


class Evidence:
    """A run's directory; all its journals are read once."""

    def __init__(self, run_dir: Path) -> None:
        paths = journals(run_dir)
        if not paths:
            raise UnreadableError(f"{run_dir} holds no journal.ndjson; name the directory of one run")
        self.run_dir = run_dir
        self.chains = [Chain(path) for path in paths]
        self.finished: Record | None = None
        self.merged = False
        self.broken_off: list[str] = []  # parts of a merged run
        self.documents: set[tuple[str, str]] = set()  # (path, SHA-256)
        self.editions: set[tuple[str, str]] = set()  # (system, SHA-256)
        self.findings: dict[str, list[Finding]] = {}
        self.drills: list[tuple[str, str]] = []  # (id, verdict)
        self.choices = Choices()
        self.attachments: set[str] = set()
        self.exercise = ExerciseAgain()
        self.actions = ActionsAgain()
        self.parts = PartsAgain()
        self.judged: list[tuple[Drill, str]] = []  # (drill, disagreement)

    def read(self) -> None:
        """Read every journal; a drill is judged at its last entry, and its samples are then dropped."""
        waiting: list[Drill] = []
        for chain in self.chains:
            open_drills: dict[str, Drill] = {}
            for entry in chain.entries():
                try:
                    self._entry(chain.name, entry, open_drills)
                except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                    chain.problems.append(f"{chain.name}:{chain.lines}: this entry lacks what its kind must have: {error!r}")
            waiting += open_drills.values()
        for drill in waiting:
            self._judge(drill)
        self.attachments |= self.parts.attachments

    def _entry(self, journal: str, entry: Record, open_drills: dict[str, Drill]) -> None:
        what, drill_id = entry["what"], entry["drill"]
        self.exercise.add(journal, entry)
        self.actions.add(journal, entry)
        self.parts.add(journal, entry)
        event = what["event"]
        if event == "drill started":
            for done in list(open_drills.values()):  # a worker runs one drill at a time
                self._judge(open_drills.pop(done.drill_id))
            open_drills[drill_id] = Drill(drill_id, what, read=self._attachment)
            self.choices.add(drill_id, what)
        elif event == "drills chosen":
            self.choices.add(drill_id, what)
        elif event == "finding listed":
            found = Finding.of(what)
            known = self.findings.setdefault(what["system"], [])
            if found not in known:
                known.append(found)
        elif event == "document read":
            self.documents.add((what["path"], what["sha256"]))
            self.editions.add((what["system"], what["sha256"]))
        elif event == "run finished" and journal == MAIN:  # a merged run also contains the ends of its parts
            self.finished = what
        elif event == "runs merged":
            self.merged = True
            self.broken_off = [part["run_id"] for part in what["parts"] if part["exit_status"] is None]
        elif drill_id in open_drills:
            whole = self._whole(what["state"]) if event == "state taken" else ""
            open_drills[drill_id].add(entry["at"]["mono"], what, whole)
        if event == "plan carried":
            self.attachments.add(what["envelope"])
        elif event == "command finished":
            self._attached(what["stdout"], what["stderr"])
        elif event == "state taken":
            self._attached(what["state"])

    def _attached(self, *outputs: Record) -> None:
        self.attachments |= {output["sha256"] for output in outputs if output.get("sha256")}

    def _whole(self, output: Record) -> str:
        """Return an output's complete text; its head where the attachment is missing, which is a failed check of its own."""
        attachment = self.run_dir / ATTACHMENTS / str(output.get("sha256", ""))
        if not _DIGEST.fullmatch(attachment.name) or not attachment.is_file():
            return str(output["text"])
        return attachment.read_text(encoding="utf-8", errors="replace")

    def _attachment(self, digest: str) -> str:
        """Return the text of a long output; its digest is checked with all others."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no digest")
        return (self.run_dir / ATTACHMENTS / digest).read_text(encoding="utf-8")

    def _judge(self, drill: Drill) -> None:
        verdict = drill.finished["verdict"] if drill.finished else "ERROR"
        self.drills.append((drill.drill_id, verdict))
        try:
            wrong = list(problems(drill, self.findings.get(drill.started["system"], ())))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OSError) as error:
            wrong = [f"an entry lacks what judging needs: {error!r}"]
        self.judged += [(drill, text) for text in wrong]
        drill.samples.clear()


def checks(run_dir: Path, keys: Sequence[Path] = (), authority: Path | None = None,
           plan_keys: Sequence[Path] = ()) -> Iterator[Check]:
    """Yield each check with its result. Raises UnreadableError, KeyFileError, OSError."""
    evidence = Evidence(run_dir)
    evidence.read()
    yield from _chains(evidence)
    yield from _seals(evidence)
    yield from _attachments(evidence)
    yield from _sums(run_dir)
    yield from _drills(evidence)
    yield from _budget(evidence)
    yield from _parts(evidence)
    yield from _exercise(evidence, plan_keys)
    yield from _actions(evidence)
    yield from _summary(evidence)
    yield from _statement(evidence)
    for key in keys:
        yield _signed(check_signature(run_dir, key))
    if not keys and (run_dir / SIGNATURE).exists():
        yield Check("not checked", "signatures: no --public-key was given")
    if authority is not None:
        yield _signed(check_time_stamp(run_dir, authority))
    elif (run_dir / TIME_STAMP).exists():
        yield Check("not checked", "time stamp: no --time-authority was given")


def _chains(evidence: Evidence) -> Iterator[Check]:
    for chain in evidence.chains:
        for problem in chain.problems:
            yield Check("does not hold", problem)
        if chain.torn:
            yield Check("does not hold", f"{chain.name} ends in the middle of line {chain.lines + 1}")
        if not chain.problems and not chain.torn:
            yield Check("holds", f"chain of {chain.name}: {chain.lines} entries, the last has SHA-256 {chain.head}")


def _seals(evidence: Evidence) -> Iterator[Check]:
    if evidence.finished is None:
        yield Check("does not hold", "the run broke off: no entry seals its journals (what is there can be read)")
        return
    heads = dict(evidence.finished["heads"])
    wrong = []
    for chain in evidence.chains:
        sealed = heads.pop(chain.name, None)
        if sealed is None and chain.name == MAIN:
            continue
        if sealed != (chain.before_head if chain.name == MAIN else chain.head):
            wrong.append(f"{chain.name} does not end as the run's last entry says: entries are missing, added or changed")
    wrong += [f"{name} is missing: the run's last entry seals it" for name in heads]
    wrong += [f"{run_id}, a part of this run, broke off" for run_id in evidence.broken_off]
    yield from (Check("does not hold", text) for text in wrong)
    if not wrong:
        yield Check("holds", f"seal: the run's last entry names the ends of all {len(evidence.chains)} journals")


def _attachments(evidence: Evidence) -> Iterator[Check]:
    wrong = []
    for digest in sorted(evidence.attachments):
        path = evidence.run_dir / ATTACHMENTS / digest
        if not _DIGEST.fullmatch(digest) or not path.is_file():
            wrong.append(f"{ATTACHMENTS}/{digest} is missing")
        elif sha256_of(path) != digest:
            wrong.append(f"{ATTACHMENTS}/{digest} was changed or swapped: its SHA-256 is not its name")
    present = {path.name for path in (evidence.run_dir / ATTACHMENTS).glob("*")}
    wrong += [f"{ATTACHMENTS}/{name} is named by no journal" for name in sorted(present - evidence.attachments)]
    yield from (Check("does not hold", text) for text in wrong)
    if not wrong:
        yield Check("holds", f"attachments: all {len(evidence.attachments)} have the SHA-256 that the journals name")


def _sums(run_dir: Path) -> Iterator[Check]:
    try:
        lines = (run_dir / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        yield Check("does not hold", f"{SUMS} is missing")
        return
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    unlisted = {SUMS, SIGNATURE, TIME_STAMP}
    present = {path.relative_to(run_dir).as_posix() for path in run_dir.rglob("*") if path.is_file()} - unlisted
    wrong = [f"{name} is missing, {SUMS} lists it" for name in sorted(set(listed) - present)]
    wrong += [f"{name} is not listed in {SUMS}" for name in sorted(present - set(listed))]
    wrong += [f"{name} is not the file that {SUMS} lists" for name in sorted(present & set(listed))
              if sha256_of(run_dir / name) != listed[name]]
    yield from (Check("does not hold", text) for text in wrong)
    if not wrong:
        yield Check("holds", f"{SUMS}: all {len(listed)} files are as listed")


def _drills(evidence: Evidence) -> Iterator[Check]:
    yield from (Check("does not hold", f"{drill.drill_id}: {text}") for drill, text in evidence.judged)
    wrong = {drill.drill_id for drill, _ in evidence.judged}
    for drill_id, verdict in evidence.drills:
        if drill_id not in wrong:
            yield Check("holds", f"judged again: {drill_id}: {verdict}")
    bad = [drill_id for drill_id, verdict in evidence.drills if verdict not in GOOD_VERDICTS | {"NOT RUN"}]
    if evidence.finished is not None and evidence.finished["exit_status"] == 0 and bad:
        yield Check("does not hold", f"the run states exit status 0, but {bad[0]} has no good verdict")


def _parts(evidence: Evidence) -> Iterator[Check]:
    status = evidence.finished["exit_status"] if evidence.finished else None
    wrong = list(evidence.parts.problems(evidence.run_dir, evidence.chains, status))
    yield from (Check("does not hold", text) for text in wrong)
    summary = evidence.parts.summary()
    if summary and not wrong:
        yield Check("holds", summary)


def _exercise(evidence: Evidence, plan_keys: Sequence[Path]) -> Iterator[Check]:
    wrong = list(evidence.exercise.problems(_json(evidence.run_dir / "run.json")))
    yield from (Check("does not hold", text) for text in wrong)
    if not wrong:
        summary = evidence.exercise.summary
        yield Check("holds", summary) if summary else Check("not checked", "exercise record: the journals hold none")
    complete = evidence.finished is not None and not evidence.broken_off and not evidence.parts.one_of_several
    yield from map(_signed, evidence.exercise.plan(
        evidence.run_dir, [drill_id for drill_id, _ in evidence.drills], evidence.editions, complete=complete, keys=plan_keys))


def _actions(evidence: Evidence) -> Iterator[Check]:
    wrong = list(evidence.actions.problems(evidence.finished["exit_status"] if evidence.finished else None))
    yield from (Check("does not hold", text) for text in wrong)
    if evidence.actions.summary and not wrong:
        yield Check("holds", evidence.actions.summary)


def _budget(evidence: Evidence) -> Iterator[Check]:
    choices = evidence.choices
    if not choices.made:
        return
    status = evidence.finished["exit_status"] if evidence.finished else None
    wrong = list(choices.problems(evidence.run_dir, status, merged=evidence.merged))
    try:
        told = [left["drill"] for left in _json(evidence.run_dir / "run.json")["summary"]["budget"]["left_out"]]
    except (KeyError, TypeError):
        told = []
    if sorted(told) != sorted(choices.left_out):
        wrong.append("run.json tells other drills that the budget left out than the journals")
    yield from (Check("does not hold", text) for text in wrong)
    if not wrong:
        again = "" if evidence.merged else ", and its rules choose the same again"
        yield Check("holds", f"budget: {len(choices.left_out)} drills were left out as the journals state{again}")


def _summary(evidence: Evidence) -> Iterator[Check]:
    told = _json(evidence.run_dir / "run.json")
    try:
        verdicts = {drill["drill"]: drill["verdict"] for drill in told["summary"]["drills"]}
    except (KeyError, TypeError):
        yield Check("does not hold", "run.json is missing or no summary of a run")
        return
    if verdicts != dict(evidence.drills):
        differ = sorted(set(verdicts.items()) ^ set(evidence.drills))
        yield Check("does not hold", f"run.json tells other verdicts than the journals: {differ[0][0]}")
    else:
        yield Check("holds", f"run.json: the verdicts of all {len(verdicts)} drills are those of the journals")


def _statement(evidence: Evidence) -> Iterator[Check]:
    told = _json(evidence.run_dir / STATEMENT)
    try:
        subjects = {one["name"]: one["digest"]["sha256"] for one in told["subject"]}
        documents = {(one["name"], one["digest"]["sha256"]) for one in told["predicate"]["configuration"]}
        results = [set(told["predicate"][name]) for name in ("passedTests", "warnedTests", "failedTests")]
        result = told["predicate"]["result"]
    except (KeyError, TypeError):
        yield Check("does not hold", f"{STATEMENT} is missing or no in-toto test result")
        return
    there = {chain.name: chain.sha256 for chain in evidence.chains}
    there |= {f"{ATTACHMENTS}/{path.name}": sha256_of(path) for path in (evidence.run_dir / ATTACHMENTS).glob("*")}
    differ = dict(sorted(set(there.items()) ^ set(subjects.items())))
    wrong = [f"{name} is not the file that {STATEMENT} states" for name in differ]
    if documents != evidence.documents:
        wrong.append(f"{STATEMENT} names other documents than the journals")
    sorts = [{name for name, verdict in evidence.drills if verdict in wanted} for wanted in
             ({"PASSED"}, {"KNOWN DEFECT", "NOT RUN"}, {"FAILED", "ERROR", "INCONCLUSIVE"})]
    sorts[1] |= set(evidence.choices.left_out)
    if results != sorts:
        wrong.append(f"{STATEMENT} tells other results than the journals")
    judged = {verdict for _, verdict in evidence.drills} & GOOD_VERDICTS
    whole = evidence.finished is not None and not evidence.broken_off and not evidence.parts.incomplete
    good = whole and judged and not sorts[2] and not evidence.actions.fails
    expected = ("WARNED" if sorts[1] else "PASSED") if good else "FAILED"
    if result != expected:
        wrong.append(f"{STATEMENT} says {result}, the journals make it {expected}")
    yield from (Check("does not hold", text) for text in wrong)
    if not wrong:
        yield Check("holds", f"{STATEMENT}: {result}, over {len(subjects)} files")


def _signed(found: Signed) -> Check:
    return Check(found.state, found.text)


def _json(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m reports.verify", description="Check a run's evidence, one line a check.",
                                     epilog="Exit status 0: holds; 1: does not hold; 2: cannot be read.")
    parser.add_argument("run", type=Path, metavar="RUN", help="the directory of one run")
    parser.add_argument("--public-key", type=Path, action="append", default=[], metavar="FILE",
                        help="a signer's Ed25519 public key (PEM), whose signature must hold; once for each signer")
    parser.add_argument("--plan-key", type=Path, action="append", default=[], metavar="FILE",
                        help="the Ed25519 public key (PEM) of somebody who signed the run's plan; the signature must hold")
    parser.add_argument("--time-authority", type=Path, metavar="FILE",
                        help="root certificate (PEM) of the time stamp's authority; the stamp must hold")
    options = parser.parse_args(arguments)
    bad = 0
    try:
        for check in checks(options.run, options.public_key, options.time_authority, options.plan_key):
            sys.stdout.write(f"{_MARK[check.state]} {check.text}\n")
            bad += check.state == "does not hold"
    except (UnreadableError, KeyFileError, OSError) as error:
        sys.stderr.write(f"cannot be read: {error}\n")
        return 2
    sys.stdout.write(f"DOES NOT HOLD: {bad} of the checks above failed\n" if bad else "HOLDS\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
