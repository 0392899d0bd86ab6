"""The run's own junit.xml: one test case per drill (independent of pytest's `--junit-xml`)."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET  # only written, never read

from reports.run.drill import Drill
from reports.run.model import Run
from reports.wording import figures
from reports.wording.budget import left_out_reason
from reports.wording.reasons import reason_sentence

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENT = {"FAILED": "failure", "ERROR": "error", "INCONCLUSIVE": "error", "KNOWN DEFECT": "skipped",
            "NOT RUN": "skipped"}


def junit(run: Run) -> Iterator[bytes]:
    """Build the file, case by case. INCONCLUSIVE is an error, KNOWN DEFECT and NOT RUN are skipped, each with its reasons."""
    drills = run.drills
    elements = [_ELEMENT.get(drill.verdict, "") for drill in drills]
    suite = _Suite({
        "name": "runproof", "tests": str(len(drills) + len(run.left_out)), "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")), "skipped": str(elements.count("skipped") + len(run.left_out)),
        "time": f"{sum(drill.duration_s for drill in drills):.3f}",
        "timestamp": run.started_at.utc.rstrip("Z") if run.started_at else "",
    })
    yield suite.begin()
    for drill, element in zip(drills, elements, strict=True):
        yield suite.add(_case(drill, element))
    for choice in run.left_out:
        one = choice.candidate
        case = ET.Element("testcase", {"classname": _text(one.system), "name": _text(one.drill), "time": "0.000"})
        ET.SubElement(case, "skipped", {"message": _text(f"NOT RUN: {left_out_reason(choice)}")})
        yield suite.add(case)
    yield suite.end()


class _Suite:
    """Writes the elements around the test cases, and each case as it stands between them."""

    def __init__(self, attributes: dict[str, str]) -> None:
        root = ET.Element("testsuites")
        suite = ET.SubElement(root, "testsuite", attributes)
        ET.SubElement(suite, "testcase")  # the place of the cases
        ET.indent(root, " ")
        whole = bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
        self._begin, _, self._end = whole.rpartition(b"\n  <testcase />")

    def begin(self) -> bytes:
        """Return what stands before the cases."""
        return self._begin

    def add(self, case: ET.Element) -> bytes:
        """Return a case."""
        ET.indent(case, " ", level=2)
        case.tail = None
        return b"\n  " + bytes(ET.tostring(case, encoding="utf-8"))

    def end(self) -> bytes:
        """Return what stands behind the cases."""
        return self._end + b"\n"


def _case(drill: Drill, element: str) -> ET.Element:
    case = ET.Element("testcase", {
        "classname": _text(f"{drill.started.system}.{drill.started.feature}"),
        "name": _text(f"{drill.started.scenario} [{drill.arm}]"), "time": f"{drill.duration_s:.3f}"})
    properties = ET.SubElement(case, "properties")
    for name, value in _properties(drill):
        ET.SubElement(properties, "property", {"name": name, "value": _text(value)})
    if element:
        reasons = [reason_sentence(reason) for reason in drill.reasons]
        told = ET.SubElement(case, element, {"message": _text(f"{drill.verdict}: {reasons[0] if reasons else drill.verdict}")})
        told.text = _text("\n".join(reasons))
    return case


def _properties(drill: Drill) -> Iterator[tuple[str, str]]:
    """Yield figures as numbers, "" if there is none; objectives are numbered from 1 in the drill's order."""
    yield from (("verdict", drill.verdict), ("arm", drill.arm), ("system", drill.started.system))
    for finding in drill.finding_ids:
        yield "finding", finding
    for number, objective in enumerate(drill.objectives, 1):
        told = {"kind": objective.kind, "subject": objective.subject, "sentence": objective.sentence,
                "target": _number(objective.target),
                "limit": "at most" if objective.at_most else "at least", "actual": _number(objective.measured),
                "bound": _number(objective.bound), "unit": objective.unit, "margin": _number(figures.left(objective)),
                "met": "true" if objective.met else "false"}
        for name, value in told.items():
            yield f"objective.{number}.{name}", value


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
