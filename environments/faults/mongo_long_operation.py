"""An operation that never ends: a runaway query keeps a core of MongoDB busy."""

from typing import ClassVar

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

_UNIT = "monthly-report"
# A busy server may be silent for a while and lose an election; neither that nor a timeout of the shell may end the
# operation or keep the member from listing it.
_DIRECTLY = "mongodb://127.0.0.1:{port}/?directConnection=true&readPreference=nearest"
_PATIENTLY = f"{_DIRECTLY}&connectTimeoutMS=3600000"
# Joins the collection with itself five times without a condition, and matches nothing. A function in JavaScript would not do:
# the server ends one after 60 s (internalQueryJavaScriptFnTimeoutMillis).
_ENDLESS = """
const side = (name) => [{$lookup: {from: "%(collection)s", pipeline: [], as: name}}, {$unwind: "$" + name}];
db.getSiblingDB("%(database)s").getCollection("%(collection)s").aggregate([
  ...["a", "b", "c", "d", "e"].flatMap(side), {$match: {$expr: {$eq: ["$a._id", "$e.nothing"]}}}]).toArray()"""
_RUNNING = ('print(db.getSiblingDB("admin").aggregate([{$currentOp: {}}, {$match: {ns: "%s", active: true, '
            '"command.aggregate": {$exists: true}}}]).toArray().length)')


class MongoLongOperation(Fault, frozen=True, tag="mongo long operation"):
    """Have a program on the host send an endless aggregation over a collection to the member at `port`, and wait for it."""

    spins: ClassVar[bool] = True
    host: Host
    port: int
    database: str
    collection: str

    def inject(self) -> None:
        """Return when the server works on it."""
        query = _ENDLESS % {"database": self.database, "collection": self.collection}
        self.host.run(f"systemd-run --quiet --collect --unit={_UNIT} mongosh --quiet "
                      f"'{_PATIENTLY.format(port=self.port)}' --eval '{query}'")
        until_proven(self, 30.0)

    def prove(self) -> Proof:
        """The server's list of what it works on."""
        running = _RUNNING % f"{self.database}.{self.collection}"
        found = self.host.run(f"mongosh --quiet '{_DIRECTLY.format(port=self.port)}' --eval '{running}'").stdout.strip()
        return Proof(found not in {"", "0"}, f"aggregations over {self.collection} that run on {self.port}: {found}")

    def remove(self) -> None:
        """Stop the client; the server aborts the operation of a client that disconnected."""
        self.host.run(f"systemctl stop {_UNIT}", check=False)
