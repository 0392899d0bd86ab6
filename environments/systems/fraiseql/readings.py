"""What a person reads off the document's checks when all is well; a check is named by the comment above it."""

import re

from environments.systems.catalog import Reading
from environments.systems.fraiseql.environment import SERVICES


def _says(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


def _never(pattern: str, *, but: str = "") -> re.Pattern[str]:
    """Output without a match of `pattern`, and with one of `but`."""
    return re.compile(rf"\A(?![\s\S]*(?:{pattern}))[\s\S]*{but}")


READINGS = (
    # 1. Detection & Triage
    Reading("Immediately assess system status", _never("Application DOWN", but='"status":"healthy"')),
    Reading("Check database connectivity", _says("accepting connections")),
    Reading("Check Redis connectivity", _says("^PONG")),
    # One line for each running container: who knows the project sees which one is missing.
    Reading("Check system resources", re.compile(
        r"\A" + "".join(rf"(?=[\s\S]*\bfraiseql[-_]{service}[-_]1\b)" for service in SERVICES))),
    # 2. Investigation
    Reading("Check application logs", _never(r"ERROR|Traceback|Error\b|Exception|[Ee]rror connecting")),
    Reading("Check nginx access/error logs", _never(r'" 50\d |\[(?:error|crit|alert|emerg)\]')),
    # What the engine has to say of an `exec` that ended before it was done with its terminal or its input is nobody's error.
    Reading("Check system logs", _never(
        r'level=(?:error|fatal)(?! msg="(?:Handler for POST \S+/resize returned error: cannot resize a stopped container'
        r"|failed to close container stdin))|Stopped docker\.service|Failed to start")),
    Reading("Database query analysis", _never(r"idle in transaction|\| Lock +\|", but=r"\bactive\b")),
    Reading("Check Prometheus metrics", _never(r',"0"\]', but=r'"status":"success"[\s\S]*,"1"\]')),
    Reading("Check application metrics", _says("^fraiseql_http_requests_total")),
    Reading("Database performance", _says(r"\bnotes\b")),
    # 3. Containment
    Reading("Check connection pool", _says("max_connections")),
    Reading("Check disk space", _never(r" (?:9\d|100)% /opt\b", but=r" \d+% /opt\b")),
    Reading("Check memory usage", _says("^Mem:")),
    Reading("Check network connectivity", _says(r" 0% packet loss|^traceroute to yourdomain\.com[\s\S]*\d ms")),
)
