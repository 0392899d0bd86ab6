"""Crontabs, line by line, and the scripts of /etc/cron.*; timers are units."""

from collections.abc import Sequence

from environments.state import Read, Source


def read(lines: Sequence[str]) -> Read:
    """Yield `cron line` ("/etc/cron.d/backup: 0 3 * * * root backup")."""
    for line in lines:
        yield "cron line", line, {}


CRONTABS = Source("crontabs", r"""
grep -sHEv '^\s*(#|$)' /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/* | sed 's/:/: /'
find /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly -type f -perm /111 -printf '%h: %f\n' || :
""", read)
