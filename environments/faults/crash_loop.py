"""A service that crashes again and again until systemd gives it up."""

from environments.faults import Proof
from environments.hosts import Host

# Each start is killed with a segmentation fault as soon as it is there; the loop ends when systemd starts it no more.
_CRASH = """
for attempt in $(seq 200); do
    state=$(systemctl show -P ActiveState {unit})
    [ "$state" = failed ] && exit 0
    systemctl kill --signal=SEGV {unit} 2>/dev/null
    sleep 0.05
done
exit 1
"""


class CrashLoop:
    """The cause is over when systemd has given up: what is left is a failed unit that used up its start limit."""

    def __init__(self, host: Host, unit: str) -> None:
        self._host = host
        self._unit = unit

    def inject(self) -> None:
        """Crash it until it is given up; raises HarnessError if systemd goes on for ever."""
        self._host.run(_CRASH.format(unit=self._unit), timeout_s=60.0)

    def prove(self) -> Proof:
        """systemd's own word on the unit."""
        shown = self._host.run(
            f"systemctl show -p ActiveState -p Result -p NRestarts {self._unit}", check=False
        ).stdout.split()
        return Proof("ActiveState=failed" in shown, f"{self._unit}: {', '.join(shown)}")

    def remove(self) -> None:
        """Start it."""
        self._host.run(f"systemctl reset-failed {self._unit}; systemctl start {self._unit}")
