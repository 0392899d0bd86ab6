"""A small pool of connections to one server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar

from environments.probes.outcomes import no_connection

OPEN_LIMIT_S = 0.5
"""A handshake takes milliseconds. The kernel retransmits a lost SYN only after 1 s, so a client that waited longer would
notice a server's return up to a second late."""


class Connection(Protocol):
    """The interface that a pool needs from a connection."""

    def usable(self) -> bool:
        """Return whether the connection is open, as far as is known without a request."""
        ...

    def abort(self) -> None:
        """Close the connection immediately, without waiting for the server."""
        ...


C = TypeVar("C", bound=Connection)


class Pool(Generic[C]):
    """At most `size` connections, opened on demand, each used by one request at a time.

    A connection whose request failed or was cancelled is dropped, since its answer may still arrive. After a failure the
    idle connections are dropped too: once the server is back, the client must not fail on each of them in turn.
    """

    def __init__(self, open_one: Callable[[], Awaitable[C]], size: int) -> None:
        self._open_one = open_one
        self._slots = asyncio.Semaphore(size)
        self._idle: list[C] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[C]:
        """Lend a connection for the duration of the block; raises what opening one raises."""
        async with self._slots:
            connection = self._usable() or await self._open()
            try:
                yield connection
            except BaseException as error:
                connection.abort()
                if isinstance(error, Exception):
                    self.drop_idle()
                raise
            self._idle.append(connection)

    def drop_idle(self) -> None:
        """Close all idle connections."""
        while self._idle:
            self._idle.pop().abort()

    async def _open(self) -> C:
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                return await self._open_one()
        except TimeoutError as error:
            raise no_connection(error) from error

    def _usable(self) -> C | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable():
                return connection
            connection.abort()
        return None
