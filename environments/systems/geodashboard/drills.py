"""Geodashboard as it is drilled: its faults, its probes, and how the document's statements are looked at."""

import re
from collections.abc import Callable, Mapping, Sequence

from environments.faults.combined import Combined, Parts
from environments.faults.config_error import ConfigError
from environments.faults.crash_loop import CrashLoop
from environments.faults.docker_leftovers import DockerLeftovers
from environments.faults.frozen import Frozen
from environments.faults.old_logs import OldLogs
from environments.faults.port_taken import PortTaken
from environments.faults.prometheus_data import PrometheusData
from environments.faults.services import Service
from environments.faults.units_stopped import UnitsStopped
from environments.faults.unreachable import Unreachable
from environments.probes.certificate import CertificateSpec
from environments.probes.command import CommandSpec
from environments.probes.http import HttpSpec, HttpWorkloadSpec
from environments.probes.spec_base import ProbeSpec
from environments.systems.catalog import Capture, Claim, FaultKind, Workload, first_match
from environments.systems.geodashboard.certificates import Validity
from environments.systems.geodashboard.claims import alert_states, claims
from environments.systems.geodashboard.environment import DOMAIN, Geodashboard
from environments.systems.geodashboard.served_certificate import ShortCertificate

BACKEND = Service(unit="epic-geodashboard.service")
SITE = "/etc/nginx/sites-available/default"
PROMETHEUS_DATA = "/opt/epic-geodashboard/monitoring/prometheus/data"
SHORTAGE_PERCENT = 93.0
"""How full the disk faults make a disk; the runbook's Scenario 3 speaks of more than 90 %."""
GOOD_LIMIT_S = 1.0
"""How late a good answer may be. The runbook promises answers "within 5 seconds" after an incident and calls more than
100 ms slow only on an average of 10 minutes, so a single slow answer of a small machine is not an outage."""
ASK_EVERY_S = 0.1
"""How often users' way in is asked: the shortest time that the document promises is 5 seconds."""
DASHBOARDS = "/var/lib/docker/volumes/epic-geodashboard_grafana-data/_data/dashboards.json"


