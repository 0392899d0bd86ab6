"""A MongoDB member that was locked for a file system snapshot and never unlocked."""

from pymongo.errors import PyMongoError

from environments.faults import Fault, Proof
from environments.hosts.reach import Published
from environments.probes.mongo_connection import blocking_client


class MongoLocked(Fault, frozen=True, tag="mongo locked"):
    """Lock the member at `port` (fsyncLock): it blocks writes and still answers reads."""

    port: Published

    def inject(self) -> None:
        with blocking_client(self.port) as client:
            client.admin.command("fsync", lock=True)

    def prove(self) -> Proof:
        """Ask the server (currentOp) whether it is locked."""
        try:
            with blocking_client(self.port) as client:
                locked = bool(client.admin.command("currentOp").get("fsyncLock"))
        except PyMongoError as error:
            return Proof(False, f"the member does not say whether it is locked: {error}", partly=True)
        return Proof(locked, f"the member is {'locked against writes' if locked else 'not locked'}")

    def remove(self) -> None:
        """Unlock it, as often as it was locked."""
        with blocking_client(self.port) as client:
            while client.admin.command("currentOp").get("fsyncLock"):
                client.admin.command("fsyncUnlock")
