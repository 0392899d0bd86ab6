"""Time stamps of an authority (RFC 3161), which here runs on this machine."""

import http.server
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports import __main__ as evidence
from reports.tests.verifying import Verified

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
    run_dir: Path, tmp_path: Path, authority: tuple[str, Path], verified: Verified
) -> None:
    url, root = authority
    assert "has no time stamp" in verified(run_dir, "--time-authority", str(root))[1]
    assert evidence.main(["stamp", str(run_dir), "--authority", url]) == 0
    assert "-    time stamp: no --time-authority was given" in verified(run_dir)[1]
    status, output = verified(run_dir, "--time-authority", str(root))
    assert status == 0, output
    assert re.search(r"ok   time stamp: statement.intoto.json existed at \w+ +\d+ .* GMT", output)
    other = tmp_path / "other.pem"
    command = "openssl req -x509 -newkey ed25519 -nodes -keyout k -out other.pem -subj /CN=other"
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    assert verified(run_dir, "--time-authority", str(other))[0] == 1
    (run_dir / "statement.intoto.json").write_text((run_dir / "statement.intoto.json").read_text() + " ")
    status, output = verified(run_dir, "--time-authority", str(root))
    assert status == 1
    assert "does not stamp statement.intoto.json" in output


def test_an_authority_that_is_none_is_refused(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evidence.main(["stamp", str(run_dir), "--authority", "http://127.0.0.1:9"]) == 2
    assert "no time stamp from http://127.0.0.1:9" in capsys.readouterr().err
    assert not (run_dir / "statement.tsr").exists()
