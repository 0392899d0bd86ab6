"""Refusals before a container starts. Each case is a separate feature, collected by a separate pytest."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = """
Feature: a feature
  Background:
    Given the "geodashboard" replica of production
    And the runbook procedure "Scenario 1: Backend Service Down"

  Scenario: one
    When the fault "backend workers hang" strikes
"""


@pytest.fixture
def project(tmp_path):
    """A copy of the project without its drills' outcomes, so that a feature can be wrong without harm."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("steps", "environments", "reports"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "features", tmp_path / "features")
    return tmp_path


def collect(project: Path, feature: str, *options: str) -> subprocess.CompletedProcess[str]:
    (project / "features" / "geodashboard" / "case.feature").write_text(feature, encoding="utf-8")
    return run_pytest(project, *options, "features/geodashboard/case.feature")


def run_pytest(project: Path, *arguments: str, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--drill-output={project}/out", *arguments],
        cwd=directory or project, capture_output=True, text=True, timeout=120, check=False)


def test_a_good_feature_is_collected(project):
    done = collect(project, GOOD, "--collect-only")
    assert done.returncode == 0
    assert "case.feature::test_one" in done.stdout


def test_a_duplicate_scenario_name_is_refused_even_under_different_rules(project):
    twice = GOOD.replace("  Scenario: one", "  Rule: a\n\n  Scenario: one") + (
        "\n  Rule: b\n\n  Scenario: one\n    When the fault \"backend workers hang\" strikes\n")
    done = collect(project, twice, "--collect-only")
    assert done.returncode == 2
    assert re.search(r"case.feature: the scenario 'one' appears 2 times \(lines \d+, \d+\)", done.stdout)


def test_a_step_without_a_definition_names_file_and_line(project):
    done = collect(project, GOOD + "    Then pigs fly\n", "--collect-only")
    assert done.returncode == 4
    assert re.search(r"case.feature:9: no step definition for then 'pigs fly'", done.stdout + done.stderr)


def test_a_file_without_scenarios_is_refused(project):
    done = collect(project, "Feature: nothing\n", "--collect-only")
    assert done.returncode == 2
    assert "no scenario" in done.stdout


def test_a_finding_with_an_unknown_scenario_is_refused(project):
    findings = project / "features" / "geodashboard" / "findings.toml"
    findings.write_text(findings.read_text(encoding="utf-8").replace('"Hung workers, Option 1"', '"Hung worker, Option 1"'))
    done = collect(project, GOOD, "--collect-only")
    assert done.returncode == 4
    assert "did you mean 'Hung workers, Option 1'?" in done.stdout + done.stderr


@pytest.mark.parametrize(("wrong", "message"), [
    ('the fault "backend sings" strikes', r"unknown fault 'backend sings'; known are:\n.*another process holds"),
    ('the operator follows "Option 9"', r"has no label 'Option 9'"),
    ('the operator follows "Option 1" as corrected by finding "GEO-99"', r"unknown finding 'GEO-99'"),
])
def test_the_plan_checks_every_name(project, wrong, message):
    done = collect(project, GOOD.replace('the fault "backend workers hang" strikes', wrong), "--drill-plan")
    assert done.returncode == 4
    assert re.search(message + r".*named in features/geodashboard/case.feature:8\n", done.stderr, re.DOTALL)


def test_an_unknown_heading_suggests_the_nearest_with_its_line(project):
    wrong = GOOD.replace("Backend Service Down", "Backend Server Down")
    done = collect(project, wrong + "\n  Scenario: two\n    When the fault \"backend workers hang\" strikes\n")
    assert done.returncode == 4
    assert re.search(r"features/geodashboard/RUNBOOK.md: no heading '[^']* Server Down'; the nearest is '[^']* Service Down' in "
                     r"line \d+\n  named in features/geodashboard/case.feature:5\n", done.stderr)
    assert not (project / "out").exists(), "nothing was started"


def almashooq(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--drill-output={project}/out", *options,
         "features/almashooq"], cwd=project, capture_output=True, text=True, timeout=60, check=False)


