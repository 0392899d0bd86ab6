"""The report as a reader has it: in a real browser, in every look, without script, on paper, and fed with hostile text."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, ViewportSize
from pypdf import PdfReader

from reports.errors import UsageError
from reports.evidence.build import derive
from reports.run.model import VERDICTS, Run
from reports.tests import browser as browsers
from reports.tests.rich import CONTROLS, HEBREW, MARKUP, UNBROKEN, mark, rich_run
from reports.tests.test_html import contrast

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = ViewportSize(width=320, height=640)
WIDE = ViewportSize(width=1280, height=800)
LOOKS: dict[str, dict[str, Any]] = {  # what a tab can be opened with is Playwright's to say
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "forced colours": {"viewport": WIDE, "forced_colors": "active"},
    "320 px": {"viewport": NARROW},
}


@dataclass(frozen=True)
class Report:
    """A derived run and the address of its report."""

    run: Run
    path: Path

    @property
    def url(self) -> str:
        return self.path.as_uri()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    directory = tmp_path_factory.mktemp("rich") / "20251109T100000Z-cccc"
    rich_run(directory)
    return Report(derive(directory), directory / "report.html")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser


def shown(chromium: Browser, report: Report, **look) -> Page:
    """The report in a tab of its own, all that can be opened opened by hand."""
    page = chromium.new_page(**look)
    page.goto(report.url)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return page


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_run_has_every_verdict_and_every_arm(report: Report) -> None:
    assert [verdict for verdict in VERDICTS if not report.run.counts[verdict]] == []
    assert {drill.arm for drill in report.run.drills} == {"remedy", "no-remedy", "no-fault"}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_violation_even_with_everything_open(chromium: Browser, report: Report, look: str) -> None:
    page = shown(chromium, report, **LOOKS[look])
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    page.close()
    assert found["passes"], "axe looked at something"
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]] == []


def test_axe_would_find_one(chromium: Browser, report: Report) -> None:
    page = shown(chromium, report, viewport=WIDE)
    page.evaluate("document.querySelector('h1').style.color = '#ddd'; document.documentElement.lang = ''")
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    page.close()
    assert {"color-contrast", "html-has-lang"} <= {one["id"] for one in found["violations"]}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320 px", "1280 px"])
def test_the_page_never_scrolls_sideways_and_wide_parts_scroll_by_keyboard(chromium: Browser, report: Report, size) -> None:
    page = shown(chromium, report, viewport=size)
    inner, outer = page.evaluate("[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]")
    outside = page.evaluate("""() => [...document.querySelectorAll('body *')].filter(one => {
        if (one.closest('svg') || one.closest('.scroll, .pictures') || one.closest('.skip')) return false;
        const box = one.getBoundingClientRect();
        return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
    }).map(one => one.outerHTML.slice(0, 120))""")
    unreachable = page.evaluate("""() => [...document.querySelectorAll('body *')].filter(one =>
        one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
        && !(one.tabIndex === 0 && (one.matches('pre') || one.getAttribute('aria-label')))
    ).map(one => one.outerHTML.slice(0, 120))""")
    tables = page.evaluate("""() => [...document.querySelectorAll('table')].filter(one => {
        const region = one.closest('.scroll, .pictures');
        return !(region && region.tabIndex === 0 && ['region', 'group'].includes(region.role) && region.ariaLabel);
    }).length""")
    page.close()
    assert inner <= outer
    assert outside == []
    assert unreachable == []
    assert tables == 0


@pytest.mark.parametrize(("size", "listed"), [(NARROW, True), (WIDE, False)], ids=["320 px", "1280 px"])
def test_on_a_narrow_screen_each_check_is_a_list_whose_letters_name_the_columns(
        chromium: Browser, report: Report, size: ViewportSize, listed: bool) -> None:
    page = shown(chromium, report, viewport=size)
    seen = page.evaluate("""() => {
        const grid = document.querySelector('.matrix'), region = grid.closest('.scroll');
        const letter = cell => getComputedStyle(cell, '::before').content;
        const row = grid.querySelector('tbody tr');
        return {sideways: region.scrollWidth > region.clientWidth,
                heads: [...grid.querySelectorAll('thead th + th')].map(letter),
                cells: [...row.querySelectorAll('td')].map(letter),
                below: row.cells[1].getBoundingClientRect().top >= row.cells[0].getBoundingClientRect().bottom - 1};
    }""")
    page.close()
    assert not seen["sideways"]
    assert seen["below"] == listed
    letters = ['counter(column, upper-alpha) " "' if listed else "none"] * 5
    assert seen["heads"] == seen["cells"] == letters


def test_without_script_all_evidence_is_there_and_opens(chromium: Browser, report: Report) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport=WIDE)
    page = context.new_page()
    page.goto(report.url)
    for drill in report.run.drills:
        if drill.verdict == "NOT RUN":
            continue
        summary = page.locator(f"details:has(> #drill-{drill.number}) > summary")
        if drill.verdict not in {"FAILED", "INCONCLUSIVE", "ERROR"}:
            summary.click()
        assert page.locator(f"#drill-{drill.number}").is_visible()
        log = page.locator(f"#drill-{drill.number} details", has_text=mark(drill.drill_id))
        text = log.locator("pre", has_text=f"{mark(drill.drill_id)} line 000").first
        assert not text.is_visible()
        log.locator("summary").click()
        assert text.is_visible()
    context.close()


def test_the_file_has_nothing_that_could_run(report: Report) -> None:
    # The browser's own view is in the test below; here is what another program might make of the bytes.
    source = report.path.read_text(encoding="utf-8")
    tags = re.findall(r"<[a-z][^<>]*>", source)
    assert [tag for tag in tags if re.match(r"<(script|img|iframe|object|embed|link|form|base)\b", tag)] == []
    assert [tag for tag in tags if re.search(r"""\son\w+\s*=(?=\s*["'])""", re.sub(r'="[^"]*"', '=""', tag))] == []
    assert [tag for tag in tags if re.search(r"""=\s*["']?\s*javascript:""", tag, re.IGNORECASE)] == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_nothing_but_the_file_is_asked_for_and_nothing_hostile_comes_alive(chromium: Browser, report: Report, script) -> None:
    context = chromium.new_context(java_script_enabled=script)
    page = context.new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    errors: list[str] = []

    def noted(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", noted)
    page.on("console", lambda message: errors.append(message.text))
    page.goto(report.url, wait_until="networkidle")
    alive = page.evaluate("""() => [...document.querySelectorAll('*')].filter(one =>
        one.matches('script, img, iframe, object, embed, link, form, base, .evil') ||
        [...one.attributes].some(attribute => attribute.name.startsWith('on') || /^\\s*javascript:/i.test(attribute.value))
    ).map(one => one.outerHTML.slice(0, 120))""")
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    context.close()
    assert asked == [report.url]
    assert dialogs == []
    assert errors == [], "a policy that had to stop something would say so"
    assert alive == []
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_link_opens_the_drill_that_it_leads_to(chromium: Browser, report: Report, script: bool) -> None:
    context = chromium.new_context(java_script_enabled=script, viewport=WIDE)
    page = context.new_page()
    closed = [drill.number for drill in report.run.drills if drill.verdict in {"PASSED", "KNOWN DEFECT", "NOT RUN"}]
    assert len(closed) > 3
    page.goto(f"{report.url}#drill-{closed[0]}")  # as a mail or the terminal may name it
    assert page.locator(f"#drill-{closed[0]}").is_visible()
    for number in closed[1:]:
        body, summary = page.locator(f"#drill-{number}"), page.locator(f"details:has(> #drill-{number}) > summary")
        assert not body.is_visible()
        page.locator(f'a[href="#drill-{number}"]').first.click()
        assert body.is_visible()
        box = summary.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < WIDE["height"] / 2, "the verdict is in view, not above it"
    context.close()


def test_the_keyboard_opens_and_closes_a_drill(chromium: Browser, report: Report) -> None:
    page = chromium.new_page(viewport=WIDE)
    page.goto(report.url)
    number = next(drill.number for drill in report.run.drills if drill.verdict == "PASSED")
    body = page.locator(f"#drill-{number}")
    assert not body.is_visible()
    page.locator(f"details:has(> #drill-{number}) > summary").focus()
    page.keyboard.press("Enter")
    assert body.is_visible()
    page.keyboard.press("Enter")
    assert not body.is_visible()
    heights = page.evaluate("[...document.querySelectorAll('summary')].map(one => one.getBoundingClientRect().height)"
                            ".filter(height => height > 0)")
    page.close()
    assert min(heights) >= 24, "WCAG 2.5.8: targets are at least 24 px"


def test_on_paper_every_collapsed_log_is_open(chromium: Browser, report: Report) -> None:
    page = chromium.new_page()
    page.goto(report.url)
    title = page.title()
    lines = page.evaluate("[...document.querySelectorAll('details pre')].flatMap(one => one.textContent.split('\\n'))")
    folded = page.locator("article > details:not([open])").count()
    assert folded > 0, "drills that ended as expected start closed"
    reader = PdfReader(io.BytesIO(page.pdf(format="A4")))
    page.close()
    text = squeezed("".join(sheet.extract_text() for sheet in reader.pages))
    assert reader.metadata is not None
    assert reader.metadata.title == title
    assert report.run.started is not None
    assert report.run.started.run_id in title
    assert squeezed("EPIC Geodashboard - Operations Runbook") in text
    for drill in report.run.drills:
        if drill.verdict != "NOT RUN":
            assert squeezed(f"{mark(drill.drill_id)} line 000") in text, f"drill {drill.number}: the log's head"
            assert squeezed(f"{mark(drill.drill_id)} line 099") in text, f"drill {drill.number}: the log's tail"
    assert text.count(squeezed('Given the "geodashboard" replica of production')) == len(report.run.drills) - 1
    # Hebrew is laid out from right to left, so that what a PDF says of it has another order.
    plain = {squeezed(line) for line in lines if line.isascii()}
    assert len(plain) > 100
    assert {line[:100] for line in plain if line not in text} == set()


def test_hostile_text_is_readable(chromium: Browser, report: Report) -> None:
    page = shown(chromium, report, viewport=NARROW)
    text = page.locator("main").text_content() or ""
    page.close()
    assert MARKUP in text
    assert UNBROKEN in text
    assert "nul ␀ bell ␇ red ␛]0;title␇ ⟨U+009B⟩31m" in text
    assert "⟨U+202E⟩gnp.exe⟨U+202C⟩" in text
    assert CONTROLS not in text
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) is None


