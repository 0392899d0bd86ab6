"""Alerts of a Prometheus server, read from its HTTP API."""

from collections.abc import Mapping

import msgspec

from environments.hosts.host import Host


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    state: str


class _Alerts(msgspec.Struct):
    alerts: list[_Alert]


class _Answer(msgspec.Struct):
    data: _Alerts


def alert_states(host: Host, url: str) -> Mapping[str, str] | None:
    """Return the state of every pending or firing alert by name; None if Prometheus does not answer.

    The request is sent from `host`; `url` is the API's, such as "http://127.0.0.1:9090/api/v1/alerts".
    """
    try:
        alerts = msgspec.json.decode(host.run(f"curl -sS {url}", check=False).stdout, type=_Answer).data.alerts
    except msgspec.DecodeError:
        return None
    return {alert.labels.get("alertname", "?"): alert.state for alert in alerts}
