"""A disk filled by one log that is still being written: nobody rotates it, or the rotation has not come yet."""

from environments.faults import Fault, Proof
from environments.faults.containers import newest_of
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

_LINE = ('192.0.2.17 - - [27/Nov/2026:04:11:52 +0000] "GET /api/layers?bbox=11.3,48.1,11.8,48.3 HTTP/1.1" 200 196 "-" '
         '"python-requests/2.31.0"')
# What Docker's default logging driver (json-file) writes for a line of a program.
_JSON_LINE = ('{"log":"level=warn component=dispatcher msg=\\"Notify attempt failed, will retry later\\" attempts=1\\n",'
              '"stream":"stderr","time":"2026-11-27T04:11:52.310000000Z"}')


class LogGrown(Fault, frozen=True, tag="log grown"):
    """Let a log grow until its disk is `percent` full: a `file`, or Docker's log of a compose service's `container`."""

    host: Host
    mount: str
    percent: float
    file: str = ""
    container: str = ""

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.container):
            raise ValueError("either `file` or `container` says which log grows")

    def inject(self) -> None:
        """Append lines to the log; the program that writes it keeps it open."""
        missing = disk_use(self.host, self.mount).bytes_until(self.percent)
        line = _JSON_LINE if self.container else _LINE
        self.host.run(f"yes \"$(cat)\" | head -c {missing} >> {self._path}", stdin=line, timeout_s=60.0)

    def prove(self) -> Proof:
        """Read the disk usage and the size of the log."""
        use = disk_use(self.host, self.mount)
        size = self.host.run(f"du -h {self._path}", check=False).stdout.split()
        return Proof(use.percent > 90.0, f"{self.mount} is {use.percent:.1f} % full; {' '.join(reversed(size)) or 'no log'}")

    def remove(self) -> None:
        """Empty the log; programs append to it, so they go on at its start."""
        self.host.run(f"truncate -s 0 {self._path}")

    @property
    def _path(self) -> str:
        return self.file or f"$(docker inspect -f '{{{{.LogPath}}}}' {newest_of(self.host, self.container)})"
