"""Probes keep their schedule and report what a client experiences, against a real TLS server."""

import asyncio
import datetime
import itertools
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from environments.hosts.reach import Endpoint
from environments.probes.asker import STATE_PATIENCE_S, Asker
from environments.probes.certificate import CertificateSpec, served_certificate
from environments.probes.http import HttpSpec, HttpWorkloadSpec
from environments.probes.ledger import account, divergence, ledger, undecided_but_stored
from environments.probes.process import Probe
from environments.probes.spec_base import ProbeSpec
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.events import Sample, SamplesTaken

NAME = "service.example"


def certificate(valid_s: float) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = SystemClock().utcnow()
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(seconds=valid_s))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    return made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Service:
    """Answers as configured; stores POSTs unless configured to lie. Without a folder it speaks plain HTTP."""

    def __init__(self, folder: Path | None, valid_s: float = 30 * 86400) -> None:
        self.root_ca_pem = ""
        self.answer: Callable[[], tuple[int, str]] = lambda: (200, '{"status": "ok"}')
        self.delay_s = 0.0
        self.stored: list[str] = []
        self.asked: dict[str, str] = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.reply(*service.answer())

            def do_POST(self) -> None:
                service.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = service.answer()
                if status == 201:
                    service.stored.append(service.asked["id"])
                self.reply(status, body)

            def reply(self, status: int, body: str) -> None:
                SystemClock().sleep(service.delay_s)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Ignore connections that an ending probe closes halfway."""

        self.server = Server(("127.0.0.1", 0), Handler)
        if folder is not None:
            pem, key = certificate(valid_s)
            self.root_ca_pem = pem.decode()
            (folder / "service.pem").write_bytes(pem + key)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "service.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]


@pytest.fixture
def service(tmp_path):
    running = Service(tmp_path)
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def plain():
    running = Service(None)
    yield running
    running.server.shutdown()
    running.server.server_close()


def url(service: Service, **changes: str) -> Endpoint:
    return msgspec.structs.replace(Endpoint(port=service.port, server_name=NAME, root_ca_pem=service.root_ca_pem), **changes)


def http(service: Service, **changes: object) -> HttpSpec:
    settings: dict[str, object] = {
        "name": "API", "description": "a test", "url": url(service), "expected_json": {"status": "ok"},
        "good_limit_s": 1.0, **changes}
    return HttpSpec(**settings)  # type: ignore[arg-type]  # each value has its field's type


def samples_of(spec: ProbeSpec, enough: Callable[[list[Sample]], bool], limit_s: float = 15.0) -> list[Sample]:
    recorded: list[Sample] = []
    probe = Probe(spec, lambda event: recorded.extend(event.samples) if isinstance(event, SamplesTaken) else None, primary=True)
    try:
        assert wait_until(lambda: enough(probe.samples()), timeout_s=limit_s, clock=SystemClock()), probe.samples()[-5:]
    finally:
        probe.stop()
    assert sorted(recorded, key=lambda sample: sample.scheduled) == probe.samples(), "every sample is in the journal"
    return probe.samples()


def test_the_schedule_is_kept(service):
    taken = samples_of(http(service), lambda samples: len(samples) >= 60)
    steps = [after.scheduled - before.scheduled for before, after in itertools.pairwise(taken)]
    assert sum(abs(step - 0.05) < 3e-6 for step in steps) > 0.9 * len(steps)
    assert all(sample.good and sample.outcome == "200" for sample in taken[1:])


def test_slow_answers_time_out_and_do_not_delay_other_requests(service):
    service.delay_s = 1.5
    taken = samples_of(http(service, timeout_s=0.5), lambda samples: len(samples) >= 20)
    assert {sample.outcome for sample in taken} == {"timed out"}
    assert all(sample.answered is None and not sample.good for sample in taken)
    steps = [after.sent - before.sent for before, after in itertools.pairwise(taken)]
    assert max(steps) < 0.5


@pytest.mark.parametrize(("answer", "outcome"), [
    ((502, ""), "502"), ((200, '{"status": "ill"}'), "200, wrong body"), ((200, "not json"), "200, wrong body")])
def test_a_wrong_answer_is_bad(service, answer, outcome):
    service.answer = lambda: answer
    assert samples_of(http(service), lambda samples: len(samples) >= 3)[-1].outcome == outcome


def test_a_slow_right_answer_is_bad(service):
    service.delay_s = 0.1
    taken = samples_of(http(service, good_limit_s=0.02), lambda samples: len(samples) >= 3)
    assert {sample.outcome for sample in taken} == {"200, slow"}


def test_nobody_listening_is_refused(service):
    service.server.shutdown()
    service.server.server_close()
    taken = samples_of(http(service), lambda samples: len(samples) >= 3)
    assert {sample.outcome for sample in taken} == {"refused"}


def test_a_certificate_of_another_root_is_not_trusted(service, tmp_path):
    stranger, _ = certificate(86400)
    taken = samples_of(http(service, url=url(service, root_ca_pem=stranger.decode())), lambda samples: len(samples) >= 3)
    assert all(sample.outcome.startswith("TLS: ") for sample in taken)


def test_a_served_certificate_is_fetched_without_reading_the_systems_roots(service, monkeypatch):
    def refuse(*_arguments):
        raise AssertionError("reading all roots takes longer than the rest of a sample")

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", refuse)
    leaf = asyncio.run(served_certificate("127.0.0.1", service.port, NAME))
    assert leaf.subject.rfc4514_string()


def test_a_served_certificates_remaining_days_are_measured(service):
    spec = CertificateSpec(name="certificate", description="a test", url=url(service), interval_s=0.1)
    last = samples_of(spec, lambda samples: len(samples) >= 3)[-1]
    assert last.good
    assert last.value == pytest.approx(30, abs=0.01)


def test_an_expired_certificate_is_bad_and_its_age_is_known(tmp_path):
    expired = Service(tmp_path, valid_s=-3600)
    spec = CertificateSpec(name="certificate", description="a test", url=url(expired), interval_s=0.1)
    last = samples_of(spec, lambda samples: len(samples) >= 3)[-1]
    expired.server.shutdown()
    assert (last.good, last.outcome) == (False, "TLS: certificate has expired")
    assert last.value == pytest.approx(-1 / 24, abs=0.01)


def workload(service: Service, **changes: object) -> HttpWorkloadSpec:
    settings: dict[str, object] = {
        "name": "writes", "description": "a test", "url": url(service), "run_tag": "t", "interval_s": 0.05, **changes}
    return HttpWorkloadSpec(**settings)  # type: ignore[arg-type]  # each value has its field's type


def test_the_ledger_of_an_honest_service_balances(service):
    service.answer = lambda: (201, "{}")
    taken = samples_of(workload(service), lambda samples: len(samples) >= 20)
    found = account("writes", ledger("t", taken), service.stored)
    assert (found.acknowledged, found.lost, found.duplicated) == (len(taken), 0, 0)


def test_lost_duplicated_and_undecided_writes_are_counted(service):
    service.answer = lambda: (201, "{}")
    taken = samples_of(workload(service), lambda samples: len(samples) >= 20)
    kept = [write_id for write_id in service.stored if write_id not in {"t-3", "t-5"}] + ["t-7"]
    undecided = Sample(scheduled=0, sent=0, answered=None, good=False, outcome="timed out", value=99.0)
    never_arrived = Sample(scheduled=0, sent=0, answered=0.1, good=False, outcome="refused", value=98.0)
    found = account("writes", ledger("t", [*taken, undecided, never_arrived]), kept)
    assert (found.lost, found.duplicated, found.undecided, found.rpo_rows) == (2, 1, 1, 2)
    assert found.rpo_s == pytest.approx(0.1, abs=0.05)


def test_undecided_writes_are_settled_by_reading():
    samples = [Sample(scheduled=n, sent=n, answered=None, good=False, outcome=outcome, value=float(n))
               for n, outcome in enumerate(["timed out", "reset", "too few replicas (0 of 1)", "CLUSTERDOWN", "no connection"])]
    # t-3 was definitely refused; its presence says nothing about an undecided write.
    assert undecided_but_stored(ledger("t", samples), ["t-1", "t-3", "elsewhere-0"]) == 1


def test_divergence_counts_ids_missing_on_any_side():
    assert divergence({"one": ["a", "b", "b"], "two": ["b", "c"]}) == 2
    assert divergence({"one": ["a"], "two": ["a"], "three": []}) == 1
    assert divergence({"one": ["a"]}) == 0


# -- plain HTTP and GraphQL

@pytest.mark.parametrize(("expected", "good"), [
    ({"status": "ok"}, True), ({"uptime": 1.5}, True), ({"status": "ok", "ready": True}, True),
    ({"ready": 1}, False), ({"status": "ok", "missing": ""}, False)])
def test_over_plain_http_every_expected_key_must_have_its_value(plain, expected, good):
    plain.answer = lambda: (200, '{"status": "ok", "uptime": 1.5, "ready": true, "checks": {"database": "ok"}}')
    taken = samples_of(http(plain, expected_json=expected), lambda samples: len(samples) >= 3)
    assert {sample.good for sample in taken} == {good}


@pytest.mark.parametrize(("answer", "good"), [('{"data": {"users": []}}', True), ('{"errors": [], "data": null}', False)])
def test_a_graphql_answer_with_errors_is_bad_though_its_status_is_200(plain, answer, good):
    plain.answer = lambda: (200, answer)
    body = '{"query": "{ users { name } }"}'
    taken = samples_of(http(plain, body=body, expected_json=None), lambda samples: len(samples) >= 3)
    assert plain.asked == json.loads(body)
    assert {(sample.good, sample.outcome) for sample in taken} == {(good, "200" if good else "200, errors")}


@pytest.mark.parametrize(("answer", "good"), [('{"data": {"add": true}}', True), ('{"errors": [{}]}', False)])
def test_a_mutation_is_acknowledged_only_without_errors(plain, answer, good):
    plain.answer = lambda: (200, answer)
    template = '{"query": "mutation { add(id: \\"{id}\\", note: \\"{text}\\") }"}'
    taken = samples_of(workload(plain, body_template=template, acknowledged_status=200), lambda samples: len(samples) >= 3)
    assert {sample.good for sample in taken} == {good}
    assert plain.asked["query"].startswith('mutation { add(id: "t-')
    assert plain.asked["query"].endswith('") }')


# -- the schedule and the parent

def test_a_hundred_writes_a_second_arrive_in_time_and_in_order(plain):
    probe = Probe(http(plain, interval_s=0.01), lambda _: None, primary=True)
    clock = SystemClock()
    ages: list[float] = []
    try:
        assert wait_until(lambda: len(probe.samples()) >= 50, timeout_s=10, clock=clock)
        for _ in range(40):
            last = probe.last()
            assert last is not None
            ages.append(clock.monotonic() - (last.answered or last.sent))
            clock.sleep(0.013)
    finally:
        probe.stop()
    samples = probe.samples()
    assert sorted(ages)[len(ages) // 2] < 0.05, "the parent knows of a sample within 50 ms"
    assert [sample.scheduled for sample in samples] == sorted(sample.scheduled for sample in samples)
    middle = samples[len(samples) // 2].scheduled
    assert probe.samples(middle) == [sample for sample in samples if sample.scheduled >= middle]


def test_a_slow_server_counts_as_up_in_a_state_query():
    async def slow() -> str:
        await asyncio.sleep(0.8)
        return "well"

    async def looks() -> list[str | None]:
        return [await Asker(slow).look(), await Asker(slow, patience_s=STATE_PATIENCE_S).look()]

    assert asyncio.run(looks()) == [None, "well"]


def test_a_probe_that_dies_is_noticed(service):
    probe = Probe(http(service), lambda _: None, primary=True)
    probe._process.kill()
    probe._process.join()
    with pytest.raises(HarnessError, match="ended by itself"):
        probe.check_alive()
    probe.stop()
