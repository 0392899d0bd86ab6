"""The statement's signatures: made, added to, checked with our tools and with openssl alone."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from reports import __main__ as evidence
from reports.tests.verifying import ROOT, Verified, forge, what


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, tuple[Path, Path]]:
    """Key pairs as openssl makes them."""
    made = {}
    for name in ("operator", "reviewer", "stranger"):
        private, public = tmp_path / f"{name}.pem", tmp_path / f"{name}.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
        made[name] = private, public
    return made


Keys = dict[str, tuple[Path, Path]]


def test_a_reviewers_approval_is_a_second_signature(run_dir: Path, keys: Keys, verified: Verified) -> None:
    operator, reviewer, stranger = (keys[name] for name in ("operator", "reviewer", "stranger"))
    assert "the statement is not signed" in verified(run_dir, "--public-key", str(operator[1]))[1]
    assert evidence.main(["sign", str(run_dir), "--key", str(operator[0])]) == 0
    assert "-    signatures: no --public-key was given" in verified(run_dir)[1]
    assert evidence.main(["sign", str(run_dir), "--key", str(reviewer[0])]) == 0
    assert evidence.main(["sign", str(run_dir), "--key", str(reviewer[0])]) == 0  # the same signature again is one signature
    assert len(json.loads((run_dir / "statement.dsse.json").read_bytes())["signatures"]) == 2
    status, output = verified(run_dir, "--public-key", str(operator[1]), "--public-key", str(reviewer[1]))
    assert status == 0, output
    assert "ok   signature of operator.pub" in output
    assert "ok   signature of reviewer.pub" in output
    status, output = verified(run_dir, "--public-key", str(stranger[1]))
    assert status == 1
    assert "was not made with stranger.pub" in output


def test_a_forger_who_rewrites_the_whole_chain_is_caught_by_the_signature(run_dir: Path, keys: Keys, verified: Verified) -> None:
    private, public = keys["operator"]
    evidence.main(["sign", str(run_dir), "--key", str(private)])

    def another_machine(entries: list[dict[str, object]]) -> None:
        what(entries[0])["machine"] = "a better one"

    forge(run_dir, another_machine)
    assert verified(run_dir)[0] == 0  # nothing in the directory contradicts itself
    status, output = verified(run_dir, "--public-key", str(public))
    assert status == 1
    assert "signs another statement" in output


def test_a_changed_signature_does_not_hold(run_dir: Path, keys: Keys, verified: Verified) -> None:
    private, public = keys["operator"]
    evidence.main(["sign", str(run_dir), "--key", str(private)])
    envelope = run_dir / "statement.dsse.json"
    other = re.sub(r'"sig": "(.)', lambda found: '"sig": "' + ("B" if found[1] == "A" else "A"), envelope.read_text())
    envelope.write_text(other)
    status, output = verified(run_dir, "--public-key", str(public))
    assert status == 1
    assert "the signature of operator.pub does not hold" in output
    envelope.write_text("[]")
    assert "is not an envelope" in verified(run_dir, "--public-key", str(public))[1]


def test_without_openssl_a_signature_is_not_checked(
    run_dir: Path, keys: Keys, verified: Verified, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = keys["operator"]
    evidence.main(["sign", str(run_dir), "--key", str(private)])
    monkeypatch.setenv("PATH", "/nonexistent")
    status, output = verified(run_dir, "--public-key", str(public))
    assert status == 0
    assert "-    the signature of operator.pub: there is no openssl here" in output


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_file_that_is_not_a_key_is_exit_status_2(run_dir: Path, tmp_path: Path, verified: Verified, content: str) -> None:
    (tmp_path / "bad.pub").write_text(content)
    status, output = verified(run_dir, "--public-key", str(tmp_path / "bad.pub"))
    assert status == 2
    assert "bad.pub" in output


def test_a_key_that_cannot_sign_is_refused(run_dir: Path, keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
    assert evidence.main(["sign", str(run_dir), "--key", str(keys["operator"][1])]) == 2
    assert "not a private key" in capsys.readouterr().err
    evidence.main(["sign", str(run_dir), "--key", str(keys["operator"][0])])
    (run_dir / "statement.intoto.json").write_text("{}")
    assert evidence.main(["sign", str(run_dir), "--key", str(keys["reviewer"][0])]) == 2
    assert "signs other content" in capsys.readouterr().err


def test_the_signature_can_be_checked_with_openssl_alone(run_dir: Path, keys: Keys) -> None:
    """The commands that the README prints."""
    private, public = keys["operator"]
    evidence.main(["sign", str(run_dir), "--key", str(private)])
    readme = (ROOT / "README.md").read_text()
    block = next(block for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if "pkeyutl" in block)

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-ec", block.replace("KEY.pub", str(public))], cwd=run_dir, capture_output=True, text=True,
                              check=False)

    done = check()
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    with (run_dir / "journal.ndjson").open("ab") as file:
        file.write(b"\n")
    assert check().returncode != 0
