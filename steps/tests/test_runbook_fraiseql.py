"""FraiseQL's document: what the drills select from its incident response, spelled out by hand."""

from pathlib import Path

import pytest

from environments import systems
from environments.hosts.operator import Ending
from steps.runbook.document import read_runbook
from steps.runbook.interactive import ending_for

RUNBOOK = Path(__file__).parents[2] / "features" / "fraiseql" / "RUNBOOK.md"
TRIAGE = "1. Detection & Triage (0-15 minutes)"
INVESTIGATION = "2. Investigation (15-60 minutes)"
CONTAINMENT = "3. Containment (30-120 minutes)"
RECOVERY = "4. Recovery (60-240 minutes)"
D, R, V = "diagnosis", "remedy", "verification"


@pytest.fixture(scope="module")
def runbook():
    return read_runbook(RUNBOOK)


def begun(command):
    """The role and the first line, without the quote that a statement in SQL opens."""
    return command.role, command.text.split("\n")[0]


PSQL = 'docker-compose exec db psql -U fraiseql -d fraiseql_prod -c "'


@pytest.mark.parametrize(
    ("heading", "checks"),
    [
        (TRIAGE, [
            ("Immediately assess system status", 'curl -f https://yourdomain.com/health || echo "Application DOWN"'),
            ("Check database connectivity", "docker-compose exec db pg_isready -U fraiseql -d fraiseql_prod"),
            ("Check Redis connectivity", "docker-compose exec redis redis-cli ping"),
            ("Check system resources", "docker stats --no-stream")]),
        (INVESTIGATION, [
            ("Check application logs", "docker-compose logs --tail=100 -f fraiseql"),
            ("Check nginx access/error logs", "tail -f /var/log/nginx/access.log"),
            ("Check nginx access/error logs", "tail -f /var/log/nginx/error.log"),
            ("Check system logs", 'journalctl -u docker -f --since "1 hour ago"'),
            ("Database query analysis", PSQL),
            ("Check Prometheus metrics", "curl http://localhost:9090/api/v1/query?query=up"),
            ("Check application metrics", "curl https://yourdomain.com/metrics"),
            ("Database performance", PSQL)]),
    ],
)
def test_checks(runbook, heading, checks):
    section = runbook.section(heading)
    assert [(command.caption, command.text.split("\n")[0]) for command in section.diagnosis()] == checks
    assert section.diagnosis() == section.commands


@pytest.mark.parametrize(
    ("heading", "caption", "commands"),
    [
        (CONTAINMENT, "Restart application", [(R, "docker-compose restart fraiseql")]),
        (CONTAINMENT, "Scale up resources if needed", [(R, "docker-compose up -d --scale fraiseql=2")]),
        (CONTAINMENT, "Rollback to previous version", [(R, "docker-compose pull fraiseql:previous-version"),
                                                       (R, "docker-compose up -d fraiseql")]),
        (CONTAINMENT, "Check connection pool", [(D, PSQL)]),
        (CONTAINMENT, "Restart database if needed", [(R, "docker-compose restart db")]),
        (CONTAINMENT, "Failover to replica (if available)", [
            (R, """kubectl patch deployment postgres -p '{"spec":{"template":{"spec":{"containers":[{"name":"postgres","""
                """"env":[{"name":"POSTGRES_MASTER","value":"replica-host"}]}}]}}}}""")]),
        (CONTAINMENT, "Check disk space", [(D, "df -h")]),
        (CONTAINMENT, "Check memory usage", [(D, "free -h")]),
        (CONTAINMENT, "Check network connectivity", [(D, "ping -c 5 google.com"), (D, "traceroute yourdomain.com")]),
        (CONTAINMENT, "Restart services", [(R, "systemctl restart docker"), (R, "systemctl restart nginx")]),
        (RECOVERY, "Verify application health", [(V, "curl https://yourdomain.com/health")]),
        (RECOVERY, "Run smoke tests", [(V, 'npm test -- --grep "smoke"')]),
        (RECOVERY, "Restore from backup if needed", [
            (R, "gunzip /opt/fraiseql/backups/fraiseql_backup.sql.gz"),
            (R, "docker-compose exec -T db psql -U fraiseql fraiseql_prod < /opt/fraiseql/backups/fraiseql_backup.sql")]),
        (RECOVERY, "Verify data integrity", [(V, PSQL)]),
    ],
)
def test_actions_by_their_comments(runbook, heading, caption, commands):
    assert [begun(command) for command in runbook.section(heading).option(caption)] == commands


def test_the_fail_over_leaves_its_quote_open(runbook):
    (command,) = runbook.section(CONTAINMENT).option("Failover to replica (if available)")
    assert command.quoted
    assert command.text.count("'") == 1


def test_severity_levels_promise_times(runbook):
    assert {section.heading: section.field("Response Time").text for section in runbook.sections
            if section.heading.startswith("SEV-")} == {
        "SEV-1: Critical 🚨": "Immediate (within 15 minutes)", "SEV-2: High ⚠️": "Within 1 hour",
        "SEV-3: Medium 📊": "Within 4 hours", "SEV-4: Low ℹ️": "Within 24 hours"}  # noqa: RUF001 - the source's sign


def test_commands_that_a_person_ends(runbook):
    ended = {(command.text, ending_for(command.text)) for command in runbook.section("Incident Response Process").commands}
    assert {pair for pair in ended if pair[1] is not Ending.ITSELF} == {
        ("docker-compose logs --tail=100 -f fraiseql", Ending.CTRL_C),
        ("tail -f /var/log/nginx/access.log", Ending.CTRL_C), ("tail -f /var/log/nginx/error.log", Ending.CTRL_C),
        ('journalctl -u docker -f --since "1 hour ago"', Ending.CTRL_C)}


def test_nothing_of_the_incident_response_is_waived(runbook):
    drilled = {command.heading for command in runbook.section("Incident Response Process").commands}
    assert runbook.waived
    assert not drilled & {waiver.heading for waiver in runbook.waived}


@pytest.mark.parametrize(("said", "healthy"), [
    ('level=info msg="Starting up"', True),
    ('level=error msg="Handler for POST /v1.41/exec/aa/resize returned error: cannot resize a stopped container"', True),
    ('level=error msg="failed to close container stdin" error="process does not exist"', True),
    ('level=error msg="Handler for POST /v1.41/containers/aa/start returned error: no space left on device"', False),
    ('level=error msg="failed to close container stdin"\nlevel=error msg="no space left on device"', False),
    ("systemd[1]: Stopped docker.service - Docker Application Container Engine.", False),
])
def test_what_the_engine_says_of_an_exec_that_has_ended_is_no_failure(said, healthy):
    reading = systems.replica("fraiseql", "names-only").checks["Check system logs"].reading
    assert (reading.of(f"production dockerd[113]: {said}\n") == "well") == healthy
