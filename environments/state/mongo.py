"""MongoDB: databases' collections with their number of documents, indexes, users and the replica set's configuration."""

from contextlib import ExitStack
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from environments.probes.mongo import MongoSet
from environments.probes.mongo_connection import blocking_client
from environments.state import Read, UnreadableError

_ANSWER_LIMIT_MS = 3000
_OWN = {"admin", "config", "local"}
Client = MongoClient[dict[str, Any]]


def read(store: MongoSet) -> Read:
    """Yield `collection`, `index`, `store user` and `setting`, as the primary has them or, without one, a secondary."""
    with ExitStack() as opened:
        client = _asked(store, opened)
        try:
            for database in sorted(set(client.list_database_names()) - _OWN):
                for name in sorted(client[database].list_collection_names()):
                    if name.startswith("system."):
                        continue
                    rows = client[database][name].count_documents({}, maxTimeMS=_ANSWER_LIMIT_MS)
                    yield "collection", f"{database}.{name}", {"rows": str(rows)}
                    for index, about in client[database][name].index_information().items():
                        definition = f"{about['key']} unique={about.get('unique', False)}"
                        yield "index", f"{database}.{name}.{index}", {"definition": definition, "of": f"{database}.{name}"}
            for user in client.admin.command("usersInfo", {"forAllDBs": True})["users"]:
                roles = sorted(f"{role['role']}@{role['db']}" for role in user["roles"])
                yield "store user", f"{user['db']}.{user['user']}", {"roles": ", ".join(roles)}
            for member in client.admin.command("replSetGetConfig")["config"]["members"]:
                about = " ".join(f"{key}={member[key]}" for key in ("priority", "votes", "hidden", "arbiterOnly"))
                yield "setting", f"member {member['host']}", {"value": about}
        except PyMongoError as error:
            raise UnreadableError(str(error)) from error


def _asked(store: MongoSet, opened: ExitStack) -> Client:
    """Return a client of the primary, else of a secondary; raises UnreadableError if no member answers."""
    secondary: Client | None = None
    for port in store.members.values():
        client: Client = opened.enter_context(blocking_client(port, answer_limit_ms=_ANSWER_LIMIT_MS))
        try:
            role = client.admin.command("hello")
        except PyMongoError:
            continue
        if role.get("isWritablePrimary"):
            return client
        secondary = secondary or (client if role.get("secondary") else None)
    if secondary is None:
        raise UnreadableError("no member answers")
    return secondary
