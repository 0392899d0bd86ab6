"""Statements checked by HTTP requests."""

import uuid
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

import httpx
import msgspec

from environments.probes.http import describe_failure
from environments.systems.catalog import Observation, polled
from environments.systems.looks import Look, short
from reports.journal.clock import SystemClock
from reports.journal.durations import duration

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica

_SEEN_ANSWERS = 5
_clock = SystemClock()


class _Asking(Look, frozen=True, kw_only=True):
    """GET `url`, or POST `body` (JSON) to it; `{id}` in the body is replaced by a new word for each request."""

    url: str
    body: str = ""
    within_s: float = 5.0

    def _ask(self, replica: "TabularReplica") -> "_Answer":
        path = httpx.URL(self.url).raw_path.decode()
        body = self.body.replace("{id}", f"look-{uuid.uuid4().hex}")
        try:
            with replica.client(self.url, self.within_s) as client:
                began_s = _clock.monotonic()  # after the client was made: that is our time, not the service's
                answer = (client.post(path, content=body, headers={"Content-Type": "application/json"})
                          if body else client.get(path))
                took_s = _clock.monotonic() - began_s
        except httpx.TimeoutException:
            return _Answer(0, "", f"no answer within {duration(self.within_s)}", self.within_s)
        except httpx.TransportError as error:
            return _Answer(0, "", describe_failure(error), 0.0)
        return _Answer(answer.status_code, answer.text, f"HTTP {answer.status_code}", took_s)


@dataclass(frozen=True)
class _Answer:
    """The answer to one request. Without an answer the status is 0 and `took_s` is the time spent waiting."""

    status: int
    text: str
    seen: str
    took_s: float


class HttpLook(_Asking, frozen=True, kw_only=True, tag="http"):
    """GET `url`, or POST `body` (JSON) to it; holds if the status is one of `status` and the body contains `contains`.

    With `answers = false` it holds if there is no answer within `within_s` seconds, or no connection. `{id}` in the body is
    replaced by a new word for each request.
    """

    status: int | tuple[int, ...] | Literal["4xx", "5xx"] = 200
    contains: str = ""
    answers: bool = True

    def _look(self, replica: "TabularReplica") -> Observation:
        answer = self._ask(replica)
        if not answer.status:
            return Observation(not self.answers, answer.seen)
        holds = self.answers and self._expects(answer.status) and self.contains in answer.text
        return Observation(holds, f"{answer.seen}: {short(answer.text)}" if self.contains else answer.seen)

    def watch(self, replica: "TabularReplica", limit_s: float) -> Observation:
        """Repeat until it holds, waiting for no answer past the limit; report each distinct answer with its longest wait."""
        ends_s = _clock.monotonic() + limit_s
        waits_s: dict[str, float] = {}

        def look() -> Observation:
            began_s = _clock.monotonic()
            patience_s = min(self.within_s, max(ends_s - began_s, 1.0)) if self.answers else self.within_s
            observed = msgspec.structs.replace(self, within_s=patience_s).observe(replica)
            waits_s[observed.seen] = max(_clock.monotonic() - began_s, waits_s.get(observed.seen, 0.0))
            return observed

        last = polled(look, limit_s)
        seen = list(waits_s.items())[-_SEEN_ANSWERS:]
        return Observation(last.holds, "; ".join(f"{text} (after up to {waited_s:.1f} s)" for text, waited_s in seen))

    def _expects(self, status: int) -> bool:
        if isinstance(self.status, str):
            return status // 100 == int(self.status[0])
        return status in ((self.status,) if isinstance(self.status, int) else self.status)


class SlowLook(_Asking, frozen=True, kw_only=True, tag="slow"):
    """Send a request (see "http") `times` times in a row; holds if each takes longer than `over_s` seconds.

    No answer within `within_s` seconds counts as slow, a refused connection does not.
    """

    over_s: float
    times: int
    within_s: float = 2.0

    def _look(self, replica: "TabularReplica") -> Observation:
        seen = []
        for _ in range(self.times):
            answer = self._ask(replica)
            seen.append(f"{answer.seen} after {answer.took_s * 1000:.0f} ms" if answer.status else answer.seen)
            if answer.took_s <= self.over_s:
                return Observation(False, ", ".join(seen))
        return Observation(True, ", ".join(seen))


class EveryAnswerLook(_Asking, frozen=True, kw_only=True, tag="every answer"):
    """Send a request (see "http") `times` times in a row; holds if each answer has `status`.

    With `median_s`, the median response time must also be at most that many seconds.
    """

    times: int
    status: int = 200
    median_s: float | None = None

    def _look(self, replica: "TabularReplica") -> Observation:
        took_s: list[float] = []
        for _ in range(self.times):
            answer = self._ask(replica)
            if answer.status != self.status:
                return Observation(False, f"answer {len(took_s) + 1} of {self.times}: {answer.seen}")
            took_s.append(answer.took_s)
        return Observation(self.median_s is None or median(took_s) <= self.median_s,
                           f"{self.times} requests, all HTTP {self.status}, median {median(took_s) * 1000:.0f} ms, "
                           f"slowest {max(took_s) * 1000:.0f} ms")
