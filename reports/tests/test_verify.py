"""The verification: content with what is as it was left, and with nothing else."""

import hashlib
import http.server
import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports import __main__ as evidence
from reports.clock import FakeClock
from reports.derive import derive
from reports.events import AssumptionStated, RunFinished
from reports.journal import Journal, Redactor
from reports.tests.made_up import open_run
from reports.verify import main

ROOT = Path(__file__).resolve().parents[2]
FILES = ("journal.ndjson", "history-before.ndjson", "run.json", "report.html", "junit.xml", "statement.intoto.json", "SHA256SUMS")


@pytest.fixture
def run_dir(derived_run: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(derived_run, tmp_path / derived_run.name))


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Verify, and answer exit status and what was said."""
    def verify(run_dir: Path, *options: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main([str(run_dir), *options])
        said = capsys.readouterr()
        return status, said.out + said.err

    return verify


Told = Callable[..., tuple[int, str]]


def change(path: Path, how: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change a file's lines."""
    path.write_bytes(b"".join(how(path.read_bytes().splitlines(keepends=True))))


def forge(run_dir: Path, how: Callable[[list[dict[str, object]]], None], *, derived: bool = True) -> None:
    """Change entries and write the whole chain anew, as somebody who knows all of this would."""
    journal = run_dir / "journal.ndjson"
    entries = [json.loads(line) for line in journal.read_bytes().splitlines()]
    how(entries)
    head, lines = "0" * 64, []
    for seq, entry in enumerate(entries):
        entry |= {"seq": seq, "prev": head}
        if entry["what"]["event"] == "run finished":
            entry["what"]["heads"] = {"journal.ndjson": head}
        line = json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        head = hashlib.sha256(line).hexdigest()
        lines.append(line)
    journal.write_bytes(b"".join(lines))
    if derived:
        derive(run_dir)


def what(entry: dict[str, object]) -> dict[str, object]:
    inner = entry["what"]
    assert isinstance(inner, dict)
    return inner


def test_a_run_as_it_was_left_holds_with_one_line_a_check(run_dir: Path, told: Told) -> None:
    status, said = told(run_dir)
    assert status == 0, said
    lines = said.splitlines()
    assert lines[-1] == "HOLDS"
    assert all(line.startswith("ok   ") for line in lines[:-1])
    assert "chain of journal.ndjson" in said
    assert "judged again: features/geodashboard/backend_down.feature::Hung workers, Option 1[remedy]: PASSED" in said


