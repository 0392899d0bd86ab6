"""A disk filled by rotated logs and old journals."""

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

AGE_D = 45
"""Age of the old entries in days; more than the usual retention of 30 days."""
ROTATED_SHARE = 0.2
"""Fraction of the fill that rotated logs make up; the rest is journals, so that neither remedy alone suffices."""

_JOURNAL_MB = 64
# Real journals: systemd's own tool writes them from its export format, with entries dated AGE_D days ago. They are then
# renamed like journald's archived files, by the time of their first entry.
_MAKE_JOURNALS = """
set -e
machine=$(cat /etc/machine-id)
first=$(date -d '{age_d} days ago' +%s)
for number in $(seq {count}); do
    python3 - "$number" "$first" "$machine" <<'PROGRAM' | /lib/systemd/systemd-journal-remote --compress=no \
        -o /var/log/journal/$machine/incoming.journal - >/dev/null 2>&1
import base64, os, sys
number, first, machine = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
boot = os.urandom(16).hex()
for second in range({entries}):
    at = first + (number - 1) * {entries} + second
    text = base64.b64encode(os.urandom(48 * 1024)).decode()
    print(f"__REALTIME_TIMESTAMP={{at}}000000\\n__MONOTONIC_TIMESTAMP={{second}}000000\\n_BOOT_ID={{boot}}\\n"
          f"_MACHINE_ID={{machine}}\\nPRIORITY=6\\nSYSLOG_IDENTIFIER=import\\nMESSAGE={{text}}\\n")
PROGRAM
    name=$(printf 'system@%032x-%016x-%016x.journal' "$first" "$number" "$((first + number))000000")
    mv /var/log/journal/$machine/incoming.journal "/var/log/journal/$machine/$name"
done
"""
_MAKE_LOGS = """
set -e
for number in $(seq 2 9); do
    for log in nginx/access.log nginx/error.log; do
        head -c {each_bytes} /dev/urandom > /var/log/$log.$number.gz
        touch -d "$((number * 7)) days ago" /var/log/$log.$number.gz
    done
done
"""


class OldLogs(Fault, frozen=True, tag="old logs"):
    """Fill a disk to `percent` with rotated logs and archived journals."""

    host: Host
    mount: str
    percent: float

    def inject(self) -> None:
        missing = disk_use(self.host, self.mount).bytes_until(self.percent)
        count = max(int(missing * (1 - ROTATED_SHARE)) // (_JOURNAL_MB << 20), 1)
        self.host.run(_MAKE_JOURNALS.format(age_d=AGE_D, count=count, entries=_JOURNAL_MB * 16 - 16), timeout_s=120.0)
        rest = disk_use(self.host, self.mount).bytes_until(self.percent)
        self.host.run(_MAKE_LOGS.format(each_bytes=rest // 16), timeout_s=60.0)

    def prove(self) -> Proof:
        """Read the disk usage, and how much of it is journals according to systemd."""
        use = disk_use(self.host, self.mount)
        journals = self.host.run("journalctl --disk-usage", check=False).stdout.strip()
        return Proof(use.percent > 90.0, f"{self.mount} is {use.percent:.1f} % full; {journals}")

    def remove(self) -> None:
        self.host.run("journalctl --vacuum-time=30d; rm -f /var/log/nginx/*.log.*.gz", check=False)
