"""One connection to one MongoDB server, by pymongo with everything switched off that would hide an outage.

A driver's view of a replica set is refreshed twice a second at best, and it waits or tries again on its own. So each
connection is a client of its own of one server: it sends each command once, and is thrown away when that fails.
"""

import asyncio
from collections.abc import Mapping

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from environments.probes.outcomes import lost_connection, no_connection

OPEN_LIMIT_MS = 500
SELECT_LIMIT_MS = 150
"""How long one try lasts: pymongo looks again only half a second later, and a server that is back must not be seen so late."""
_NEVER_MS = 3_600_000  # nothing but our own commands says how the server is

Document = Mapping[str, object]
_closing: set[asyncio.Task[None]] = set()


class MongoConnection:
    """Used by one request at a time."""

    def __init__(self, client: AsyncMongoClient[dict[str, object]]) -> None:
        self._client = client

    @classmethod
    async def open(cls, port: int) -> "MongoConnection":
        """Connect to the published port and exchange a greeting; raises NoConnectionError."""
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
            "127.0.0.1", port, directConnection=True, retryWrites=False, retryReads=False, maxPoolSize=1,
            serverSelectionTimeoutMS=SELECT_LIMIT_MS, connectTimeoutMS=OPEN_LIMIT_MS, heartbeatFrequencyMS=_NEVER_MS,
            serverMonitoringMode="poll")
        connection = cls(client)
        try:
            await client.admin.command("hello")
        except BaseException as error:
            connection.abort()
            if isinstance(error, PyMongoError | OSError):
                raise no_connection(error) from error
            raise
        return connection

    async def command(self, database: str, body: Document) -> Document:
        """Send one command, once, and return the answer, errors and all; raises OSError or EOFError."""
        try:
            return await self._client[database].command(dict(body))
        except OperationFailure as refused:
            return dict(refused.details or {"ok": 0, "code": refused.code})
        except PyMongoError as error:
            raise lost_connection(error) from error

    def usable(self) -> bool:
        """Always: that the server has hung up shows when it is asked."""
        return True

    def abort(self) -> None:
        """Close it now."""
        task = asyncio.get_running_loop().create_task(self._client.close())
        _closing.add(task)
        task.add_done_callback(_closing.discard)
