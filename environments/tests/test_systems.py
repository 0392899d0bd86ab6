"""Systems are discovered from their folders."""

import pytest

from environments import systems
from reports.errors import UsageError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    systems.systems.cache_clear()
    yield tmp_path
    systems.systems.cache_clear()


def test_a_folder_with_a_table_is_one_and_needs_no_python(folder):
    (folder / "hut").mkdir()
    (folder / "hut" / "system.toml").write_text('title = "Hut."\n[hosts.production]\nruns = "nothing"\nimage = "host"\n')
    assert systems.systems()["hut"].title == "Hut."
    assert systems.replica("hut", "run").stack == ("production: nothing",)
    (folder / "hut" / "system.toml").write_text('title = "Hut."\n')
    systems.systems.cache_clear()
    with pytest.raises(UsageError, match=r"hut/system\.toml:1: expected the key 'hosts'"):
        systems.replica("geodashboard", "run")


def test_a_folder_without_a_table_is_none_and_unknown_names_list_the_known_ones(folder):
    (folder / "island").mkdir()
    (folder / "island" / "__init__.py").write_text("")
    assert not systems.systems().keys() & {"island", "looks"}
    with pytest.raises(UsageError, match=r"unknown system 'atlantis'; known are:\n(  \w+\n)*  geodashboard"):
        systems.replica("atlantis", "run")


def test_a_system_whose_python_cannot_be_imported_is_loud(folder):
    (folder / "broken").mkdir()
    (folder / "broken" / "system.toml").write_text('title = "Broken."\n[hosts.production]\nruns = "nothing"\nimage = "host"\n')
    (folder / "broken" / "system.py").write_text("import no_such_module_of_ours\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_of_ours"):
        systems.replica("geodashboard", "run")


def test_what_the_monitoring_says_is_an_alert_and_nothing_else_is():
    claims = systems.replica("geodashboard", "run").claims.values()
    assert [claim.statement for claim in claims if claim.kind == "alert"] == ["certificate expiration alert"]
