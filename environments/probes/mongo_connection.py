"""A connection to one MongoDB server, through pymongo with every feature disabled that would hide an outage.

A driver refreshes its view of a replica set twice a second at best, and waits or retries on its own. So each connection
is a separate client of a single server: it sends each command once, and is discarded on failure.
"""

import asyncio
from collections.abc import Mapping

from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from environments.probes.outcomes import lost_connection, no_connection

OPEN_LIMIT_MS = 500
SELECT_LIMIT_MS = 150
"""Timeout of an attempt: pymongo retries only after half a second, and a server's return must not be noticed that late."""
_NEVER_MS = 3_600_000  # the server's state is known from our own commands only

ANSWER_LIMIT_MS = 2000
"""Default timeout of a blocking client for each answer."""

Document = Mapping[str, object]
_closing: set[asyncio.Task[None]] = set()


def blocking_client(port: int, *, answer_limit_ms: int = ANSWER_LIMIT_MS) -> MongoClient[dict[str, object]]:
    """Connect to the one member at a published port, whatever its role, without retries."""
    return MongoClient("127.0.0.1", port, directConnection=True, retryReads=False, serverSelectionTimeoutMS=answer_limit_ms,
                       connectTimeoutMS=answer_limit_ms, socketTimeoutMS=answer_limit_ms)


class MongoConnection:
    """A connection for one request at a time."""

    def __init__(self, client: AsyncMongoClient[dict[str, object]]) -> None:
        self._client = client

    @classmethod
    async def open(cls, port: int) -> "MongoConnection":
        """Connect to the published port and complete the handshake; raises NoConnectionError."""
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
        """Send a command once and return the reply, which may be an error; raises OSError or EOFError."""
        try:
            return await self._client[database].command(dict(body))
        except OperationFailure as refused:
            return dict(refused.details or {"ok": 0, "code": refused.code})
        except PyMongoError as error:
            raise lost_connection(error) from error

    def usable(self) -> bool:
        """Always true: a closed connection shows on the next request."""
        return True

    def abort(self) -> None:
        """Close the connection immediately."""
        task = asyncio.get_running_loop().create_task(self._client.close())
        _closing.add(task)
        task.add_done_callback(_closing.discard)
