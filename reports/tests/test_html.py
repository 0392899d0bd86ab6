import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from html5lib.html5parser import ParseError

from reports.evidence.build import derive, derived_files
from reports.journal.clock import FakeClock
from reports.journal.events import DrillStarted, GherkinStep, RunFinished, StepFinished
from reports.journal.journal import Journal, Redactor
from reports.page.html import report_html, shown, written
from reports.run.build import build_run
from reports.tests.bench_run import write_run
from reports.tests.made_up import known_defect, made_up_run, open_run, passed
from reports.tests.pages import lines, parsed, words
from reports.tests.rich import rich_run
from reports.tests.stage import SECRET


class Page(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def html(derived_run: Path) -> str:
    return (derived_run / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_is_html_as_a_browser_wants_it() -> None:
    for broken in ("<!DOCTYPE html><title>t</title><p>a</b>", "<!DOCTYPE html><title>t</title><table><p>a</table>", "<p>a"):
        with pytest.raises(ParseError):
            parsed(broken)


@pytest.mark.parametrize("run_of", [made_up_run, rich_run])
def test_minifying_does_not_change_the_rendered_page(tmp_path: Path, run_of) -> None:
    run_of(tmp_path / "runs" / "20251109T100000Z-aaaa")
    run = build_run(tmp_path / "runs" / "20251109T100000Z-aaaa")
    long, short = written(run, minified=False), report_html(run).decode()
    assert len(short) < 0.97 * len(long)
    assert [(one.tag, one.attrib) for one in parsed(short).iter()] == [(one.tag, one.attrib) for one in parsed(long).iter()]
    assert lines(parsed(short)) == lines(parsed(long))
    assert [pre.text for pre in parsed(short).iter("pre")] == [pre.text for pre in parsed(long).iter("pre")]


def test_ids_are_unique_and_links_lead_somewhere(page: Page, derived_run: Path) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {str(attributes["href"]) for attributes in page.all("a")}
    assert links
    inside = {f"#{one}" for one in ids}
    files = {path.relative_to(derived_run).as_posix() for path in (derived_run / "attachments").iterdir()}
    assert files, "the made-up run has an output that is too long for the journal"
    assert links - inside == files


def test_there_is_no_script_and_nothing_is_fetched(html: str, page: Page) -> None:
    kinds = {tag for tag, _ in page.tags}
    assert kinds & {"script", "img", "link", "iframe", "object", "embed", "form", "input", "base", "foreignobject"} == set()
    names = {name for _, attributes in page.tags for name in attributes}
    fetching = {"src", "srcset", "style", "xlink:href", "action"}
    assert {name for name in names if name.startswith("on") or name in fetching} == set()
    assert [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"] == [
        "default-src 'none'; style-src 'unsafe-inline'"]
    style = html[html.index("<style>"):html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_output_is_shown_and_does_nothing(html: str, page: Page) -> None:
    assert "<script>alert(1)</script>" in "".join(page.text), "an auditor must see what the command printed"
    assert "{{ 7*7 }}" in "".join(page.text)
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html) is None


def test_every_line_of_a_step_s_message_has_a_line(tmp_path: Path, clock: FakeClock) -> None:
    journal = open_run(tmp_path / "run", clock)
    journal.record(DrillStarted(system="s", feature_file="f", feature="F", scenario="S", line=1, arm="remedy", tags=(),
                                steps=(GherkinStep("Given", "a service", 2),)), drill="x")
    journal.record(StepFinished(index=0, outcome="missed", duration_s=0.0, message="too late:\n  by 2 s\n  and again"), drill="x")
    body = parsed(report_html(build_run(tmp_path / "run")).decode())
    steps = next(one for one in body.iter("ol") if one.get("class") == "steps")
    assert lines(steps) == ["Given a service missed", "too late:", "by 2 s", "and again"]


def test_colours_go_and_other_control_characters_are_made_visible() -> None:
    assert shown("\x1b[0;1;32m●\x1b[0m ok\r\n") == "● ok\n"
    assert shown("\x1b]0;title\x07 a\rb \x7f \u202e \x9b") == "␛]0;title␇ a␍b ␡ ⟨U+202E⟩ ⟨U+009B⟩"
    assert shown("a\tb\nc") == "a\tb\nc"


def test_no_secret_reaches_any_file_of_the_run(derived_run: Path) -> None:
    for path in derived_run.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path.name


def test_an_unaided_reader_can_work_with_it(html: str, page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in page.tags}
    body = parsed(html)
    for table in body.iter("table"):  # W3C H63: in the first row or column of a simple table a header needs no scope
        for row in table.iter("tr"):
            for at, cell in enumerate(row):
                simple = not cell.get("colspan") and (at == 0 or all(one.tag == "th" for one in row))
                assert cell.tag != "th" or simple or cell.get("scope") in {"col", "row", "rowgroup"}, words(cell)
    pictures = page.all("svg")
    assert pictures
    assert all(picture.get("aria-hidden") == "true" or (picture.get("role") == "img" and picture.get("aria-label"))
               for picture in pictures)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), "no heading level is skipped"


def test_the_sections_stand_in_the_order_of_the_design(page: Page) -> None:
    main = [str(attributes["id"]) for attributes in page.all("section") if "drill" not in str(attributes.get("id"))]
    assert main == ["result", "objectives", "checks", "scope", "findings", "history", "integrity", "review", "controls", "words"]
    assert "provides evidence for" in "".join(page.text)
    assert "complian" not in "".join(page.text).lower()


@pytest.mark.parametrize("text", [
    "The document does not hold: of 8 drills (2 of them controls), 4 passed, 1 showed known defects of the document, 1 failed",
    "RUNBOOK.md:139 Expected Outcome",  # who promised it
    "0.378 s ± 0.027 s", "4.6 s left",  # measured, margin
    "10.15 s ± 0.052 s",  # the outage as the picture has it
    "17 of 412",  # writes lost
    "Proven in this run by drill 8.", "reproduced in this run",
    "grafana/grafana:10.4", "no registry can be reached",
    "the image grafana/grafana:10.4 cannot be had here: no registry answers",
    "deployment is not an incident",
    "100 ms are assumed",
    "broke off",  # a run of the history
    "usage error, exit status 1: journalctl: option '--vacuum=30d' is ambiguous",
    "curl -f https://geo.example.org/api/health",  # what was really sent
    "others still good", "documented: 502 errors; seen: 507 on writes",
])
def test_it_says(page: Page, text: str) -> None:
    assert text in re.sub(r"\s+", " ", "".join(page.text))


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        colour = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
        parts = [int(colour[at:at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_has_the_contrast_of_wcag_aa_in_both_themes(html: str) -> None:
    themes = [dict(re.findall(r"--([\w-]+):#([0-9a-f]{3,6})", block)) for block in re.findall(r":root\{([^}]*)\}", html)[:2]]
    assert len(themes) == 2
    for theme in themes:
        pairs = [(ink, ground) for ink in ("ink", "soft", "link", "green", "red") for ground in ("paper", "panel")]
        pairs += [(tone, f"{tone}-bg") for tone in ("green", "amber", "red", "violet", "grey")]
        pairs += [("ink", f"{tone}-bg") for tone in ("green", "amber", "red", "violet", "grey")]
        pairs += [("ink", "tint0"), ("ink", "tint1"), ("bad", "paper")]
        wanted = {pair: (3.0 if pair == ("bad", "paper") else 4.5) for pair in pairs}
        assert {pair: contrast(theme[pair[0]], theme[pair[1]]) for pair in pairs
                if contrast(theme[pair[0]], theme[pair[1]]) < wanted[pair]} == {}
        assert contrast(theme["good"], theme["paper"]) >= 3.0
        assert contrast("ffffff", theme["bad"]) >= 4.5, "outcomes are written in white on the blocks of a strip"


def test_a_run_without_drills_and_one_that_broke_off_have_a_report(tmp_path: Path, clock: FakeClock) -> None:
    journal = open_run(tmp_path / "none", clock)
    journal.record(RunFinished(exit_status=0, duration_s=1.0, heads={}))
    assert "Nothing is proven: there was no drill." in report(tmp_path / "none")
    journal = open_run(tmp_path / "broken", clock)
    journal.record(DrillStarted(system="s", feature_file="f", feature="F", scenario="S", line=1, arm="remedy", tags=(), steps=()),
                   drill="x")
    text = report(tmp_path / "broken")
    assert "This run broke off" in text
    assert "The journal ends before the drill does" in text
    empty = Journal(tmp_path / "bare" / "journal.ndjson", clock, Redactor())
    empty.close()
    assert "Nothing is proven" not in report(tmp_path / "bare")


def report(run_dir: Path) -> str:
    text = b"".join(derived_files(run_dir)[1]["report.html"]).decode()
    parsed(text)
    return " ".join(Page(text).text)


def test_a_report_of_thirty_drills_is_no_larger_than_300_kb(tmp_path: Path) -> None:
    write_run(tmp_path / "run", 30)
    run = derive(tmp_path / "run")
    assert len(run.drills) == 30
    assert (tmp_path / "run" / "report.html").stat().st_size <= 300_000


def test_thirty_drills_in_three_arms_stay_small(tmp_path: Path) -> None:
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    journal = open_run(tmp_path / "run", clock)
    for _ in range(18):  # five drills each
        start = journal.head
        passed(Renamed(journal, start), clock)
        known_defect(Renamed(journal, start), clock)
    journal.record(RunFinished(exit_status=0, duration_s=1.0, heads={}))
    run = derive(tmp_path / "run")
    assert len(run.drills) == 90
    assert (tmp_path / "run" / "report.html").stat().st_size < 900_000


class Renamed(Journal):
    """Gives each drill an id of its own, so that the same play can be played again."""

    def __init__(self, journal: Journal, suffix: str) -> None:
        self._inner, self._suffix = journal, suffix
        self.path = journal.path

    def record(self, event, drill=""):
        return self._inner.record(event, drill=f"{drill}{self._suffix[:8]}")

    def clean(self, event):
        return self._inner.clean(event)

    def output(self, text):
        return self._inner.output(text)
