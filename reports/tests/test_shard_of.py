"""Which machine this is, as options and CI systems say it."""

import pytest

from reports.errors import UsageError
from reports.plugin.shard import shard_of


@pytest.mark.parametrize(("option", "environment", "expected"), [
    (None, {}, None),
    ("3/10", {}, (3, 10)),
    (None, {"JOB_COMPLETION_INDEX": "0", "DRILL_SHARDS": "10"}, (1, 10)),
    ("10", {"JOB_COMPLETION_INDEX": "9"}, (10, 10)),
    (None, {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "4"}, (2, 4)),
    (None, {"CI_NODE_TOTAL": "1"}, None),  # GitLab, a job without `parallel`
    (None, {"BUILDKITE_PARALLEL_JOB": "0", "BUILDKITE_PARALLEL_JOB_COUNT": "2"}, (1, 2)),
    ("1/1", {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "4"}, (1, 1)),
])
def test_the_machine_is_known(option: str | None, environment: dict[str, str], expected: tuple[int, int] | None) -> None:
    assert shard_of(option, environment) == expected


@pytest.mark.parametrize(("option", "environment", "message"), [
    ("a/b", {}, "--drill-shard is K/N"),
    ("10", {}, "nothing in the environment says which of 10 machines this is"),
    (None, {"JOB_COMPLETION_INDEX": "0"}, "set DRILL_SHARDS, or give --drill-shard N"),
    (None, {"CI_NODE_INDEX": "x", "CI_NODE_TOTAL": "4"}, "are not two numbers"),
])
def test_what_is_half_stated_is_refused(option: str | None, environment: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        shard_of(option, environment)
