"""What a person reads off the document's commands: that a check is well, and the values of its placeholders."""

import re
from collections.abc import Callable

from environments.systems.catalog import Capture, Reading

CLUSTER_NODES = "redis-cli -p 7000 cluster nodes"
CURRENT_OPERATIONS = 'mongo --eval "db.currentOp()"'

READINGS = (
    Reading("1. Verify the alert is real", re.compile(r'"status":"ok"')),
    Reading("2. Check if service is running", re.compile(r"app_production.*online")),
    Reading("4. Check logs for errors", re.compile(r"\A(?![\s\S]*\bERROR\b)")),
    Reading("Check MongoDB status", re.compile(r"Active: active \(running\)")),
    Reading("Check if MongoDB is responding", re.compile(r"\bok: 1\b")),
    Reading("Check connection count", re.compile(r"\bcurrent: \d+")),
    Reading("Check cluster status", re.compile(r"cluster_state:ok")),
    Reading("Check all nodes", re.compile(r"(?:PONG[\s\S]*){6}")),
    Reading("Check cluster nodes", re.compile(r"\A(?![\s\S]*(?:fail|disconnected))")),
    # %CPU, first in the second line: the document calls more than 90 % high.
    Reading("Step 3: Get process details", re.compile(r"%CPU.*\n\s*(?:\d|[1-8]\d|90)(?:\.\d)?\s")),
    Reading("Check Node.js heap", re.compile(r"\A")),  # a REPL that opens: nothing in it is about the application
    # RSS in kB: the document calls more than 80 % high (3.3), which is 400 MB of the unit's 512.
    Reading("correction of ALM-11", re.compile(r"Memory: (?:\d|[1-9]\d|[1-3]\d\d)(?:\.\d+)?[KM]\b")),
    # The last line's %wait and %CPU: one that spins takes a core, or waits for one.
    Reading("correction of ALM-13",
            re.compile(r"Average:\s+\d+\s+\d+(?:\s+[\d.]+){3}\s+\d(?:\.\d+)?\s+(?:\d|[1-8]\d|90)(?:\.\d+)?\s")),
    Reading("correction of ALM-12", re.compile(r"\A(?![\s\S]*SIGKILL)")),
    # A split is where the nodes contradict each other.
    Reading("correction of ALM-32", re.compile(r"\A(?!(?=[\s\S]*:ok)[\s\S]*:fail)")),
    Reading("Check process memory", re.compile(r"\A(?!(?:[\s\S]*\n)?(?:[4-9]\d{5}|\d{7,})\r?\n)")),
)


def captures() -> tuple[Capture, ...]:
    """What the operator reads off the documented diagnoses."""
    failed = f"{CLUSTER_NODES} | grep fail"
    return (
        Capture("<failed-port>", failed, _port_of(_failed)),
        Capture("<port>", failed, _port_of(_failed)),
        Capture("<port>", CLUSTER_NODES, _port_of(_failed)),
        Capture("<replica-port>", CLUSTER_NODES, _port_of(_replica_of_the_failed)),
        Capture("<opid>", CURRENT_OPERATIONS, _operation_on_vehicles),
    )


def _port_of(choose: Callable[[list[list[str]]], list[str] | None]) -> Callable[[str], str]:
    """The port of the node that `choose` takes from the lines of `cluster nodes`."""

    def read(text: str) -> str:
        chosen = choose([line.split() for line in text.splitlines() if line.count(" ") >= 7])
        return chosen[1].partition("@")[0].rpartition(":")[2] if chosen else ""

    return read


def _failed(nodes: list[list[str]]) -> list[str] | None:
    return next((node for node in nodes if "fail" in node[2]), None)


def _replica_of_the_failed(nodes: list[list[str]]) -> list[str] | None:
    """A living replica whose master fails, as the node sees it that was asked; its own replica where it sees no such one."""
    failed = {node[0] for node in nodes if "fail" in node[2]}
    asked = {node[0] for node in nodes if "myself" in node[2]}
    living = next((node for node in nodes if node[3] in failed and "fail" not in node[2]), None)
    return living or next((node for node in nodes if node[3] in asked), None)


def _operation_on_vehicles(text: str) -> str:
    """Of all operations the one that somebody's query on the vehicles keeps running."""
    for operation in text.split("type: 'op'")[1:]:
        if "almashooq.vehicles" in operation and (found := re.search(r"\bopid: (\d+)", operation)):
            return found.group(1)
    return ""
