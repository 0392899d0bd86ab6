"""Annotations in SQLite. A write that returned is on the disk: rollback journal, synchronous=FULL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCHEMA = "CREATE TABLE IF NOT EXISTS annotation (id TEXT PRIMARY KEY, text TEXT NOT NULL, stored_at TEXT NOT NULL)"


class DiskFullError(Exception):
    """The disk took no more; nothing was stored."""


@dataclass(frozen=True)
class Row:
    """One stored annotation."""

    id: str
    text: str
    stored_at: str


class Store:
    """One database file, shared by the workers; every call has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connection() as connection:
            connection.execute(SCHEMA)

    def add(self, id_: str, text: str, stored_at: str) -> tuple[Row, bool]:
        """Store a row unless its id is there already; answers with the row that is stored and whether it is new."""
        with self._connection() as connection:
            added = connection.execute("INSERT OR IGNORE INTO annotation VALUES (?, ?, ?)", (id_, text, stored_at))
            connection.commit()
            row = connection.execute("SELECT id, text, stored_at FROM annotation WHERE id = ?", (id_,)).fetchone()
            return Row(*row), added.rowcount == 1

    def all(self) -> list[Row]:
        """All rows in the order in which they were stored."""
        with self._connection() as connection:
            rows = connection.execute("SELECT id, text, stored_at FROM annotation ORDER BY rowid")
            return [Row(*row) for row in rows]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5)
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
            yield connection
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_FULL" or not self._has_space():
                raise DiskFullError(f"{self._path}: {error}") from error
            raise
        finally:
            connection.close()

    def _has_space(self) -> bool:
        return os.statvfs(self._path.parent).f_bavail > 0
