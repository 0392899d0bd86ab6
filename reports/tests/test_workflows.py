"""The example workflows, read as YAML: what they call exists, and they have no more rights than they need."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("machines", "nightly", "pull-request", "release")
PINNED = {"actions/checkout@v4", "actions/setup-python@v5", "actions/cache/restore@v4", "actions/cache/save@v4",
          "actions/upload-artifact@v4", "actions/download-artifact@v4"}
OPTION = re.compile(r"(?<![\w-])(-n|--[a-z][\w-]*)")

Step = Mapping[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a name and no truth, and a key stands once."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the parser's own attribute
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"line {node.start_mark.line + 1}: a key stands twice in {keys}"
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))


def read(name: str) -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    workflow: dict[str, Any] = yaml.load(text, _Loader)
    return workflow


def steps(name: str) -> list[Step]:
    return [step for job in read(name)["jobs"].values() for step in job["steps"]]


def using(name: str, action: str) -> list[Step]:
    return [step for step in steps(name) if step.get("uses", "").startswith(f"{action}@")]


def commands(name: str) -> Iterator[list[str]]:
    """The words of every simple command of every script."""
    for step in steps(name):
        for line in step.get("run", "").splitlines():
            if re.match(r"\s*(make|\S*python) ", line):
                yield shlex.split(line)


@cache
def help_of(*module: str) -> str:
    return subprocess.run([sys.executable, "-m", *module, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          check=True).stdout


def options_in(text: str) -> set[str]:
    return set(OPTION.findall(text))


def test_all_workflows_exist() -> None:
    assert tuple(sorted(path.stem for path in (ROOT / ".github" / "workflows").glob("*.y*ml"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_part_is_one_that_github_knows(name: str) -> None:
    workflow = read(name)
    assert set(workflow) <= {"name", "on", "permissions", "concurrency", "jobs", "env"}
    assert {"name", "on", "permissions", "concurrency", "jobs"} <= set(workflow)
    assert set(workflow["on"]) <= {"schedule", "workflow_dispatch", "push", "pull_request"}
    for job in workflow["jobs"].values():
        assert set(job) <= {"runs-on", "timeout-minutes", "environment", "env", "steps", "needs", "if", "strategy"}
        for step in job["steps"]:
            assert set(step) <= {"name", "id", "if", "env", "uses", "with", "run"}
            assert ("uses" in step) != ("run" in step), step
            assert "with" not in step or "uses" in step, step


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = [words for words in commands(name) if words[0] == "make"]
    assert called
    assert {words[1] for words in called} <= targets
    assert {pair.partition("=")[0] for words in called for pair in words[2:]} <= {"ARMS", "PYTEST_ARGS"}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_ours_and_every_option_exists(name: str) -> None:
    called = [words for words in commands(name) if words[0] != "make"]
    assert called
    for words in called:
        assert words[1] == "-m", words
        module, rest = words[2], words[3:]
        sub = [rest[0]] if module == "reports" else []
        assert options_in(" ".join(rest)) <= options_in(help_of(module, *sub)), words
    for words in commands(name):
        for word in words:
            if word.startswith("PYTEST_ARGS="):
                assert options_in(word) <= options_in(help_of("pytest")), word


@pytest.mark.parametrize("name", NAMES)
def test_rights_versions_limits(name: str) -> None:
    workflow = read(name)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert 0 < job["timeout-minutes"] <= 350
    assert {step["uses"] for step in steps(name) if "uses" in step} <= PINNED
    assert using(name, "actions/checkout")
    assert all(step["with"]["persist-credentials"] is False for step in using(name, "actions/checkout"))


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_kept_even_if_the_job_fails(name: str) -> None:
    kept = using(name, "actions/upload-artifact")
    assert kept
    for step in kept:
        assert step["if"].startswith("${{ always()")
        assert "reports/out/**" in step["with"]["path"].splitlines()


def test_nothing_that_strangers_write_is_put_into_a_script() -> None:
    for name in NAMES:
        for step in steps(name):
            assert "${{" not in step.get("run", ""), step


def test_the_signing_key_is_in_one_step_and_its_file_is_private_and_goes() -> None:
    with_key = [step for step in steps("release") if "secrets." in str(step)]
    [step] = with_key
    assert "secrets." in step["env"]["SIGNING_KEY"]
    assert "secrets." not in str({name: value for name, value in read("release").items() if name != "jobs"})
    parts = ("trap 'rm -f \"$key\"' EXIT", 'install -m 600 /dev/null "$key"', '> "$key"', "sign ")
    order = [step["run"].index(part) for part in parts]
    assert order == sorted(order)
    assert "make" not in step["run"]


def test_the_script_of_pull_requests_finds_the_systems_that_changed(tmp_path: Path) -> None:
    [script] = [step["run"] for step in steps("pull-request") if step.get("id") == "changed"]
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for folder in ("features/one", "features/two", "features/three", "environments/systems/two", "environments/systems/three"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text("before")
    subprocess.run([*git, "init", "-q"], cwd=tmp_path, check=True)
    for content in ("before", "after"):
        (tmp_path / "features" / "one" / "file").write_text(content)
        (tmp_path / "environments" / "systems" / "two" / "file").write_text(content)
        subprocess.run([*git, "add", "."], cwd=tmp_path, check=True)
        subprocess.run([*git, "commit", "-qm", content], cwd=tmp_path, check=True)
    base = subprocess.run(["git", "rev-parse", "HEAD~1"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, check=True,
                   env={"PATH": "/usr/bin:/bin", "BASE": base, "GITHUB_OUTPUT": str(tmp_path / "output")})
    assert (tmp_path / "output").read_text().splitlines() == ["changed= features/one features/two", "others= features/three"]
