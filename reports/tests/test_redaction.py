from pathlib import Path
from time import thread_time

import pytest

from reports.evidence.build import derive
from reports.journal.clock import FakeClock, SystemClock
from reports.journal.events import (
    AssumptionStated,
    CommandFinished,
    DocumentedCommand,
    DocumentRead,
    DrillFinished,
    EffectProven,
    FaultInjected,
    RunFinished,
    StepFinished,
    SymptomObserved,
)
from reports.journal.journal import Journal, Redactor
from reports.journal.kinds import Reason
from reports.journal.redaction.redactor import REDACTED
from reports.judging import objectives
from reports.plugin.recorder import Limits
from reports.plugin.session import RunSession
from reports.run.history import History
from reports.tests.planted import planted
from reports.tests.stage import EXPECTED, Stage, begin

PADDING = "".join(f"line {at} of a long output\n" for at in range(200))


def play(run_dir: Path, clock: FakeClock, texts: list[str]) -> None:
    """A run that has each text wherever a run has text of others."""
    journal = Journal(run_dir / "journal.ndjson", clock, Redactor())
    journal.record(DocumentRead(
        system="geodashboard", path="features/geodashboard/RUNBOOK.md", sha256="0" * 64, title="", source="", source_version="",
        commands=tuple(DocumentedCommand(f"h / {at}", "h", at, text, "remedy", False, text) for at, text in enumerate(texts))))
    stage = begin(journal, clock, "a drill", 3)
    for at, text in enumerate(texts):
        _command(stage, at, text)
        stage.record(AssumptionStated(text=text))
        stage.record(StepFinished(index=0, outcome="missed", duration_s=1.0, message=f"line 7: `{text}`"))
        stage.record(EffectProven(fault="f", proven=True, evidence=text))
        stage.record(FaultInjected(fault="f", description=text, started=clock.now(), finished=clock.now()))
        stage.record(SymptomObserved(documented="502", seen=text, matches=False))
        stage.drill.objective(objectives.outcome("it is well", EXPECTED, holds=False, seen=text))
    stage.record(DrillFinished(verdict="FAILED", reasons=tuple(map(Reason, texts)), findings=(), duration_s=1.0))
    journal.record(RunFinished(exit_status=1, duration_s=1.0, heads={"journal.ndjson": journal.head}))
    journal.close()
    derive(run_dir)


def _command(stage: Stage, at: int, text: str) -> None:
    now = stage.clock.now()
    stage.record(CommandFinished(
        command_id=f"h / {at}", heading="h", label="", line=at, role="remedy", documented=text, rendered=text,
        block_sha256="0" * 64, exit_status=1, stdout=stage.journal.output(text),
        stderr=stage.journal.output(f"{PADDING}{text}\n{PADDING}"),
        started=now, finished=now, failure=f"exit status 1: {text}"))


def everything_in(directory: Path) -> str:
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert len(files) > 5
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_no_planted_secret_is_in_any_file_of_a_run(tmp_path: Path, clock: FakeClock) -> None:
    History(tmp_path).started("run", tmp_path / "run")
    texts = planted()
    play(tmp_path / "run", clock, [text for text, _ in texts])
    found = everything_in(tmp_path / "run")
    assert len(texts) > 140
    assert [secret for _, secrets in texts for secret in secrets if secret in found] == []
    assert found.count(REDACTED) > 10 * len(texts)
    assert (tmp_path / "run" / "attachments").is_dir()


@pytest.mark.parametrize("around", ["line 7: `{}`", "exit status 1: {}; more", "'{}'", '"{}"', "x {} y", "  {}\n", "${}\n$ exit"])
def test_a_secret_is_detected_anywhere_in_a_text(around: str) -> None:
    redact = Redactor().redact
    assert [text for text, secrets in planted() if any(secret in redact(around.format(text)) for secret in secrets)] == []


@pytest.mark.parametrize("text", [text for text, _ in planted()])
def test_redaction_is_idempotent(text: str) -> None:
    once = Redactor().redact(text)
    assert once != text
    assert Redactor().redact(once) == once


