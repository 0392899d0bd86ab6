"""A few connections to one server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar

from environments.probes.outcomes import no_connection

OPEN_LIMIT_S = 0.5
"""A greeting takes milliseconds. What is lost on the way, because nobody is there yet, the kernel sends again after 1 s: a
client that waited for that would notice a server's return up to a second late."""


class Connection(Protocol):
    """What a pool needs of a connection."""

    def usable(self) -> bool:
        """Whether the server has not hung up, as far as is known here without asking it."""
        ...

    def abort(self) -> None:
        """Close it at once, without a farewell that would have to wait for the other side."""
        ...


C = TypeVar("C", bound=Connection)


class Pool(Generic[C]):
    """At most `size` connections, opened when needed, each used by one request at a time.

    A connection whose request failed or was cancelled is dropped: its answer may still come. Where it failed, the idle
    ones are dropped too: they lead to the same server, and a client must not stumble over each of them once that server
    is back.
    """

    def __init__(self, open_one: Callable[[], Awaitable[C]], size: int) -> None:
        self._open_one = open_one
        self._slots = asyncio.Semaphore(size)
        self._idle: list[C] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[C]:
        """An own connection for the time of the block; raises what opening one raises."""
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
        """Close what nobody uses."""
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
