"""A compressed backup of PostgreSQL that is not what it should be."""

from typing import Literal

from environments.faults import Proof
from environments.hosts.host import Host

Damage = Literal["corrupt", "truncated", "half a dump"]

_SCRIPTS: dict[Damage, str] = {
    # Some bytes in the middle, as a bad disk or a transfer in text mode leaves them.
    "corrupt": "head -c 64 /dev/urandom | dd of={path} bs=1 seek=$(($(stat -c %s {path}) / 2)) conv=notrunc status=none",
    # As an interrupted copy leaves it.
    "truncated": "truncate --size=$(($(stat -c %s {path}) / 2)) {path}",
    # As a pg_dump leaves it that died in a pipe whose last program did not: a whole archive of half a dump.
    "half a dump": "gunzip -c {path} > {path}.all && head -c $(($(stat -c %s {path}.all) / 2)) {path}.all | gzip > {path}.new"
                   " && rm {path}.all && mv {path}.new {path}",
}


class BackupDamaged:
    """Damages the file at `path` (.sql.gz); a copy beside it is what `remove` puts back."""

    def __init__(self, host: Host, path: str, damage: Damage) -> None:
        self._host = host
        self._path = path
        self._damage = damage

    def inject(self) -> None:
        """Damage it."""
        self._host.run(f"cp -p {self._path} /var/tmp/undamaged && " + _SCRIPTS[self._damage].format(path=self._path))

    def prove(self) -> Proof:
        """Read it: is the archive whole, and does the dump in it say at its end that it is complete?"""
        checked = self._host.run(
            f"gzip -t {self._path} && gunzip -c {self._path} | tail -n 5 | grep -q 'dump complete'", check=False)
        return Proof(checked.exit_status != 0,
                     checked.stderr.strip() or ("the dump is complete" if checked.exit_status == 0 else "the dump has no end"))

    def remove(self) -> None:
        """Put the copy back."""
        self._host.run(f"mv /var/tmp/undamaged {self._path}")