@pytest.mark.parametrize("text", [
    # placeholders and variables of documents
    "Authorization: Bearer <token>", "curl -H 'Authorization: Bearer $TOKEN' https://x", "curl -u <user>:<password> https://x",
    'mysql -u root -p"$MYSQL_ROOT_PASSWORD" geo', "mysql -u root -p geo", "redis-cli -a $REDIS_PASSWORD ping",
    "password: <password>",
    "postgres://app:<password>@db/geo", "postgres://app:${DB_PASSWORD}@db/geo", "JWT_SECRET=$(openssl rand -hex 32)",
    "mongosh -u admin -p <password>", "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?missing}", "token: {{ vault_token }}",
    "docker login -u ci --password-stdin registry.example.org", "X-Api-Key: ********", "PGPASSWORD=xxxx psql",
    # what systems say
    'FATAL:  password authentication failed for user "app"', "NOAUTH Authentication required.", "passwd: files systemd",
    "sshd[7]: Accepted publickey for ubuntu from 10.0.0.1 port 4 ssh2: ED25519 SHA256:3rQ8Zr4Tn1Vw7Lk0Pd3Xs6Bm9Hc2Jf5Ga8Ye1Uo4Ri",
    "sshd[7]: Failed password for invalid user x from 10.0.0.1", "passwd: password updated successfully",
    "%sudo ALL=(ALL:ALL) NOPASSWD: ALL", "systemd-ask-password-wall.path: Deactivated successfully.", "password_encryption = on",
    "bash: syntax error near unexpected token `)'", "security:\n  authorization: enabled",
    "the secret is out, the token is spent", '"token-providers": "3.1166.0"',
    "ssl_certificate_key /etc/nginx/tls.key;", "password_file: geo.pw",
    '"tokenizer": "standard"',
    '"privateKey": "/run/authority/tls.key"', "PWD=/opt/geodashboard", "--- PASS: TestRestart (0.02s)", "12 passed, 1 failed",
    # digests and ids
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "commit 4647d760a1b2c3d4e5f60718293a4b5c6d7e8f90",
    "07c37dfeb235213a872192d90877d0cd55635b91 127.0.0.1:7000@17000 myself,master - 0 1699524000 1 connected 0-5460",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYH\n-----END PUBLIC KEY-----", "tls.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
    # options that mean something else elsewhere
    "redis-cli -p 7000 cluster info", "mkdir -p /opt/backups && ls -a /opt", "docker run -p 8080:80 nginx", "ps -p 4242 -o %cpu",
    "netstat -antp | grep ESTABLISHED", "curl -s https://geo.example.org:8443/api?user=me@example.org", "tar -caf x.tar -u a:b",
    "redis-cli ping; ls -a /tmp", "journalctl -u docker -f", "mysql -h db -P 3306 -e 'select 1'", "echo ok | sudo tee /tmp/x",
    "grep -a pattern file", "mongosh --eval 'rs.status()' --port 27017",
])
def test_harmless_text_is_unchanged(text: str) -> None:
    assert Redactor().redact(text) == text


@pytest.mark.parametrize("text", [
    "mysql -p", "mysql \"", "curl -u a:", "redis-cli auth ", "htpasswd -b a ", "mongosh '", "'\\\"", "password=", "password: ",
    "password={", "password'=", "machine login ", "machine a login ", "name: password ", "\npassword: |\n ",
    "<password>", "eyJaaaaaaaaa.",
    "bearer a1", "echo a:", "ACL SETUSER ", "Private-Lines: 1\n", "LS0tLS1CRUdJTiBQUklW", "https://a:", "$6$", "((("])
def test_redaction_of_one_hostile_megabyte_takes_linear_time(text: str) -> None:
    redactor = Redactor()
    start_s = thread_time()  # of the processor: what else the machine does is not counted
    redactor.redact(text * (1_000_000 // len(text)))
    assert thread_time() - start_s < 5


def test_no_environment_variable_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "GITHUB_TOKEN", "GH_TOKEN", "NPM_TOKEN", "PGPASSWORD", "MYSQL_PWD",
             "REDISCLI_AUTH", "DATABASE_URL", "HTTPS_PROXY", "VAULT_TOKEN", "SLACK_WEBHOOK_URL", "STRIPE_API_KEY",
             "DJANGO_SECRET_KEY",
             "DOCKER_AUTH_CONFIG", "KUBECONFIG", "SSH_PRIVATE_KEY", "CI_JOB_JWT", "HOME_SECRET", "RUNPROOF_SIGNING_KEY"]
    for at, name in enumerate(names):
        monkeypatch.setenv(name, f"plain-looking-{at:02}-value")
    with (tmp_path / "terminal").open("w", encoding="utf-8") as terminal:
        session = RunSession(SystemClock(), tmp_path / "out", run_id="run", worker="", limits=Limits(None, None),
                             redactor=Redactor())
        session.start(engine="none: a test", arms=("remedy",), arguments=("features",), live_to=terminal)
        session.finish(0)
    found = everything_in(tmp_path / "out")
    assert "plain-looking" not in found
    assert [name for name in names if name in found] == []
