from pathlib import Path

import pytest

from reports.errors import UsageError
from reports.judging.findings import read_findings, scenarios_named
from reports.judging.rules import Failure, verdict

GOOD = """
[[finding]]
id = "GEO-01"
title = "no such option"
severity = "remedy fails"
heading = "Scenario 3"
command = "sudo journalctl --vacuum=30d"
explanation = "ambiguous"
evidence = "journalctl(1)"
drills = ["as written"]
fails = ["command: sudo journalctl*"]
correction = '''
sudo journalctl --vacuum-time=30d
'''
proven_by = ["as corrected", "as written"]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "findings.toml"
    path.write_text(text)
    return path


def test_a_finding_is_read_listed_and_fits_the_judge(tmp_path: Path) -> None:
    (finding,) = read_findings(write(tmp_path, GOOD), "geo")
    assert finding.correction == "sudo journalctl --vacuum-time=30d\n"
    assert finding.listed().system == "geo"
    assert finding.listed().explanation == "ambiguous\n\nEvidence: journalctl(1)"
    assert scenarios_named([finding]) == {"as written": ("GEO-01",), "as corrected": ("GEO-01",)}
    failure = Failure("command: sudo journalctl --vacuum=30d", "usage error")
    assert verdict([failure], [finding], "as written")[0] == "KNOWN DEFECT"


def test_no_file_is_no_finding(tmp_path: Path) -> None:
    assert read_findings(tmp_path / "findings.toml", "geo") == ()


@pytest.mark.parametrize(("change", "message"), [
    (("id =", "ib ="), r"finding 1: unknown key 'ib'; known keys: id, title"),
    (('title = "no such option"', ""), r"GEO-01: 'title' is missing or empty"),
    (("remedy fails", "bad"), r"GEO-01: unknown severity 'bad'; known: remedy fails, remedy harms"),
    (('drills = ["as written"]', 'drills = "as written"'), r"GEO-01: 'drills' is not a list of texts"),
    (('command = "sudo journalctl --vacuum=30d"', "command = 7"), r"GEO-01: 'command' is int"),
    (('fails = ["command: sudo journalctl*"]', ""), r"GEO-01: names drills but no failure"),
    (("correction", "# correction"), r"not TOML"),
    (("[[finding]]", "[finding]"), r"write \[\[finding\]\]"),
    (("[[finding]]", "[[findings]]"), r"unknown key 'findings'"),
])
def test_bad_input_names_file_finding_and_hint(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(UsageError, match=message) as raised:
        read_findings(write(tmp_path, GOOD.replace(*change)), "geo")
    assert str(tmp_path / "findings.toml") in str(raised.value)


def test_a_proof_without_a_correction_and_an_id_given_twice_are_refused(tmp_path: Path) -> None:
    without = GOOD[:GOOD.index("correction")] + 'proven_by = ["x"]\n'
    with pytest.raises(UsageError, match="proposes no correction"):
        read_findings(write(tmp_path, without), "geo")
    with pytest.raises(UsageError, match="GEO-01: the id is given twice"):
        read_findings(write(tmp_path, GOOD + GOOD), "geo")
