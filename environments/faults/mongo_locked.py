"""A MongoDB that somebody has locked for a file system snapshot and never unlocked."""

from collections.abc import Callable

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from environments.faults import Proof


class MongoLocked:
    """`fsyncLock` on one member, which `client` reaches: it takes no write and goes on answering reads."""

    def __init__(self, client: Callable[[], MongoClient[dict[str, object]]]) -> None:
        self._client = client

    def inject(self) -> None:
        """Lock it."""
        with self._client() as client:
            client.admin.command("fsync", lock=True)

    def prove(self) -> Proof:
        """The server's own word on what it is doing."""
        try:
            with self._client() as client:
                locked = bool(client.admin.command("currentOp").get("fsyncLock"))
        except PyMongoError as error:
            return Proof(False, f"the member does not say whether it is locked: {error}", partly=True)
        return Proof(locked, f"the member is {'locked against writes' if locked else 'not locked'}")

    def remove(self) -> None:
        """Unlock it, as often as it was locked."""
        with self._client() as client:
            while client.admin.command("currentOp").get("fsyncLock"):
                client.admin.command("fsyncUnlock")
