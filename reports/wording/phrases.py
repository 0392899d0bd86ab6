"""The report's sentences about what happened."""

from collections import Counter
from dataclasses import dataclass

from reports.journal.durations import duration, offset
from reports.journal.events import Mechanism, Objective, Verdict
from reports.judging.rules import HOLD_DOWN_S, Measurement
from reports.run.drill import CommandView, Drill
from reports.run.model import FindingView, Run
from reports.run.slower import Machine
from reports.run.strips import Strip
from reports.run.trend import RULE, Compared
from reports.wording.budget import budget_sentence
from reports.wording.figures import held, is_statement, left, margin, measured, result, tightest, with_bound
from reports.wording.parts import part_sentence
from reports.wording.reasons import reason_sentence

__all__ = [
    "CHECK_BY_PYTHON", "CHECK_BY_SHELL", "CHECK_FILES", "FOUND_BY", "HOLD_DOWN_S", "MEANING", "RULE", "SYMBOL", "arm_note",
    "arm_shows", "correction_state", "coverage_sentence", "finding_state", "found_by_sentence", "held_sentence",
    "machine_sentence", "not_good",
    "outage_of", "outage_sentence", "plainly_held", "seen", "slower_sentence", "tone", "too_few_sentence", "verdict_sentence",
    "writes_lost",
]

MEANING: dict[Verdict, str] = {
    "PASSED": "every objective was met, upper bounds included",
    "KNOWN DEFECT": "the document failed, exactly in the way that a listed finding describes",
    "FAILED": "an objective was missed that no finding explains, or a listed defect no longer shows",
    "INCONCLUSIVE": "the drill ran but proves nothing either way",
    "ERROR": "the harness or the machine broke; nothing is said about the document",
    "NOT RUN": "something that the drill needs cannot be had here, or the run's time budget left it out; the reason is given",
}
SYMBOL: dict[Verdict, str] = {"PASSED": "✓", "KNOWN DEFECT": "◆", "FAILED": "✗", "INCONCLUSIVE": "?", "ERROR": "!",
                              "NOT RUN": "\N{EN DASH}"}
FOUND_BY: dict[Mechanism | None, str] = {
    "checks": "the account of checks", "verification": "a verification held against the probes",
    "changes": "the account of changes",
    "remedy": "running the remedy", "recovery": "measuring the recovery", "data": "the account of writes",
    "statement": "looking at a statement", "obedient": "the obedient operator", "terminal": "typing into a person's terminal",
    None: "\N{EN DASH}"}
CHECK_FILES = "sha256sum --check SHA256SUMS"
CHECK_BY_SHELL = """\
for journal in journal*.ndjson; do
  prev=0000000000000000000000000000000000000000000000000000000000000000
  while IFS= read -r line; do
    case $line in *'"prev":"'$prev'"}') ;; *) echo "$journal: broken chain"; break ;; esac
    prev=$(printf '%s\\n' "$line" | sha256sum | cut -c 1-64)
  done < "$journal"
  echo "$prev  $journal"
done"""
CHECK_BY_PYTHON = """\
python3 - journal*.ndjson <<'END'
import hashlib, json, sys
for name in sys.argv[1:]:
    prev = "0" * 64
    for line in open(name, "rb"):
        if json.loads(line)["prev"] != prev:
            print(name + ": broken chain")
        prev = hashlib.sha256(line).hexdigest()
    print(prev + "  " + name)
END"""
_UNJUDGED: tuple[Verdict, ...] = ("INCONCLUSIVE", "ERROR")


def verdict_sentence(run: Run) -> str:
    """Sum up the run in one sentence; one that lacks parts of its plan, or has a time budget, says that first."""
    return " ".join(filter(None, (part_sentence(run), budget_sentence(run), _verdict_sentence(run))))


