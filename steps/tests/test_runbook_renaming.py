"""A command whose tool has another name today differs from the documented one in nothing but that name."""

import pytest

from steps.runbook.renaming import rename_tool, tool_is_missing


@pytest.mark.parametrize(("command", "expected"), [
    ('mongo --eval "rs.status()"', 'mongosh --eval "rs.status()"'),
    ('mongo "mongodb://localhost:27017/shop"', 'mongosh "mongodb://localhost:27017/shop"'),
    ("watch -n 5 'mongo --quiet --eval \"db.stats()\"'", "watch -n 5 'mongosh --quiet --eval \"db.stats()\"'"),
    ("sudo mongo admin | grep mongo", "sudo mongosh admin | grep mongo"),
    ("echo x && mongo mongo", "echo x && mongosh mongo"),
    ("for n in 1 2; do mongo --port 2701$n; done", "for n in 1 2; do mongosh --port 2701$n; done"),
    ("systemctl restart mongod", "systemctl restart mongod"),
    ("cat mongo", "cat mongo"),
    ("mongodump --out=/backups", "mongodump --out=/backups"),
])
def test_only_the_called_tool_is_renamed(command, expected):
    assert rename_tool(command, "mongo", "mongosh") == expected


@pytest.mark.parametrize(("stderr", "missing"), [
    ("bash: mongo: command not found", True),
    ("bash: line 1: mongo: command not found\n", True),
    ("sh: 1: mongo: not found", True),
    ("bash: mongod: command not found", False),
    ("mongo: connection refused", False),
])
def test_the_shells_own_words_say_that_a_tool_is_missing(stderr, missing):
    assert tool_is_missing("mongo", stderr) == missing
