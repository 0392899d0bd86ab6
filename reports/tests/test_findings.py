from pathlib import Path

import pytest

from reports.errors import UsageError
from reports.journal.events import ActionItem, Missed
from reports.journal.kinds import Expected, Kind, Place
from reports.judging.findings import read_findings, scenarios_named
from reports.judging.rules import verdict

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
fails = [{ kind = "command", subject = "sudo journalctl*" }]
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
    assert finding.place == Place(str(tmp_path / "findings.toml"), 2)
    missed = Missed(kind=Kind.COMMAND, subject="sudo journalctl --vacuum=30d", message="usage error")
    assert verdict([missed], [finding], "as written").verdict == "KNOWN DEFECT"


def test_owner_dates_and_status_are_listed_for_the_action_register(tmp_path: Path) -> None:
    stated = 'owner = "platform"\ndue = 2026-01-31\nstatus = "accepted"\naccepted_until = 2026-03-31\naccepted_by = "A. Owner"\n'
    (finding,) = read_findings(write(tmp_path, GOOD + stated), "geo")
    assert finding.listed().action == ActionItem(owner="platform", due="2026-01-31", status="accepted",
                                                 accepted_until="2026-03-31", accepted_by="A. Owner")
    assert read_findings(write(tmp_path, GOOD), "geo")[0].listed().action == ActionItem(status="open")


def test_a_fixed_finding_expects_nothing_and_its_return_is_named(tmp_path: Path) -> None:
    (finding,) = read_findings(write(tmp_path, GOOD + 'status = "fixed"\nfixed_on = 2026-02-01\n'), "geo")
    assert verdict([], [finding], "as written").verdict == "PASSED"
    missed = Missed(kind=Kind.COMMAND, subject="sudo journalctl --vacuum=30d", message="usage error")
    judged = verdict([missed], [finding], "as written")
    assert judged.verdict == "FAILED"
    assert [reason.message for reason in judged.reasons] == [
        "usage error",
        "GEO-01 is said to be fixed, and shows again: open it in findings.toml, or correct the document"]


def test_no_file_is_no_finding(tmp_path: Path) -> None:
    assert read_findings(tmp_path / "findings.toml", "geo") == ()


FAILS = 'fails = [{ kind = "command", subject = "sudo journalctl*" }]'


