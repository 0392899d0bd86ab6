"""The example workflows: what they call exists, and they have no more rights than they need. (No YAML parser is installed.)"""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = {"actions/checkout@v4", "actions/setup-python@v5", "actions/cache/restore@v4", "actions/cache/save@v4",
          "actions/upload-artifact@v4"}
OURS = re.compile(r"(?<![\w-])(-n|--[a-z][\w-]*)")


def text_of(name: str) -> str:
    return (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")


@cache
def help_of(*module: str) -> str:
    return subprocess.run([sys.executable, "-m", *module, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60,
                          check=True).stdout


def test_there_are_the_three() -> None:
    assert [path.stem for path in WORKFLOWS] == ["nightly", "pull-request", "release"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = re.findall(r"(?:^\s*|run: )make ([a-z]+)((?: [A-Z_]+=\S+)*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert called
    assert {target for target, _ in called} <= targets
    variables = {pair.split("=")[0] for _, pairs in called for pair in pairs.split()}
    assert variables <= {"ARMS", "PYTEST_ARGS"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_of_ours_and_every_option_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    calls = re.findall(r"python -m (pytest|reports(?:\.\w+)?)(.*)$", text, re.MULTILINE)
    for module, rest in calls:
        words = rest.split()
        sub = [words[0]] if module == "reports" else []
        assert set(OURS.findall(rest)) <= set(OURS.findall(help_of(module, *sub))), f"{module}{rest}"
    for option in re.findall(r"PYTEST_ARGS=(\S+)", text):
        assert option in help_of("pytest")
    assert calls


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_versions_limits(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^\s*permissions:\n((?:  .*\n)+)", text, re.MULTILINE) == ["  contents: read\n"]
    assert set(re.findall(r"uses: (\S+)", text)) <= PINNED
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert text.count("timeout-minutes:") == text.count("runs-on: ") >= 1
    assert re.search(r"^concurrency:\n  group: ", text, re.MULTILINE)
    assert "\t" not in text
    assert "pull_request_target" not in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_report_is_kept_also_when_the_job_fails(path: Path) -> None:
    keep = path.read_text(encoding="utf-8").split("- name: Keep the report\n")[1]
    assert re.match(r"\s+if: \$\{\{ always\(\)", keep)
    assert "reports/out/**" in keep


def test_nothing_that_strangers_write_is_put_into_a_script() -> None:
    for path in WORKFLOWS:
        for script in re.findall(r"run: (?:\|\n((?:          .*\n)+)|(.*)\n)", path.read_text(encoding="utf-8")):
            assert "${{" not in "".join(script)


def test_the_signing_key_is_in_one_step_and_its_file_is_private_and_goes() -> None:
    text = text_of("release")
    steps = re.split(r"\n      - ", text)
    with_key = [step for step in steps if "secrets." in step]
    assert len(with_key) == 1
    parts = ("trap 'rm -f \"$key\"' EXIT", 'install -m 600 /dev/null "$key"', '> "$key"', "sign ")
    order = [with_key[0].index(part) for part in parts]
    assert order == sorted(order)
    assert "make" not in with_key[0]


def test_the_script_of_pull_requests_finds_the_systems_that_changed(tmp_path: Path) -> None:
    step = text_of("pull-request").split("name: Find the systems that changed")[1]
    script = re.search(r"run: \|\n((?:          .*\n)+)", step)
    assert script
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
    subprocess.run(["bash", "-e", "-c", script[1]], cwd=tmp_path, check=True,
                   env={"PATH": "/usr/bin:/bin", "BASE": base, "GITHUB_OUTPUT": str(tmp_path / "output")})
    assert (tmp_path / "output").read_text().splitlines() == ["changed= features/one features/two", "others= features/three"]
