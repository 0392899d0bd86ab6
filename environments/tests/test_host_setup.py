"""Setup succeeds or prints one message that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from environments import systems
from environments.images import sources
from environments.setup import main

ROOT = Path(__file__).parents[2]


def setup(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "environments.setup", *arguments], cwd=ROOT, capture_output=True, text=True,
                          check=False, env={**os.environ, **environment})


def test_an_existing_engine_is_described() -> None:
    done = setup("engine")
    assert (done.returncode, done.stderr) == (0, "")
    assert "cgroup v" in done.stdout


def test_no_engine_is_one_message_and_status_4() -> None:
    done = setup("engine", DOCKER_HOST="tcp://127.0.0.1:1")
    assert done.returncode == 4
    assert done.stderr.startswith("No Docker Engine answers")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("bundle",)])
def test_wrong_arguments_are_a_usage_error(arguments: tuple[str, ...]) -> None:
    done = setup(*arguments)
    assert (done.returncode, done.stderr.partition(":")[0]) == (4, "Usage")


def test_make_lists_its_targets() -> None:
    output = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("venv", "setup", "test", "gameday", "plan", "lint", "clean"):
        assert f"make {target} " in output


def test_an_unavailable_image_does_not_stop_setup(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY no-such-file /\n")
    lacking = sources.ImageSpec("runproof/test-lacking", tmp_path, without="The database")
    monkeypatch.setattr(systems, "images", lambda: (lacking, sources.host_image()))
    assert main(["images"]) == 0
    output = capsys.readouterr().out
    assert "runproof/test-lacking: drills that need it will be NOT RUN: The database is not available here" in output
    assert f"{sources.tag_of(sources.host_image())} sha256:" in output
