"""The replica of the Guestbook, with everything that the steps ask of a system (environments.systems.contract)."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx
import msgspec

from environments.faults.main_process_frozen import MainProcessFrozen
from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.hosts.operator import Operator
from environments.hosts.spec import HostSpec
from environments.images.sources import ImageSpec, ensure, host_image
from environments.probes.specs import AnySpec, AnyWorkload, HttpSpec, HttpWorkloadSpec
from environments.systems.contract import Capture, Claim, FaultKind, Observation, Reading, Workload
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

PORT = 8080
UNIT = "guestbook"
ENTRIES = "/var/lib/guestbook/entries"
READY_LIMIT_S = 30.0
ANSWER_LIMIT_S = 1.0
"""How long a visitor waits; the document names no figure."""


class _Entry(msgspec.Struct):
    id: str


def production_image() -> ImageSpec:
    """The generic host with the service on it."""
    return ImageSpec("runproof/guestbook-production", Path(__file__).parent / "production", base=host_image())


class Guestbook:
    """One replica: `start` brings it up healthy, `stop` removes it."""

    def __init__(self, run_id: str) -> None:
        self.stack: Sequence[str] = ("production: Debian bookworm, the Guestbook under systemd on port 8080",)
        self.assumptions: Sequence[str] = ("An entry is acknowledged with 201 when it is on the disk.",)
        self.images: Sequence[ImageRecord] = ()
        self.hosts: Mapping[str, Host] = {}
        self.bindings: Mapping[str, str] = {}
        self.secrets: Sequence[str] = ()
        self.captures: Sequence[Capture] = ()
        self.readings: Sequence[Reading] = (Reading("Check the service", re.compile(r"^active$", re.MULTILINE)),)
        self.renamed_tools: Mapping[str, str] = {}
        self.observed: Sequence[str] = ("guestbook",)
        self.always_observed: Sequence[str] = ("guestbook",)
        self.manual_steps: Mapping[str, Callable[[], str]] = {}
        self.events: Mapping[str, Callable[[], None]] = {}
        self.unavailable: Mapping[str, str] = {}
        self.faults: Mapping[str, FaultKind] = {
            "the service hangs": FaultKind(
                "the service's only process is stopped (SIGSTOP): connections are taken, nothing is answered",
                lambda: MainProcessFrozen(self._production, UNIT)),
        }
        self.workloads: Mapping[str, Workload] = {"entries": Workload(self._entries, self._entry_ids)}
        self.claims: Mapping[str, Claim] = {
            "visitors get no answer": Claim("visitors get no answer", self._no_answer),
        }
        self._network = DrillNetwork(run_id)
        self._clock = SystemClock()

    def start(self, *, maximum_life_s: float) -> None:
        """Bring it up, healthy; raises NotAvailableError or HarnessError, and removes then what was started."""
        self.images = (ensure(production_image()),)
        self._network.create()
        try:
            spec = HostSpec("production", self.images[0], ports=(PORT,), maximum_life_s=maximum_life_s)
            self.hosts = {"production": Host(spec, self._network).start()}
            self._wait_healthy()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Remove everything; safe to call twice."""
        for host in self.hosts.values():
            host.stop()
        self.hosts = {}
        self._network.remove()

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """What the drills depend on."""
        lines = self._production.run("dpkg-query -W -f '${Package} ${Version}\\n' systemd python3").stdout.splitlines()
        return {"production": dict(line.split(" ", 1) for line in lines)}

    def probe_specs(self) -> Mapping[str, AnySpec]:
        """The probe: what a visitor sees."""
        return {"guestbook": HttpSpec(
            name="guestbook", description="GET /health as visitors do", address="127.0.0.1",
            port=self._production.published(PORT), server_name="guestbook", path="/health", expected_json={"status": "ok"},
            good_limit_s=ANSWER_LIMIT_S)}

    def open_operator(self) -> Operator:
        """Log `ubuntu` in on production."""
        return self._production.open_operator()

    def firing_alerts(self) -> Sequence[str]:
        """None: the document knows no monitoring."""
        return ()

    def problems(self) -> Sequence[str]:
        """What is not healthy now."""
        found = [] if self._answers(ANSWER_LIMIT_S) else ["the service does not answer"]
        return (*found, *(f"unit {unit} failed" for unit in self._production.failed_units()))

    @property
    def _production(self) -> Host:
        if "production" not in self.hosts:
            raise HarnessError("Guestbook is not started")
        return self.hosts["production"]

    def _wait_healthy(self) -> None:
        if wait_until(lambda: not self.problems(), timeout_s=READY_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"Guestbook was not healthy within {READY_LIMIT_S:g} s: {'; '.join(self.problems())}")

    def _entries(self, run_tag: str) -> AnyWorkload:
        return HttpWorkloadSpec(name="entries", description="POST /entries, one after another", address="127.0.0.1",
                                port=self._production.published(PORT), server_name="guestbook", path="/entries", run_tag=run_tag)

    def _entry_ids(self) -> Sequence[str]:
        """From the file, not from the service: it must count also where the service did not come back."""
        lines = self._production.run(f"cat {ENTRIES}").stdout.splitlines()
        return [msgspec.json.decode(line, type=_Entry).id for line in lines]

    def _answers(self, timeout_s: float) -> bool:
        url = f"http://127.0.0.1:{self._production.published(PORT)}/health"
        try:
            return httpx.get(url, timeout=timeout_s, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _no_answer(self, limit_s: float) -> Observation:
        silent = wait_until(lambda: not self._answers(ANSWER_LIMIT_S), timeout_s=limit_s, clock=self._clock) is not None
        return Observation(silent, f"{'no' if silent else 'an'} answer within {ANSWER_LIMIT_S:g} s")
