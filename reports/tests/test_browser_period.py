"""A period's page in a real browser, fed with hostile text: accessible, inert, never wider than the screen."""

import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pypdf import PdfReader

from reports.page.period import period_html
from reports.run.past import PastRun
from reports.run.period import period
from reports.tests import browser as browsers
from reports.tests.rich import CONTROLS, HEBREW, MARKUP, UNBROKEN
from reports.tests.test_browser import LOOKS, NARROW, RULES, WIDE
from reports.tests.test_period import drill, run


def hostile_page() -> bytes:
    names = (MARKUP, UNBROKEN, HEBREW, CONTROLS)
    history = [run(f"2025-11-{day:02}", *(drill(name, "KNOWN DEFECT" if day < 9 else "PASSED", procedure=name,
                                                findings=[f"{name}-{day}"] if day < 9 else []) for name in names))
               for day in range(2, 12)]
    history += [run("2025-11-12", *(drill(verdict, verdict) for verdict in ("FAILED", "ERROR", "INCONCLUSIVE", "NOT RUN"))),
                PastRun(run_id=MARKUP, utc="", state="broken off", problem=MARKUP)]
    return period_html(period(history, date(2025, 11, 1), date(2025, 12, 31), 30))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("period") / "index.html"
    path.write_bytes(hostile_page())
    return path.as_uri()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_violation(chromium: Browser, url: str, look: str) -> None:
    page = chromium.new_page(**LOOKS[look])
    page.goto(url)
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    page.close()
    assert found["passes"], "axe looked at something"
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]] == []


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320 px", "1280 px"])
def test_the_page_never_scrolls_sideways_and_its_tables_scroll_by_keyboard(chromium: Browser, url: str, size) -> None:
    page = chromium.new_page(viewport=size)
    page.goto(url)
    inner, outer = page.evaluate("[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]")
    tables, reached = page.evaluate("""() => {
        const all = [...document.querySelectorAll('table')];
        return [all.length, all.filter(one => one.closest('.scroll[tabindex="0"][role="region"][aria-label]')).length];
    }""")
    page.close()
    assert inner <= outer
    assert tables == reached == 4


def test_on_paper_no_column_is_cut(chromium: Browser, url: str) -> None:
    page = chromium.new_page()
    page.goto(url)
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    page.close()
    ends: list[float] = []

    def visit(text: str, page_matrix: Sequence[float], text_matrix: Sequence[float], *_: object) -> None:
        if text.strip():
            ends.append(text_matrix[4] * page_matrix[0] + page_matrix[4])

    text = "".join(sheet.extract_text(visitor_text=visit) for sheet in sheets)
    width, height = float(sheets[0].mediabox.width), float(sheets[0].mediabox.height)
    assert width > height, "the tables are wide"
    assert "open after it" in " ".join(text.split()), "the last column of the last table"
    assert max(ends) < width


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_nothing_is_asked_for_and_nothing_hostile_comes_alive(chromium: Browser, url: str, script: bool) -> None:
    context = chromium.new_context(java_script_enabled=script)
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(url, wait_until="networkidle")
    alive = page.evaluate("""() => [...document.querySelectorAll('*')].filter(one =>
        one.matches('script, img, iframe, object, embed, link, form, base, .evil') ||
        [...one.attributes].some(attribute => attribute.name.startsWith('on') || /^\\s*javascript:/i.test(attribute.value))
    ).map(one => one.outerHTML.slice(0, 120))""")
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    text = page.locator("main").text_content() or ""
    context.close()
    assert asked == [url]
    assert errors == []
    assert alive == []
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert MARKUP in text
    assert CONTROLS not in text
