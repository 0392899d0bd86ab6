"""The project's own document: what the drills select from it, spelled out by hand."""

from pathlib import Path

import pytest

from reports.errors import UsageError
from steps.runbook.document import Runbook, document_read, read_runbook

RUNBOOK = Path(__file__).parents[2] / "features" / "geodashboard" / "RUNBOOK.md"
BACKEND = "Scenario 1: Backend Service Down"
DISK = "Scenario 3: Disk Space Critical"
CERTIFICATE = "Scenario 5: SSL Certificate Expiring"
NGINX = "Scenario 6: nginx Configuration Error"


@pytest.fixture(scope="module")
def runbook():
    return read_runbook(RUNBOOK)


def said(commands):
    return [(command.role, command.text) for command in commands]


def test_identity(runbook: Runbook):
    assert runbook.system == "geodashboard"
    assert runbook.source_version == "1.0"
    assert "EPIC Geodashboard - Operations Runbook" in runbook.source
    assert len(runbook.all_commands) == 175


@pytest.mark.parametrize(
    ("heading", "diagnosis"),
    [
        (BACKEND, ["sudo systemctl status epic-geodashboard", "ps aux | grep uvicorn",
                   "sudo journalctl -u epic-geodashboard -n 50 -p err"]),
        (DISK, ["du -sh /opt/epic-geodashboard/* | sort -hr", "du -sh /var/log/*", "docker volume ls",
                "docker system df", r"find /opt/epic-geodashboard -type f -size +100M -exec ls -lh {} \;"]),
        (CERTIFICATE, ["sudo certbot certificates",
                       "sudo openssl x509 -noout -dates -in /etc/letsencrypt/live/<domain>/cert.pem",
                       "sudo certbot renew --dry-run"]),
        (NGINX, ["sudo nginx -t", "sudo nginx -T", "sudo tail -50 /var/log/nginx/error.log", "sudo lsof -i :80",
                 "sudo lsof -i :443"]),
    ],
)
def test_diagnosis(runbook, heading, diagnosis):
    assert [command.text for command in runbook.section(heading).diagnosis()] == diagnosis


@pytest.mark.parametrize(
    ("heading", "option", "commands"),
    [
        (BACKEND, "Option 1", [("remedy", "sudo systemctl restart epic-geodashboard"),
                               ("verification", "sudo systemctl status epic-geodashboard")]),
        (BACKEND, "Option 2", [("diagnosis", "sudo lsof -i :8000"), ("remedy", "sudo kill -9 <pid>")]),
        (BACKEND, "Option 3", [("remedy", "cd /opt/epic-geodashboard"),
                               ("remedy", "sudo bash scripts/deploy_to_production.sh <domain> <email> production")]),
        (DISK, "Option 1", [("remedy", "sudo journalctl --vacuum=30d"),
                            ("remedy", 'sudo find /var/log -name "*.log.*" -delete')]),
        (DISK, "Option 2", [("remedy", "docker system prune --volumes -f")]),
        (DISK, "Option 3", [("remedy", "cd /opt/epic-geodashboard/monitoring/prometheus/data"),
                            ("remedy", "docker-compose down prometheus"),
                            ("remedy", 'find . -name "*.db" -mtime +7 -delete'),
                            ("remedy", "docker-compose up -d prometheus")]),
        (CERTIFICATE, "Option 1", [("remedy", "sudo certbot renew")]),
        (CERTIFICATE, "Option 2", [("remedy", "sudo certbot renew --force-renewal")]),
        (CERTIFICATE, "Option 3", [("remedy", "sudo systemctl reload nginx")]),
        (CERTIFICATE, "Option 4", [
            ("verification", "sudo openssl s_client -connect localhost:443 -servername <domain>"),
            ("verification", "echo | openssl s_client -servername <domain> -connect <domain>:443 2>/dev/null"
                             " | openssl x509 -noout -dates")]),
        (NGINX, "Option 1", [("remedy", "sudo vi /etc/nginx/sites-available/default")]),
        (NGINX, "Option 2", [("remedy",
                              "sudo cp /etc/nginx/sites-available/default.bak /etc/nginx/sites-available/default")]),
        (NGINX, "Option 3", [("remedy", "sudo nginx -t"), ("remedy", "sudo systemctl reload nginx")]),
        (NGINX, "Option 4", [("remedy", "sudo systemctl restart nginx"), ("verification", "curl -I https://<domain>")]),
    ],
)
def test_options(runbook, heading, option, commands):
    assert said(runbook.section(heading).option(option)) == commands


