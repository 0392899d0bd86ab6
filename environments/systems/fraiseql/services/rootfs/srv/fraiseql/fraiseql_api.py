"""The API: users and notes in PostgreSQL through FraiseQL, the list of users cached in Redis."""

# FraiseQL is installed in the replica's image and not in Runproof's own environment.
# mypy: disable-error-code="import-not-found,misc,untyped-decorator"

import os

import fraiseql
import redis.asyncio
from fraiseql.caching import CacheConfig, RedisCache, ResultCache
from fraiseql.db import DatabaseQuery
from fraiseql.fastapi import FraiseQLConfig, create_fraiseql_app
from fraiseql.monitoring import setup_metrics
from graphql import GraphQLError, GraphQLResolveInfo
from psycopg.sql import SQL

CACHED_S = 5

cache = ResultCache(
    RedisCache(redis.asyncio.from_url(os.environ["REDIS_URL"], socket_timeout=1, socket_connect_timeout=1)),
    CacheConfig(default_ttl=CACHED_S),
)


@fraiseql.type
class User:
    """A user, who writes notes."""

    identifier: str
    name: str
    created_at: str


@fraiseql.type
class Note:
    """A note, under an id that the client chose."""

    id: str
    text: str
    created_at: str


@fraiseql.input
class CreateNoteInput:
    """A new note."""

    id: str
    text: str


@fraiseql.success
class CreateNoteSuccess:
    """The note is stored."""

    message: str
    note: Note


@fraiseql.failure
class CreateNoteError:
    """Another text is stored under this id."""

    message: str


@fraiseql.mutation(function="create_note", schema="app")
class CreateNote:
    """Store a note; storing the same note again adds no row."""

    input: CreateNoteInput
    success: CreateNoteSuccess
    failure: CreateNoteError


async def _ask(info: GraphQLResolveInfo, statement: str, **values: object) -> list[dict[str, str]]:
    rows = await info.context["db"].run(DatabaseQuery(SQL(statement), values))
    return [row["data"] for row in rows]


async def users(info: GraphQLResolveInfo) -> list[User]:
    """Return all users, from a cache that is at most five seconds old."""
    found = await cache.get_or_set("users", lambda: _ask(info, "SELECT data FROM v_user"))
    return [User(**fields) for fields in found]


async def user(info: GraphQLResolveInfo, identifier: str) -> User:
    """Return one user straight from the database; raise GraphQLError if there is none."""
    found = await _ask(info, "SELECT data FROM v_user WHERE identifier = %(identifier)s", identifier=identifier)
    if not found:
        raise GraphQLError(f"there is no user {identifier!r}")
    return User(**found[0])


async def notes(info: GraphQLResolveInfo, limit: int = 10) -> list[Note]:
    """Return the latest notes, straight from the database."""
    found = await _ask(info, "SELECT data FROM v_note LIMIT %(limit)s", limit=limit)
    return [Note(**fields) for fields in found]


# "testing": in mode "production" this version wraps what a query answers into {"data": {...}} a second time.
app = create_fraiseql_app(
    config=FraiseQLConfig(
        database_url=os.environ["DATABASE_URL"], environment="testing", auth_enabled=False, enable_introspection=False,
        enable_playground=False, cors_enabled=False, json_passthrough_enabled=False, jsonb_extraction_enabled=False,
        enable_turbo_router=False,
    ),
    types=[User, Note], queries=[users, user, notes], mutations=[CreateNote],
)
setup_metrics(app)
