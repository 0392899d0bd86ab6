"""A service that crashes again and again until its supervisor gives it up."""

from environments.faults import Proof
from environments.faults.services import Service
from environments.hosts.host import Host

# Each start is killed with a segmentation fault as soon as it is there, whatever time the supervisor takes to answer; the
# loop ends when nobody starts it any more.
_CRASH = """
(while sleep 0.05; do {kill}; done) >/dev/null 2>&1 &
trap "kill $!" EXIT
for attempt in $(seq 200); do
    [ "$({state})" = failed ] && exit 0
    sleep 0.1
done
exit 1
"""


class CrashLoop:
    """The cause is over when the supervisor has given up: what is left is a failed service that used up its restarts."""

    def __init__(self, host: Host, service: Service) -> None:
        self._host = host
        self._service = service

    def inject(self) -> None:
        """Crash it until it is given up; raises HarnessError if its supervisor goes on for ever."""
        service = self._service
        self._host.run(_CRASH.format(state=service.state, kill=service.kill.format(signal="SEGV")), timeout_s=120.0)

    def prove(self) -> Proof:
        """The supervisor's own word."""
        state = self._host.run(self._service.state, check=False).stdout.strip()
        return Proof(state == "failed", f"{self._service.name} is {state}")

    def remove(self) -> None:
        """Start it."""
        self._host.run(self._service.start)
