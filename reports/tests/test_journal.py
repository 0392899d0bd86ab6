import hashlib
import json
import subprocess
import threading
from pathlib import Path
from time import thread_time

import pytest

from reports.errors import HarnessError
from reports.journal.chains import Chain
from reports.journal.clock import FakeClock
from reports.journal.events import AssumptionStated, PhaseStarted
from reports.journal.journal import FIRST_PREV, Journal, Redactor, chained, read_journal
from reports.journal.redaction.redactor import REDACTED


def read(journal: Journal) -> Chain:
    """The journal's chain, as the verification reads it."""
    chain = Chain(journal.path)
    assert all(chain.entries())
    return chain


def test_entries_round_trip_and_are_flushed_at_once(journal: Journal) -> None:
    journal.record(AssumptionStated(text="über ␀ \x00 \ud800"), drill="a")
    journal.record(PhaseStarted(phase="fault"), drill="a")
    first, second = read_journal(journal.path)  # not closed: what is recorded is in the file
    assert (first.seq, first.drill, first.prev) == (0, "a", FIRST_PREV)
    assert first.what == AssumptionStated(text="über ␀ \x00 \\ud800")
    assert second.what == PhaseStarted(phase="fault")
    assert first.at.utc == "2025-11-09T10:00:00.000000Z"


def test_each_line_carries_the_sha256_that_sha256sum_prints_for_the_line_before(journal: Journal) -> None:
    for text in ("one", "two", "three"):
        journal.record(AssumptionStated(text=text))
    printed = subprocess.run(["sh", "-c", f"sed -n 2p {journal.path} | sha256sum"], capture_output=True, text=True, check=True)
    assert printed.stdout.split()[0] == read_journal(journal.path)[2].prev
    assert (read(journal).problems, read(journal).head) == ([], journal.head)
    assert journal.head == hashlib.sha256(journal.path.read_bytes().splitlines(True)[2]).hexdigest()


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_line_breaks_the_chain_at_the_next(journal: Journal, line: int) -> None:
    for text in ("aaaa", "bbbb", "cccc", "dddd"):
        journal.record(AssumptionStated(text=text))
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"text":"', b'"text":"x')
    journal.path.write_bytes(b"".join(lines))
    with pytest.raises(HarnessError, match=rf"journal.ndjson:{line + 2}: the chain is broken"):
        list(chained(journal.path))
    assert [problem.partition(": the chain")[0] for problem in read(journal).problems] == [f"journal.ndjson:{line + 2}"]


def test_a_left_out_line_and_a_swapped_pair_break_the_chain(journal: Journal) -> None:
    for text in ("a", "b", "c"):
        journal.record(AssumptionStated(text=text))
    first, second, third = journal.path.read_bytes().splitlines(keepends=True)
    for forged in (first + third, second + first + third, second + third):
        journal.path.write_bytes(forged)
        with pytest.raises(HarnessError, match="chain is broken"):
            list(chained(journal.path))
        assert len(read(journal).problems) == 1


def test_a_torn_last_line_is_passed_over_and_a_torn_middle_is_not(journal: Journal) -> None:
    for text in ("a", "b", "c"):
        journal.record(AssumptionStated(text=text))
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-20])
    assert [entry.seq for entry in read_journal(journal.path)] == [0, 1]
    assert (read(journal).problems, read(journal).torn) == ([], True)
    lines = whole.splitlines(keepends=True)
    journal.path.write_bytes(lines[0] + lines[1][:30] + b"\n" + lines[2])
    with pytest.raises(HarnessError, match=r"journal.ndjson:2: not a journal entry"):
        read_journal(journal.path)