def test_a_renamed_cited_heading_is_one_message_with_all_places(project):
    """Otherwise every scenario that cites it would end as an error, each after starting a replica."""
    runbook = project / "features" / "almashooq" / "RUNBOOK.md"
    text = runbook.read_text(encoding="utf-8")
    assert text.count("#### P0: Critical (15 min SLA)\n") == 1
    runbook.write_text(text.replace("P0: Critical (15 min SLA)\n", "P0: Critical (5 min SLA)\n"), encoding="utf-8")
    done = almashooq(project)
    assert done.returncode == 4
    assert not (project / "out").exists(), "nothing was started"
    [message] = [line for line in done.stderr.splitlines() if "'1.2 Database Connection Failure' has no field" in line]
    assert re.search(r"features/almashooq/RUNBOOK.md:\d+ '1.2 Database", message)
    assert "has no field 'P0: Critical (15 min SLA)', and the document no such heading" in message
    line = text[: text.index("#### P0: Critical (15 min SLA)\n")].count("\n") + 1
    assert f"the nearest is the heading 'P0: Critical (5 min SLA)' in features/almashooq/RUNBOOK.md:{line}." in message
    place = done.stderr.splitlines()[done.stderr.splitlines().index(message) + 1]
    assert re.fullmatch(r"  named in (features/almashooq/database.feature:\d+(, )?){2,}.*", place)


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_missing_cited_field_names_both_places(project, options):
    feature = GOOD + '    Then the service recovers within 5 seconds of the last command, as "Expected Outcomes" promises\n'
    done = collect(project, feature, *options)
    assert done.returncode == 4
    assert (done.stdout + done.stderr).count("has no field 'Expected Outcomes'") == 1
    assert "INTERNALERROR" not in done.stdout + done.stderr
    assert not (project / "out").exists(), "nothing was started"
    assert re.search(r"RUNBOOK.md:\d+ 'Scenario 1: Backend Service Down' has no field 'Expected Outcomes', .* the nearest is the "
                     r"field 'Expected Outcome' in features/geodashboard/RUNBOOK.md:\d+\..*\n"
                     r"  named in features/geodashboard/case.feature:9\n", done.stderr)


def test_an_unknown_heading_in_a_finding_is_refused(project):
    findings = project / "features" / "geodashboard" / "findings.toml"
    text = findings.read_text(encoding="utf-8")
    findings.write_text(text.replace('heading = "Scenario 1: Backend Service Down"', 'heading = "Scenario 1: Backend Down"', 1),
                        encoding="utf-8")
    done = collect(project, GOOD)
    assert done.returncode == 4
    assert re.search(r"RUNBOOK.md: no heading 'Scenario 1: Backend Down'; the nearest is 'Scenario 1: Backend Service Down' in "
                     r"line \d+\n  named in .*features/geodashboard/findings.toml, finding GEO-\d+\n", done.stderr)


def test_an_unbound_placeholder_is_refused(project):
    runbook = project / "features" / "geodashboard" / "RUNBOOK.md"
    text = runbook.read_text(encoding="utf-8")
    line = text[: text.rindex("sudo kill -9 <pid>")].count("\n") + 1
    runbook.write_text(text.replace("sudo kill -9 <pid>", "sudo kill -9 <process>"), encoding="utf-8")
    done = collect(project, GOOD + '    And the operator follows "Option 2"\n', "--drill-plan")
    assert done.returncode == 4
    assert f"features/geodashboard/RUNBOOK.md:{line}: nothing binds <process> in `sudo kill -9 <process>`" in done.stderr
    assert "named in features/geodashboard/case.feature:9\n" in done.stderr


def test_a_placeholder_whose_diagnosis_is_not_run_is_refused(project):
    runbook = project / "features" / "geodashboard" / "RUNBOOK.md"
    text = runbook.read_text(encoding="utf-8")
    runbook.write_text(text.replace("sudo lsof -i :8000", "sudo lsof -i :8001"), encoding="utf-8")
    done = collect(project, GOOD + '    And the operator follows "Option 2"\n', "--drill-plan")
    assert done.returncode == 4
    assert "it is read off the output of `sudo lsof -i :8000`, which runs in no step before" in done.stderr


