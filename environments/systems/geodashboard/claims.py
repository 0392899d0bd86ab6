"""How the statements of the Geodashboard runbook are looked at: its symptoms and its expected outcomes.

Each statement stands in the document with exactly these words; what it means here is said where it is looked at.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from statistics import median

import httpx
import msgspec

from environments.faults.disk_use import disk_use
from environments.probes.certificate import served_certificate, validity_period
from environments.probes.http import describe_failure
from environments.systems.catalog import Claim, Observation, polled
from environments.systems.geodashboard.environment import Geodashboard
from reports.journal.clock import SystemClock

PATIENT_S = 65.0
"""How long a patient client waits for one answer: a little longer than nginx waits for the backend (60 s)."""
RESPONSIVE_S = 0.1
"""The runbook's alert SlowAPIResponse calls more than 100 ms slow (Alert Rules)."""
_clock = SystemClock()


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    state: str


class _Alerts(msgspec.Struct):
    alerts: list[_Alert]


class _AlertsAnswer(msgspec.Struct):
    data: _Alerts


def alert_states(env: Geodashboard) -> dict[str, str] | None:
    """State by name of every alert that is pending or firing; None where Prometheus does not answer."""
    raw = env.production.run("curl -sS http://127.0.0.1:9090/prometheus/api/v1/alerts", check=False).stdout
    try:
        alerts = msgspec.json.decode(raw, type=_AlertsAnswer).data.alerts
    except msgspec.DecodeError:
        return None
    return {alert.labels.get("alertname", "?"): alert.state for alert in alerts}


def claims(env: Geodashboard) -> tuple[Claim, ...]:
    """All statements that features may quote."""
    return (
        Claim("API returns 502 or 503 error", lambda limit_s: _api_answers(env, {502, 503}, limit_s)),
        Claim("Disk > 90%", polled(lambda: _disk(env, lambda percent: percent > 90.0))),
        Claim("warnings in logs", polled(lambda: _warnings_in_logs(env))),
        Claim("Disk < 70%", polled(lambda: _disk(env, lambda percent: percent < 70.0))),
        Claim("system responsive", polled(lambda: _responsive(env))),
        Claim("HTTPS warnings", polled(lambda: _https_warning(env))),
        Claim("certificate expiration alert", polled(lambda: _alert(env, "CertificateExpiring")), kind="alert"),
        Claim("Certificate valid for 90 days", polled(lambda: _valid_for(env, timedelta(days=90)))),
        Claim("auto-renewal working", polled(lambda: _auto_renewal(env))),
        Claim("nginx won't start", polled(lambda: _nginx_down(env))),
        Claim("502 Bad Gateway errors", lambda limit_s: _api_answers(env, {502}, limit_s)),
        Claim("nginx serving traffic", polled(lambda: _served(env))),
        Claim("no 502 errors", polled(lambda: _no_502(env))),
        Claim("the data of the dashboards is still there", polled(lambda: _dashboards(env))),
    )


def _api_answers(env: Geodashboard, wanted: set[int], limit_s: float) -> Observation:
    """Ask patiently, one request after another, until an answer is among the wanted ones."""
    deadline = _clock.monotonic() + limit_s
    seen: dict[str, float] = {}
    while True:
        asked = _clock.monotonic()
        status, outcome = _ask(env, min(max(deadline - asked, 1.0), PATIENT_S))
        took = _clock.monotonic() - asked
        seen[outcome] = max(took, seen.get(outcome, 0.0))
        if status in wanted or _clock.monotonic() >= deadline:
            described = "; ".join(f"{what} (after up to {seconds:.1f} s)" for what, seconds in seen.items())
            return Observation(status in wanted, f"the API answers: {described}")
        _clock.sleep(max(0.2 - took, 0.0))


def _ask(env: Geodashboard, timeout_s: float) -> tuple[int, str]:
    try:
        with env.client(f"https://{env.domain}", timeout_s) as client:
            status = client.get("/api/health").status_code
    except httpx.TimeoutException:
        return 0, f"nothing for {timeout_s:.0f} s"
    except httpx.TransportError as error:
        return 0, describe_failure(error)
    return status, f"HTTP {status}"


def _disk(env: Geodashboard, wanted: Callable[[float], bool]) -> Observation:
    """The disk that the drill is about is the one that holds the annotations."""
    mount = env.store_on
    percent = disk_use(env.production, mount).percent
    return Observation(wanted(percent), f"{mount} is {percent:.1f} % full")


