"""How drills are spread over real workers of pytest-xdist, by plain tests of the same names."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]
IN_STEP = """
    import pathlib
    import time
    import pytest

    HERE = pathlib.Path(__file__).resolve().parents[1]

    @pytest.mark.parametrize("n", range({count}))
    def test_drill(n):
        "The drills of a and b wait for each other, so that neither worker is ahead."
        mine = pathlib.Path(__file__).parent.name
        (HERE / f"{{mine}}-{{n}}").touch()
        other = HERE / f"{{dict(a='b', b='a').get(mine, mine)}}-{{min(n, 2)}}"
        deadline = time.monotonic() + 20
        while not other.exists():
            assert time.monotonic() < deadline, f"{{other.name}} does not run beside {{mine}}-{{n}}"
            time.sleep(0.01)
"""
ARMS = """
    import pytest

    @pytest.mark.parametrize("n", range(4))
    @pytest.mark.parametrize("arm", ["remedy", "no-remedy", "no-fault"])
    def test_drill(arm, n):
        pass
"""


@pytest.fixture
def spread(pytester):
    """Run the tests of some folders on two workers and return which worker ran which, in their order."""
    def run(**folders: str) -> dict[str, list[str]]:
        pytester.makeini(f"[pytest]\npythonpath = {ROOT}\n")
        pytester.makeconftest('pytest_plugins = ["reports.plugin.plugin"]')
        for folder, text in folders.items():
            pytester.mkpydir(folder)
            pytester.makepyfile(**{f"{folder}/test_one": text})
        done = pytester.runpytest_subprocess("-n", "2", "-v")
        ran: dict[str, list[str]] = defaultdict(list)
        for worker, test in re.findall(r"\[(gw\d)\] \[ *\d+%\] PASSED (\S+)", str(done.stdout)):
            ran[worker].append(test)
        return ran
    return run


def test_workers_keep_to_different_systems_and_begin_with_the_largest(spread):
    ran = spread(a=IN_STEP.format(count=3), b=IN_STEP.format(count=4), c=IN_STEP.format(count=2))
    systems = {worker: [test.split("/")[0] for test in tests] for worker, tests in ran.items()}
    assert sorted(system for order in systems.values() for system in order) == [*"aaabbbbcc"]
    [with_b] = [order for order in systems.values() if "b" in order]
    assert with_b[:4] == [*"bbbb"]
    assert "a" not in with_b


def test_all_arms_of_a_scenario_run_on_one_worker_in_their_order(spread):
    ran = spread(one=ARMS)
    arms: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for worker, tests in ran.items():
        for test in tests:
            arm, _, number = test.partition("[")[2].rstrip("]").rpartition("-")
            arms[number].append((worker, arm))
    assert len(arms) == 4
    for begun in arms.values():
        assert [arm for _, arm in begun] == ["remedy", "no-remedy", "no-fault"]
        assert len({worker for worker, _ in begun}) == 1