def test_the_plan_prints_the_commands_and_writes_nothing(project):
    feature = GOOD + (
        '    And the operator follows "Option 2"\n'
        '    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises\n')
    done = collect(project, feature, "--drill-plan")
    assert done.returncode == 0
    assert "sudo lsof -i :8000" in done.stdout
    assert "sudo kill -9 <pid>" in done.stdout
    assert "RUNBOOK.md:" in done.stdout
    assert "CONTRADICTION" not in done.stdout
    assert not (project / "out").exists()


def test_the_plan_lists_unread_lines_of_the_procedure(project):
    add_to_scenario(project, "```text\nsystemctl restart web\n```\n\n```bash\ncurl http://YOUR_HOST/${nowhere}\n```\n")
    done = collect(project, GOOD, "--drill-plan")
    assert done.returncode == 0
    assert re.search(r"not read +line \d+: systemctl restart web: a block tagged 'text' looks like commands; "
                     r"in the front matter: "
                     r"shell_untagged = \[\{heading = \"Scenario 1: Backend Service Down\", block = \d+\}\]\n", done.stdout)
    assert re.search(r"unbound +line \d+: YOUR_HOST: looks like a placeholder, nothing binds it\n"
                     r" +line \d+: \$\{nowhere\}: looks like", done.stdout)


def test_a_bad_block_blocks_only_procedures_that_contain_it(project):
    runbook = project / "features" / "geodashboard" / "RUNBOOK.md"
    whole = runbook.read_text(encoding="utf-8")
    runbook.write_text(whole + "\n## Another\n\n```bash\nif [ ; then\n```\n", encoding="utf-8")
    assert collect(project, GOOD, "--drill-plan").returncode == 0
    add_to_scenario(project, "```bash\necho 'open\n```\n")
    done = collect(project, GOOD, "--drill-plan")
    assert done.returncode == 4
    assert re.search(r"'Scenario 1: Backend Service Down' cannot be drilled: .*\n"
                     r"  line \d+, below 'Scenario 1: Backend Service Down': block \d+ is not valid shell near .*\n"
                     r"  line \d+, below 'Another': block 1 is not valid shell near `if \[ ; then`", done.stderr)


def test_the_plan_asks_for_an_undetermined_role(project):
    add_to_scenario(project, "```bash\n# Option 9: tidy\nrm -rf /opt/cache\n```\n")
    done = collect(project, GOOD + '    And the operator follows "Option 9"\n', "--drill-plan")
    assert done.returncode == 4
    assert "no rule determines the role of `rm -rf /opt/cache`; state it in the front matter: roles = [{heading = " in done.stderr


def test_input_for_a_client_is_not_dropped_silently(project):
    add_to_scenario(project, "```bash\n# Option 9: fix\npsql shop\nVACUUM;\n```\n")
    done = collect(project, GOOD + '    And the operator follows "Option 9"\n', "--drill-plan")
    assert done.returncode == 4
    assert "`psql shop` waits for what the document types into it ('VACUUM;')" in done.stderr


def add_to_scenario(project: Path, block: str) -> None:
    """Add a block at the end of scenario 1, under a bold caption that says nothing."""
    runbook = project / "features" / "geodashboard" / "RUNBOOK.md"
    before, heading, behind = runbook.read_text(encoding="utf-8").partition("### Scenario 2: ")
    assert heading
    runbook.write_text(f"{before}**Further**\n\n{block}\n{heading}{behind}", encoding="utf-8")


def test_the_plan_is_printed_with_workers_too(project):
    done = collect(project, GOOD, "--drill-plan", "-n", "2")
    assert done.returncode == 0
    assert "backend workers hang" in done.stdout
    assert not (project / "out").exists()