class DrilledGeodashboard(Geodashboard):
    """The replica with everything that features can name of it."""

    @property
    def observed(self) -> Sequence[str]:
        """Names of the probes."""
        return ("API", "frontend", "served certificate", "use of /var", "use of /opt", "nginx configuration")

    @property
    def always_observed(self) -> Sequence[str]:
        """What users see, in every drill."""
        return ("API", "frontend")

    @property
    def captures(self) -> Sequence[Capture]:
        """The operator reads the id of the process that listens, not of those that are connected to it."""
        return (Capture("<pid>", "sudo lsof -i :8000", first_match(r"^\S+\s+(\d+)\s.*\(LISTEN\)")),)

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """The writing clients."""
        return {"annotations": Workload(self._annotations, self._annotation_ids)}

    @property
    def faults(self) -> Mapping[str, FaultKind]:
        """Known faults by name."""
        return {
            "backend workers hang": FaultKind(
                "all backend workers are stopped (SIGSTOP): they hold their connections and answer nothing",
                lambda: Frozen(host=self.production, service=BACKEND, workers=True)),
            "backend crashes until systemd gives up": FaultKind(
                "each start of the backend ends in a segmentation fault until its unit has used up its start limit",
                lambda: CrashLoop(self.production, BACKEND)),
            "another process holds the backend's port": FaultKind(
                "the backend dies and a program of another user takes port 8000 before it is back",
                lambda: PortTaken(self.production, BACKEND, 8000, "ubuntu")),
            "old logs and journals fill /var": FaultKind(
                f"rotated logs and archived journals, 45 days old, fill /var to {SHORTAGE_PERCENT:g} %",
                lambda: OldLogs(self.production, "/var", SHORTAGE_PERCENT)),
            "Docker leftovers fill /var": FaultKind(
                f"a dangling image, an ended container and an unused volume fill /var to {SHORTAGE_PERCENT:g} %",
                lambda: DockerLeftovers(self.production, "/var", SHORTAGE_PERCENT)),
            "Docker leftovers fill /var and the dashboards have stopped": FaultKind(
                f"the same to {SHORTAGE_PERCENT:g} %, and the container of the dashboards has been stopped",
                lambda: DockerLeftovers(self.production, "/var", SHORTAGE_PERCENT, stop=("grafana",))),
            "Prometheus data fills /opt": FaultKind(
                f"a block of Prometheus with a label of ever new values, 8 days old, fills /opt to {SHORTAGE_PERCENT:g} %",
                lambda: PrometheusData(self.production, "/opt", SHORTAGE_PERCENT, data=PROMETHEUS_DATA, owner="65534:65534",
                                       promtool="/usr/local/lib/runproof/promtool")),
            "certificate expires within 7 days": FaultKind(
                "the served certificate is replaced by one of the same authority with 6 days left; certbot.timer is off",
                lambda: Combined(Parts((UnitsStopped(self.production, ("certbot.timer",)), self._short_certificate("6 days"))))),
            "certificate has expired": FaultKind(
                "the served certificate is replaced by one that has just expired; certbot.timer is off",
                lambda: Combined(Parts((
                    UnitsStopped(self.production, ("certbot.timer",)), self._short_certificate("10 seconds"))))),
            "certificate expires within 7 days, authority out of reach": FaultKind(
                "the served certificate has 6 days left, and connections to the certificate authority are refused",
                lambda: Combined(Parts((self._short_certificate("6 days"), self._authority_out_of_reach())))),
            "nginx syntax error found at restart": FaultKind(
                f"a semicolon is missing in {SITE}; nginx was restarted with it (a backup of the file is there)",
                lambda: ConfigError(self.production, SITE, found_at="restart", backup="made")),
            "nginx syntax error found at restart, no backup": FaultKind(
                f"a semicolon is missing in {SITE}; nginx was restarted with it, and nobody had made {SITE}.bak",
                lambda: ConfigError(self.production, SITE, found_at="restart", backup="missing")),
            "nginx syntax error found at restart, backups as they are": FaultKind(
                f"a semicolon is missing in {SITE}; nginx was restarted with it; {SITE}.bak is what the operator made",
                lambda: ConfigError(self.production, SITE, found_at="restart", backup="as it is")),
            "nginx syntax error found at reload": FaultKind(
                f"a semicolon is missing in {SITE}; nginx was reloaded with it (a backup of the file is there)",
                lambda: ConfigError(self.production, SITE, found_at="reload", backup="made")),
        }

    @property
    def claims(self) -> Mapping[str, Claim]:
        """Checks of the document's statements."""
        return {claim.statement: claim for claim in claims(self)}

    @property
    def manual_steps(self) -> Mapping[str, Callable[[], str]]:
        """What a person does in an editor."""
        return {f"sudo vi {SITE}": self._mend_site}

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """Things of the outside world."""
        return {"the authority can be reached again": lambda: self._authority_out_of_reach().remove()}

    def _started(self) -> None:
        """Bring it up, with dashboards that must not get lost."""
        super()._started()
        self.production.put(DASHBOARDS, b'{"dashboards": ["EPIC Geodashboard"]}\n')

    def firing_alerts(self) -> Sequence[str]:
        """Names of the alerts that Prometheus says are firing; that it does not answer is among `problems`."""
        return sorted(name for name, state in (alert_states(self) or {}).items() if state == "firing")

    def _annotations(self, run_tag: str) -> HttpWorkloadSpec:
        return HttpWorkloadSpec(
            name="annotations", description="POST /api/annotations, one after another",
            url=self.endpoint(f"https://{DOMAIN}/api/annotations"), run_tag=run_tag,
        )

    def _annotation_ids(self) -> Sequence[str]:
        """Ids of all annotations, read from the store itself: also where the service did not come back."""
        query = ("import sqlite3, sys; print(*(row[0] for row in "
                 "sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute('SELECT id FROM annotation')), sep='\\n')")
        return self.production.run(f'python3 -c "{query}" {self.store_file}').stdout.split()

    def probe_specs(self) -> Mapping[str, ProbeSpec]:
        """The probes by name."""
        specs: tuple[ProbeSpec, ...] = (
            HttpSpec(name="API", description="GET /api/health as users do",
                     url=self.endpoint(f"https://{DOMAIN}/api/health"), expected_json={"status": "ok"},
                     good_limit_s=GOOD_LIMIT_S, interval_s=ASK_EVERY_S),
            HttpSpec(name="frontend", description="GET / as new visitors do",
                     url=self.endpoint(f"https://{DOMAIN}/"), fresh_connections=True, interval_s=0.5,
                     good_limit_s=GOOD_LIMIT_S),
            CertificateSpec(name="served certificate", description="the certificate that new visitors are served",
                            url=self.endpoint(f"https://{DOMAIN}/")),
            self._disk_probe("/var"),
            self._disk_probe("/opt"),
            self._command_probe("nginx configuration", "whether nginx could load its configuration", "nginx -t",
                                "nginx -t accepts the configuration", interval_s=0.5),
        )
        return {spec.name: spec for spec in specs}

    def _disk_probe(self, mount: str) -> CommandSpec:
        command = f"df -B1 --output=used,avail {mount} | awk 'NR == 2 {{ printf \"%.2f\\n\", 100 * $1 / ($1 + $2) }}'"
        return self._command_probe(f"use of {mount}", f"how full {mount} is", command, "less than 70 % full", below=70.0,
                                   value_unit="%")

    def _command_probe(self, name: str, description: str, command: str, condition: str, *, below: float | None = None,
                       value_unit: str = "", interval_s: float = 0.25) -> CommandSpec:
        return CommandSpec(name=name, description=description, host=self.observer(), command=command, condition=condition,
                           below=below, value_unit=value_unit, interval_s=interval_s)

    def _authority_out_of_reach(self) -> Unreachable:
        return Unreachable(self.production, self.way_to_the_authority, "https://acme-v02.api.letsencrypt.org/directory")

    def _short_certificate(self, validity: Validity) -> ShortCertificate:
        return ShortCertificate(self.production, DOMAIN, validity)

    def _mend_site(self) -> str:
        """In the editor the person finds the line that `nginx -t` names, and puts the semicolon back."""
        before = self.production.run(f"cat {SITE}").stdout
        mended = re.sub(r"(proxy_set_header Host \$host)$", r"\1;", before, flags=re.MULTILINE)
        self.production.put(SITE, mended.encode())
        changed = [number for number, (old, new) in
                   enumerate(zip(before.splitlines(), mended.splitlines(), strict=True), start=1) if old != new]
        lines = ", ".join(map(str, changed)) or "none needed"
        return f"put the missing semicolon back; lines changed: {lines}"

