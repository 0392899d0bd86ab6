"""The reference says what the code says, and no fault lies about unused."""

import pytest

import environments.faults
from steps import reference
from steps.reference import REFERENCE, idle_faults, page


def test_the_committed_page_is_what_the_code_generates():
    assert REFERENCE.read_text(encoding="utf-8") == page(), "run `python -m steps.reference --write`"


def test_every_fault_is_used_or_names_why_not():
    assert {name for name, reason in idle_faults().items() if not reason} == set(), (
        f"no system uses these fault modules: drill them, delete them, or say why not in {reference.NOT_DRILLED}")


@pytest.mark.parametrize("reason", ["", "needs a second disk"])
def test_a_fault_that_nobody_uses_is_found(monkeypatch, tmp_path, reason):
    constant = f"{reference.NOT_DRILLED} = {reason!r}\n" if reason else ""
    name = f"idle_{len(reason)}"
    (tmp_path / f"{name}.py").write_text(f'"""Nobody breaks this."""\n{constant}')
    monkeypatch.setattr(environments.faults, "__path__", [*environments.faults.__path__, str(tmp_path)])
    assert idle_faults()[name] == reason
    assert f"* `{name}`: Nobody breaks this.{f' Not drilled: {reason}' if reason else ''}\n" in page()


def test_faults_are_told_with_the_names_that_features_use():
    lines = page().split("\n")
    crash_loop = next(number for number, line in enumerate(lines) if line.startswith("* `crash_loop`: A service that crashes"))
    assert '    * geodashboard: "backend crashes until systemd gives up"' in lines[crash_loop : crash_loop + 6]
    unreachable = next(number for number, line in enumerate(lines) if line.startswith("* `unreachable`: "))
    # Made by a method of the environment, inside a combination.
    told = lines[unreachable : unreachable + 6]
    assert '    * geodashboard: "certificate expires within 7 days, authority out of reach"' in told


@pytest.mark.parametrize(
    "told",
    [
        '* **When** `the fault "{fault}" strikes`  \n  Inject a fault and prove its effect.\n',
        '`the "{system}" replica of production[, with its data on "{data_on}"][ and "{variant}"]`',
        '`the operator follows "{options}"[, "…" and "…"][ as corrected by finding "{finding}"]`',
        '`"{statement}" holds, as "{field}" (promises | says)`',
        '`the check[s] that notice[s] it (is | are) "{checks}"[, "…" and "…"]`',
        "* `CertificateSpec`: The certificate that clients are really served",
        "* `HttpWorkloadSpec`: ",
        '* "API" (in every drill)\n',
    ],
)
def test_the_page_reads_as_people_write(told):
    assert told in page()


def test_every_step_of_the_vocabulary_is_there_once():
    steps = [line for line in page().split("\n") if line.startswith(("* **Given**", "* **When**", "* **Then**"))]
    assert steps
    assert len(steps) == len(set(steps))
    assert not [step for step in steps for sign in ("(?", "[^", "\\") if sign in step]
