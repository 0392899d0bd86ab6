"""Polling a server that may not answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

A = TypeVar("A")

PATIENCE_S = 0.5
"""Timeout for a server that answered last time, where a failover must be dated to 100 ms."""
STATE_PATIENCE_S = 1.5
"""The same where only the state of all servers is of interest: on a busy machine a server may be slow but not down. Less than
the 2 s of a whole sample, so that the other answers still count."""
IMPATIENCE_S = 0.08
"""Timeout for a server that did not answer last time: a dead server must not delay the results of the others."""


class Asker(Generic[A]):
    """A server with at most one request in flight.

    A hanging server gets no second request before it has answered the first, however often it is polled.
    """

    def __init__(self, ask: Callable[[], Awaitable[A]], *, patience_s: float = PATIENCE_S) -> None:
        self._ask = ask
        self._patience_s = patience_s
        self._asking: asyncio.Task[A] | None = None
        self._asked_at_s = 0.0
        self._answers = True

    async def look(self) -> A | None:
        """Return the answer to a request sent after this call, or None on timeout.

        Exceptions of `ask` propagate.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            async with asyncio.timeout(self._patience_s if self._answers else IMPATIENCE_S):
                while True:
                    if self._asking is None or self._asking.done():
                        self._asking = asyncio.create_task(self._asked())
                        self._asked_at_s = loop.time()
                    asked_at_s = self._asked_at_s
                    answer = await asyncio.shield(self._asking)
                    if asked_at_s >= began_s:
                        return answer
        except TimeoutError:
            self._answers = False
            return None

    async def _asked(self) -> A:
        try:
            return await self._ask()
        finally:
            self._answers = True