def test_an_option_without_its_verification(runbook):
    section = runbook.section(BACKEND)
    remedy = section.option("Option 1", verifications=False)
    assert said(remedy) == [("remedy", "sudo systemctl restart epic-geodashboard")]
    assert said(section.verifications()) == [("verification", "sudo systemctl status epic-geodashboard")]
    assert section.option("option 1: restart  Service") == section.option("Option 1")


def test_an_option_of_prose_is_refused(runbook):
    with pytest.raises(UsageError, match=r"RUNBOOK.md:\d+ 'Option 4: Add storage .*' documents no command"):
        runbook.section(DISK).option("Option 4")


def test_fields_keep_phrase_and_line(runbook):
    fields = runbook.section(BACKEND).fields
    assert {name: field.text for name, field in fields.items()} == {
        "Symptoms": "API returns 502 or 503 error",
        "Expected Outcome": "Service running, API responds within 5 seconds",
        "Time to Resolution": "2-5 minutes",
        "Escalate if": "After 10 minutes, still not responding",
    }
    lines = RUNBOOK.read_text().split("\n")
    for section in runbook.sections:
        assert section.heading in lines[section.line - 1]
        for field in section.fields.values():
            assert field.name in lines[field.line - 1]


def test_every_command_stands_in_its_line(runbook):
    lines = RUNBOOK.read_text().split("\n")
    for command in runbook.all_commands:
        assert command.text.split("\n")[0] in lines[command.line - 1], command
    assert len({command.command_id for command in runbook.all_commands}) == len(runbook.all_commands)


def test_quoted_and_manual_commands(runbook):
    assert [command.text for command in runbook.all_commands if command.quoted] == [
        "sudo kill -9 <pid>",
        "sudo systemctl restart epic-geodashboard",
        "systemctl list-timers | grep certbot",
        "ps aux | grep uvicorn | wc -l",
        "netstat -an | grep ESTABLISHED | wc -l",
        'psql -d geodashboard -c "EXPLAIN ANALYZE SELECT ..."',
        'psql -d geodashboard -c "SELECT count(*) FROM pg_stat_activity;"',
        "bash /opt/epic-geodashboard/scripts/failover_to_backup_dc.sh",
        'psql -d geodashboard -c "VACUUM; ANALYZE;"',
    ]
    by_hand = [command for command in runbook.all_commands if command.manual]
    assert len(by_hand) == 6
    assert {command.text.split(" /")[0] for command in by_hand} == {"ssh ubuntu@<production-ip>", "sudo vi"}


def test_file_content_is_no_command(runbook):
    texts = " ".join(command.text for command in runbook.all_commands)
    assert "proxy_cache_path" not in texts
    assert "receivers" not in texts


def test_a_here_document_is_part_of_its_command(runbook):
    (rate_limit,) = runbook.section("Critical: Security Breach / DDoS").option("2")
    assert rate_limit.text.count("\n") == 2
    assert rate_limit.text.endswith("EOF'")


def test_the_journals_entry(runbook):
    entry = document_read(runbook)
    assert len(entry.commands) == len(runbook.all_commands)
    waived = {command.text: command.waived for command in entry.commands if command.waived}
    assert len(waived) == len({waiver.text for waiver in runbook.waived}) == 8
    assert "Internet" in waived["mtr -c 10 8.8.8.8"]


def test_commands_behind_one_are_counted_within_its_label(runbook: Runbook) -> None:
    """Who pastes a block types them after it; another option is another choice, and what is quoted is typed by hand."""
    section = runbook.section("Scenario 2: High CPU Usage")
    assert [(command.text, command.behind) for command in section.commands if not command.quoted] == [
        ("top -b -n 1 | head -20", 2), ("ps aux | grep uvicorn | grep -v grep", 1),
        ("sudo netstat -an | grep ESTABLISHED | wc -l", 0),
        ('sudo journalctl -u epic-geodashboard | grep -i "slow\\|duration"', 0), ("sudo systemctl restart epic-geodashboard", 0),
        ("watch -n 5 'free -h'", 0),
    ]
    section = runbook.section("Scenario 5: SSL Certificate Expiring")
    assert section.option("Option 4")[0].behind == 1
