"""RFC 3161 time stamp for a run's statement: proves to others that it existed at that time."""

import subprocess
from pathlib import Path

import httpx

from reports.errors import UsageError
from reports.verify.signatures import STATEMENT, TIME_STAMP

_LIMIT_S = 30.0


def stamp(run_dir: Path, authority_url: str) -> Path:
    """Request a time stamp and store the reply beside the statement; raises UsageError if that fails.

    Only the statement's SHA-256 and a nonce leave the machine.
    """
    statement = run_dir / STATEMENT
    if not statement.is_file():
        raise UsageError(f"{statement} is missing; `python -m reports render {run_dir}` writes it")
    try:
        query = subprocess.run(["openssl", "ts", "-query", "-data", str(statement), "-sha256", "-cert"], capture_output=True,
                               check=True, timeout=_LIMIT_S).stdout
        answer = httpx.post(authority_url, content=query, headers={"Content-Type": "application/timestamp-query"},
                            timeout=_LIMIT_S)
        answer.raise_for_status()
    except FileNotFoundError as error:
        raise UsageError("a time stamp needs openssl; install it") from error
    except (subprocess.SubprocessError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise UsageError(f"no time stamp from {authority_url}: {error}") from error
    if answer.headers.get("Content-Type", "").partition(";")[0] != "application/timestamp-reply":
        raise UsageError(f"{authority_url} is no time stamp authority: it answers {answer.headers.get('Content-Type')!r}")
    reply = run_dir / TIME_STAMP
    reply.write_bytes(answer.content)
    return reply
