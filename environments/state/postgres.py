"""PostgreSQL: databases, tables with their exact number of rows, indexes, users and settings."""

import psycopg

from environments.probes.postgres_connection import Postgres
from environments.state import Read, UnreadableError

_LOCKED_MS = 200
"""How long a lock may hold up a count; the number of rows of a locked table counts as unknown."""
_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname), c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"""
_INDEXES = """
SELECT format('%I.%I', schemaname, indexname), indexdef, format('%I.%I', schemaname, tablename) FROM pg_indexes
WHERE schemaname !~ '^pg_'"""
_DATABASES = "SELECT datname, datallowconn::text, datconnlimit::text FROM pg_database WHERE NOT datistemplate"
_USERS = """
SELECT r.rolname, r.rolsuper::text, r.rolcanlogin::text, r.rolconnlimit::text,
       coalesce((SELECT string_agg(m.roleid::regrole::text, ', ' ORDER BY 1) FROM pg_auth_members m WHERE m.member = r.oid), '')
FROM pg_roles r WHERE r.rolname !~ '^pg_'"""
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE source NOT IN ('default', 'override', 'client', 'session')"


def read(store: Postgres) -> Read:
    """Yield `database`, `table`, `index`, `store user` and `setting`."""
    try:
        options = f"-c statement_timeout=5000 -c lock_timeout={_LOCKED_MS}"
        with psycopg.connect(store.conninfo(options), connect_timeout=5, autocommit=True) as connection:
            for name, connects, limit in connection.execute(_DATABASES):
                yield "database", name, {"connections": "allowed" if connects == "true" else "refused", "limit": limit}
            for name, relation in connection.execute(_TABLES).fetchall():
                try:
                    [(rows,)] = connection.execute(f"SELECT count(*) FROM {relation}")  # noqa: S608 - quoted by the server
                    yield "table", name, {"rows": str(rows)}
                except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
                    yield "table", name, {}
            for name, text, table in connection.execute(_INDEXES):
                yield "index", name, {"definition": text, "of": table}
            for name, superuser, login, limit, member in connection.execute(_USERS):
                yield "store user", name, {"superuser": superuser, "login": login, "limit": limit, "roles": member}
            yield from (("setting", name, {"value": value}) for name, value in connection.execute(_SETTINGS))
    except psycopg.Error as error:
        raise UnreadableError(str(error)) from error