def test_threads_share_one_chain(journal: Journal) -> None:
    def write(name: int) -> None:
        for at in range(100):
            journal.record(AssumptionStated(text=f"{name}/{at}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (read(journal).problems, read(journal).head) == ([], journal.head)
    assert len(read_journal(journal.path)) == 400


def test_a_journal_is_never_continued(journal: Journal, clock: FakeClock) -> None:
    journal.record(AssumptionStated(text="a"))
    with pytest.raises(HarnessError, match="already holds a journal"):
        Journal(journal.path, clock, Redactor())


def test_outputs_over_two_kilobytes_are_attachments(journal: Journal) -> None:
    assert journal.output("x" * 2048).sha256 == ""
    text = "".join(f"line {at}\n" for at in range(1000))
    kept = journal.output(text)
    attachment = journal.path.parent / "attachments" / kept.sha256
    assert attachment.read_text() == text
    assert hashlib.sha256(attachment.read_bytes()).hexdigest() == kept.sha256
    assert text.startswith(kept.text)
    assert text.endswith(kept.tail)
    assert kept.size_bytes == len(text)


@pytest.mark.parametrize(("text", "gone"), [
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n-----END OPENSSH PRIVATE KEY-----", "b3Blbn"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEvQ (and the output was cut here)", "MIIEvQ"),
    ("< Set-Cookie: session=abcdef; Path=/", "abcdef"),
    ("curl -H 'Authorization: Bearer abcdef' https://x", "abcdef"),
    ("DB_PASSWORD=abcdef", "abcdef"),
    ("export SECRET_KEY='abc def'", "abc def"),
    ('{"access_token": "abcdef", "user": "me"}', "abcdef"),
    ("redis_password: abcdef", "abcdef"),
    ("mysql --password abcdef -u root", "abcdef"),
    ("postgres://app:abcdef@db:5432/geo", "abcdef"),
])
def test_secrets_are_taken_out(text: str, gone: str) -> None:
    clean = Redactor().redact(text)
    assert gone not in clean
    assert REDACTED in clean


@pytest.mark.parametrize("text", [
    "password: <password>", "TOKEN=$VAULT_TOKEN", "PasswordAuthentication no", "password = true", "PGPASSWORD=${DB}",
    "bash: syntax error near unexpected token `newline'", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "https://geo.example.org:443/api?user=me@example.org", "ssh ubuntu@host", "Loaded: loaded (/lib/x.service; enabled)",
])
def test_harmless_text_is_kept(text: str) -> None:
    assert Redactor().redact(text) == text


def test_a_registered_secret_is_removed_everywhere_including_attachments(tmp_path: Path, clock: FakeClock) -> None:
    redactor = Redactor()
    journal = Journal(tmp_path / "journal.ndjson", clock, redactor)
    redactor.add('s3cr"et')
    redactor.add('s3cr"et-longer')
    journal.record(AssumptionStated(text='the s3cr"et-longer and s3cr"et'), drill="x")
    kept = journal.output('s3cr"et\n' * 2000)
    assert json.loads(journal.path.read_text())["what"]["text"] == f"the {REDACTED} and {REDACTED}"
    assert "s3cr" not in (tmp_path / "attachments" / kept.sha256).read_text()
    with pytest.raises(ValueError, match="cannot be redacted"):
        redactor.add("abc")


@pytest.mark.parametrize(
    "text", ["a-b.c", "password", "x://", "token ", "-----BEGIN ", "PRIVATE KEY", "--secret", "cookie:", "cookie \t", '\\"'])
def test_redaction_of_a_hostile_line_takes_linear_time(text: str) -> None:
    start_s = thread_time()  # of the processor: what else the machine does is not counted
    Redactor().redact(text * (1_000_000 // len(text)))
    assert thread_time() - start_s < 5


@pytest.mark.parametrize("where", ["fsync", "fstat"])
def test_ctrl_c_while_a_line_is_written_breaks_no_chain(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def strikes(_: int) -> None:
        raise KeyboardInterrupt

    journal.record(AssumptionStated(text="before"))
    with monkeypatch.context() as patched:
        patched.setattr(f"os.{where}", strikes)
        with pytest.raises(KeyboardInterrupt):
            journal.record(PhaseStarted(phase="hold"))
    journal.record(AssumptionStated(text="after"))
    journal.close()
    assert (read(journal).problems, read(journal).head) == ([], journal.head)
