"""Reads the page of a report in tests: its elements, their words, the rows of its tables."""

from xml.etree import ElementTree as ET

import html5lib

from reports.run.drill import Drill
from reports.run.model import Run

_SVG = "{http://www.w3.org/2000/svg}"


def parsed(html: str) -> ET.Element:
    """The body as a browser reads it; what a browser would have to mend raises html5lib's ParseError."""
    page: ET.Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    for element in page.iter():
        element.tag = element.tag.removeprefix(_SVG)
    body = page.find("body")
    assert body is not None
    return body


def by_id(body: ET.Element, name: str) -> ET.Element:
    return next(element for element in body.iter() if element.get("id") == name)


def words(element: ET.Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def table(below: ET.Element, caption: str) -> list[list[str]]:
    """The rows of the body of the table with this caption, cell by cell."""
    found = [one for one in below.iter("table") if words(one.find("caption")).startswith(caption)]
    assert len(found) == 1, f"{len(found)} tables called {caption!r}"
    return [[words(cell) for cell in row] for row in found[0].iterfind("tbody/tr")]


def lines(element: ET.Element) -> list[str]:
    """What a reader sees, block by block, with blanks as a browser shows them."""
    pieces: list[str] = []

    def walk(one: ET.Element) -> None:
        edge = "" if one.tag in {"a", "b", "bdi", "code", "i", "small", "span"} else "\0"
        pieces.extend((edge, one.text or ""))
        for child in one:
            walk(child)
            pieces.append(child.tail or "")
        pieces.append(edge)

    walk(element)
    return [line for block in "".join(pieces).split("\0") if (line := " ".join(block.split()))]


def drill_of(run: Run, scenario: str, arm: str = "remedy") -> Drill:
    return next(drill for drill in run.drills if drill.started.scenario == scenario and drill.arm == arm)
