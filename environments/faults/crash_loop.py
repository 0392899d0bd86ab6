"""A service that crashes repeatedly until its supervisor gives up."""

from environments.faults import Fault, Proof
from environments.faults.services import Service
from environments.hosts.host import Host

# Kills every start with SIGSEGV at once, however long the supervisor takes to respond, until the supervisor stops
# restarting it. pm2 counts only crashes in the first 16 s after somebody has started the service (min_uptime 1 s, max_restarts
# 16, its defaults) and restarts an older one for ever; on a busy machine 16 crashes may take longer than that.
_CRASH = """
(while sleep 0.05; do {kill}; done) >/dev/null 2>&1 &
trap "kill $!" EXIT
for start in 1 2 3 4; do
    {restart}
    for attempt in $(seq 50); do
        [ "$({state})" = failed ] && exit 0
        sleep 0.4
    done
done
exit 1
"""


class CrashLoop(Fault, frozen=True, tag="crash loop"):
    """Crash a service until its supervisor gives up.

    One under pm2 is restarted first, as by a deployment. The cause is then gone, and the service has used up its restarts.
    """

    host: Host
    service: Service

    def inject(self) -> None:
        """Crash it; raises HarnessError if the supervisor does not give up."""
        self.host.run(_CRASH.format(state=self.service.state, kill=self.service.kill("SEGV"),
                                    restart=self.service.start if self.service.pm2 else ":"), timeout_s=120.0)

    def prove(self) -> Proof:
        state = self.host.run(self.service.state, check=False).stdout.strip()
        return Proof(state == "failed", f"{self.service.name} is {state}")

    def remove(self) -> None:
        self.host.run(self.service.start)
