"""An operation that never ends: a runaway query keeps a core of MongoDB busy."""

from typing import ClassVar

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

_UNIT = "monthly-report"
# A busy server may be silent for a while and lose an election; neither that nor a timeout of the shell may end the
# operation or keep the member from listing it.
_DIRECTLY = "mongodb://127.0.0.1:{port}/?directConnection=true&readPreference=nearest"
_PATIENTLY = f"{_DIRECTLY}&connectTimeoutMS=3600000"
_QUERY = ('db.getSiblingDB("almashooq").vehicles.aggregate([{$match: {$expr: {$function: '
          '{body: "function() { while (true) {} }", args: [], lang: "js"}}}}]).toArray()')
_RUNNING = ('print(db.getSiblingDB("admin").aggregate([{$currentOp: {}}, {$match: {"command.aggregate": "vehicles", '
            'active: true}}]).toArray().length)')


class MongoLongOperation(Fault, frozen=True, tag="mongo long operation"):
    """Have a client on the host send an endless aggregation to the member at `port` and wait for the answer."""

    spins: ClassVar[bool] = True
    host: Host
    port: int

    def inject(self) -> None:
        """Send it; return once the server is executing it."""
        self.host.run(f"systemd-run --quiet --collect --unit={_UNIT} mongosh --quiet "
                       f"'{_PATIENTLY.format(port=self.port)}' --eval '{_QUERY}'")
        until_proven(self, 30.0)

    def prove(self) -> Proof:
        """List the server's current operations."""
        count = self.host.run(f"mongosh --quiet '{_DIRECTLY.format(port=self.port)}' --eval '{_RUNNING}'").stdout.strip()
        return Proof(count not in {"", "0"}, f"aggregations over vehicles that run on {self.port}: {count}")

    def remove(self) -> None:
        """Stop the client; the server aborts the operation of a client that disconnected."""
        self.host.run(f"systemctl stop {_UNIT}", check=False)
