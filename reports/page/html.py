"""report.html: one file of HTML and inline SVG, without script or outside request; same journals, same bytes."""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import jinja2
import minify_html
from markupsafe import Markup, escape

from reports.journal.durations import duration, offset
from reports.page import bars, outputs, probe_table, strip
from reports.page.controls import mapped
from reports.page.shared import Shared
from reports.run.actions import action_register
from reports.run.model import VERDICTS, Run, Scenario
from reports.run.trend import earlier_runs, outages, trend
from reports.wording import actions, budget, changes, checks, exercise, figures, phrases, reasons

_ANSI = re.compile(r"\x1b\[[0-9;:]*[mK]")  # colours and "erase line": they say nothing on paper
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff"
                        "\U000e0000-\U000e007f]")
# Letters that are written from right to left, in Hebrew, Arabic and their relatives.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_DIRECTORY = Path(__file__).resolve().parent / "templates"
_LARGE = 3_000_000  # characters
_MANY, _AT_ONCE, _MOST_PROCESSES = 1500, 20, 8  # scenarios; starting a process takes as long as rendering 200
SHOWN_RUNS = 20
SECTIONS = {"result": "Result", "objectives": "Objectives", "checks": "Checks", "scope": "Scope and coverage", "drills": "Drills",
            "findings": "Findings", "history": "History", "integrity": "Integrity",
            "review": "Review", "controls": "Control mapping", "words": "How to read this"}  # anchors in the order of the page


def report_html(run: Run) -> bytes:
    """Render the report without the end tags, quotes and blanks that HTML does not need."""
    return b"".join(report_pieces(run))


def report_pieces(run: Run) -> Iterator[bytes]:
    """Render the report piece by piece, a drill or a section at a time."""
    for piece in _pieces(run, minified=True):
        yield piece.encode("utf-8")


def written(run: Run, *, minified: bool) -> str:
    """Render the report, `minified` or as the templates write it."""
    return "".join(_pieces(run, minified=minified))


def _pieces(run: Run, *, minified: bool) -> Iterator[str]:
    """Render the report.

    Sections and drills are minified one by one: the whole page of 1,000 drills at once takes 390 MB of memory, not 190 MB.
    """
    shared = Shared(run)
    scenarios = [scenario for procedure in run.procedures for scenario in procedure.scenarios]
    articles = _articles(scenarios, shared, minified=minified)
    template = _environment(minified=minified).get_template("report.html.j2")
    return template.generate(run=run, verdicts=VERDICTS, controls=mapped(run), shown_runs=SHOWN_RUNS, shared=shared,
                             trend=trend(run), register=action_register(run), outages=outages(earlier_runs(run)),
                             next_article=lambda: Markup(next(articles)))  # noqa: S704 - a template made it


class _Article:
    """Renders the part of the page about one scenario."""

    def __init__(self, shared: Shared, *, minified: bool) -> None:
        self._template = _environment(minified=minified).get_template("article.html.j2")
        self._shared = shared

    def __call__(self, scenario: Scenario) -> str:
        return self._template.render(scenario=scenario, shared=self._shared)


def _articles(scenarios: Sequence[Scenario], shared: Shared, *, minified: bool) -> Iterator[str]:
    """Render the scenarios' parts in this order; of thousands, in several processes."""
    processes = min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)
    if processes < 2 or len(scenarios) < _MANY:
        yield from map(_Article(shared, minified=minified), scenarios)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_prepare,
                             initargs=(shared, minified)) as pool:
        yield from pool.map(_render, scenarios, chunksize=_AT_ONCE)


_article: dict[str, _Article] = {}  # of a process that renders articles


def _prepare(shared: Shared, minified: bool) -> None:
    _article["of this process"] = _Article(shared, minified=minified)


def _render(scenario: Scenario) -> str:
    return _article["of this process"](scenario)


def _environment(*, minified: bool) -> jinja2.Environment:
    environment = page_environment(minified=minified)
    environment.globals.update(actions=actions, bars=bars, budget=budget, changes=changes, checks=checks, exercise=exercise,
                               figures=figures, outputs=outputs, phrases=phrases, probe_table=probe_table, reasons=reasons,
                               strip=strip, sections=SECTIONS)
    return environment


def page_environment(*, minified: bool) -> jinja2.Environment:
    """Return the environment of all pages: escaping, and the filters; the templates' modules and sections are the caller's."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_DIRECTORY), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, undefined=jinja2.StrictUndefined,
                                     finalize=_written)
    environment.filters.update(kilo=_kilo, short=_short, utc=_utc, duration=duration, offset=offset, slug=_slug, shown=shown,
                               plain=_plain, minified=_minified if minified else str)
    return environment


def _minified(text: str) -> str:
    """Minify a piece of the page; a large one, such as the tables of thousands of drills, stays as it is: that takes 20 bytes of
    memory for each of its own.
    """
    return minify_html.minify(text) if len(text) <= _LARGE else text


def shown(text: str) -> str:
    """Drop colour codes from a text and make every other control or invisible character visible."""
    if isinstance(text, Markup) or (text.isprintable() and text.isascii()):
        return text
    text = _ANSI.sub("", text).replace("\r\n", "\n")
    return _INVISIBLE.sub(lambda match: _picture(ord(match.group())), text)


def _plain(text: str) -> Markup:
    """Escape text for places without the isolating element: attributes, titles, and logs, which run from left to right."""
    return escape(shown(text))


def _written(value: object) -> object:
    """Prepare a value for the page: right-to-left text is isolated, so that it does not reorder its neighbours.

    Attributes cannot hold elements: their text goes through the filter `plain`.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = shown(value)
    return text if text.isascii() or not _RIGHT_TO_LEFT.search(text) else Markup("<bdi>{}</bdi>").format(text)


def _picture(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\u27e8U+{code:04X}\u27e9"


def _kilo(size_bytes: int) -> str:
    return f"{size_bytes} B" if size_bytes < 1000 else f"{size_bytes / 1000:.1f} kB"


def _short(digest: str) -> str:
    """Shorten a digest to its algorithm and first twelve digits."""
    algorithm, _, rest = digest.rpartition(":")
    return f"{algorithm + ':' if algorithm else ''}{rest[:12]}…" if len(rest) > 16 else digest


def _utc(moment: str) -> str:
    """`2025-11-09T10:00:00.123456Z` as `2025-11-09 10:00:00 UTC`."""
    return f"{moment[:10]} {moment[11:19]} UTC" if len(moment) >= 20 else moment


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
