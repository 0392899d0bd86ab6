"""HTTP clients of the service under drill: the probe and the writing client."""

import ssl

import httpx
import msgspec

from environments.hosts.reach import Endpoint
from environments.probes.outcomes import Taken, Taker, failure_word
from environments.probes.spec_base import ProbeSpec, WorkloadSpec
from reports.journal.clock import SystemClock

JsonScalar = str | int | float | bool
_JSON = {"Content-Type": "application/json"}


class HttpSpec(ProbeSpec, frozen=True, kw_only=True, tag="http"):
    """GET `url`, or POST `body` (JSON) to it. Good: the expected answer within `good_limit_s`.

    The answer's JSON object must contain every key of `expected_json` with its value; other keys are ignored. An answer to a
    POST that has a key "errors" is bad (GraphQL answers failed operations with 200). With `fresh_connections` every request
    opens a new connection, like a new visitor.
    """

    url: Endpoint
    body: str = ""
    expected_status: int = 200
    expected_json: dict[str, JsonScalar] | None = None
    good_limit_s: float = 0.1
    fresh_connections: bool = False

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        parts = [f"HTTP {self.expected_status}"]
        if self.expected_json:
            parts.append(f"with {msgspec.json.encode(self.expected_json).decode()} in its body")
        if self.body:
            parts.append("without errors in its body")
        parts.append(f"within {self.good_limit_s * 1000:.0f} ms")
        if self.url.root_ca_pem:
            parts.append("over verified TLS")
        return " ".join(parts)

    async def taker(self) -> Taker:
        """The client."""
        return _Probe(self).take


class Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the client's writes are read back: a `command` on a host prints the ids, or a `place` in a `store` holds them."""

    command: str = ""
    host: str = "production"
    store: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        if bool(self.command) == bool(self.store) or bool(self.store) != bool(self.place):
            raise ValueError("either `command`, or `store` and `place` (a table, a collection) say what is stored")


class HttpWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="http workload"):
    """POST one record after another to `url`.

    `body_template` is JSON in which {id} and {text} are replaced; the text is padded to `text_characters`. A write is
    acknowledged by the expected status, unless the answer is a JSON object with a key "errors".
    """

    url: Endpoint
    body_template: str = '{"id": "{id}", "text": "{text}"}'
    text_characters: int = 0
    acknowledged_status: int = 201
    stored: Stored | None = None
    interval_s: float = 0.2

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        return f"the write is acknowledged with HTTP {self.acknowledged_status}"

    async def taker(self) -> Taker:
        """The client."""
        return _Workload(self).take


def describe_failure(error: BaseException) -> str:
    """Describe briefly what a client experienced: "refused", "reset", "TLS: certificate has expired", …"""
    word = failure_word(error)
    if word == type(error).__name__:
        if isinstance(error, httpx.RemoteProtocolError):
            return "closed without an answer"
        if isinstance(error, httpx.ConnectError):
            return "no connection"
    return word


class _Client:
    """An HTTP client of one URL: over TLS that trusts only the environment's own root, or over plain HTTP.

    Opens as many connections as hung requests need. It uses httpx's transport without its client: redirects, cookies and
    authentication are not needed, and would take a sixth of a sample's CPU time.
    """

    def __init__(self, url: Endpoint, *, fresh_connections: bool) -> None:
        verify = ssl.create_default_context(cadata=url.root_ca_pem) if url.root_ca_pem else False
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0 if fresh_connections else None)
        self._transport = httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False)
        self._url = httpx.URL(f"{'https' if url.root_ca_pem else 'http'}://{url.address}:{url.port}{url.path}")
        self._headers = {"Host": url.server_name}
        self._extensions = {"sni_hostname": url.server_name}

    async def ask(self, body: str = "") -> httpx.Response:
        """Send a GET, or a POST with a JSON body, and return the whole answer; the schedule enforces the timeout."""
        request = (httpx.Request("POST", self._url, headers=self._headers | _JSON, content=body, extensions=self._extensions)
                   if body else httpx.Request("GET", self._url, headers=self._headers, extensions=self._extensions))
        answer = await self._transport.handle_async_request(request)
        try:
            await answer.aread()
        finally:
            await answer.aclose()
        return answer


class _Probe:
    """Requests one URL."""

    def __init__(self, spec: HttpSpec) -> None:
        self._spec = spec
        self._clock = SystemClock()
        self._client = _Client(spec.url, fresh_connections=spec.fresh_connections)

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`."""
        spec = self._spec
        asked_s = self._clock.monotonic()
        try:
            answer = await self._client.ask(spec.body)
        except httpx.TransportError as error:
            return False, describe_failure(error), None
        outcome = str(answer.status_code)
        if answer.status_code != spec.expected_status:
            return False, outcome, None
        if spec.body and _has_errors(answer.content):
            return False, f"{outcome}, errors", None
        if spec.expected_json is not None and not _holds(answer.content, spec.expected_json):
            return False, f"{outcome}, wrong body", None
        if self._clock.monotonic() - asked_s > spec.good_limit_s:
            return False, f"{outcome}, slow", None
        return True, outcome, None


class _Workload:
    """Writes one record per tick, under a unique id."""

    def __init__(self, spec: HttpWorkloadSpec) -> None:
        self._spec = spec
        self._client = _Client(spec.url, fresh_connections=False)

    async def take(self, n: int) -> Taken:
        """Write once; the value is the ordinal, from which the ledger derives the id."""
        spec = self._spec
        text = f"write {n}".ljust(spec.text_characters, "x")
        body = spec.body_template.replace("{id}", f"{spec.run_tag}-{n}").replace("{text}", text)
        try:
            answer = await self._client.ask(body)
        except httpx.TransportError as error:
            return False, describe_failure(error), float(n)
        outcome = str(answer.status_code)
        if answer.status_code == spec.acknowledged_status and _has_errors(answer.content):
            return False, f"{outcome}, errors", float(n)
        return answer.status_code == spec.acknowledged_status, outcome, float(n)


def _object_of(body: bytes) -> dict[str, object]:
    """Parse the body as a JSON object; return an empty one if it is something else."""
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError:  # also for JSON that is not an object
        return {}


def _has_errors(body: bytes) -> bool:
    return "errors" in _object_of(body)


def _holds(body: bytes, expected: dict[str, JsonScalar]) -> bool:
    """Return whether each expected key has its value; unlike in Python, true is not 1."""
    found = _object_of(body)
    return all(key in found and found[key] == value and isinstance(found[key], bool) == isinstance(value, bool)
               for key, value in expected.items())

