"""An operation that MongoDB works on for ever: a query that nobody ends takes a core for itself."""

from environments.faults import Proof
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

_UNIT = "monthly-report"
# A busy server that is silent for a while may lose its office, and the shell would hang up on it: neither must end the operation.
_PATIENTLY = "mongodb://127.0.0.1:{port}/?directConnection=true&connectTimeoutMS=3600000&readPreference=nearest"
_QUERY = ('db.getSiblingDB("almashooq").vehicles.aggregate([{$match: {$expr: {$function: '
          '{body: "function() { while (true) {} }", args: [], lang: "js"}}}}]).toArray()')
_RUNNING = ('print(db.getSiblingDB("admin").aggregate([{$currentOp: {}}, {$match: {"command.aggregate": "vehicles", '
            'active: true}}]).toArray().length)')


class MongoLongOperation:
    """A program on the host that has sent an endless aggregation and waits for its answer."""

    def __init__(self, host: Host, port: int, clock: Clock | None = None) -> None:
        self._host = host
        self._port = port
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Send it; returns when the server works on it."""
        self._host.run(f"systemd-run --quiet --collect --unit={_UNIT} mongosh --quiet "
                       f"'{_PATIENTLY.format(port=self._port)}' --eval '{_QUERY}'")
        if wait_until(lambda: self.prove().proven, timeout_s=30.0, clock=self._clock) is None:
            raise HarnessError(f"the operation did not start: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The server's list of what it works on."""
        found = self._host.run(f"mongosh --quiet --port {self._port} --eval '{_RUNNING}'").stdout.strip()
        return Proof(found not in {"", "0"}, f"aggregations over vehicles that run on {self._port}: {found}")

    def remove(self) -> None:
        """End the program; the server drops the work of a client that has gone."""
        self._host.run(f"systemctl stop {_UNIT}", check=False)
