"""The examples of a game day on several machines, read as YAML: what they run exists, and one machine less would be noticed."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from reports.plugin.shard import SHARDS, which_machine

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "machines"
_COMMAND = re.compile(r"(?:^|[;&|]\s*|then )\s*((?:make|\S*python) [^;&|]*)")
_OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*)")


def gitlab() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8"))
    return found


def jobs() -> dict[str, Any]:
    documents = yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text(encoding="utf-8"))
    return {job["metadata"]["name"]: job for job in documents}


def script_of(job: dict[str, Any]) -> str:
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["sh", "-c"]
    [script] = container["args"]
    return str(script)


def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "machines.yml").read_text(encoding="utf-8"))
    return found


SCRIPTS = {
    "gitlab drill": "\n".join(gitlab()["drill"]["script"]), "gitlab merge": "\n".join(gitlab()["merge"]["script"]),
    "kubernetes drill": script_of(jobs()["gameday"]), "kubernetes merge": script_of(jobs()["gameday-merge"])}


def commands(script: str) -> Iterator[list[str]]:
    for line in script.splitlines():
        for found in _COMMAND.finditer(line):
            yield shlex.split(found[1])


def test_all_examples_are_covered() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {"gitlab-ci.yml", "kubernetes.yaml"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_command_and_option_exists(name: str) -> None:
    called = list(commands(SCRIPTS[name]))
    assert called
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in called:
        if words[0] == "make":
            assert words[1] in targets
            assert {pair.partition("=")[0] for pair in words[2:]} <= {"ARMS", "OUT"}
            continue
        assert words[1] == "-m"
        module, rest = words[2], words[3:]
        sub = [rest[0]] if module == "reports" else []
        known = subprocess.run([sys.executable, "-m", module, *sub, "--help"], cwd=ROOT, capture_output=True, text=True,
                               timeout=120, check=True).stdout
        assert set(_OPTION.findall(" ".join(rest))) <= set(_OPTION.findall(known)), words
    assert subprocess.run(["sh", "-n", "-c", SCRIPTS[name]], check=False).returncode == 0


def test_each_system_says_which_machine_it_is() -> None:
    assert gitlab()["drill"]["parallel"] > 1  # GitLab then sets CI_NODE_INDEX and CI_NODE_TOTAL
    job = jobs()["gameday"]["spec"]
    assert job["completionMode"] == "Indexed"  # Kubernetes then sets JOB_COMPLETION_INDEX
    [container] = job["template"]["spec"]["containers"]
    assert {"name": SHARDS, "value": str(job["completions"])} in container["env"]
    assert job["backoffLimitPerIndex"] == 0, "no drill runs twice"
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    drill = workflow()["jobs"]["drill"]
    assert drill["strategy"]["matrix"]["shard"] == list(range(1, len(drill["strategy"]["matrix"]["shard"]) + 1))
    assert drill["strategy"]["fail-fast"] is False
    assert {"CI_NODE_INDEX", "JOB_COMPLETION_INDEX"} < set(which_machine())


def test_the_merge_runs_although_a_machine_failed() -> None:
    assert gitlab()["merge"]["when"] == "always"
    assert workflow()["jobs"]["merge"]["if"] == "${{ !cancelled() }}"
    assert workflow()["jobs"]["merge"]["needs"] == "drill"
    assert "env" in str(jobs()["gameday-merge"])
    names = [[one["value"] for one in job["spec"]["template"]["spec"]["containers"][0]["env"] if one["name"] == "GAME_DAY"]
             for job in jobs().values()]
    assert names[0] == names[1]