def _verdict_sentence(run: Run) -> str:
    counts, total = run.counts, len(run.drills)
    counts["NOT RUN"] -= len(run.left_out)  # told apart
    if run.finished is None:
        broken = [part.run_id for part in run.parts if part.finished is None]
        if broken:
            which = "a part" if len(broken) == 1 else "parts"
            what = f"{_and(broken)}, {which} of this merged run, broke off"
        else:
            what = "This run broke off"
        return f"{what}: a journal ends before its run does, so the {_drills(total)} below are not the whole result."
    judged = total - counts["NOT RUN"]
    if not judged:
        return f"Nothing is proven: {f'none of {_drills(total)} was run' if total else 'there was no drill'}."
    several = len(run.documents) > 1
    parts = ((counts["PASSED"], "passed"),
             (counts["KNOWN DEFECT"], f"showed known defects of the {'documents' if several else 'document'}"),
             (counts["FAILED"], "failed"), (sum(counts[verdict] for verdict in _UNJUDGED), "could not be judged"),
             (counts["NOT RUN"], "was not run" if counts["NOT RUN"] == 1 else "were not run"))
    results = _and([f"{count} {words}" for count, words in parts if count])
    controls = sum(drill.arm != "remedy" for drill in run.drills)
    of = f"of {_drills(total)}" + (f" ({controls} of them controls)" if controls else "")
    if counts["FAILED"]:
        finding = "The documents do not hold" if several else "The document does not hold"
    elif any(counts[verdict] for verdict in _UNJUDGED):
        finding = "The documents are not proven to hold" if several else "The document is not proven to hold"
    elif counts["KNOWN DEFECT"]:
        finding = ("The documents have known defects; where they were drilled, no others showed" if several else
                   "The document has known defects; where it was drilled, no others showed")
    else:
        finding = "The documents hold where they were drilled" if several else "The document holds where it was drilled"
    return f"{finding}: {of}, {results}."


def tone(run: Run) -> Verdict:
    """Return the verdict that gives the run's sentence its colour and symbol."""
    counts = run.counts
    if run.finished is None or run.incomplete:
        return "ERROR"
    for verdict in ("FAILED", "ERROR", "INCONCLUSIVE", "KNOWN DEFECT", "PASSED"):
        if counts[verdict]:
            return "FAILED" if run.actions is not None and run.actions.fails else verdict
    return "NOT RUN"


def coverage_sentence(run: Run) -> str:
    """Tell how many documented commands were exercised, and how many statements were looked at."""
    total = sum(document.total for document in run.documents)
    if not total:
        return "No document was read, so nothing is said about coverage."
    exercised, waived, missing = (sum(document.count(status) for document in run.documents)
                                  for status in ("exercised", "waived", "missing"))
    return (f"Documented commands: {total}. Exercised by a drill of this run: {exercised}; waived with a reason: "
            f"{waived}; missing: {missing}.{_statements(run)}")


def _statements(run: Run) -> str:
    total = sum(len(document.statements) for document in run.documents)
    if not total:
        return ""
    looked, waived = (sum(document.count_statements(status) for document in run.documents) for status in ("looked at", "waived"))
    return f" Statements of the drilled procedures: {looked} of {total} looked at, {waived} waived with a reason."


def finding_state(view: FindingView) -> str:
    """Tell whether a finding reproduced in this run."""
    if view.shown_in:
        return "reproduced in this run"
    if any(drill.verdict in {"PASSED", "FAILED", "KNOWN DEFECT"} for drill in view.expected_in):
        return "did not show in this run"
    return "not drilled in this run"


def found_by_sentence(run: Run) -> str:
    """Count the findings by what found them; empty if no finding says so."""
    counts = Counter(view.finding.mechanism for view in run.findings)
    told = [f"{words}: {counts[mechanism]}" for mechanism, words in FOUND_BY.items() if mechanism and counts[mechanism]]
    return f"Found by {'; '.join(told)}." if told else ""


def correction_state(view: FindingView) -> str:
    """Tell whether the correction is proven."""
    if not view.finding.correction:
        return "No correction is proposed."
    if not view.finding.proven_by:
        return "Proposed; no drill proves it."
    passed = [drill for drill in view.proven_in if drill.verdict == "PASSED"]
    if passed:
        numbers = _and([str(drill.number) for drill in passed])
        return f"Proven in this run by {'drill' if len(passed) == 1 else 'drills'} {numbers}."
    if view.proven_in:
        return "Not proven in this run: no drill of the correction passed."
    return "Its drill was not part of this run."


