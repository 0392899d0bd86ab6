"""A disk filled by Prometheus: real blocks, more than 7 days old but inside the retention time of 200 hours."""

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

LABEL_CHARACTERS = 4000
SERIES_BYTES = 8075
"""Size of one such series in a block of Prometheus 2.42, measured; a second pass makes up for the rest."""

# One block of 18 hours (a tenth of the retention, which Prometheus compacts no further), dated 7 to 8 days ago. It is
# large because of a label of high cardinality, such as a request id.
_MAKE_BLOCK = """
set -e
work=$(mktemp -d -p /tmp)
chmod 0777 "$work"
python3 - {series} > "$work/samples" <<'PROGRAM'
import os, sys, time
block_s = 18 * 3600
start = (int(time.time()) - 200 * 3600 + 3600) // block_s * block_s + block_s
print("# TYPE request_trace gauge")
for n in range(int(sys.argv[1])):
    print(f'request_trace{{{{trace="{{os.urandom({label_bytes}).hex()}}"}}}} 1 {{start + n % 3600}}')
print("# EOF")
PROGRAM
{promtool} tsdb create-blocks-from openmetrics --quiet --max-block-duration=18h "$work/samples" "$work/blocks"
chown -R {owner} "$work/blocks"
find "$work/blocks" -exec touch -d '8 days ago' {{}} +
cp -a "$work"/blocks/* {data}/
rm -rf "$work"
"""


class PrometheusData(Fault, frozen=True, tag="prometheus data"):
    """Fill the disk of a Prometheus data directory to `percent` with blocks that promtool wrote."""

    host: Host
    mount: str
    percent: float
    data: str
    owner: str
    promtool: str

    def inject(self) -> None:
        for _ in range(2):
            missing = disk_use(self.host, self.mount).bytes_until(self.percent)
            if missing > 1 << 20:
                self.host.run(
                    _MAKE_BLOCK.format(series=missing // SERIES_BYTES, label_bytes=LABEL_CHARACTERS // 2, data=self.data,
                                       owner=self.owner, promtool=self.promtool), timeout_s=180.0)

    def prove(self) -> Proof:
        """Read the disk usage, and how much of it is blocks."""
        use = disk_use(self.host, self.mount)
        blocks = self.host.run(f"du -shc {self.data}/01* | tail -n 1", check=False).stdout.split()
        return Proof(use.percent > 90.0,
                     f"{self.mount} is {use.percent:.1f} % full; blocks of Prometheus: {blocks[0] if blocks else 'none'}")

    def remove(self) -> None:
        """Delete blocks older than 7 days."""
        self.host.run(f"find {self.data} -maxdepth 1 -name '01*' -mtime +6 -exec rm -r {{}} +", check=False)
