"""The replica of Geodashboard, really started: what the runbook states about the healthy system is true of it."""

import re
import socket
import uuid
from collections.abc import Iterator

import httpx
import pytest

from environments import systems
from environments.systems.replica import Replica
from reports.journal.clock import SystemClock, wait_until

CLOCK = SystemClock()
SYSTEM = "geodashboard"  # see conftest.py
DOMAIN = "geodashboard.example"


@pytest.fixture(scope="module")
def client(system: Replica) -> Iterator[httpx.Client]:
    with system.client(f"https://{DOMAIN}") as asked:
        yield asked


def alerts(system: Replica) -> dict[str, str]:
    with system.client(f"https://{DOMAIN}") as asked:
        groups = asked.get("/prometheus/api/v1/rules").raise_for_status().json()["data"]["groups"]
    return {rule["name"]: rule["state"] for group in groups for rule in group["rules"] if rule["health"] == "ok"}


def stored_ids(system: Replica) -> list[str]:
    return list(system.workloads["annotations"].stored_ids())


def new_id() -> str:
    return f"note-{uuid.uuid4().hex}"


class TestService:
    def test_health_is_the_documented_answer(self, client):
        answer = client.get("/api/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    def test_four_workers_serve_and_only_on_the_loopback_address(self, system):
        listening = system.production.run("ss -Hltnp 'sport = :8000'").stdout
        assert "127.0.0.1:8000" in listening
        assert "0.0.0.0" not in listening.split()[3]
        workers = system.production.run("pgrep -u geodashboard -f spawn_main | wc -l").stdout
        assert int(workers) == 4

    def test_frontend_has_its_documented_size_and_comes_from_the_cache(self, client):
        assert "<title>EPIC Geodashboard</title>" in client.get("/").text
        first, second = client.get("/app.js"), client.get("/app.js")
        assert 9300 <= len(first.content) <= 9500
        assert second.headers["X-Cache-Status"] == "HIT"

    def test_plain_http_redirects(self, system):
        url = f"http://127.0.0.1:{system.production.published(80)}/some?page"
        answer = httpx.get(url, headers={"Host": DOMAIN}, trust_env=False)
        assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{DOMAIN}/some?page")

    def test_a_client_that_does_not_know_the_root_refuses(self, system):
        with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            stranger.get(f"https://127.0.0.1:{system.production.published(443)}", extensions={"sni_hostname": DOMAIN})

    def test_layers_can_be_read(self, client):
        assert {layer["id"] for layer in client.get("/api/layers").json()["layers"]} >= {"coastline", "stations"}

    def test_metrics_are_not_published(self, client):
        assert "geodashboard_requests_total" not in client.get("/metrics").text

    def test_production_shares_the_name_that_users_know(self, system):
        assert system.production.run(f"curl -sS https://{DOMAIN}/api/health").stdout == '{"status":"ok"}'

    def test_the_health_script_says_green(self, operator):
        done = operator.run("cd /opt/epic-geodashboard && bash scripts/health_check.sh", timeout_s=30.0)
        assert done.exit_status == 0
        assert "RED" not in done.stdout


class TestAnnotations:
    def test_a_write_outlives_a_restart_of_the_backend(self, system, client):
        note = new_id()
        assert client.post("/api/annotations", json={"id": note, "text": "a"}).status_code == 201
        system.production.run("systemctl restart epic-geodashboard")
        assert wait_until(lambda: client.get("/api/health").status_code == 200, timeout_s=10.0, clock=CLOCK)
        assert stored_ids(system).count(note) == 1

    def test_the_same_annotation_again_makes_no_second_row(self, system, client):
        note = new_id()
        statuses = [client.post("/api/annotations", json={"id": note, "text": text}).status_code for text in "aab"]
        assert statuses == [201, 200, 409]
        assert stored_ids(system).count(note) == 1

    def test_nothing_is_acknowledged_on_a_full_disk_and_nothing_is_lost(self, system, client):
        before, during, after = new_id(), new_id(), new_id()
        assert client.post("/api/annotations", json={"id": before, "text": "a"}).status_code == 201
        system.production.run("head -c 1G /dev/zero > /opt/filler", check=False)
        try:
            refused = client.post("/api/annotations", json={"id": during, "text": "x" * 2000})
            assert refused.status_code == 507
            assert client.get("/api/health").status_code == 200
            log = system.production.run("journalctl -q -u epic-geodashboard -o cat").stdout
            assert "POST /api/annotations refused" in log
            # As with any program whose lines systemd takes from its standard streams.
            assert "refused" not in system.production.run("journalctl -q -u epic-geodashboard -p err -o cat").stdout
        finally:
            system.production.run("rm /opt/filler")
        assert client.post("/api/annotations", json={"id": after, "text": "a"}).status_code == 201
        stored = stored_ids(system)
        assert (before in stored, during in stored, after in stored) == (True, False, True)

    def test_systemd_starts_a_killed_backend_again(self, system, client):
        system.production.run("systemctl kill --signal=KILL epic-geodashboard")
        assert wait_until(lambda: client.get("/api/health").status_code == 200, timeout_s=10.0, clock=CLOCK)
        assert system.production.run("systemctl show -P NRestarts epic-geodashboard").stdout.strip() != "0"


class TestRateLimit:
    def test_the_probes_are_exempt(self, client):
        assert {client.get("/api/health").status_code for _ in range(150)} == {200}

    def test_the_limit_holds_for_others(self, system):
        ask = f"for n in $(seq 60); do curl -sk -o /dev/null -w '%{{http_code}} ' https://{DOMAIN}/api/health; done"
        statuses = system.hosts["internet"].run(ask, timeout_s=60.0).stdout.split()
        assert len(statuses) == 60
        assert set(statuses) == {"200", "503"}
        # 20 at once, then one every 0.6 s; Prometheus' own probe of the site takes some of it.
        assert statuses.count("200") <= 35


class TestMonitoring:
    def test_every_target_is_up(self, client):
        def all_up() -> bool:
            targets = client.get("/prometheus/api/v1/targets").json()["data"]["activeTargets"]
            return len(targets) == 7 and all(target["health"] == "up" for target in targets)

        assert wait_until(all_up, timeout_s=20.0, clock=CLOCK), client.get("/prometheus/api/v1/targets").text

    def test_the_rules_of_the_runbook_are_loaded_and_quiet(self, system):
        names = {"BackendDown", "PrometheusDown", "HighCPUUsage", "OutOfDiskSpace", "CertificateExpiring", "HighMemoryUsage",
                 "HighErrorRate", "SlowAPIResponse", "DiskSpaceWarning", "BackendRestarting"}
        assert wait_until(lambda: set(alerts(system)) == names, timeout_s=15.0, clock=CLOCK), alerts(system)
        assert alerts(system)["OutOfDiskSpace"] == alerts(system)["CertificateExpiring"] == "inactive"

    def test_both_small_disks_are_watched(self, client):
        found = client.get("/prometheus/api/v1/query", params={"query": "node_filesystem_size_bytes"}).json()["data"]["result"]
        sizes = {series["metric"]["mountpoint"]: int(series["value"][1]) for series in found}
        assert (sizes["/opt"], sizes["/var"]) == (256 * 2**20, 768 * 2**20)

    @pytest.mark.parametrize(("path", "text"), [("/prometheus/classic/graph", "Prometheus"), ("/grafana/", "Login"),
                                                ("/alertmanager/", "Alertmanager")])
    def test_its_pages_are_published(self, client, path, text):
        answer = client.get(path)
        assert answer.status_code == 200
        assert text in answer.text

    def test_the_operator_sees_all_containers_up(self, operator):
        operator.run("cd /opt/epic-geodashboard", timeout_s=5.0)
        rows = operator.run("docker-compose ps", timeout_s=30.0).stdout.splitlines()
        assert len([row for row in rows if re.search(r"\bUp\b", row)]) == 6

    def test_disks_are_mostly_empty(self, system):
        used = system.production.run("df --output=pcent /opt /var | tail -n 2").stdout.replace("%", "").split()
        assert max(map(int, used)) < 45


class TestCertificates:
    def test_certbot_knows_the_certificate_for_90_days(self, operator):
        shown = operator.run("sudo certbot certificates", timeout_s=30.0).stdout
        assert re.search(rf"Domains: {DOMAIN}\s+Expiry Date: .* \(VALID: (89|90) days\)", shown)

    def test_a_dry_run_of_the_renewal_succeeds(self, operator):
        done = operator.run("sudo certbot renew --dry-run", timeout_s=60.0)
        assert done.exit_status == 0
        assert "all simulated renewals succeeded" in done.stdout

    def test_the_timer_fires_every_six_hours(self, system):
        shown = system.production.run("systemctl show -P TimersCalendar certbot.timer; systemctl is-active certbot.timer").stdout
        assert "00/6:00:00" in shown
        assert shown.count("OnCalendar=") == 1
        assert shown.endswith("active\n")

    def test_an_expired_certificate_is_seen_by_clients_and_alerts_and_renewed_by_certbot(self, system, operator):
        system.fault("certificate has expired").inject()

        def refused() -> bool:
            with system.client(f"https://{DOMAIN}") as asked:
                try:
                    asked.get("/api/health")
                except httpx.ConnectError as error:
                    return "certificate has expired" in str(error)
                return False

        assert wait_until(refused, timeout_s=20.0, clock=CLOCK)
        assert wait_until(lambda: "CertificateExpiring" in (system.alert_states() or {}), timeout_s=20.0, clock=CLOCK)
        assert system.claims["certificate expiration alert"].look(20.0).holds
        assert "CertificateExpiring" in system.firing_alerts()
        assert system.claims["HTTPS warnings"].look(1.0).holds
        assert not system.claims["Certificate valid for 90 days"].look(1.0).holds

        assert operator.run("sudo certbot renew", timeout_s=60.0).exit_status == 0
        assert refused()  # certbot alone changes nothing for clients: nginx must be told
        assert operator.run("sudo systemctl reload nginx", timeout_s=10.0).exit_status == 0
        # One good answer is not enough: a worker with the old certificate may still take the next connection.
        assert wait_until(lambda: system.problems() == (), timeout_s=10.0, clock=CLOCK)

    def test_a_certificate_of_six_days_is_due_for_renewal(self, system, operator):
        system.fault("certificate expires within 7 days").inject()
        warning, valid = (system.claims[name].look(1.0) for name in ("HTTPS warnings", "Certificate valid for 90 days"))
        assert "6.000 days" in warning.seen
        assert (warning.holds, valid.holds) == (False, False)
        assert "(VALID: 5 days)" in operator.run("sudo certbot certificates", timeout_s=30.0).stdout
        assert "Renewing an existing certificate" in operator.run("sudo certbot renew", timeout_s=60.0).stdout
        operator.run("sudo systemctl reload nginx", timeout_s=10.0)
        assert system.claims["Certificate valid for 90 days"].look(10.0).holds
        assert "(VALID: 89 days)" in operator.run("sudo certbot certificates", timeout_s=30.0).stdout


class TestFaults:
    """Each is proven once it has struck, and leaves nothing when it is removed."""

    @pytest.mark.parametrize("name", [
        "another process holds the backend's port and has clients", "a release of the backend cannot be loaded",
        "old logs and journals fill /var", "the running access log fills /var", "the log of a container fills /var",
        "images of earlier releases fill /var", "old backups fill /opt", "nginx proxies to a wrong port",
        "another program holds port 80"])
    def test_a_fault_strikes_and_can_be_removed(self, system, name):
        fault = system.fault(name)
        fault.inject()
        struck = fault.prove()
        fault.remove()
        assert struck.proven, struck.evidence
        assert wait_until(lambda: system.problems() == (), timeout_s=30.0, clock=CLOCK), system.problems()
        assert not fault.prove().leftover

    def test_a_taken_port_keeps_the_clients_of_its_new_owner(self, system):
        fault = system.fault("another process holds the backend's port and has clients")
        fault.inject()
        try:
            def first() -> str:
                return str(system.production.run("lsof -i :8000 | sed -n 2p", check=False).stdout)

            # Prometheus is older than whoever took the port, so a reader sees it first.
            assert wait_until(lambda: first().startswith("prometheu"), timeout_s=15.0, clock=CLOCK), first()
            status = system.production.run("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8000/api/health").stdout
            assert status == "503"
        finally:
            fault.remove()
        assert wait_until(lambda: system.problems() == (), timeout_s=30.0, clock=CLOCK), system.problems()

    def test_a_renewed_certificate_reaches_nobody_until_nginx_is_told(self, system, operator):
        system.fault("certificate was renewed, nginx serves the expired one").inject()
        assert "(VALID: 89 days)" in operator.run("sudo certbot certificates", timeout_s=30.0).stdout
        assert system.claims["HTTPS warnings"].look(1.0).holds
        operator.run("sudo systemctl reload nginx", timeout_s=10.0)
        assert wait_until(lambda: system.problems() == (), timeout_s=10.0, clock=CLOCK)


class TestHistory:
    def test_rotated_logs_are_there_as_logrotate_keeps_them(self, system):
        shown = system.production.run("find /var/log/nginx -name '*.log.*' -mtime -14 | wc -l; "
                                      "find /var/log -maxdepth 1 -name '*.1' | wc -l").stdout.split()
        assert shown == ["28", "2"]

    def test_there_is_a_backup_of_each_of_the_last_30_days_without_the_data(self, system):
        production = system.production
        assert production.run("find /opt/epic-geodashboard/backups -name 'backup-*.tar.gz' -mtime -30 | wc -l").stdout == "30\n"
        inside = production.run("tar -tzf /opt/epic-geodashboard/backups/backup-$(date -u +%F).tar.gz").stdout
        assert "epic-geodashboard/backend/geodashboard_api.py" in inside
        assert "annotations.db" not in inside


class TestIsolation:
    @pytest.mark.parametrize("name", ["production", "internet"])
    def test_there_is_no_way_out(self, system, name):
        host = system.hosts[name]
        # An address that is reserved for documentation: nothing is there, and there must not even be a way to it.
        assert "unreachable" in host.run("ip route get 192.0.2.1", check=False).stderr
        assert host.run("getent hosts example.com", check=False).exit_status != 0

    def test_the_machine_that_runs_the_drills_cannot_be_reached(self, system):
        gateway = system.production.network.gateway()
        with socket.create_server((gateway, 0)) as listener:
            listener.settimeout(0)
            url = f"http://{gateway}:{listener.getsockname()[1]}"
            assert system.production.run(f"curl -sS --max-time 1 {url}", check=False).exit_status != 0
            with pytest.raises(BlockingIOError):
                listener.accept()


class TestSecrets:
    def test_the_credentials_differ_from_start_to_start_and_lie_where_the_runbook_says(self, system):
        env = system.production.run("cat /opt/epic-geodashboard/.env; stat -c %U:%a /opt/epic-geodashboard/.env").stdout
        assert system.secrets[0] in env
        assert "ubuntu:640" in env
        assert len(system.secrets) == 1
        assert systems.replica("geodashboard", "other").secrets != system.secrets


def test_the_assumptions_say_where_they_come_from():
    stated = systems.replica("geodashboard", "unstarted").assumptions
    assert len(stated) >= 30
    assert any("StartLimitBurst=5" in assumption for assumption in stated)
    assert all(re.search(r"\((stock|stated|chosen): .+\)$", assumption) for assumption in stated)
