"""Part of `steps.tests.bench`: the processor time of reading documents, usual ones and some that are made to be slow."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from reports.tests.benchmark import Figure
from steps.runbook.__main__ import as_json
from steps.runbook.document import read_any
from steps.tests.writing import Written, documents

USUAL = 150
USUAL_TARGET_MS = 6.0
"""Ten thousand documents a minute on one processor."""
PATHOLOGICAL_TARGET_S = 2.0
PATHOLOGICAL = {
    "100,000 spaces in a field": "**RTO**: 1" + " " * 100_000 + "x",
    "20,000 nested <pre><code>": "<pre><code>" * 20_000,
    "20,000 open <pre>": "</pre>" + "<pre>" * 20_000,
    "5,000 empty sections": "# a\n" * 5_000,
    "20,000 subshells on a line": "```sh\n" + "(a) " * 20_000 + "\n```\n",
    "10,000 nested quotations": ">" * 10_000 + " a",
    "100,000 backticks": "`" * 100_000,
}


def figures() -> Iterator[Figure]:
    """Measure the processor time of this process, so that what else runs does not count."""
    with tempfile.TemporaryDirectory(prefix="runproof-bench-") as folder:
        paths = _written(Path(folder))
        began = time.process_time()
        for path in paths:
            as_json(read_any(path))
        yield Figure("documents: reading one", (time.process_time() - began) / len(paths) * 1000, "ms", USUAL_TARGET_MS)
        for name, text in PATHOLOGICAL.items():
            path = Path(folder) / "pathological.md"
            path.write_text(text, encoding="utf-8")
            began = time.process_time()
            read_any(path)
            yield Figure(f"documents: reading {name}", time.process_time() - began, "s", PATHOLOGICAL_TARGET_S)


def _written(folder: Path) -> list[Path]:
    """Write a sample of what the tests' grammar makes."""
    paths: list[Path] = []

    @settings(max_examples=USUAL, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(written=documents())
    def write(written: Written) -> None:
        path = folder / f"{len(paths)}.md"
        path.write_text(written.text, encoding="utf-8")
        paths.append(path)

    write()
    return paths