def test_a_contradicting_figure_names_both_lines(project):
    feature = GOOD + (
        '    Then the service recovers within 6 seconds of the last command, as "Expected Outcome" promises\n')
    done = collect(project, feature, "--drill-plan")
    assert re.search(r"CONTRADICTION\s+case.feature:9 says 6 s, but RUNBOOK.md:\d+ Expected Outcome: .* states 5 s", done.stdout)
    assert done.returncode == 0, "the drill itself judges it"


def test_a_runbook_option_for_an_unknown_system_is_a_usage_error(project):
    done = collect(project, GOOD, "--drill-plan", "--drill-runbook=atlantis=x.md")
    assert done.returncode == 4
    assert "geodashboard" in done.stderr


@pytest.mark.parametrize(("name", "content", "message"), [
    ("missing.md", None, "missing.md: cannot be read: No such file or directory"),
    ("features", None, "features: cannot be read: Is a directory"),
    ("other.md", "# Another document\n", "in other.md there is no such heading"),
    ("latin.md", b"# Caf\xe9\n", "latin.md:1: not UTF-8 text"),
])
@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_an_unreadable_document_is_one_usage_error(project, name, content, message, options):
    if content is not None:
        (project / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    done = collect(project, GOOD + "\n  Scenario: two\n    When the fault \"backend workers hang\" strikes\n",
                   f"--drill-runbook=geodashboard={name}", *options)
    assert done.returncode == 4
    assert (done.stdout + done.stderr).count(message) == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert not (project / "out").exists()


def test_unselected_features_do_not_stop_the_run(project):
    feature = GOOD + "\n  Scenario: two\n    When the fault \"backend sings\" strikes\n"
    assert collect(project, feature, "--drill-plan", "-k", "test_one").returncode == 0
    assert collect(project, feature, "--drill-plan").returncode == 4


def test_the_plan_of_every_system_needs_no_engine(project, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "features", "--drill-plan", "-n", "0"],
                          cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    collected = re.search(r"collected (\d+) items", done.stdout)
    assert collected
    assert f"{collected[1]} planned in" in done.stdout


@pytest.mark.parametrize(("content", "message"), [
    (GOOD.replace("one", "eins für alle").encode("latin-1"), r"bad.feature:7: not UTF-8 text; save the feature as UTF-8"),
    (b"\xef\xbb\xbf" + GOOD.encode(), r"bad.feature:1: begins with a byte order mark"),
])
@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_an_unreadable_feature_is_one_message_and_stops_nothing_else(project, content, message, options):
    folder = project / "features" / "geodashboard"
    (folder / "case.feature").write_text(GOOD, encoding="utf-8")
    (folder / "bad.feature").write_bytes(content)
    done = run_pytest(project, "--drill-plan", *options, str(folder / "bad.feature"), str(folder / "case.feature"))
    assert done.returncode == 1
    assert len(re.findall(rf"^E? *{re.escape(str(folder))}/{message}", done.stdout, re.MULTILINE)) == 1
    assert "backend workers hang" in done.stdout, "the other feature is planned"
    assert "Traceback" not in done.stdout + done.stderr


def test_tags_with_a_colon_select_drills_also_on_examples_and_rules(project):
    tagged = GOOD.replace("Feature:", "@jira:OPS-1\nFeature:").replace("  Scenario: one", "  @jira:OPS-12\n  Scenario: one")
    feature = tagged + """
  @rule:R
  Rule: r
    Scenario Outline: two <what>
      When the fault "backend <what>" strikes
      @case:a
      Examples:
        | what         |
        | workers hang |
"""
    for tag, count in (("jira:OPS-1", 2), ("jira:OPS-12", 1), ("rule:R", 1), ("case:a", 1), ("jira:OPS-9", 0)):
        done = collect(project, feature, "--collect-only", "-m", tag)
        assert done.stdout.count("case.feature::test_") == count, done.stdout
        assert "ERROR" not in done.stderr


OUTLINE = GOOD.replace("Scenario: one", "Scenario Outline: one").replace('"backend workers hang"', '"<fault>"')


@pytest.mark.parametrize(("feature", "status", "message"), [
    (OUTLINE, 2, r"case.feature:7: the outline 'one' has no 'Examples:'"),
    (OUTLINE + "    Examples:\n      | fault |\n", 2, r"case.feature:9: the examples of 'one' have no row"),
    (OUTLINE + "    Examples:\n", 2, r"case.feature:9: the examples of 'one' have no row"),
    (OUTLINE + "    Examples:\n      | faults |\n      | x |\n", 2, r"case.feature:8: no column 'fault' in the examples "
                                                                 r"in line 9; they have: faults"),
    (OUTLINE + "    Examples:\n      | fault |\n      | x |\n      | y |\n", 2, r"case.feature:7: 2 rows .* the same name 'one'"),
    (OUTLINE + "    Examples:\n      | fault |\n      | x | y |\n", 2, r"case.feature:11: not Gherkin: .*inconsistent cell"),
    (GOOD + '      """\n      ignored\n      """\n', 4, r"case.feature:8: the step .* does not accept a doc string"),
    (GOOD + "      | ignored |\n", 4, r"case.feature:8: the step .* does not accept a data table"),
    (GOOD + "    Whatever\n", 2, r"case.feature:9: not Gherkin"),
    (GOOD + "  Scenario: two\n    And a steady service\n", 2, r"case.feature:10: First step in a scenario .* must start with"),
])
def test_silently_dropped_or_incomplete_scenarios_are_refused_with_file_and_line(project, feature, status, message):
    done = collect(project, feature, "--collect-only")
    assert done.returncode == status
    assert re.search(message, done.stdout + done.stderr)
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(("directory", "arguments"), [
    ("features/geodashboard", ("case.feature",)),
    ("features", ("geodashboard/case.feature",)),
    ("/", ("{project}/features/geodashboard/case.feature",)),
    ("/", ("--rootdir={project}/features/geodashboard", "-c", "{project}/pyproject.toml",
           "{project}/features/geodashboard/case.feature")),
    (".", ("-p", "no:xdist", "features/geodashboard/case.feature")),
])
def test_the_document_is_found_from_any_working_directory(project, directory, arguments):
    (project / "features" / "geodashboard" / "case.feature").write_text(GOOD, encoding="utf-8")
    done = run_pytest(project, "--drill-plan", *(argument.format(project=project) for argument in arguments),
                      directory=project / directory)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RUNBOOK.md:" in done.stdout


def test_without_an_engine_drills_are_a_usage_error(project, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    done = collect(project, GOOD)
    assert done.returncode == 4
    assert "No Docker Engine answers" in done.stdout + done.stderr
    assert not (project / "out").exists()


def test_a_correction_that_no_drill_shows_to_do_no_harm_is_refused(project):
    rows = project / "features" / "geodashboard" / "corrections.feature"
    text = rows.read_text(encoding="utf-8")
    rows.write_text("\n".join(line for line in text.split("\n") if 'finding "GEO-03"' not in line), encoding="utf-8")
    done = run_pytest(project, "--collect-only", "features/geodashboard/backend_down.feature")
    assert done.returncode == 4
    assert re.search(r"features/geodashboard/findings.toml: GEO-03: the correction is a remedy, and no drill shows .*"
                     r"correction of finding \"GEO-03\" while all is well' .* only_in_incident", done.stderr)
    findings = rows.with_name("findings.toml")
    listed = findings.read_text(encoding="utf-8")
    findings.write_text(listed.replace('id = "GEO-03"', 'id = "GEO-03"\nonly_in_incident = "for a reason"'), encoding="utf-8")
    assert run_pytest(project, "--collect-only", "features/geodashboard/backend_down.feature").returncode == 0


def test_a_drill_without_a_fault_has_no_control_arms(project):
    well = GOOD.replace('When the fault "backend workers hang" strikes',
                        'Given the outage is measured on "API"\n    And a steady service')
    done = collect(project, well, "--collect-only", "--drill-arm=all")
    assert re.search(r"1/3 tests collected \(2 deselected\)", done.stdout), done.stdout
    assert "test_one[remedy]" in done.stdout
    assert "3 tests collected" in collect(project, GOOD, "--collect-only", "--drill-arm=all").stdout
