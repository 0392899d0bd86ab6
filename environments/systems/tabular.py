"""A replica described by a system.toml. A system.py beside the table may subclass it for what a table cannot express."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from environments.faults import Fault
from environments.hosts.reach import Secret
from environments.hosts.spec import HostSpec
from environments.images import sources
from environments.images.specs import BaseSpec, ImageSpec, PublicImage
from environments.probes.http import HttpWorkloadSpec
from environments.probes.spec_base import ProbeSpec, Store, WorkloadSpec
from environments.state.reading import Reader
from environments.systems.alerts import alert_states
from environments.systems.catalog import Capture, Check, Claim, FaultKind, Workload, first_match
from environments.systems.lines import line_of
from environments.systems.looks import Look
from environments.systems.references import build
from environments.systems.replica import HEALTH_POLL_S, PRODUCTION, READY_LIMIT_S, Replica, package_versions
from environments.systems.table import FileTable, Table, days
from reports.errors import HarnessError
from reports.journal.clock import wait_until
from reports.journal.durations import duration
from reports.journal.events import AllowedChange

S = TypeVar("S", bound=Store)
B = TypeVar("B", bound=msgspec.Struct)
Image = ImageSpec | BaseSpec | PublicImage
STANDARD_IMAGES: Mapping[str, Callable[[], ImageSpec]] = {
    "host": sources.host_image, "docker host": sources.docker_host_image, "newer docker host": sources.newer_docker_host_image,
    "go builder": sources.go_builder_image, "node builder": sources.node_builder_image}
DEBIAN_RELEASES = ("bookworm", "trixie")
PRINTED_LIMIT_S = 10.0
"""How long after its boot a host may take to print the content of another host's file."""


@dataclass(frozen=True)
class Plan:
    """A checked system.toml: the table, and the struct of each entry with a kind (its references unresolved)."""

    name: str
    folder: Path
    table: Table
    stores: Mapping[str, Store]
    probes: Mapping[str, ProbeSpec]
    writers: Mapping[str, WorkloadSpec]
    faults: Mapping[str, Fault]
    statements: Mapping[str, Look]
    healthy: Mapping[str, Look]


@cache
def _place_of_check(file: Path, name: str) -> str:
    return f"{file}:{line_of(file.read_text(encoding='utf-8'), ('checks', name))}: checks.{name!r}"


