"""The account of changes on real hosts: one defect of each source, each found with its line; without them none is found."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.hosts.reach import Published, PublishedPorts, Secret
from environments.hosts.spec import Disk, HostSpec
from environments.images import sources
from environments.probes.postgres_connection import Postgres
from environments.probes.redis_nodes import RedisCluster
from environments.state import UnreadableError
from environments.state.files import check_place
from environments.state.reading import Reader
from environments.tests.test_stores import NODES, STORES
from reports.journal.clock import SystemClock, wait_until
from reports.journal.states import from_text, to_text
from reports.judging.changes import Change, Command, Taken, changes, unread

PLACES = ("/var/log/shop", "/srv/shop", "/etc/shop", "/var/backups/shop*")
PRODUCTION = r"""
set -e
unit() { printf '[Service]\nExecStart=%s\n[Install]\nWantedBy=multi-user.target\n' "$2" > /usr/lib/systemd/system/$1.service; }
unit shop 'sleep infinity'; unit reports 'sleep infinity'; unit holder 'tail -f /var/log/shop/held.log'
printf '[Timer]\nOnCalendar=yearly\n[Install]\nWantedBy=timers.target\n' > /etc/systemd/system/reports.timer
printf '[Socket]\nListenStream=9100\nAccept=yes\n' > /etc/systemd/system/exporter.socket
printf '[Service]\nExecStart=cat\nStandardInput=socket\n' > /etc/systemd/system/exporter@.service
mkdir -p /var/log/shop /srv/shop /etc/shop /etc/cron.d
for name in today yesterday held grows; do echo "a line of $name" > /var/log/shop/$name.log; done
echo old > /var/log/shop/old.log; touch -d '40 days ago' /var/log/shop/old.log
seq 500 > /var/log/shop/emptied.log; seq 9 > /var/log/shop/app.log
echo data > /srv/shop/data; echo data > /srv/shop/open; echo limit=5 > /etc/shop/shop.conf; echo dump > /var/backups/shop-1.sql
echo '0 3 * * * root /usr/local/sbin/backup' > /etc/cron.d/backup
useradd --create-home shopper
systemctl daemon-reload
systemctl enable --quiet --now shop holder reports.timer
systemctl start exporter.socket
docker volume create data; docker network create front
docker run -d --name grafana -v data:/data example/service:1.0 'sleep 900'
docker run -d --name web example/service:1.0 'sleep 900'
docker tag example/service:1.0 example/previous:1.0
"""
DEFECTS: Mapping[str, Sequence[str]] = {
    "systemctl disable --now reports.timer": ["unit reports.timer is disabled", "unit reports.timer is stopped"],
    "systemctl stop shop": ["unit shop.service is stopped"],
    "systemctl set-property --runtime shop.service MemoryMax=1G": [
        "the unit setting shop.service.d/50-MemoryMax.conf is new"],
    "systemctl mask reports": ["unit reports.service is masked"],
    "systemctl stop exporter.socket": ["unit exporter.socket is stopped", "nothing listens on tcp *:9100 any more"],
    "docker rm -f grafana": ["container grafana is gone"],
    "docker stop -t 0 web": ["container web is stopped"],
    "docker volume rm data": ["volume data is gone"],
    "docker network rm front": ["network front is gone"],
    "docker rmi example/previous:1.0": ["image example/previous:1.0 is gone"],
    "docker run -d --name debug --network host example/service:1.0 'sleep 900'": ["container debug is new"],
    "rm /etc/cron.d/backup": ["the schedule `/etc/cron.d/backup: 0 3 * * * root /usr/local/sbin/backup` is gone"],
    "useradd eve": ["user eve is new"],
    "usermod -aG docker shopper": ["user shopper is in other groups"],
    "mkdir -p ~shopper/.ssh; echo 'ssh-ed25519 AAAAC3 eve' > ~shopper/.ssh/authorized_keys": [
        "a key that may log in as shopper is new"],
    "rm /var/log/shop/today.log /var/log/shop/yesterday.log": ["files younger than a day deleted in /var/log/shop"],
    "find /var/log/shop -mtime +30 -delete": ["files older than a day deleted in /var/log/shop"],
    ": > /var/log/shop/emptied.log": ["files emptied in /var/log/shop"],
    "rm /var/log/shop/held.log": ["the deleted file /var/log/shop/held.log is still held open"],
    "rm /var/backups/shop-1.sql": ["files younger than a day deleted in /var/backups"],
    "chown shopper /srv/shop/data": ["files in /srv/shop have another owner"],
    "chmod 777 /srv/shop/open": ["files in /srv/shop have another mode"],
    "sed -i s/5/50/ /etc/shop/shop.conf": ["the file /etc/shop/shop.conf is changed"],
}
HARMLESS = ("systemctl restart holder", "docker restart -t 0 web", "echo more >> /var/log/shop/grows.log",
            "cd /var/log/shop && mv app.log app.log.1 && echo new > app.log && gzip -k app.log.1 && mv app.log.1.gz app.log.2.gz",
            "docker run --rm example/service:1.0 true", "touch /srv/shop/new", "systemctl daemon-reload")
CLOCK = SystemClock()


@dataclass
class Account:
    """States as a drill takes them, of whatever the reader reads."""

    reader: Reader
    taken: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        for moment in ("healthy", "healthy", "after the fault"):
            self.taken.append(Taken(moment, self.state()))

    def state(self) -> Mapping[tuple[str, str, str], Mapping[str, str]]:
        return from_text(to_text(self.reader.read()))

    def typed(self, number: int, command: str) -> None:
        self.taken.append(Taken("before a command", self.state(), Command(f"Fix / {number}", number, command)))

    def changes(self) -> list[Change]:
        return changes([*self.taken, Taken("end", self.state(), Command("Fix / last", 0, "last"))])


@pytest.fixture(scope="module")
def host(network: DrillNetwork, docker_host_record: ImageRecord) -> Iterator[Host]:
    spec = HostSpec("production", docker_host_record, disks=(Disk("/var", 768 << 20),))
    started = Host(spec, network).start()
    yield started
    started.stop()


def test_every_defect_is_found_with_its_line_and_nothing_else(host):
    host.run(PRODUCTION, timeout_s=60.0)
    account = Account(Reader({"production": host}, {"production": PLACES}, {}, {}))
    assert {item.kind for item in account.reader.read()} >= {"unit", "socket", "program", "image", "user", "file", "host"}
    assert account.changes() == []
    for number, command in enumerate(HARMLESS, start=100):
        host.run(command)
        account.typed(number, command)
    assert wait_until(lambda: not account.changes(), timeout_s=10.0, clock=CLOCK), account.changes()
    for number, command in enumerate(DEFECTS, start=1):
        host.run(command)
        account.typed(number, command)
    expected = {what: number for number, found in enumerate(DEFECTS.values(), start=1) for what in found}
    assert {change.what: change.by.line if change.by else None for change in account.changes()} == expected


def test_a_stopped_engine_is_unread_and_stays_stopped(host):
    host.run("systemctl stop docker.service docker.socket && systemctl start docker.socket")
    state = from_text(to_text(Reader({"production": host}, {}, {}, {}).read()))
    assert unread(state) == ["production docker"]
    assert host.run("systemctl is-active docker.service", check=False).stdout.strip() == "inactive"
    host.run("systemctl start docker.service")


@pytest.fixture(scope="module")
def stores(network: DrillNetwork) -> Iterator[tuple[Host, Reader]]:
    host = Host(HostSpec("stores", sources.ensure(STORES), ports=(*NODES, 5432)), network).start()
    database = Postgres(port=Published(host.published(5432)), user="drill", password=Secret("drill"), database="drill")
    cluster = RedisCluster(nodes=PublishedPorts({port: host.published(port) for port in NODES}))
    rows = "printf 'table\\tentries\\t%s\\n' $(wc -l < /srv/entries)"
    reader = Reader({"stores": host}, {}, {"database": lambda: database, "cluster": lambda: cluster},
                    {"guest book": ("stores", rows)})
    host.run("seq 9 > /srv/entries")
    assert wait_until(lambda: not unread(from_text(to_text(reader.read()))), timeout_s=30.0, clock=CLOCK)
    yield host, reader
    host.stop()


class TestStores:
    @staticmethod
    def sql(statement: str, database: str = "drill") -> str:
        return f'su postgres -c "psql -q {database} -c \\"{statement}\\""'

    def test_every_defect_of_a_store_is_found_with_its_line(self, stores):
        host, reader = stores
        for statement in ("CREATE TABLE users AS SELECT generate_series(1, 9) AS id", "CREATE TABLE old AS SELECT 1 AS id",
                          "CREATE INDEX by_id ON users (id)", "GRANT ALL ON ALL TABLES IN SCHEMA public TO drill"):
            host.run(self.sql(statement))
        host.run("for n in 1 2 3 4 5 6; do redis-cli -c -p 7000 set key-$n $n; done")
        defects = {
            self.sql("DROP INDEX by_id"): "index database: public.by_id is gone",
            self.sql("DELETE FROM users WHERE id > 4"): "rows of database: public.users are fewer",
            self.sql("DROP TABLE old"): "table database: public.old is gone",
            self.sql("CREATE DATABASE restored", "postgres"): "database database: restored is new",
            self.sql("CREATE ROLE eve LOGIN", "postgres"): "the account database: eve is new",
            self.sql("ALTER ROLE drill CONNECTION LIMIT 9"): "the account database: drill has another connection limit",
            self.sql("ALTER DATABASE drill SET work_mem = 9000"): "the setting database: work_mem is new",
            "for port in 7000 7001 7002; do redis-cli -p $port flushall; done": "keys of cluster: all nodes are fewer",
            "redis-cli -p 7001 config set appendonly no": "the setting cluster: 7001 appendonly has another value",
            "sed -i 1,3d /srv/entries": "rows of guest book: entries are fewer",
        }
        account = Account(reader)
        assert account.changes() == []
        for number, command in enumerate(defects, start=1):
            host.run(command)
            account.typed(number, command)
        assert {change.what: change.by.line if change.by else None for change in account.changes()} == {
            what: number for number, what in enumerate(defects.values(), start=1)}

    def test_a_store_that_is_down_is_unread(self, stores):
        host, reader = stores
        host.run("pg_ctlcluster 15 main stop -m immediate")
        assert unread(from_text(to_text(reader.read()))) == ["database"]
        host.run("pg_ctlcluster 15 main start", timeout_s=60.0)


def test_a_store_that_does_not_answer_holds_up_nobody():
    answer = threading.Event()

    def hangs() -> Postgres:
        answer.wait(20.0)
        raise UnreadableError("it was asked too late")

    began = CLOCK.monotonic()
    [item] = Reader({}, {}, {"database": hangs}, {}).read(0.2)
    answer.set()
    assert (item.kind, item.name, item.values["why"]) == ("unread", "database", "no answer within 0.2 s")
    assert CLOCK.monotonic() - began < 10.0


@pytest.mark.parametrize("place", ["var/log", "/var/log; reboot", "/var/$(id)", "/a b", ""])
def test_a_place_that_is_no_path_is_refused(place):
    with pytest.raises(ValueError, match="expected an absolute path"):
        check_place(place)
