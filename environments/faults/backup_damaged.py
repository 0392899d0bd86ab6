"""A damaged compressed backup of PostgreSQL."""

from typing import Literal

from environments.faults import Fault, Proof
from environments.hosts.host import Host

Damage = Literal["corrupt", "truncated", "half a dump"]

_SCRIPTS: dict[Damage, str] = {
    # Bad bytes in the middle, as after a disk error or a transfer in text mode.
    "corrupt": "head -c 64 /dev/urandom | dd of={path} bs=1 seek=$(($(stat -c %s {path}) / 2)) conv=notrunc status=none",
    # As after an interrupted copy.
    "truncated": "truncate --size=$(($(stat -c %s {path}) / 2)) {path}",
    # As after a pg_dump that died in a pipe while gzip went on: a valid archive of half a dump.
    "half a dump": "gunzip -c {path} > {path}.all && head -c $(($(stat -c %s {path}.all) / 2)) {path}.all | gzip > {path}.new"
                   " && rm {path}.all && mv {path}.new {path}",
}


class BackupDamaged(Fault, frozen=True, tag="backup damaged"):
    """Damage the file at `path` (.sql.gz); `remove` puts a copy back."""

    host: Host
    path: str
    damage: Damage

    def inject(self) -> None:
        self.host.run(f"cp -p {self.path} /var/tmp/undamaged && " + _SCRIPTS[self.damage].format(path=self.path))

    def prove(self) -> Proof:
        """Check that the archive is valid and that the dump in it ends with its completion line."""
        checked = self.host.run(
            f"gzip -t {self.path} && gunzip -c {self.path} | tail -n 5 | grep -q 'dump complete'", check=False)
        return Proof(checked.exit_status != 0,
                     checked.stderr.strip() or ("the dump is complete" if checked.exit_status == 0 else "the dump has no end"))

    def remove(self) -> None:
        self.host.run(f"mv /var/tmp/undamaged {self.path}")