def _warnings_in_logs(env: Geodashboard) -> Observation:
    """Any line of the journal (warning or worse) or of /var/log that speaks of space on a disk."""
    words = "no space left|disk (is )?(almost |nearly )?full|low on (disk )?space|disk space|not enough space"
    found = env.production.run(
        f"journalctl -q --no-pager -b -p warning -o cat | grep -iE '{words}' | head -n 3; "
        f"grep -rhiE --include='*.log' --include=syslog '{words}' /var/log 2>/dev/null | head -n 3", check=False
    ).stdout.strip()
    return Observation(bool(found), found or "no line of the journal or of /var/log speaks of the disk")


def _responsive(env: Geodashboard) -> Observation:
    """Twenty requests one after another, all good, half of them within the document's own limit of slowness."""
    times = []
    with env.client(f"https://{env.domain}") as client:
        for _ in range(20):
            asked = _clock.monotonic()
            try:
                status = client.get("/api/health").status_code
            except httpx.TransportError as error:
                return Observation(False, f"the API: {describe_failure(error)}")
            times.append(_clock.monotonic() - asked)
            if status != 200:
                return Observation(False, f"the API answers {status}")
    return Observation(median(times) <= RESPONSIVE_S,
                       f"20 requests, median {median(times) * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms")


def _https_warning(env: Geodashboard) -> Observation:
    """A client that verifies, as every browser does, refuses the certificate."""
    _, outcome = _ask(env, 5.0)
    return Observation(outcome.startswith("TLS:"), outcome if outcome.startswith("TLS:") else "clients accept the certificate")


def _alert(env: Geodashboard, name: str) -> Observation:
    """Prometheus says that the alert fires (Alertmanager then tells people)."""
    states = alert_states(env)
    if states is None:
        return Observation(False, "Prometheus does not answer")
    return Observation(states.get(name) == "firing", f"alert {name}: {states.get(name, 'inactive')}")


def _valid_for(env: Geodashboard, period: timedelta) -> Observation:
    """The served certificate was issued for that long, has not used up a day of it, and its chain verifies."""
    try:
        leaf = asyncio.run(served_certificate("127.0.0.1", env.production.published(443), env.domain))
    except (OSError, ssl.SSLError) as error:
        return Observation(False, f"no certificate is served: {describe_failure(error)}")
    left = leaf.not_valid_after_utc - _clock.utcnow()
    seen = (f"served: {leaf.not_valid_before_utc:%Y-%m-%d %H:%M:%S} to {leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC, "
            f"{validity_period(leaf) / timedelta(days=1):.3f} days, {left / timedelta(days=1):.3f} left")
    verified = not _https_warning(env).holds
    return Observation(verified and validity_period(leaf) >= period and left > period - timedelta(days=1), seen)


def _auto_renewal(env: Geodashboard) -> Observation:
    """The timer runs, and its next turn is within the documented 6 hours."""
    shown = env.production.run("systemctl is-active certbot.timer; systemctl show -P NextElapseUSecRealtime certbot.timer",
                               check=False).stdout.split("\n")
    active, following = shown[0], (shown[1:] or [""])[0]
    return Observation(active == "active" and bool(following), f"certbot.timer is {active}, next: {following or 'never'}")


def _nginx_down(env: Geodashboard) -> Observation:
    state = env.production.run("systemctl is-active nginx", check=False).stdout.strip()
    return Observation(state != "active", f"nginx.service is {state}")


def _served(env: Geodashboard) -> Observation:
    try:
        with env.client(f"https://{env.domain}") as client:
            status = client.get("/").status_code
    except httpx.TransportError as error:
        return Observation(False, f"the frontend: {describe_failure(error)}")
    return Observation(status == 200, f"the frontend answers HTTP {status}")


def _no_502(env: Geodashboard) -> Observation:
    """Twenty requests in a row."""
    answers = [_ask(env, 5.0) for _ in range(20)]
    bad = [outcome for status, outcome in answers if status != 200]
    return Observation(not bad, f"20 requests to the API: {', '.join(bad) or 'all HTTP 200'}")


def _dashboards(env: Geodashboard) -> Observation:
    """What was put into Grafana's volume before the fault."""
    found = env.production.run("cat /var/lib/docker/volumes/epic-geodashboard_grafana-data/_data/dashboards.json", check=False)
    return Observation(found.exit_status == 0,
                       "dashboards.json is in the volume grafana-data" if found.exit_status == 0
                       else f"the volume grafana-data has lost its dashboards: {found.stderr.strip()}")
