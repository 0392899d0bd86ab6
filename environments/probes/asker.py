"""Asking one server again and again, also while it does not answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

A = TypeVar("A")

PATIENCE_S = 0.5
"""How long a look waits for a server that answered last time, where a fail-over is to be known to 100 ms."""
STATE_PATIENCE_S = 1.5
"""The same where nothing but the state of all is asked: a server on a busy machine is slow and not gone. Less than the 2 s of a
whole sample, so that the others' answers count."""
IMPATIENCE_S = 0.08
"""How long it waits for one that did not: a dead server must not hold up what is seen of the others."""


class Asker(Generic[A]):
    """One server and the one question that is under way to it.

    A server that hangs gets no second question before it has answered the first, however often it is looked at.
    """

    def __init__(self, ask: Callable[[], Awaitable[A]], *, patience_s: float = PATIENCE_S) -> None:
        self._ask = ask
        self._patience_s = patience_s
        self._asking: asyncio.Task[A] | None = None
        self._asked_at_s = 0.0
        self._answers = True

    async def look(self) -> A | None:
        """The answer to a question that was asked after this call; None where none came in time.

        What `ask` raises goes through.
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