def test_right_to_left_text_does_not_reorder_its_neighbours(chromium: Browser, report: Report) -> None:
    page = shown(chromium, report, viewport=WIDE)
    # "<b>תקלה בשרת</b>: 4 workers hang": unless the name is isolated, the 4 is shown on its left.
    name_s_right, digit_s_left = page.evaluate("""name => {
        const fault = [...document.querySelectorAll('dd > b')].find(one => one.textContent === name);
        const after = fault.nextSibling, range = document.createRange(), at = after.textContent.indexOf('4');
        range.setStart(after, at);
        range.setEnd(after, at + 1);
        return [fault.getBoundingClientRect().right, range.getBoundingClientRect().left];
    }""", HEBREW)
    bare = page.evaluate("""() => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
        while (texts.nextNode()) {
            const at = texts.currentNode.parentElement;
            if (/[\u0590-\u08ff]/.test(texts.currentNode.textContent) && !at.closest('bdi, pre, svg')) found.push(at.outerHTML);
        }
        return found;
    }""")
    literal = page.evaluate("[...document.querySelectorAll('*')].flatMap(one => [...one.attributes].map(at => at.value))"
                            ".concat(document.title).filter(text => text.includes('bdi>'))")
    page.close()
    assert digit_s_left > name_s_right - 1
    assert bare == []
    assert literal == [], "an attribute or a title would show the element's name"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_can_be_read_in_forced_colours(chromium: Browser, report: Report, scheme: str) -> None:
    page = shown(chromium, report, viewport=WIDE, forced_colors="active", color_scheme=scheme)
    fills = page.evaluate("""() => Object.fromEntries(['.on-bad', 'path.bad', 'path.good', '.strong'].map(name => {
        const style = getComputedStyle(document.querySelector('.pictures ' + name));
        return [name, name.startsWith('path') ? style.stroke : style.fill];
    }).concat([['.strong, around it', getComputedStyle(document.querySelector('.strong')).stroke]]))""")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()
    colours = {name: "".join(f"{int(part):02x}" for part in re.findall(r"\d+", fill)[:3]) for name, fill in fills.items()}
    paper = "".join(f"{int(part):02x}" for part in re.findall(r"\d+", ground)[:3])
    assert colours[".strong, around it"] == paper, "the line of the outage does not cross its length"
    assert contrast(colours[".on-bad"], colours["path.bad"]) >= 4.5, "outcomes are written on the blocks"
    assert contrast(colours[".strong"], paper) >= 4.5
    assert contrast(colours["path.good"], paper) >= 3
    assert contrast(colours["path.bad"], paper) >= 3


def test_without_a_browser_one_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="install the package chromium"), browsers.chromium():
        pass