class TabularReplica(Replica):
    """The replica defined by the table; subclasses may extend every property."""

    def __init__(self, run_id: str, plan: Plan, *, data_on: str = "", variant: str = "") -> None:
        super().__init__(run_id)
        self.plan = plan
        self.table = plan.table
        self.folder = plan.folder
        self.data_on = data_on
        self.variant = variant
        self._secrets = {name: Secret(secrets.token_hex(16)) for name in plan.table.secrets}
        self._root_ca_pem = ""

    # -- content of the table ------------------------------------------------------------------------------------------

    @property
    def stack(self) -> Sequence[str]:
        """Describe the hosts and what runs on them, one line each, with the disk that holds the data if there is a choice."""
        data_on = {PRODUCTION: f"; data on {self.data_on}"} if len(self.table.disks) > 1 else {}
        return tuple(f"{name}: {host.runs}{data_on.get(name, '')}" for name, host in self.table.hosts.items())

    @property
    def assumptions(self) -> Sequence[str]:
        """Decisions of the replica where the document is silent, each with its source."""
        return tuple(map(str, self.table.assumptions))

    @property
    def bindings(self) -> Mapping[str, str]:
        """Values of placeholders that no documented command prints; "" for those that only a running host can tell."""
        fixed = {name: value for name, value in self.table.placeholders.items() if isinstance(value, str)}
        asked = {name: way for name, ways in self.table.ways.items() for way in ways if way.run}
        if not self._hosts:
            return fixed | dict.fromkeys(asked, "")
        said = {name: self.host(way.host).run(way.run, check=False).stdout.strip() for name, way in asked.items()}
        return fixed | {name: value for name, value in said.items() if value}

    @property
    def captures(self) -> Sequence[Capture]:
        """Placeholders that the operator reads from the output of a diagnosis."""
        return tuple(Capture(name, way.command, first_match(way.match)) for name, ways in self.table.ways.items()
                     for way in ways if way.command)

    @property
    def secrets(self) -> Sequence[str]:
        """Literal texts that must not appear in the evidence."""
        return tuple(self._secrets.values())

    @property
    def faults(self) -> Mapping[str, FaultKind]:
        """Known faults by name."""
        return {name: FaultKind(written["description"], partial(self.fault, name), kind=str(written["kind"]),
                                parameters=_spelled(written)) for name, written in self.table.faults.items()}

    @property
    def checks(self) -> Mapping[str, Check]:
        """What is known of the document's checks, by caption or by text on one line."""
        return {name: Check(check.reading, () if check.waived else check.looks_at, check.waived or check.because,
                            _place_of_check(self.folder / "system.toml", name))
                for name, check in self.table.checks.items()}

    @property
    def renamed_tools(self) -> Mapping[str, str]:
        """Tools named by the document that no longer exist, with their current names."""
        return self.table.renamed_tools

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """Writing clients, by the words after "clients keep writing"."""
        return {name: Workload(partial(self._writer, name), partial(self._stored_ids, name), lossy=writer.lossy,
                               sides=partial(self._sides, name) if writer.on_a_side else None)
                for name, writer in self.plan.writers.items()}

    @property
    def claims(self) -> Mapping[str, Claim]:
        """How the document's statements are checked, by their exact text."""
        return {name: Claim(name, partial(look.watch, self), look.symptom_kind)
                for name, look in self.plan.statements.items()}

    @property
    def statements_waived(self) -> Mapping[tuple[str, str], str]:
        """Statements of the document that no drill looks at: procedure and text, with the reason."""
        return {(waived.heading, waived.text): waived.reason for waived in self.table.statements_waived}

    @property
    def observed(self) -> Sequence[str]:
        """Names of the probes."""
        return tuple(self.table.probes)

    @property
    def always_observed(self) -> Sequence[str]:
        """Probes that run in every drill."""
        return self.table.always_observed

    @property
    def manual_steps(self) -> Mapping[str, Callable[[], str]]:
        """Manual steps by documented command."""
        return {command: lambda step=step: self.host(step.host).run(step.run).stdout.strip()  # type: ignore[misc]  # mypy: lambda
                for command, step in self.table.manual_steps.items()}

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """Events of the outside world by name."""
        return {name: lambda removes=event.removes: self.fault(removes).remove()  # type: ignore[misc]  # mypy: lambda
                for name, event in self.table.events.items()}

    @property
    def root_ca_pem(self) -> str:
        """The roots that clients of the service trust."""
        return self._root_ca_pem

    def probe_specs(self) -> Mapping[str, ProbeSpec]:
        """Probes by name, for this running replica."""
        return {name: self._built(type(spec), {**self.table.probes[name], "name": name})
                for name, spec in self.plan.probes.items()}

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """Versions of relevant software, by host."""
        found = {}
        for name, host in self.table.hosts.items():
            said = {what: self.host(name).run(command, check=False).stdout.strip() for what, command in host.versions.items()}
            found[name] = package_versions(self.host(name), host.packages) | {what: text for what, text in said.items() if text}
        return found

    def problems(self) -> Sequence[str]:
        """List what is unhealthy now, one sentence each; empty if everything is healthy."""
        looked = {name: look.observe(self) for name, look in self.plan.healthy.items()}
        return (*(f"not so: {name} ({seen.seen})" for name, seen in looked.items() if not seen.holds), *self.failed_units())

    def firing_alerts(self) -> Sequence[str]:
        """Names of firing alerts; none if Prometheus does not answer, which is for `healthy` to notice."""
        return sorted(name for name, state in (self.alert_states() or {}).items() if state == "firing")

    def alert_states(self) -> Mapping[str, str] | None:
        """State of the monitoring's alerts by name; None if it does not answer."""
        return alert_states(self.production, self.table.alerts) if self.table.alerts else {}

    def state_reader(self) -> Reader:
        """Return what reads the running replica's state: its hosts, its stores, and the files that the table names."""
        stores = {name: partial(self.stored, name) for name in self.plan.stores}
        rows = {name: (written.host, written.run) for name, written in self.table.state.rows.items()}
        hosts = {PRODUCTION, *(host for host, _ in rows.values())}
        return Reader({name: self.host(name) for name in hosts}, {PRODUCTION: self.table.state.files}, stores, rows)

    @property
    def allowed_changes(self) -> Sequence[AllowedChange]:
        """Changes by a remedy that are no defect, each with its reason."""
        return tuple(AllowedChange(allowed.what, allowed.reason) for allowed in self.table.state.allow)

    def every_d(self, procedure: str) -> float | None:
        """Return how often a procedure must be drilled, in days; None if the table does not say."""
        stated = self.table.exercise.procedures.get(procedure) or self.table.exercise.every
        return days(stated) if stated else None

    # -- images and hosts ----------------------------------------------------------------------------------------------

    def image(self, name: str) -> Image:
        """Resolve an image name: an image of the table, a standard one, a Debian release, or a folder beside the table."""
        if name in DEBIAN_RELEASES:
            return BaseSpec(name)
        if name in STANDARD_IMAGES:
            return STANDARD_IMAGES[name]()
        written = self.table.images.get(name)
        if written is None:
            return ImageSpec(f"runproof/{self.plan.name}-{name}", self.folder / name, base=sources.host_image())
        base = self.image(written.base)
        if isinstance(base, PublicImage):
            raise HarnessError(f"{self}: the image {name!r} cannot be built on the third-party image {base.reference}")
        own = ImageSpec(
            f"runproof/{self.plan.name}-{name}", self.folder / (written.folder or name), base=base,
            stages=tuple((argument, self.image(stage)) for argument, stage in written.stages.items()),
            nested=self._nested(name), names_inside=written.names_inside, stands_in_for=written.stands_in_for,
            reason=written.reason, without=written.without)
        return sources.original_or(own) if written.pull_first else own

    def image_specs(self) -> Sequence[ImageSpec]:
        """Return all images that setup provides."""
        names = dict.fromkeys((*self.table.images, *(host.image for host in self.table.hosts.values())))
        return tuple(spec for name in names if isinstance(spec := self.image(name), ImageSpec))

    def host_specs(self, maximum_life_s: float) -> Sequence[HostSpec]:
        """Ensure the images and return the hosts."""
        hosts = self.table.hosts
        records = {name: sources.ensure(self.image(host.image)) for name, host in hosts.items()}
        parts = [part for host in hosts.values() for part in (*self._nested(host.image), *self._named_parts(host.image))]
        self._images = (*records.values(), *map(sources.ensure, parts))
        return tuple(HostSpec(name, records[name], aliases=host.aliases, ports=host.ports, disks=host.small_disks,
                              maximum_life_s=maximum_life_s, operator=host.operator, memory_bytes=host.memory_bytes,
                              reboots=host.reboots) for name, host in hosts.items())

    def _nested(self, image: str) -> tuple[ImageSpec, ...]:
        written = self.table.images.get(image)
        return tuple(spec for name in (written.nested if written else ()) if isinstance(spec := self.image(name), ImageSpec))

    def _named_parts(self, image: str) -> tuple[Image, ...]:
        """Third-party images, and their stand-ins, that are copied into an image when it is built."""
        spec = self.image(image)
        stages = [stage for _, stage in spec.stages] if isinstance(spec, ImageSpec) else []
        return tuple(stage for stage in stages
                     if isinstance(stage, PublicImage) or (isinstance(stage, ImageSpec) and stage.stands_in_for))

    # -- starting ------------------------------------------------------------------------------------------------------

    def _start_services(self) -> None:
        """Configure the hosts and start their services; each step is a hook."""
        self._configure()
        self._bring_up()

    def _become_healthy(self) -> None:
        """Wait until all are healthy, then settle."""
        self.wait_healthy()
        self._settle()

    def _configure(self) -> None:
        """Write the files that differ between starts."""
        for name, host in self.table.hosts.items():
            for path, file in host.files.items():
                self.host(name).put(path, self._content(file).encode(), int(file.mode, 8))

    def _bring_up(self) -> None:
        """Run each host's `start`, then read the roots that clients trust."""
        for name, host in self.table.hosts.items():
            if host.start:
                self.host(name).run(host.start, timeout_s=READY_LIMIT_S)
        for name, host in self.table.hosts.items():
            if host.root_ca:
                self._root_ca_pem += self.host(name).run(f"cat {host.root_ca}").stdout

    def _settle(self) -> None:
        """Run each host's `settle`."""
        for name, host in self.table.hosts.items():
            if host.settle:
                self.host(name).run(host.settle, timeout_s=READY_LIMIT_S)

    def wait_healthy(self, timeout_s: float = READY_LIMIT_S) -> None:
        """Wait for each look in turn, then for all together: polling everything all the time would slow the start."""
        for look in self.plan.healthy.values():
            wait_until(lambda look=look: look.observe(self).holds,  # type: ignore[misc]  # mypy: lambda
                       timeout_s=timeout_s, poll_s=HEALTH_POLL_S, clock=self._clock)
        super().wait_healthy(timeout_s)

    def _content(self, file: FileTable) -> str:
        if file.run:
            return self._printed(file.host, file.run)
        content = file.text
        for name, text in {"probes": self.production.network.gateway(), **self._secrets}.items():
            content = content.replace(f"{{{name}}}", text)
        return content

    def _printed(self, host: str, command: str) -> str:
        """Run a command until it exits 0: the service that it asks may start shortly after the boot."""
        done = wait_until(lambda: done if (done := self.host(host).run(command, check=False)).exit_status == 0 else None,
                          timeout_s=PRINTED_LIMIT_S, clock=self._clock)
        if done is None:
            raise HarnessError(f"{self}: on host {host}, `{command}` did not succeed within {duration(PRINTED_LIMIT_S)}")
        return done.stdout

    # -- references (see environments.systems.references.Site) ---------------------------------------------------------

    def secret(self, name: str) -> Secret:
        """Return a secret, generated for this replica."""
        return self._secrets[name]

    def stored(self, name: str) -> Store:
        """Return a store of the running replica."""
        return self._built(type(self.plan.stores[name]), self.table.stores[name])

    def store(self, name: str, kind: type[S]) -> S:
        """Return a store of the given kind; raises HarnessError if it is of another kind."""
        found = self.stored(name)
        if not isinstance(found, kind):
            raise HarnessError(f"{self}: the store {name!r} is not a {kind.__name__}")
        return found

    def fault(self, name: str) -> Fault:
        """Return a fault of the running replica, not yet injected."""
        return self._built(type(self.plan.faults[name]), self.table.faults[name])

    def _built(self, kind: type[B], written: Mapping[str, Any]) -> B:
        return build(kind, written, self)

    def _writer(self, name: str, run_tag: str) -> WorkloadSpec:
        return self._built(type(self.plan.writers[name]), {**self.table.writers[name], "name": name, "run_tag": run_tag})

    def _stored_ids(self, name: str) -> Sequence[str]:
        writer = self._writer(name, "")
        if isinstance(writer, HttpWorkloadSpec) and (stored := writer.stored) is not None:
            if stored.store:
                return self.stored(stored.store).stored_ids(stored.place)
            return self.host(stored.host).run(stored.command).stdout.split()
        return writer.stored_ids()

    def _sides(self, name: str) -> Mapping[str, Sequence[str]]:
        return self._writer(name, "").sides()


def _spelled(written: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a fault as written in the table."""
    return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for name, value in written.items() if name not in {"kind", "description"}}
