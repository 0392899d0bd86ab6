"""Supervised services as faults speak to them: whatever the supervisor, it can be asked, and its service killed and started."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """Shell commands, run as root on the host; `state` prints one word, "failed" once the supervisor has given up."""

    name: str
    kill: str  # with {signal}, as in "KILL"; the main process
    state: str
    start: str  # also after the supervisor has given up


def systemd_service(unit: str) -> Service:
    """A systemd unit."""
    return Service(unit, f"systemctl kill --signal={{signal}} {unit}", f"systemctl show -P ActiveState {unit}",
                   f"systemctl reset-failed {unit}; systemctl start {unit}")


def pm2_service(name: str) -> Service:
    """An application under pm2; it calls "errored" what has used up its restarts.

    pm2 is asked only where there is no process: its answer takes a third of a second of processor time.
    """
    pid = f"$(cat /root/.pm2/pids/{name.replace('_', '-')}-*.pid)"
    listed = f"pm2 jlist 2>/dev/null | jq -r '.[] | select(.name == \"{name}\") | .pm2_env.status' | sed s/errored/failed/"
    return Service(
        f"{name} (pm2)", f"kill -{{signal}} {pid}", f"if kill -0 {pid} 2>/dev/null; then echo online; else {listed}; fi",
        f"pm2 restart {name} >/dev/null")
