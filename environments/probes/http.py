"""HTTP clients of the service under drill: the probe that asks, and the workload that writes."""

import ssl

import httpx
import msgspec

from environments.probes.specs import HttpSpec, HttpWorkloadSpec

Taken = tuple[bool, str, float | None]


def describe_failure(error: BaseException) -> str:
    """Say in a word or two what a client experienced: "refused", "reset", "TLS: certificate has expired", …"""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"TLS: {seen.verify_message}"
        if isinstance(seen, ConnectionRefusedError):
            return "refused"
        if isinstance(seen, ConnectionResetError):
            return "reset"
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, httpx.RemoteProtocolError):
        return "closed without an answer"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return type(error).__name__


def make_client(root_ca_pem: str, *, fresh_connections: bool) -> httpx.AsyncClient:
    """A client that trusts only the environment's own root, with as many connections as hung answers need."""
    context = ssl.create_default_context(cadata=root_ca_pem)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0 if fresh_connections else None)
    return httpx.AsyncClient(verify=context, limits=limits, trust_env=False,
                             timeout=None)  # noqa: S113 - the schedule ends what takes too long (run_on_schedule)


class HttpProbe:
    """Asks for one URL."""

    def __init__(self, spec: HttpSpec) -> None:
        self._spec = spec
        self._client = make_client(spec.root_ca_pem, fresh_connections=spec.fresh_connections)
        self._url = f"https://{spec.address}:{spec.port}{spec.path}"
        self._headers = {"Host": spec.server_name}
        self._extensions = {"sni_hostname": spec.server_name}

    async def take(self, _n: int) -> Taken:
        """One request; see `run_on_schedule`."""
        spec = self._spec
        try:
            answer = await self._client.get(self._url, headers=self._headers, extensions=self._extensions)
        except httpx.TransportError as error:
            return False, describe_failure(error), None
        outcome = str(answer.status_code)
        if answer.status_code != spec.expected_status:
            return False, outcome, None
        if spec.expected_json is not None and not _same_json(answer.content, spec.expected_json):
            return False, f"{outcome}, wrong body", None
        if answer.elapsed.total_seconds() > spec.good_limit_s:
            return False, f"{outcome}, slow", None
        return True, outcome, None


class Workload:
    """Writes one record per tick, under an id of its own."""

    def __init__(self, spec: HttpWorkloadSpec) -> None:
        self._spec = spec
        self._client = make_client(spec.root_ca_pem, fresh_connections=False)
        self._url = f"https://{spec.address}:{spec.port}{spec.path}"
        self._headers = {"Host": spec.server_name}
        self._extensions = {"sni_hostname": spec.server_name}

    async def take(self, n: int) -> Taken:
        """One write; the value is its ordinal, from which the ledger makes the id."""
        record = {"id": f"{self._spec.run_tag}-{n}", "text": f"write {n}"}
        try:
            answer = await self._client.post(
                self._url, json=record, headers=self._headers, extensions=self._extensions
            )
        except httpx.TransportError as error:
            return False, describe_failure(error), float(n)
        return answer.status_code == self._spec.acknowledged_status, str(answer.status_code), float(n)


def _same_json(body: bytes, expected: dict[str, str]) -> bool:
    try:
        return bool(msgspec.json.decode(body) == expected)
    except msgspec.DecodeError:
        return False
