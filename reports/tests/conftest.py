"""What the tests share: a clock that stands still, a journal, and one made-up run that is only read."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.evidence.build import derive
from reports.journal.clock import FakeClock
from reports.journal.journal import Journal, Redactor
from reports.run.build import build_run
from reports.run.history import History
from reports.run.model import Run
from reports.tests.accounts import accounts_run
from reports.tests.made_up import made_up_run
from reports.tests.pages import parsed
from reports.tests.verifying import Verified
from reports.verify.__main__ import main


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Made-up runs have one id in many tests: their locks must not meet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2025, 11, 9, 10, 0, tzinfo=UTC))


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock) -> Journal:
    return Journal(tmp_path / "journal.ndjson", clock, Redactor())


@pytest.fixture(scope="session")
def derived_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a made-up run with its report and a history of one run and one that broke off. Do not change it."""
    out = tmp_path_factory.mktemp("out")
    made_up_run(out / "20251102T100000Z-aaaa")
    History(out).finished(derive(out / "20251102T100000Z-aaaa"))
    History(out).started("20251105T100000Z-bbbb", out / "20251105T100000Z-bbbb")
    made_up_run(out / "20251109T100000Z-cccc")
    derive(out / "20251109T100000Z-cccc")
    return out / "20251109T100000Z-cccc"


@pytest.fixture(scope="session")
def run(derived_run: Path) -> Run:
    return build_run(derived_run)


@pytest.fixture(scope="session")
def body(derived_run: Path) -> ET.Element:
    return parsed((derived_run / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def accounts_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a derived run with accounts of checks and changes. Do not change it."""
    directory = tmp_path_factory.mktemp("accounts") / "20251109T100000Z-dddd"
    accounts_run(directory)
    derive(directory)
    return directory


@pytest.fixture(scope="session")
def accounts(accounts_dir: Path) -> Run:
    return build_run(accounts_dir)


@pytest.fixture(scope="session")
def accounts_body(accounts_dir: Path) -> ET.Element:
    return parsed((accounts_dir / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def accounts_json(accounts_dir: Path) -> dict[str, Any]:
    """run.json as any program reads it."""
    return dict(msgspec.json.decode((accounts_dir / "run.json").read_bytes()))


@pytest.fixture
def run_dir(derived_run: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(derived_run, tmp_path / derived_run.name))


@pytest.fixture
def verified(capsys: pytest.CaptureFixture[str]) -> Verified:
    """Verify, and answer exit status and what was captured."""
    def verify(run_dir: Path, *options: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main([str(run_dir), *options])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return verify
