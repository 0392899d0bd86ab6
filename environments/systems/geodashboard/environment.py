"""The running replica: two hosts, a certificate from the environment's own Let's Encrypt, the monitoring stack."""

import io
import secrets
import tarfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import httpx

from environments.faults.proxies import Way
from environments.hosts.spec import Disk, HostSpec
from environments.images.sources import ensure
from environments.systems.geodashboard import certificates
from environments.systems.geodashboard.images import EngineSuite, internet_image, monitoring_image, production_image
from environments.systems.readme import assumptions_of
from environments.systems.replica import READY_LIMIT_S, Replica, package_versions
from reports.errors import HarnessError
from reports.journal.clock import wait_until

DOMAIN = "geodashboard.example"

StoreOn = Literal["/opt", "/var"]

_AUTHORITY_NAMES = ("acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org",
                    "acme-6-days.example", "acme-10-seconds.example")
_DATA_DIRECTORY = {"/opt": "/opt/epic-geodashboard/backend/data", "/var": "/var/lib/epic-geodashboard"}
_DISKS = (Disk("/opt", 256 * 2**20), Disk("/var", 768 * 2**20))
_TOXIPROXY_PORT = 8474


class Geodashboard(Replica):
    """One replica: `start` brings it up healthy, `stop` removes it; the annotations lie on the disk `store_on`."""

    folder = Path(__file__).parent
    domain = DOMAIN

    def __init__(self, run_id: str, *, store_on: StoreOn = "/opt",
                 engine_suite: EngineSuite = "bookworm") -> None:
        super().__init__(run_id)
        self.store_on: StoreOn = store_on
        """The disk that the annotations lie on."""
        self._engine_suite = engine_suite
        self._grafana_password = secrets.token_urlsafe(18)
        self._root_ca_pem = ""

    @property
    def stack(self) -> Sequence[str]:
        """Hosts and what runs on them, one line each."""
        engine = "Docker 20.10, compose 1.29" if self._engine_suite == "bookworm" else "Docker 26.1, compose 2.26"
        return (
            "production: Debian bookworm, nginx, FastAPI backend under systemd, certbot, monitoring stack in its own "
            f"Docker Engine ({engine}); /opt 256 MB, /var 768 MB, annotations on {self.store_on}",
            "internet: Let's Encrypt under its real names (Pebble behind nginx behind Toxiproxy)",
        )

    @property
    def bindings(self) -> Mapping[str, str]:
        """Values of the document's placeholders."""
        return {"<domain>": DOMAIN, "<email>": f"ops@{DOMAIN}"}

    @property
    def secrets(self) -> Sequence[str]:
        """Literal strings that must not get into the evidence."""
        return (self._grafana_password,)

    @property
    def root_ca_pem(self) -> str:
        """The roots under which the environment's authorities issue; one for each of them."""
        return self._root_ca_pem

    @property
    def assumptions(self) -> Sequence[str]:
        """Those of README.md."""
        return assumptions_of(self.folder)

    @property
    def way_to_the_authority(self) -> Way:
        """The Toxiproxy between production and all authorities."""
        return Way(api=self.published(_TOXIPROXY_PORT, "internet"), proxy="authority")

    @property
    def store_file(self) -> str:
        """The database file on production."""
        return f"{_DATA_DIRECTORY[self.store_on]}/annotations.db"

    def host_specs(self, maximum_life_s: float) -> Sequence[HostSpec]:
        """Production, and the internet that it reaches."""
        self._images = tuple(ensure(spec) for spec in (
            production_image(self._engine_suite), internet_image(), monitoring_image()))
        production, internet, _ = self._images
        return (
            HostSpec("production", production, aliases=(DOMAIN,), ports=(80, 443), disks=_DISKS, maximum_life_s=maximum_life_s),
            HostSpec("internet", internet, aliases=_AUTHORITY_NAMES, ports=(_TOXIPROXY_PORT,), maximum_life_s=maximum_life_s))

    def _started(self) -> None:
        """Configure, have the certificate issued, start the monitoring."""
        self._configure()
        with ThreadPoolExecutor() as pool:
            waits = [pool.submit(self._serve), pool.submit(self._start_monitoring)]
            for wait in waits:
                wait.result()
        self.wait_healthy()

    def problems(self) -> Sequence[str]:
        """What is not healthy now, one sentence each; empty when all members are well."""
        expected = {"/api/health": "the API", "/": "the frontend", "/prometheus/-/ready": "Prometheus",
                    "/alertmanager/-/ready": "Alertmanager", "/grafana/": "Grafana"}
        found = []
        with self.client(f"https://{DOMAIN}") as client:
            for path, name in expected.items():
                try:
                    status = client.get(path).status_code
                except httpx.HTTPError as error:
                    found.append(f"{name} ({path}) does not answer: {str(error) or type(error).__name__}")
                else:
                    if status != 200:
                        found.append(f"{name} ({path}) answers {status}")
        found += self.failed_units()
        return tuple(found)

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """For each host the Debian versions of what the drills depend on."""
        packages = {
            "production": ("systemd", "nginx-light", "certbot", "docker.io", "docker-compose",
                           "python3-fastapi", "uvicorn"),
            "internet": ("systemd", "pebble", "nginx-light"),
        }
        return {name: package_versions(self.host(name), wanted) for name, wanted in packages.items()}

    def place_certificate(self, validity: certificates.Validity) -> None:
        """Have production serve a certificate of this validity, counted from its issuing; see `certificates.place`."""
        certificates.place(self.production, DOMAIN, validity)

    def _configure(self) -> None:
        """Give production what differs from start to start: roots to trust, secrets, the probes' address."""
        roots = [self._ask_internet(f"curl -sSk https://127.0.0.1:1500{n}/roots/0") for n in range(3)]
        web_root = self._ask_internet("cat /run/authority/root.pem")
        self._root_ca_pem = "".join(roots)
        files = {
            "etc/nginx/probe-addresses.conf": f"{self.production.network.gateway()} 1;\n",
            "etc/systemd/system/epic-geodashboard.service.d/store.conf":
                f"[Service]\nEnvironment=GEODASHBOARD_DATA={_DATA_DIRECTORY[self.store_on]}\n",
            "opt/epic-geodashboard/.env":
                f"GF_SECURITY_ADMIN_USER=admin\nGF_SECURITY_ADMIN_PASSWORD={self._grafana_password}\n",
        }
        trusted = {"90-days": roots[0], "6-days": roots[1], "10-seconds": roots[2], "web": web_root}
        files |= {f"usr/local/share/ca-certificates/authority-{name}.crt": pem for name, pem in trusted.items()}
        self.production.run(
            "tar -x -m -C / && cd /opt/epic-geodashboard && chown ubuntu:ubuntu .env && chmod 0640 .env",
            stdin=_tar(files))

    def _ask_internet(self, command: str) -> str:
        """Run a command until it answers 0: the authorities may start a moment after the boot is over."""
        internet = self.host("internet")

        def answer() -> str | None:
            done = internet.run(command, check=False)
            return done.stdout if done.exit_status == 0 else None

        if (found := wait_until(answer, timeout_s=10.0, clock=self._clock)) is None:
            raise HarnessError(f"On host internet, `{command}` did not succeed within 10 s")
        return found

    def _serve(self) -> None:
        """Trust, certificate, nginx, backend: what stands between a booted host and a served site."""
        # The first loop is what update-ca-certificates does, for these and without reading all others again.
        self.production.run(f"""
            set -e
            for root in /usr/local/share/ca-certificates/authority-*.crt; do
                cat $root >> /etc/ssl/certs/ca-certificates.crt
                ln -s $root /etc/ssl/certs/$(openssl x509 -noout -hash -in $root).0
            done
            systemctl daemon-reload
            {"systemctl restart epic-geodashboard" if self.store_on != "/opt" else ""}
            systemd-run --quiet --unit=first-challenge python3 -m http.server 80 --directory /var/www/letsencrypt
            certbot certonly --quiet --non-interactive --agree-tos --email ops@{DOMAIN} \\
                --webroot --webroot-path /var/www/letsencrypt --domain {DOMAIN}
            systemctl stop first-challenge
            systemctl enable --quiet --now nginx
        """, timeout_s=READY_LIMIT_S)

    def _start_monitoring(self) -> None:
        self.production.run("cd /opt/epic-geodashboard && runuser -u ubuntu -- docker-compose up -d 2>&1",
                            timeout_s=READY_LIMIT_S)


def _tar(files: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    return stream.getvalue()
