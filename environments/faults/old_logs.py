"""A disk filled by rotated logs that were kept for longer than the retention, and by old journals."""

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

FIRST_D, LAST_D = 15, 52
"""Ages of the oversized rotated logs in days: what a daily rotation with 52 generations keeps beyond 14 (nginx.org's own
package keeps 52, Debian's 14)."""
JOURNALS_AGE_D = 45
JOURNALS_SHARE = 0.08
"""Fraction of the disk that archived journals make up; journald's default limit is 10 %."""

_JOURNAL_BYTES = 20 << 20
# Real journals: systemd's own tool writes them from its export format, with entries dated JOURNALS_AGE_D days ago. They are
# then renamed like journald's archived files, by the time of their first entry.
_MAKE_JOURNALS = """
set -e
machine=$(cat /etc/machine-id)
first=$(date -d '{age_d} days ago' +%s)
work=$(mktemp -d -p /tmp)
for number in $(seq {count}); do
    python3 - "$number" "$first" "$machine" <<'PROGRAM' | /lib/systemd/systemd-journal-remote --compress=no \
        -o "$work/incoming.journal" - >/dev/null 2>&1
import base64, os, sys
number, first, machine = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
boot = os.urandom(16).hex()
for second in range({entries}):
    at = first + (number - 1) * {entries} + second
    text = base64.b64encode(os.urandom(48 * 1024)).decode()
    print(f"__REALTIME_TIMESTAMP={{at}}000000\\n__MONOTONIC_TIMESTAMP={{second}}000000\\n_BOOT_ID={{boot}}\\n"
          f"_MACHINE_ID={{machine}}\\nPRIORITY=6\\nSYSLOG_IDENTIFIER=import\\nMESSAGE={{text}}\\n")
PROGRAM
    for journal in "$work"/*.journal; do
        part=$((part + 1))
        name=$(printf 'system@%032x-%016x-%016x.journal' "$first" "$part" "$((first + part))000000")
        mv "$journal" "/var/log/journal/$machine/$name"
        chown root:systemd-journal "/var/log/journal/$machine/$name"
        touch -d "@$((first + part))" "/var/log/journal/$machine/$name"
    done
done
rm -rf "$work"
"""
_MAKE_LOGS = """
set -e
for day in $(seq {first_d} {last_d}); do
    for log in access error; do
        head -c {each_bytes} /dev/urandom > /var/log/nginx/$log.log.$day.gz
        chown www-data:adm /var/log/nginx/$log.log.$day.gz
        chmod 640 /var/log/nginx/$log.log.$day.gz
        touch -d "$day days ago" /var/log/nginx/$log.log.$day.gz
    done
done
"""


class OldLogs(Fault, frozen=True, tag="old logs"):
    """Fill a disk to `percent` with rotated logs of nginx, 15 to 52 days old, and archived journals within journald's limit."""

    host: Host
    mount: str
    percent: float

    def inject(self) -> None:
        use = disk_use(self.host, self.mount)
        count = max(int((use.used_bytes + use.available_bytes) * JOURNALS_SHARE) // _JOURNAL_BYTES, 1)
        self.host.run(_MAKE_JOURNALS.format(age_d=JOURNALS_AGE_D, count=count, entries=_JOURNAL_BYTES // (64 * 1024)),
                      timeout_s=120.0)
        rest = disk_use(self.host, self.mount).bytes_until(self.percent)
        each_bytes = rest // (2 * (LAST_D - FIRST_D + 1))
        self.host.run(_MAKE_LOGS.format(first_d=FIRST_D, last_d=LAST_D, each_bytes=each_bytes), timeout_s=60.0)

    def prove(self) -> Proof:
        """Read the disk usage, and how much of it is rotated logs and journals."""
        use = disk_use(self.host, self.mount)
        logs = self.host.run("du -chs /var/log/nginx/*.gz | tail -n 1 | cut -f 1; journalctl --disk-usage",
                             check=False).stdout.split("\n")
        return Proof(use.percent > 90.0, f"{self.mount} is {use.percent:.1f} % full; rotated logs of nginx: {'; '.join(logs)}")

    def remove(self) -> None:
        self.host.run(f"journalctl --vacuum-time=30d; for day in $(seq {FIRST_D} {LAST_D}); do "
                      "rm -f /var/log/nginx/*.log.$day.gz; done", check=False)