def test_it_needs_nothing_but_the_standard_library(run_dir: Path) -> None:
    done = subprocess.run([sys.executable, "-S", "-E", "-s", "-m", "reports.verify", str(run_dir)], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("HOLDS\n")


@pytest.mark.parametrize("name", [*FILES, "attachment"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_flipped_bit_anywhere_is_noticed(run_dir: Path, told: Told, name: str, share: float) -> None:
    path = next((run_dir / "attachments").iterdir()) if name == "attachment" else run_dir / name
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 1
    path.write_bytes(data)
    status, said = told(run_dir)
    assert status == 1
    assert path.name in said.partition("FAIL")[2]


@pytest.mark.parametrize("name", [*FILES, "attachment"])
def test_a_missing_file_is_noticed(run_dir: Path, told: Told, name: str) -> None:
    path = next((run_dir / "attachments").iterdir()) if name == "attachment" else run_dir / name
    path.unlink()
    status, said = told(run_dir)
    assert status == (2 if name == "journal.ndjson" else 1)
    assert path.name in said


TAMPERED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "edited": (lambda lines: [*lines[:40], lines[40].replace(b'"utc":"2025', b'"utc":"2024', 1), *lines[41:]],
               "line 41 was changed"),
    "deleted": (lambda lines: [*lines[:40], *lines[41:]],
                ":41: the chain is broken: entry 41 stands where entry 40 belongs: lines before it are missing"),
    "inserted": (lambda lines: [*lines[:40], lines[39], *lines[40:]],
                 "entry 39 stands where entry 40 belongs: lines were added or moved"),
    "reordered": (lambda lines: [*lines[:40], lines[41], lines[40], *lines[42:]], ":41: the chain is broken"),
    "cut off": (lambda lines: lines[:-30], "the run broke off"),
    "torn": (lambda lines: [*lines[:-1], lines[-1][:-20]], "ends in the middle of line"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_with_the_journal_is_named(run_dir: Path, told: Told, how: str) -> None:
    tamper, named = TAMPERED[how]
    change(run_dir / "journal.ndjson", tamper)
    status, said = told(run_dir)
    assert status == 1
    assert named in said, said
    assert "DOES NOT HOLD" in said


def test_swapped_attachments_are_named(run_dir: Path, told: Told) -> None:
    one, *_ = sorted((run_dir / "attachments").iterdir())
    other = run_dir / "attachments" / hashlib.sha256(b"other").hexdigest()
    other.write_bytes(b"other")
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    status, said = told(run_dir)
    assert status == 1
    assert f"attachments/{one.name} was changed or swapped" in said
    assert f"attachments/{other.name} is named by no journal" in said


def samples_turned_good(entries: list[dict[str, object]]) -> None:
    for entry in entries:
        if what(entry)["event"] == "samples taken" and what(entry)["probe"] == "API":
            for sample in what(entry)["samples"]:  # type: ignore[attr-defined] # plain JSON
                sample[2], sample[3], sample[4] = sample[1] + 0.003, True, "200"


def a_faster_recovery(entries: list[dict[str, object]]) -> None:
    for entry in entries:
        if what(entry)["event"] == "objective" and what(entry)["key"] == "recovery" and what(entry).get("measured_on"):
            what(entry)["measured"] = 0.1


def a_missed_objective_called_met(entries: list[dict[str, object]]) -> None:
    objectives = [what(entry) for entry in entries if what(entry)["event"] == "objective"]
    next(one for one in objectives if not one["met"] and one["target"])["met"] = True


def a_kinder_verdict(entries: list[dict[str, object]]) -> None:
    next(what(entry) for entry in entries if what(entry).get("verdict") == "FAILED")["verdict"] = "PASSED"


def a_failure_forgotten(entries: list[dict[str, object]]) -> None:
    del entries[next(at for at, entry in enumerate(entries) if what(entry)["event"] == "missed")]


@pytest.mark.parametrize(("how", "named"), [
    (samples_turned_good, "'incident' states"), (a_faster_recovery, "its samples give"),
    (a_missed_objective_called_met, "its figure and target say otherwise"), (a_kinder_verdict, "what was missed makes it FAILED"),
    (a_failure_forgotten, "is not among what the verdict rests on"),
])
def test_a_forger_who_writes_all_anew_is_caught_by_judging_again(
    run_dir: Path, told: Told, how: Callable[[list[dict[str, object]]], None], named: str
) -> None:
    forge(run_dir, how)
    status, said = told(run_dir)
    assert status == 1
    assert "ok   chain of journal.ndjson" in said
    assert named in said, said


def test_a_document_that_only_a_drill_has_read_is_known(run_dir: Path, told: Told) -> None:
    def not_by_the_run(entries: list[dict[str, object]]) -> None:
        del entries[next(at for at, one in enumerate(entries) if what(one)["event"] == "document read" and not one["drill"])]

    forge(run_dir, not_by_the_run)
    assert told(run_dir)[0] == 0


def test_an_entry_that_lacks_what_its_kind_must_have_is_named(run_dir: Path, told: Told) -> None:
    def without_its_role(entries: list[dict[str, object]]) -> None:
        del next(what(entry) for entry in entries if what(entry)["event"] == "command finished")["role"]

    forge(run_dir, without_its_role, derived=False)
    status, said = told(run_dir)
    assert status == 1
    assert "lacks what its kind must have: KeyError('role')" in said


def test_other_results_in_derived_files_are_named(run_dir: Path, told: Told) -> None:
    for name in ("run.json", "statement.intoto.json"):
        text = (run_dir / name).read_text()
        (run_dir / name).write_text(text.replace('"FAILED"', '"PASSED"'))
    status, said = told(run_dir)
    assert status == 1
    assert "run.json tells other verdicts than the journals" in said
    assert "statement.intoto.json says PASSED, the journals make it FAILED" in said


def test_workers_are_sealed(tmp_path: Path, clock: FakeClock, told: Told) -> None:
    run_dir = tmp_path / "run"
    controller = open_run(run_dir, clock)
    worker = Journal(run_dir / "journal-gw0.ndjson", clock, Redactor())
    worker.record(AssumptionStated(text="from a worker"))
    worker.close()
    controller.record(RunFinished(exit_status=5, duration_s=1.0,
                                  heads={"journal-gw0.ndjson": worker.head, "journal.ndjson": controller.head}))
    controller.close()
    run = derive(run_dir)
    assert {journal.name: journal.sealed for journal in run.journals} == {"journal.ndjson": True, "journal-gw0.ndjson": True}
    assert told(run_dir)[0] == 0
    change(run_dir / "journal-gw0.ndjson", lambda lines: [line.replace(b"from", b"FROM") for line in lines])
    derive(run_dir)
    assert "journal-gw0.ndjson does not end as the run's last entry says" in told(run_dir)[1]
    (run_dir / "journal-gw0.ndjson").unlink()
    derive(run_dir)
    assert "journal-gw0.ndjson is missing: the run's last entry seals it" in told(run_dir)[1]


@pytest.mark.parametrize("target", ["nothing here", "a file", "an empty directory"])
def test_what_cannot_be_read_is_exit_status_2(tmp_path: Path, told: Told, target: str) -> None:
    path = tmp_path / target
    if target == "a file":
        path.write_text("x")
    elif target == "an empty directory":
        path.mkdir()
    status, said = told(path)
    assert status == 2
    assert "name the directory of one run" in said


# -- signatures

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


def test_a_reviewers_approval_is_a_second_signature(run_dir: Path, keys: Keys, told: Told) -> None:
    operator, reviewer, stranger = (keys[name] for name in ("operator", "reviewer", "stranger"))
    assert "the statement is not signed" in told(run_dir, "--public-key", str(operator[1]))[1]
    assert evidence.main(["sign", str(run_dir), "--key", str(operator[0])]) == 0
    assert "-    signatures: no --public-key was given" in told(run_dir)[1]
    assert evidence.main(["sign", str(run_dir), "--key", str(reviewer[0])]) == 0
    assert evidence.main(["sign", str(run_dir), "--key", str(reviewer[0])]) == 0  # the same signature again is one signature
    assert len(json.loads((run_dir / "statement.dsse.json").read_bytes())["signatures"]) == 2
    status, said = told(run_dir, "--public-key", str(operator[1]), "--public-key", str(reviewer[1]))
    assert status == 0, said
    assert "ok   signature of operator.pub" in said
    assert "ok   signature of reviewer.pub" in said
    status, said = told(run_dir, "--public-key", str(stranger[1]))
    assert status == 1
    assert "was not made with stranger.pub" in said


def test_a_forger_who_writes_the_whole_chain_anew_is_caught_by_the_signature(run_dir: Path, keys: Keys, told: Told) -> None:
    private, public = keys["operator"]
    evidence.main(["sign", str(run_dir), "--key", str(private)])

    def another_machine(entries: list[dict[str, object]]) -> None:
        what(entries[0])["machine"] = "a better one"

    forge(run_dir, another_machine)
    assert told(run_dir)[0] == 0  # nothing in the directory contradicts itself
    status, said = told(run_dir, "--public-key", str(public))
    assert status == 1
    assert "signs another statement" in said


def test_a_changed_signature_does_not_hold(run_dir: Path, keys: Keys, told: Told) -> None:
    private, public = keys["operator"]
    evidence.main(["sign", str(run_dir), "--key", str(private)])
    envelope = run_dir / "statement.dsse.json"
    other = re.sub(r'"sig": "(.)', lambda found: '"sig": "' + ("B" if found[1] == "A" else "A"), envelope.read_text())
    envelope.write_text(other)
    status, said = told(run_dir, "--public-key", str(public))
    assert status == 1
    assert "the signature of operator.pub does not hold" in said
    envelope.write_text("[]")
    assert "is not an envelope" in told(run_dir, "--public-key", str(public))[1]


def test_without_openssl_a_signature_is_not_checked(
    run_dir: Path, keys: Keys, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = keys["operator"]
    evidence.main(["sign", str(run_dir), "--key", str(private)])
    monkeypatch.setenv("PATH", "/nonexistent")
    status, said = told(run_dir, "--public-key", str(public))
    assert status == 0
    assert "-    the signature of operator.pub: there is no openssl here" in said


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_file_that_is_no_key_is_exit_status_2(run_dir: Path, tmp_path: Path, told: Told, content: str) -> None:
    (tmp_path / "bad.pub").write_text(content)
    status, said = told(run_dir, "--public-key", str(tmp_path / "bad.pub"))
    assert status == 2
    assert "bad.pub" in said


def test_a_key_that_cannot_sign_is_refused(run_dir: Path, keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
    assert evidence.main(["sign", str(run_dir), "--key", str(keys["operator"][1])]) == 2
    assert "not a private key" in capsys.readouterr().err
    evidence.main(["sign", str(run_dir), "--key", str(keys["operator"][0])])
    (run_dir / "statement.intoto.json").write_text("{}")
    assert evidence.main(["sign", str(run_dir), "--key", str(keys["reviewer"][0])]) == 2
    assert "signs another statement" in capsys.readouterr().err


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


# -- time stamps

AUTHORITY = """
[tsa]
default_tsa = local
[local]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
[extensions]
extendedKeyUsage = critical,timeStamping
"""


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A time stamp authority on this machine: its address and its root certificate."""
    folder = tmp_path / "authority"
    folder.mkdir()
    (folder / "tsa.cnf").write_text(AUTHORITY)
    (folder / "serial").write_text("01\n")

    def openssl(*arguments: str) -> bytes:
        return subprocess.run(shlex.split(f"openssl {' '.join(arguments)}"), cwd=folder, check=True, capture_output=True).stdout

    openssl("req -x509 -newkey ed25519 -nodes -keyout root.key -out root.pem -subj /CN=root -days 2")
    openssl("req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=stamps")
    openssl("x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -out tsa.pem -days 2",
            "-extfile tsa.cnf -extensions extensions")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            reply = openssl("ts -reply -config tsa.cnf -queryfile query -signer tsa.pem -inkey tsa.key")
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder / "root.pem"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_time_stamp_holds_for_its_authority_and_its_statement_only(
    run_dir: Path, tmp_path: Path, authority: tuple[str, Path], told: Told
) -> None:
    url, root = authority
    assert "has no time stamp" in told(run_dir, "--time-authority", str(root))[1]
    assert evidence.main(["stamp", str(run_dir), "--authority", url]) == 0
    assert "-    time stamp: no --time-authority was given" in told(run_dir)[1]
    status, said = told(run_dir, "--time-authority", str(root))
    assert status == 0, said
    assert re.search(r"ok   time stamp: statement.intoto.json existed at \w+ +\d+ .* GMT", said)
    other = tmp_path / "other.pem"
    command = "openssl req -x509 -newkey ed25519 -nodes -keyout k -out other.pem -subj /CN=other"
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    assert told(run_dir, "--time-authority", str(other))[0] == 1
    (run_dir / "statement.intoto.json").write_text((run_dir / "statement.intoto.json").read_text() + " ")
    status, said = told(run_dir, "--time-authority", str(root))
    assert status == 1
    assert "does not stamp statement.intoto.json" in said


def test_an_authority_that_is_none_is_refused(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evidence.main(["stamp", str(run_dir), "--authority", "http://127.0.0.1:9"]) == 2
    assert "no time stamp from http://127.0.0.1:9" in capsys.readouterr().err
    assert not (run_dir / "statement.tsr").exists()