@pytest.mark.parametrize(("change", "message"), [
    (("id =", "ib ="), r":2: unknown key 'ib'; known: id, title"),
    (("evidence =", "evidenc ="), r":2: GEO-01: unknown key 'evidenc'; did you mean 'evidence'\?"),
    (('title = "no such option"', ""), r":2: GEO-01: Object missing required field `title`; needed: id, title, severity"),
    (('title = "no such option"', 'title = " "'), r":2: GEO-01: .*`\$.title`"),
    (("remedy fails", "remedy fail"), r":2: GEO-01: unknown severity 'remedy fail'; did you mean 'remedy fails'\?"),
    (('drills = ["as written"]', 'drills = "as written"'), r":2: GEO-01: Expected `array`, got `str` - at `\$.drills`"),
    (('command = "sudo journalctl --vacuum=30d"', "command = 7"), r":2: GEO-01: Expected `str`, got `int` - at `\$.command`"),
    ((FAILS, ""), r":2: GEO-01: names drills but nothing that they miss"),
    ((FAILS, 'fails = ["command"]'), r":2: GEO-01: 'fails' holds 'command'; write \{ kind ="),
    ((FAILS, 'fails = [{ kind = "comand", subject = "x" }]'), r":2: GEO-01: unknown kind 'comand'; did you mean 'command'\?"),
    ((FAILS, 'fails = [{ kind = "command", subjects = "x" }]'), r":2: GEO-01: unknown key in 'fails' 'subjects'; did you mean"),
    ((FAILS, 'fails = [{ kind = "command" }]'), r":2: GEO-01: fails: command needs a subject; name what may be missed"),
    ((FAILS, 'fails = [{ kind = "recovery", subject = "x" }]'), r":2: GEO-01: fails: recovery has no subject"),
    ((FAILS, 'fails = [{ kind = "return to normal", subject = "*" }]'), r"for every return to normal; list those of members"),
    ((FAILS, 'fails = [{ kind = "command", subject = ["x", " ** "] }]'), r":2: GEO-01: fails: ' \*\* ' stands for every command"),
    ((FAILS, 'fails = [{ kind = "return to normal", subject = "member" }]'), r"normal has no subject 'member'; list those"),
    ((FAILS, FAILS + '\nstatus = "closed"'), r":2: GEO-01: unknown status 'closed'; known: open, accepted, fixed"),
    ((FAILS, FAILS + '\ndue = "soon"'), r":2: GEO-01: Invalid RFC3339 encoded date - at `\$\.due`"),
    ((FAILS, FAILS + '\nstatus = "accepted"'), r":2: GEO-01: 'accepted_until' and the status 'accepted' belong together"),
    ((FAILS, FAILS + "\naccepted_until = 2026-01-01"), r":2: GEO-01: 'accepted_until' and the status 'accepted' belong together"),
    ((FAILS, FAILS + '\nstatus = "fixed"'), r":2: GEO-01: 'fixed_on' and the status 'fixed' belong together"),
    ((FAILS, FAILS + '\naccepted_by = "A"'), r":2: GEO-01: 'accepted_by' without the status 'accepted'"),
    (("correction", "# correction"), r"not TOML"),
    (("[[finding]]", "[finding]"), r"write \[\[finding\]\]"),
    (("[[finding]]", "[[findings]]"), r"unknown key 'findings'"),
])
def test_bad_input_names_file_line_finding_and_hint(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(UsageError, match=message) as raised:
        read_findings(write(tmp_path, GOOD.replace(*change)), "geo")
    assert str(tmp_path / "findings.toml") in str(raised.value)


def test_several_subjects_are_several_things_that_are_missed(tmp_path: Path) -> None:
    listed = 'fails = [{ kind = "return to normal", subject = ["members", "steady"] }, { kind = "recovery" }]'
    (finding,) = read_findings(write(tmp_path, GOOD.replace(FAILS, listed)), "geo")
    assert finding.fails == (Expected(Kind.NORMAL, "members"), Expected(Kind.NORMAL, "steady"), Expected(Kind.RECOVERY))


def test_a_header_inside_a_text_is_no_finding(tmp_path: Path) -> None:
    text = GOOD.replace("sudo journalctl --vacuum-time=30d\n", "[[finding]]\n") + GOOD.replace("GEO-01", "GEO-02")
    assert [finding.place.line for finding in read_findings(write(tmp_path, text), "geo")] == [2, 17]


@pytest.mark.parametrize(("subject", "missed", "matches"), [
    ("node -e *", "node -e x\ny", True), ("node -e *", "node -x", False), ("*.sql*", "psql < a.sql.gz", True),
    ("*.sql", "psql < a_sql", False), ("a", "ab", False), ("[ab]", "a", False), ("a?", "ab", False), ("SHOUT", "shout", False),
])
def test_a_star_matches_any_text_and_nothing_else_is_special(subject: str, missed: str, matches: bool) -> None:
    assert Expected(Kind.COMMAND, subject).matches(Kind.COMMAND, missed) == matches
    assert not Expected(Kind.COMMAND, subject).matches(Kind.RENAMED_COMMAND, missed)


def test_a_proof_without_a_correction_and_an_id_given_twice_are_refused(tmp_path: Path) -> None:
    without = GOOD[:GOOD.index("correction")] + 'proven_by = ["x"]\n'
    with pytest.raises(UsageError, match="proposes no correction"):
        read_findings(write(tmp_path, without), "geo")
    with pytest.raises(UsageError, match=r":17: GEO-01: the id is given twice, first in line 2"):
        read_findings(write(tmp_path, GOOD + GOOD), "geo")
