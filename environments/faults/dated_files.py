"""A disk filled by dated files that nobody deletes, such as daily backups."""

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

_MAKE = """
set -e
for day in $(seq {first_d} {last_d}); do
    file={directory}/$(date -u -d "$day days ago" +{file_name})
    head -c {each_bytes} /dev/urandom > "$file"
    chown --reference={directory} "$file"
    touch -d "$day days ago" "$file"
done
"""


class DatedFiles(Fault, frozen=True, tag="dated files"):
    """Fill a disk to `percent` with one file a day in `directory`, from `first_d` to `last_d` days old.

    `file_name` is the file's name as a format of date(1), such as "backup-%Y-%m-%d.tar.gz".
    """

    host: Host
    mount: str
    percent: float
    directory: str
    file_name: str
    first_d: int
    last_d: int

    def inject(self) -> None:
        missing = disk_use(self.host, self.mount).bytes_until(self.percent)
        self.host.run(_MAKE.format(directory=self.directory, file_name=self.file_name, first_d=self.first_d, last_d=self.last_d,
                                   each_bytes=missing // (self.last_d - self.first_d + 1)), timeout_s=60.0)

    def prove(self) -> Proof:
        """Read the disk usage, and how many files older than `first_d` days there are."""
        use = disk_use(self.host, self.mount)
        old = self.host.run(f"find {self.directory} -type f -mtime +{self.first_d - 1} | wc -l", check=False).stdout.strip()
        return Proof(use.percent > 90.0, f"{self.mount} is {use.percent:.1f} % full; {old} files of {self.first_d} days or more "
                                         f"in {self.directory}")

    def remove(self) -> None:
        """Delete the files that are at least `first_d` days old."""
        self.host.run(f"find {self.directory} -type f -mtime +{self.first_d - 1} -delete", check=False)
