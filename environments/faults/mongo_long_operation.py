"""An operation that MongoDB works on for ever: a query that nobody ends takes a core for itself."""

from typing import ClassVar

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

_UNIT = "monthly-report"
# A busy server that is silent for a while may be voted out, and the shell would hang up on it: neither must end the operation,
# nor keep the member from saying what it works on.
_DIRECTLY = "mongodb://127.0.0.1:{port}/?directConnection=true&readPreference=nearest"
_PATIENTLY = f"{_DIRECTLY}&connectTimeoutMS=3600000"
_QUERY = ('db.getSiblingDB("almashooq").vehicles.aggregate([{$match: {$expr: {$function: '
          '{body: "function() { while (true) {} }", args: [], lang: "js"}}}}]).toArray()')
_RUNNING = ('print(db.getSiblingDB("admin").aggregate([{$currentOp: {}}, {$match: {"command.aggregate": "vehicles", '
            'active: true}}]).toArray().length)')


class MongoLongOperation(Fault, frozen=True, tag="mongo long operation"):
    """Have a program on the host send an endless aggregation to the member at `port`, and wait for its answer."""

    spins: ClassVar[bool] = True
    host: Host
    port: int

    def inject(self) -> None:
        """Return when the server works on it."""
        self.host.run(f"systemd-run --quiet --collect --unit={_UNIT} mongosh --quiet "
                       f"'{_PATIENTLY.format(port=self.port)}' --eval '{_QUERY}'")
        until_proven(self, 30.0)

    def prove(self) -> Proof:
        """The server's list of what it works on."""
        found = self.host.run(f"mongosh --quiet '{_DIRECTLY.format(port=self.port)}' --eval '{_RUNNING}'").stdout.strip()
        return Proof(found not in {"", "0"}, f"aggregations over vehicles that run on {self.port}: {found}")

    def remove(self) -> None:
        """End the program; the server drops the work of a client that has gone."""
        self.host.run(f"systemctl stop {_UNIT}", check=False)
