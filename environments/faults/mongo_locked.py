"""A MongoDB member that was locked for a file system snapshot and never unlocked."""

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from environments.faults import Fault, Proof
from environments.hosts.reach import Published

_ANSWER_LIMIT_MS = 2000


class MongoLocked(Fault, frozen=True, tag="mongo locked"):
    """Lock the member at `port` (fsyncLock): it blocks writes and still answers reads."""

    port: Published

    def inject(self) -> None:
        with self._client() as client:
            client.admin.command("fsync", lock=True)

    def prove(self) -> Proof:
        """Ask the server (currentOp) whether it is locked."""
        try:
            with self._client() as client:
                locked = bool(client.admin.command("currentOp").get("fsyncLock"))
        except PyMongoError as error:
            return Proof(False, f"the member does not say whether it is locked: {error}", partly=True)
        return Proof(locked, f"the member is {'locked against writes' if locked else 'not locked'}")

    def remove(self) -> None:
        """Unlock it as often as it was locked."""
        with self._client() as client:
            while client.admin.command("currentOp").get("fsyncLock"):
                client.admin.command("fsyncUnlock")

    def _client(self) -> MongoClient[dict[str, object]]:
        return MongoClient("127.0.0.1", self.port, directConnection=True, socketTimeoutMS=_ANSWER_LIMIT_MS,
                           serverSelectionTimeoutMS=_ANSWER_LIMIT_MS, connectTimeoutMS=_ANSWER_LIMIT_MS)
