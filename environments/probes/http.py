"""HTTP clients of the service under drill: the probe that asks, and the client that writes."""

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
    """GET `url`, or POST `body` (JSON) to it; good is the expected answer within `good_limit_s`.

    Of the answer's JSON object every key of
    `expected_json` must be there with this value, other keys may be anything. An answer to a POST that has a key "errors"
    is bad (GraphQL answers 200 to what it could not do). With `fresh_connections` every request makes its own
    connection, as a new visitor does.
    """

    url: Endpoint
    body: str = ""
    expected_status: int = 200
    expected_json: dict[str, JsonScalar] | None = None
    good_limit_s: float = 0.1
    fresh_connections: bool = False

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
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
    """Where an HTTP client's writes are read back: a `command` on a host prints the ids, or a `place` in a `store` holds them."""

    command: str = ""
    host: str = "production"
    store: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        if bool(self.command) == bool(self.store) or bool(self.store) != bool(self.place):
            raise ValueError("either `command`, or `store` and `place` (a table, a collection) say what is stored")


class HttpWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="http workload"):
    """POST one record after another to `url`.

    `body_template` is JSON in which {id} and {text} are replaced; both are plain words, and the text is filled up to
    `text_characters`. Acknowledged is the expected
    status and, where the answer is a JSON object, no key "errors" in it.
    """

    url: Endpoint
    body_template: str = '{"id": "{id}", "text": "{text}"}'
    text_characters: int = 0
    acknowledged_status: int = 201
    stored: Stored | None = None
    interval_s: float = 0.2

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return f"the write is acknowledged with HTTP {self.acknowledged_status}"

    async def taker(self) -> Taker:
        """The client."""
        return _Workload(self).take


def describe_failure(error: BaseException) -> str:
    """Say in a word or two what a client experienced: "refused", "reset", "TLS: certificate has expired", …"""
    word = failure_word(error)
    if word == type(error).__name__:
        if isinstance(error, httpx.RemoteProtocolError):
            return "closed without an answer"
        if isinstance(error, httpx.ConnectError):
            return "no connection"
    return word


class _Client:
    """One place that is asked: over TLS with the environment's own root as the only trusted one, or over plain HTTP.

    As many connections as hung answers need. httpx's transport without its client around it: no redirects, cookies or
    logins are wanted here, and they would take a sixth of a sample's processor time.
    """

    def __init__(self, url: Endpoint, *, fresh_connections: bool) -> None:
        verify = ssl.create_default_context(cadata=url.root_ca_pem) if url.root_ca_pem else False
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0 if fresh_connections else None)
        self._transport = httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False)
        self._url = httpx.URL(f"{'https' if url.root_ca_pem else 'http'}://{url.address}:{url.port}{url.path}")
        self._headers = {"Host": url.server_name}
        self._extensions = {"sni_hostname": url.server_name}

    async def ask(self, body: str = "") -> httpx.Response:
        """GET, or POST of a JSON body; the whole answer. Waits for ever: the schedule ends what takes too long."""
        request = (httpx.Request("POST", self._url, headers=self._headers | _JSON, content=body, extensions=self._extensions)
                   if body else httpx.Request("GET", self._url, headers=self._headers, extensions=self._extensions))
        answer = await self._transport.handle_async_request(request)
        try:
            await answer.aread()
        finally:
            await answer.aclose()
        return answer


class _Probe:
    """Asks for one URL."""

    def __init__(self, spec: HttpSpec) -> None:
        self._spec = spec
        self._clock = SystemClock()
        self._client = _Client(spec.url, fresh_connections=spec.fresh_connections)

    async def take(self, _n: int) -> Taken:
        """One request; see `run_on_schedule`."""
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
    """Writes one record per tick, under an id of its own."""

    def __init__(self, spec: HttpWorkloadSpec) -> None:
        self._spec = spec
        self._client = _Client(spec.url, fresh_connections=False)

    async def take(self, n: int) -> Taken:
        """One write; the value is its ordinal, from which the ledger makes the id."""
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
    """The JSON object that the body is; an empty one where it is something else."""
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError:  # also where it is JSON, but no object
        return {}


def _has_errors(body: bytes) -> bool:
    return "errors" in _object_of(body)


def _holds(body: bytes, expected: dict[str, JsonScalar]) -> bool:
    """Whether each expected key has its value; to JSON, true is not 1."""
    found = _object_of(body)
    return all(key in found and found[key] == value and isinstance(found[key], bool) == isinstance(value, bool)
               for key, value in expected.items())

