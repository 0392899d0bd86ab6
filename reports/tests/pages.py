"""Reads the page of a report in tests: its elements, their words, the rows of its tables."""

from xml.etree import ElementTree as ET


def parsed(html: str) -> ET.Element:
    return ET.fromstring(html[html.index("<body"):html.index("</html>")].replace("<br>", "<br/>"))


def by_id(body: ET.Element, name: str) -> ET.Element:
    return next(element for element in body.iter() if element.get("id") == name)


def words(element: ET.Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def table(below: ET.Element, caption: str) -> list[list[str]]:
    """The rows of the body of the table with this caption, cell by cell."""
    found = [one for one in below.iter("table") if words(one.find("caption")).startswith(caption)]
    assert len(found) == 1, f"{len(found)} tables called {caption!r}"
    return [[words(cell) for cell in row] for row in found[0].iterfind("tbody/tr")]
