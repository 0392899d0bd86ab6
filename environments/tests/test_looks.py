"""Looks that ask over HTTP, against a server on this machine."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx
import pytest

from environments import systems
from environments.systems.looks import Look
from environments.systems.looks.http import EveryAnswerLook, HttpLook, SlowLook
from environments.systems.tabular import TabularReplica
from reports.journal.clock import SystemClock


class Answers(BaseHTTPRequestHandler):
    """GET /503 answers 503, /falls 200 and from then on 503, /slow after 0.8 s, /hangs never in time.

    A POST answers 201 to what it has not had before.
    """

    seen: ClassVar[set[bytes]] = set()

    def do_GET(self) -> None:
        SystemClock().sleep({"/slow": 0.8, "/hangs": 2.0}.get(self.path, 0.0))
        fallen = self.path == "/falls" and b"/falls" in self.seen
        self.seen.add(self.path.encode())
        self._answer(int(self.path[1:]) if self.path[1:].isdigit() else 503 if fallen else 200)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200 if body in self.seen else 201)
        self.seen.add(body)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # who waits for what hangs has hung up
            self.wfile.write(b"said")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def replica() -> Iterator[TabularReplica]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        class Local(TabularReplica):
            def client(self, url: str, timeout_s: float = 5.0) -> httpx.Client:
                SystemClock().sleep(0.3 if url.startswith("http://busy/") else 0.0)  # a machine that is slow to make a client
                port = 1 if url.startswith("http://nobody/") else server.server_port
                return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=timeout_s, trust_env=False, verify=False)

        known = systems.replica("almashooq", "names-only")
        assert isinstance(known, TabularReplica)
        yield Local("local", known.plan)
        server.shutdown()


def http(path: str, **options: object) -> HttpLook:
    return HttpLook(url=f"http://shop{path}", within_s=1.0, **options)  # type: ignore[arg-type]  # each test's own


@pytest.mark.parametrize(("look", "holds", "seen"), [
    (http("/", contains="said"), True, "HTTP 200: said"),
    (http("/503", status="5xx"), True, "HTTP 503"),
    (http("/404", status="5xx"), False, "HTTP 404"),
    (http("/404", status="4xx"), True, "HTTP 404"),
    (http("/503", status=(502, 503)), True, "HTTP 503"),
    (http("/503", negated=True), True, "HTTP 503"),
    (http("/", negated=True), False, "HTTP 200"),
    (http("/hangs", negated=True), True, "no answer within 1 s"),
    (http("/hangs", answers=False), True, "no answer within 1 s"),
    (HttpLook(url="http://nobody/", negated=True), True, "refused"),
    (SlowLook(url="http://shop/hangs", over_s=0.7, times=2, within_s=1.0), True, ", ".join(["no answer within 1 s"] * 2)),
    (EveryAnswerLook(url="http://shop/503", times=2), False, "answer 1 of 2: HTTP 503"),
    (EveryAnswerLook(url="http://nobody/", times=2), False, "answer 1 of 2: refused"),
    (SlowLook(url="http://nobody/", over_s=0.7, times=2), False, "refused"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_an_answer_is_judged_by_what_is_expected_of_it(replica: TabularReplica, look: Look, holds: bool, seen: str) -> None:
    found = look.observe(replica)
    assert (found.holds, found.seen) == (holds, seen)


@pytest.mark.parametrize(("path", "holds", "requests"), [("/slow", True, 3), ("/", False, 1)])
def test_slow_is_one_answer_after_another(replica: TabularReplica, path: str, holds: bool, requests: int) -> None:
    found = SlowLook(url=f"http://shop{path}", over_s=0.7, times=3).observe(replica)
    assert (found.holds, found.seen.count("HTTP 200 after ")) == (holds, requests)


@pytest.mark.parametrize(("path", "median_s", "holds"), [("/", None, True), ("/slow", None, True), ("/slow", 0.7, False)])
def test_every_answer_is_right_and_half_of_them_come_in_time(
        replica: TabularReplica, path: str, median_s: float | None, holds: bool) -> None:
    found = EveryAnswerLook(url=f"http://shop{path}", times=3, median_s=median_s).observe(replica)
    assert (found.holds, found.seen.split(",")[0]) == (holds, "3 requests")


def test_time_that_passes_before_a_request_is_sent_does_not_count(replica: TabularReplica) -> None:
    assert EveryAnswerLook(url="http://busy/", times=3, median_s=0.2).observe(replica).holds


def test_what_was_answered_before_is_seen_too(replica: TabularReplica) -> None:
    found = http("/falls", status=503).watch(replica, 5.0)
    assert (found.holds, [seen.split(" (")[0] for seen in found.seen.split("; ")]) == (True, ["HTTP 200", "HTTP 503"])


def test_whoever_waits_for_an_answer_waits_no_longer_than_there_is_time(replica: TabularReplica) -> None:
    found = HttpLook(url="http://shop/hangs", status=503, within_s=60).watch(replica, 0.2)
    assert (found.holds, found.seen.split(" (")[0]) == (False, "no answer within 1 s")


def test_each_request_has_an_id_of_its_own(replica: TabularReplica) -> None:
    looks = [http("/", body='{"id": "{id}"}', status=201) for _ in range(2)]
    assert [look.observe(replica).holds for look in (*looks, *looks)] == [True] * 4
    same = http("/", body="{}", status=201)
    assert [same.observe(replica).holds for _ in range(2)] == [True, False]
