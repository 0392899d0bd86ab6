"""A connection to one Redis node, through redis-py's low-level connection: no retries, no cluster view, no waiting."""

import asyncio
from dataclasses import dataclass

from redis import Redis
from redis.asyncio.connection import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from environments.probes.outcomes import lost_connection, no_connection


@dataclass(frozen=True)
class Refusal:
    """An error reply; `word` is Redis' error code ("MOVED", "CLUSTERDOWN"), `text` the rest of the line."""

    word: str
    text: str


ANSWER_LIMIT_S = 2.0
"""Timeout of a blocking client for each answer, in seconds."""

Reply = str | int | None | Refusal | list["Reply"]
Request = tuple[str | int, ...]
_closing: set[asyncio.Task[None]] = set()


def blocking_client(port: int) -> Redis:
    """Connect to the one node at a published port; redirections are not followed."""
    return Redis("127.0.0.1", port, socket_timeout=ANSWER_LIMIT_S, decode_responses=True)


class RedisConnection:
    """A connection for one request at a time; a request may be a pipeline of commands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, port: int) -> "RedisConnection":
        """Connect to the published port and complete the handshake; raises NoConnectionError."""
        connection = cls(Connection(host="127.0.0.1", port=port, decode_responses=True, protocol=2,
                                    retry=Retry(NoBackoff(), 0)))
        try:
            await connection.ask(("PING",))  # Docker's proxy accepts connections even if nothing listens behind it
        except BaseException as error:
            connection.abort()
            if isinstance(error, OSError | EOFError):
                raise no_connection(error) from error
            raise
        return connection

    async def ask(self, *requests: Request) -> list[Reply]:
        """Send the commands as one pipeline, once, and return their replies; raises OSError or EOFError."""
        try:
            await self._connection.connect()  # type: ignore[no-untyped-call]  # untyped in redis-py
            await self._connection.send_packed_command(self._connection.pack_commands(requests), check_health=False)
            return [await self._reply() for _ in requests]
        except RedisError as error:
            raise lost_connection(error) from error

    async def _reply(self) -> Reply:
        try:
            reply: Reply = await self._connection.read_response(disconnect_on_error=True)
        except ResponseError as refused:
            if refused.status_code:
                return Refusal(refused.status_code, str(refused))
            word, _, text = str(refused).partition(" ")
            return Refusal(word, text)
        return reply

    def usable(self) -> bool:
        """Whether the connection is open, as far as is known locally."""
        return bool(self._connection.is_connected)

    def abort(self) -> None:
        """Close the connection immediately."""
        task = asyncio.get_running_loop().create_task(self._connection.disconnect(nowait=True))
        _closing.add(task)
        task.add_done_callback(_closing.discard)
