"""Each private interface that Runproof relies on, in a pytest of its own: a failure names what a new release breaks."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]

FEATURE = """
    @jira:OPS-12
    Feature: one
      Scenario Outline: drill <what>
        Given the step of "<what>"
        Given nobody defines this

        @case:1
        Examples:
          | what |
          | ham  |
"""
STEPS = """
    from pathlib import Path
    from pytest_bdd import given, parsers, scenario
    from reports.plugin import compat

    @given(parsers.parse('the step of "{what}"'))
    def step_of(what):
        pass

    compat.allow_tags(["jira:OPS-12", "case:1"])

    @scenario("one.feature", "drill <what>")
    def test_it():
        pass
"""


@pytest.fixture(autouse=True)
def import_path(pytester):
    pytester.makeini(f"[pytest]\npythonpath = {ROOT}")


@pytest.fixture
def inner(pytester):
    """Run a conftest's hook on one collected scenario and return what it printed."""
    def run(body: str, *options: str) -> str:
        pytester.makefile(".feature", one=FEATURE)
        pytester.makepyfile(STEPS)
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        pytester.makeconftest("from pathlib import Path\nfrom reports.plugin import compat\n"
                              f"def pytest_collection_modifyitems(config, items):\n    [item] = items\n{lines}\n")
        done = pytester.runpytest_subprocess("--collect-only", "-W", "error::pytest.PytestUnknownMarkWarning", *options)
        return f"{done.stdout}{done.stderr}"
    return run


def test_a_scenario_is_found_with_the_values_of_its_examples(inner):
    assert "SCENARIO drill ham" in inner("print('SCENARIO', compat.scenario_of(item).name)"), (
        "scenario_of: no drill has a name, none can be recorded")


def test_the_definition_of_a_step_is_found_and_a_missing_one_is_missed(inner):
    out = inner("print('STEPS', [getattr(compat.step_definition(item, step), 'step_func', None)\n"
                "    for step in compat.scenario_of(item).steps])")
    assert "STEPS [<function step_of" in out, "step_definition: every step is refused at collection"
    assert ", None]" in out, "step_definition: a step that nobody defines ends its drill in the middle"


def test_all_step_definitions_are_listed(inner):
    assert "'step_of']" in inner("print('STEPS', [one.step_func.__name__ for one in compat.step_definitions()])"), (
        "step_definitions: steps/REFERENCE.md cannot be written")


def test_a_feature_is_parsed_as_pytest_bdd_parses_it(inner):
    out = inner("feature = compat.read_feature(Path('one.feature').resolve())\n"
                "print('FEATURE', list(feature.scenarios), compat.test_name('drill it'))")
    assert "FEATURE ['drill <what>'] test_drill_it" in out, "read_feature, test_name: no .feature file is collected"


def test_tags_with_a_colon_are_markers_also_on_examples(inner):
    out = inner("print('MARKERS', sorted(mark.name for mark in item.iter_markers()))", "-m", "jira:OPS-12 and case:1")
    assert "MARKERS ['case:1', 'jira:OPS-12', 'parametrize'" in out, "allow_tags: a feature with a tag is a collection error"
    assert "1 test collected" in out
    assert "ERROR" not in out


@pytest.mark.parametrize("options", [(), ("-s",), ("--capture=sys",)])
def test_uncaptured_output_is_visible_at_once(pytester, options):
    pytester.makepyfile("""
        import sys
        from reports.plugin import compat

        def test_it(pytestconfig):
            print("HIDDEN")
            with compat.uncaptured_stdout(pytestconfig) as stream:
                stream.write("LIVE\\n")
    """)
    out = pytester.runpytest_subprocess(*options).stdout.str()
    assert "LIVE" in out, "uncaptured_stdout: the live display is hidden until the run has ended"
    assert ("HIDDEN" in out) == ("-s" in options)
