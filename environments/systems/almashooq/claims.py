"""How the statements of the AlMashooq runbook are looked at: the symptoms of its incident sections.

Each statement stands in the document with exactly these words; what it means here is said where it is looked at.
"""


import httpx

from environments.probes.http import describe_failure
from environments.systems.almashooq.environment import AlMashooq
from environments.systems.catalog import Claim, Observation, polled
from reports.journal.clock import SystemClock
from reports.journal.durations import duration

SLOW_S = 1.0
"""Ten times the P95 that the document calls slow after 15 minutes (3.3 Alert Configuration, Slow Response Time): answers of 100
to 900 ms on end come from a busy machine also where nothing is broken. To the probes a good answer is one that is not slow."""
SLOW_ANSWERS = 3
"""So many of them on end are no chance; a P95 would take a hundred requests."""
CPU_WINDOW_S = 3
"""How long one thread must be busy: the kernel accounts a wait when it ends, and the end of a long one is no load."""
PATIENT_S = 5.0
"""How long a patient client waits for one answer."""
IMPATIENT_S = 2.0
"""How long somebody waits who wants to know whether answers are slow: twice as long as an answer is slow."""
_clock = SystemClock()


def claims(env: AlMashooq) -> tuple[Claim, ...]:
    """All statements that features may quote."""
    return (
        Claim("Health check returning 5xx errors", polled(lambda: _answers(env, "/health", range(500, 600)))),
        Claim("No response from application", polled(lambda: _silent(env))),
        Claim("Users unable to access system", polled(lambda: _unusable(env))),
        Claim("API returns 500 errors", polled(lambda: _answers(env, "/api/appointments", (500,), write=True))),
        Claim("Slow query responses", polled(lambda: _slow(env, "/api/appointments", write=True))),
        Claim("Slow response times", polled(lambda: _slow(env, "/api/vehicles"))),
        Claim("CPU usage > 90%", polled(lambda: _cpu(env))),
        Claim("OOM errors in logs", polled(lambda: _logged(env, "out of memory|oom"))),
        Claim("Application crashes", polled(lambda: _restarted(env))),
    )


def _ask(env: AlMashooq, path: str, *, write: bool = False, timeout_s: float = PATIENT_S) -> tuple[int, str, float]:
    """One request as a user's browser sends it, through nginx: status (0: none), what was seen, seconds."""
    url = f"http://127.0.0.1:{env.production.published(80)}{path}"
    began = _clock.monotonic()
    try:
        with httpx.Client(trust_env=False, timeout=timeout_s) as client:
            answer = client.post(url, json={"id": f"look-{began}", "text": "looked"}) if write else client.get(url)
    except httpx.TimeoutException:
        return 0, f"no answer within {duration(timeout_s)}", timeout_s
    except httpx.TransportError as error:
        return 0, describe_failure(error), _clock.monotonic() - began
    took_s = _clock.monotonic() - began
    return answer.status_code, f"HTTP {answer.status_code} after {took_s * 1000:.0f} ms", took_s


def _answers(env: AlMashooq, path: str, wanted: range | tuple[int, ...], *, write: bool = False) -> Observation:
    status, seen, _ = _ask(env, path, write=write)
    return Observation(status in wanted, f"{'POST' if write else 'GET'} {path}: {seen}")


def _silent(env: AlMashooq) -> Observation:
    """The application itself, asked on its port without nginx between, does not answer."""
    answered = env.production.run("curl -s -o /dev/null --max-time 2 http://localhost:3001/api/version", check=False)
    return Observation(answered.exit_status != 0, f"curl on port 3001 answers {answered.exit_status}")


def _unusable(env: AlMashooq) -> Observation:
    """What users came for, a list of the vehicles, they do not get."""
    status, seen, _ = _ask(env, "/api/vehicles")
    return Observation(status != 200, f"GET /api/vehicles: {seen}")


def _slow(env: AlMashooq, path: str, *, write: bool = False) -> Observation:
    """One request after another is slow."""
    answers = []
    for _ in range(SLOW_ANSWERS):
        _, seen, took_s = _ask(env, path, write=write, timeout_s=IMPATIENT_S)
        answers.append(seen)
        if took_s <= SLOW_S:
            break
    return Observation(took_s > SLOW_S, f"{'POST' if write else 'GET'} {path}: {', '.join(answers)}")


def _logged(env: AlMashooq, words: str) -> Observation:
    found = env.production.run(f"grep -iE '{words}' /opt/app/logs/app.log | tail -n 1", check=False).stdout.strip()
    newest = env.production.run("grep -E 'ERROR|Error' /opt/app/logs/app.log | tail -n 1", check=False).stdout.strip()
    return Observation(bool(found), found or f"logs/app.log has no such line; its newest error is: {newest or 'none'}")


def _cpu(env: AlMashooq) -> Observation:
    """One thread runs, or waits for a core, all the time.

    On a machine of its own it would have its core; here other drills want one, too, and the machine's total says nothing.
    """
    first, second = (_scheduled(turn) for turn in env.production.run(
        f"{_SCHEDULED}; echo turn; sleep {CPU_WINDOW_S}; {_SCHEDULED}").stdout.split("turn\n"))
    shares = {path: (ns - first[path]) / CPU_WINDOW_S / 1e7 for path, ns in second.items() if path in first}
    busiest = max(shares, key=lambda path: shares[path])
    name = env.production.run(f"cat {busiest.rpartition('/')[0]}/comm", check=False).stdout.strip()
    return Observation(shares[busiest] > 90.0, f"busiest thread: {name}, {shares[busiest]:.0f} % of a core")


_SCHEDULED = "grep -s . /proc/[0-9]*/task/[0-9]*/schedstat || true"


def _scheduled(text: str) -> dict[str, int]:
    """For each thread the nanoseconds that it has had a core and has waited for one."""
    lines = (line.split(":") for line in text.splitlines())
    return {path: sum(map(int, figures.split()[:2])) for path, figures in lines}


def _restarted(env: AlMashooq) -> Observation:
    """pm2 has counted restarts that nobody asked for."""
    counted = env.production.run("pm2 jlist 2>/dev/null | jq -r '.[0].pm2_env.unstable_restarts, .[0].pm2_env.status'",
                                 check=False).stdout.split()
    restarts, status = (*counted, "?", "?")[:2]
    return Observation(status == "errored" or restarts not in {"0", "?", "null"},
                       f"pm2: {status}, {restarts} restarts soon after a start")