def slower_sentence(compared: Compared) -> str:
    """Compare a time with earlier runs: now, the last time, the usual time, and how much longer the last three are."""
    parts = [f"{compared.title}: {compared.quantity} {with_bound(compared.now_s, compared.bound_s)} now"]
    if compared.previous_s is not None:
        parts.append(f"{duration(compared.previous_s)} the last time")
    judged = compared.judged
    if judged is not None:
        share = f", {judged.by_s / judged.usual_s * 100:.0f} %" if judged.usual_s > 0 else ""
        parts.append(f"usually {with_bound(judged.usual_s, judged.spread_s)} over {_runs(judged.runs)}; "
                     f"the last three, this one included, {duration(judged.by_s)} longer{share}")
    return f"{'; '.join(parts)}."


def machine_sentence(machine: Machine | None) -> str:
    """Tell how this run's times as a whole compare with those of earlier runs."""
    if machine is None:
        return "Too few times are known from earlier runs to say whether the machine as a whole was slower."
    found = "The machine was slower" if machine.slower else "The machine was no slower than usual"
    return (f"{found}: half of the {machine.times} times that can be compared are longer than {_percent(machine.share)} of what "
            f"they usually are; earlier runs lie between {_percent(machine.lowest)} and {_percent(machine.highest)}.")


def too_few_sentence(count: int) -> str:
    """Tell how many times cannot be judged yet; empty if all can."""
    return f"{count} {'time has' if count == 1 else 'times have'} too few runs to be judged." if count else ""


def _percent(longer: float) -> str:
    return f"{100 + longer * 100:.0f} %"


def _runs(count: int) -> str:
    return f"{count} {'run' if count == 1 else 'runs'}"


def arm_note(drill: Drill) -> str:
    """What sets a drill apart from the plain one: its correction, or what its control must show; empty for the plain one."""
    if drill.arm == "no-remedy":
        return "control: left alone, the outage must go on"
    if drill.arm == "no-fault":
        return "control: with nothing broken, the symptom must not appear"
    corrections = dict.fromkeys(view.command.correction_of for view in drill.commands if view.command.correction_of)
    return f"as corrected by {_and(list(corrections))}" if corrections else ""


def needs_attention(drill: Drill) -> bool:
    """Whether a person has to look at the drill: it failed, or could not be judged."""
    return drill.verdict in {"FAILED", "INCONCLUSIVE", "ERROR"}


def gist(drill: Drill) -> tuple[str, ...]:
    """Sum up a drill in one line: what sets it apart, the outage, and the objective that came closest to its target."""
    parts = [note] if (note := arm_note(drill)) else []
    if drill.primary is not None and drill.faults:
        parts.append("no outage" if drill.primary.outage is None else f"outage {outage_of(drill)}")
    closest = tightest(drill.objectives)
    if closest is not None:
        parts.append(objective_sentence(closest))
    elif drill.reasons:
        parts.append(reason_sentence(drill.reasons[0]))
    return tuple(parts)


def objective_sentence(objective: Objective) -> str:
    """`recovery within 5 s of the last remedy command: 2.1 s ± 0.05 s, 2.85 s left`."""
    if is_statement(objective) or not objective.at_most:
        return f"{objective.sentence}: {result(objective)}"
    rest = "" if left(objective) is None else f", {margin(objective)}"
    return f"{objective.sentence}: {measured(objective)}{rest}"


def arm_shows(drill: Drill) -> str:
    """Tell what an arm proves beside the other arms of its scenario."""
    if drill.verdict in {"NOT RUN", "INCONCLUSIVE", "ERROR"}:
        return f"nothing: {MEANING[drill.verdict]}"
    if drill.arm == "remedy":
        return MEANING[drill.verdict]
    if drill.verdict != "PASSED":
        return "this control did not behave as it must, so the scenario proves less than it claims"
    return {"no-remedy": "left alone, the outage went on: what ended it above was the remedy",
            "no-fault": "with nothing broken the symptom stayed away: what brought it above was the fault"}[drill.arm]


