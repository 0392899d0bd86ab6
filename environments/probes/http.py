"""HTTP clients of the service under drill: the probe that asks, and the workload that writes."""

import ssl

import httpx
import msgspec

from environments.probes.outcomes import Taken, Taker, failure_word
from environments.probes.specs import HttpSpec, HttpWorkloadSpec, JsonScalar
from reports.journal.clock import SystemClock

_JSON = {"Content-Type": "application/json"}


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

    def __init__(self, spec: HttpSpec | HttpWorkloadSpec, *, fresh_connections: bool) -> None:
        verify = ssl.create_default_context(cadata=spec.root_ca_pem) if spec.root_ca_pem else False
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0 if fresh_connections else None)
        self._transport = httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False)
        self._url = httpx.URL(f"{'https' if spec.root_ca_pem else 'http'}://{spec.address}:{spec.port}{spec.path}")
        self._headers = {"Host": spec.server_name}
        self._extensions = {"sni_hostname": spec.server_name}

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


class HttpProbe:
    """Asks for one URL."""

    def __init__(self, spec: HttpSpec) -> None:
        self._spec = spec
        self._clock = SystemClock()
        self._client = _Client(spec, fresh_connections=spec.fresh_connections)

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


class HttpWorkload:
    """Writes one record per tick, under an id of its own."""

    def __init__(self, spec: HttpWorkloadSpec) -> None:
        self._spec = spec
        self._client = _Client(spec, fresh_connections=False)

    async def take(self, n: int) -> Taken:
        """One write; the value is its ordinal, from which the ledger makes the id."""
        spec = self._spec
        body = spec.body_template.replace("{id}", f"{spec.run_tag}-{n}").replace("{text}", f"write {n}")
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


async def taker(spec: HttpSpec | HttpWorkloadSpec) -> Taker:
    """What takes the samples."""
    return HttpProbe(spec).take if isinstance(spec, HttpSpec) else HttpWorkload(spec).take
