"""Systems are discovered from their folders."""

from typing import Any

import pytest

from environments import systems
from environments.systems.geodashboard.claims import claims
from reports.errors import UsageError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    systems.systems.cache_clear()
    yield tmp_path
    systems.systems.cache_clear()


def test_a_package_with_a_kind_is_a_system(folder):
    (folder / "island").mkdir()
    (folder / "island" / "__init__.py").write_text("from environments.systems.geodashboard import SYSTEM\n")
    (folder / "half_written").mkdir()
    (folder / "half_written" / "__init__.py").write_text("")
    (folder / "no_package.py").write_text("SYSTEM = 1\n")
    assert {"geodashboard", "island"} <= systems.systems().keys()
    assert not systems.systems().keys() & {"half_written", "no_package", "contract"}
    with pytest.raises(UsageError, match=r"unknown system 'atlantis'; known are:\n(  \w+\n)*  geodashboard\n  island"):
        systems.replica("atlantis", "run")


def test_a_folder_with_a_table_is_a_system_without_python(folder):
    (folder / "hut").mkdir()
    (folder / "hut" / "system.toml").write_text('title = "Hut."\n[hosts.production]\nruns = "nothing"\nimage = "host"\n')
    assert systems.systems()["hut"].title == "Hut."
    assert systems.replica("hut", "run").stack == ("production: nothing",)
    (folder / "hut" / "system.toml").write_text('title = "Hut."\n')
    systems.systems.cache_clear()
    with pytest.raises(UsageError, match=r"hut/system\.toml:1: expected the key 'hosts'"):
        systems.replica("geodashboard", "run")


def test_a_broken_system_raises_its_own_error(folder):
    (folder / "broken").mkdir()
    (folder / "broken" / "__init__.py").write_text("import no_such_module_of_ours\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_of_ours"):
        systems.replica("geodashboard", "run")


def test_only_statements_of_the_monitoring_are_alerts():
    environment: Any = None  # nothing is looked at
    assert [claim.statement for claim in claims(environment) if claim.kind == "alert"] == ["certificate expiration alert"]