@dataclass(frozen=True)
class Seen:
    """What several probes saw around a command; `after` is empty where nothing changed."""

    probes: str
    before: str
    after: str


def seen(view: CommandView) -> tuple[Seen, ...]:
    """Group what the probes saw around a command; those that were good before and after come last."""
    groups: dict[tuple[str, str], list[str]] = {}
    for notable in view.notable:
        before, after = (f"{'good' if good else 'not good'} ({outcome})"
                         for good, outcome in ((notable.before_good, notable.before), (notable.after_good, notable.after)))
        groups.setdefault((before, after), []).append(notable.probe)
    others = (Seen("others", "good", ""),) if len(view.views) > len(view.notable) else ()
    return (*(Seen(", ".join(probes), before, "" if after == before else after)
              for (before, after), probes in groups.items()), *others)


def not_good(strip: Strip, origin_s: float) -> str:
    """Name the three longest stretches in which a probe was not good, relative to `origin_s`."""
    bad = [stretch for stretch in strip.stretches if not stretch.good]
    longest = sorted(bad, key=lambda stretch: stretch.start_s - stretch.end_s)[:3]
    parts = [f"{stretch.outcome} from {offset(stretch.start_s - origin_s)} to {offset(stretch.end_s - origin_s)}"
             for stretch in sorted(longest, key=lambda stretch: stretch.start_s)]
    return "; ".join(parts) + ("; and more, each shorter" if len(bad) > 3 else "")


def outage_sentence(drill: Drill) -> str:
    """Tell the outage, relative to the fault."""
    strip = drill.primary
    if strip is None or not drill.faults:
        return "No outage was measured: there was no fault or no probe."
    outage = strip.outage
    if outage is None:
        return f"{strip.probe.probe} saw no outage."
    begun = f"from {_instant(outage.start, drill.origin_s)}"
    if outage.end is None or outage.duration is None:
        return f"{strip.probe.probe} saw an outage {begun} that did not end while the drill watched."
    return (f"{strip.probe.probe} saw an outage of {with_bound(outage.duration.value_s, outage.duration.bound_s)}, "
            f"{begun} to {_instant(outage.end, drill.origin_s)}.")


def _instant(instant: Measurement, origin_s: float) -> str:
    return f"{offset(instant.value_s - origin_s)} ± {duration(instant.bound_s)}"


def outage_of(drill: Drill) -> str:
    """Format the outage for a table cell, with its bound."""
    strip = drill.primary
    outage = strip.outage if strip else None
    if strip is None or outage is None:
        return "none"
    if outage.duration is None:
        return f"not over after {duration(max(0.0, (strip.end_s or 0.0) - outage.start.value_s))}"
    return with_bound(outage.duration.value_s, outage.duration.bound_s)


def held_sentence(drill: Drill) -> str:
    """Count the statements that held; empty where there was none."""
    count = sum(held(objective) for objective in drill.objectives)
    return f"{count} {'statement' if count == 1 else 'statements'} held" if count else ""


def plainly_held(drill: Drill) -> dict[str, list[str]]:
    """Group the statements that held without further detail by their source."""
    promises: dict[str, list[str]] = {}
    for objective in drill.objectives:
        if held(objective) and not objective.detail:
            promises.setdefault(objective.promised_by, []).append(objective.sentence)
    return promises


def writes_lost(drill: Drill) -> str:
    """Count lost writes among the acknowledged ones; those that the store does not promise to keep are counted apart."""
    promised = [account for account in drill.accounts if not account.lossy]
    others = [account for account in drill.accounts if account.lossy]
    counts = [f"{sum(account.lost for account in accounts)} of {sum(account.acknowledged for account in accounts)}{note}"
              for accounts, note in ((promised, ""), (others, " not promised")) if accounts]
    return "; ".join(counts) or "\N{EN DASH}"


def _drills(count: int) -> str:
    return f"{count} {'drill' if count == 1 else 'drills'}"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else "none"
