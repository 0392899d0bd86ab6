"""The account of changes: what is gone, different or new at the end, and was neither the fault nor the service itself."""

import pytest

from reports.journal.states import Item, from_text, to_text
from reports.judging.changes import Change, Command, Moment, Taken, allowed, changes, unread

NOW = 1_800_000_000
BOOTED = NOW - 100
DAY_S = 86_400
FIRST = Command("Fix / 1", 10, "rm -rf everything")
SECOND = Command("Fix / 2", 11, "systemctl restart shop")
Part = tuple[str, str, str, dict[str, str]]


def part(source: str, kind: str, name: str, **values: str) -> Part:
    return (f"production {source}", kind, name, values)


def file(path: str, *, size: int = 100, age_s: int = 3600, owner: str = "root:root", mode: str = "644",
         node: str = "1:7", content: str = "1") -> Part:
    written = str(NOW - age_s)
    return part("files", "file", path, size=str(size), written=written, owner=owner, mode=mode, node=node, sum=content)


def unit(name: str, active: str = "running", starts: str = "enabled") -> Part:
    return part("units", "unit", name, active=active, starts=starts)


def taken(moment: Moment, *parts: Part, after: Command | None = None, later_s: int = 0) -> Taken:
    clock = part("clock", "host", "clock", now=str(NOW + later_s), booted=str(BOOTED))
    return Taken(moment, from_text(to_text(Item(*one) for one in (clock, *parts))), after)


def told(before: list[Part], after: list[Part], *, fault: list[Part] | None = None,
         second: list[Part] | None = None) -> list[str]:
    """The changes between two lists of items, in words."""
    found = changes([taken("healthy", *before), taken("healthy", *(before if second is None else second)),
                     taken("after the fault", *(before if fault is None else fault)),
                     taken("end", *after, after=FIRST, later_s=60)])
    assert all(change.by == FIRST for change in found)
    return [change.what for change in found]


class TestEachSource:
    @pytest.mark.parametrize(("before", "after", "words"), [
        ([unit("certbot.timer")], [unit("certbot.timer", "stopped", "not enabled")],
         ["unit certbot.timer is disabled", "unit certbot.timer is stopped"]),
        ([unit("nginx.service")], [unit("nginx.service", starts="masked")], ["unit nginx.service is masked"]),
        ([unit("shop.service")], [unit("shop.service", "failed")], ["unit shop.service has failed"]),
        ([unit("shop.service", "stopped", "not enabled")], [unit("shop.service", "stopped")], ["unit shop.service is enabled"]),
        ([part("docker", "container", "grafana", state="running")], [], ["container grafana is gone"]),
        ([part("docker", "container", "grafana", state="running")], [part("docker", "container", "grafana", state="stopped")],
         ["container grafana is stopped"]),
        ([part("docker", "container", "shop", image="shop:1")], [part("docker", "container", "shop", image="shop:2")],
         ["container shop runs another image"]),
        ([], [part("docker", "container", "debug", image="shop:2")], ["container debug is new"]),
        ([part("docker", "image", "shop:1", id="a")], [], ["image shop:1 is gone"]),
        ([part("docker", "image", "shop:1", id="a")], [part("docker", "image", "shop:1", id="b")],
         ["the tag shop:1 names another image"]),
        ([part("docker", "volume", "data")], [], ["volume data is gone"]),
        ([part("docker", "network", "front", driver="bridge")], [], ["network front is gone"]),
        ([part("docker", "objects without a name", "untagged images", number="2")],
         [part("docker", "objects without a name", "untagged images", number="0")], ["untagged images are gone"]),
        ([part("crontabs", "cron line", "/etc/cron.d/backup: 0 3 * * * root backup")], [],
         ["the schedule `/etc/cron.d/backup: 0 3 * * * root backup` is gone"]),
        ([], [part("users", "user", "eve", uid="0")], ["user eve is new"]),
        ([part("users", "user", "ubuntu", groups="adm, sudo")], [part("users", "user", "ubuntu", groups="adm")],
         ["user ubuntu is in other groups"]),
        ([], [part("users", "key", "root 12345")], ["a key that may log in as root is new"]),
        ([part("sockets", "socket", "tcp 0.0.0.0:9100", program="exporter", user="nobody", unit="exporter.service")], [],
         ["nothing listens on tcp 0.0.0.0:9100 any more"]),
        ([part("sockets", "socket", "tcp 0.0.0.0:80", program="nginx", user="root", unit="nginx.service")],
         [part("sockets", "socket", "tcp 0.0.0.0:80", program="nginx", user="root", unit="ssh.service")],
         ["another unit listens on tcp 0.0.0.0:80"]),
        ([part("sockets", "program", "uvicorn", users="shop", units="shop.service")],
         [part("sockets", "program", "uvicorn", users="root", units="ssh.service")],
         ["uvicorn runs as another user", "uvicorn runs in another unit"]),
        ([], [part("files", "open deleted file", "/var/log/syslog")], ["the deleted file /var/log/syslog is still held open"]),
        ([part("db", "table", "db: public.users", rows="9")], [], ["table db: public.users is gone"]),
        ([part("db", "table", "db: public.users", rows="9")], [part("db", "table", "db: public.users", rows="4")],
         ["rows of db: public.users are fewer"]),
        ([part("db", "index", "db: shop.vehicles.plate_1", definition="x")], [], ["index db: shop.vehicles.plate_1 is gone"]),
        ([], [part("db", "database", "db: restored", connections="allowed")], ["database db: restored is new"]),
        ([part("db", "setting", "db: fsync", value="on")], [part("db", "setting", "db: fsync", value="off")],
         ["the setting db: fsync has another value"]),
        ([part("db", "store user", "db: shop", superuser="false")], [part("db", "store user", "db: shop", superuser="true")],
         ["the account db: shop is a superuser or no longer one"]),
    ])
    def test_a_change_is_found(self, before, after, words):
        assert told(before, after) == words
        assert told(before, before) == []
        assert told(after, after) == []

    @pytest.mark.parametrize(("before", "after", "words"), [
        ([file("/var/log/app/a.log"), file("/var/log/app/b.log", node="1:8")], [],
         ["files younger than a day deleted in /var/log/app"]),
        ([file("/backups/old.sql", age_s=3 * DAY_S)], [], ["files older than a day deleted in /backups"]),
        ([file("/var/log/app.log", size=5000)], [file("/var/log/app.log", size=0, age_s=0)], ["files emptied in /var/log"]),
        ([file("/srv/data/a")], [file("/srv/data/a", owner="nobody:nogroup")], ["files in /srv/data have another owner"]),
        ([file("/srv/data/a")], [file("/srv/data/a", mode="777")], ["files in /srv/data have another mode"]),
        ([file("/etc/nginx/nginx.conf")], [file("/etc/nginx/nginx.conf", size=120, age_s=-30)],
         ["the file /etc/nginx/nginx.conf is changed"]),
        ([file("/var/log/journal/0123456789abcdef0123456789abcdef/user.journal")], [],
         ["files younger than a day deleted in /var/log/journal/*"]),
        ([file(f"/srv/{name}/x", node=name) for name in "abcd"], [], ["files younger than a day deleted in /srv"]),
    ])
    def test_a_change_of_files_is_found(self, before, after, words):
        assert told(before, after) == words
        assert told(before, before) == []


class TestWhatIsNone:
    def test_restarted_service_is_no_change(self):
        before = [unit("shop.service"), part("sockets", "program", "uvicorn", users="shop", units="shop.service"),
                  part("docker", "container", "db", state="running", image="db:1")]
        fault = [unit("shop.service", "failed"), part("docker", "container", "db", state="stopped", image="db:1")]
        assert told(before, before, fault=fault) == []

    def test_what_the_fault_took_and_the_remedy_did_not_bring_back_is_no_change(self):
        before = [unit("shop.service"), part("docker", "volume", "data"), file("/srv/a")]
        assert told(before, [unit("shop.service", "stopped")], fault=[unit("shop.service", "failed")]) == []
        assert told([unit("certbot.timer")], [], fault=[]) == []  # systemd forgets a unit that is stopped and disabled

    def test_what_a_remedy_brings_back_as_something_else_is_a_change(self):
        node = part("sockets", "socket", "tcp 0.0.0.0:7001", program="redis-server", user="redis", unit="redis@7001.service")
        by_hand = part("sockets", "socket", "tcp 0.0.0.0:7001", program="redis-server", user="root", unit="ssh.service")
        setting = part("cluster", "setting", "cluster: 7001 appendonly", value="yes")
        lossy = part("cluster", "setting", "cluster: 7001 appendonly", value="no")
        assert told([node, setting], [by_hand, lossy], fault=[]) == [
            "another user listens on tcp 0.0.0.0:7001", "the setting cluster: 7001 appendonly has another value"]
        assert told([node, setting], [by_hand, lossy], fault=[by_hand, lossy]) == []
        assert told([node], [part("docker", "container", "web", state="stopped")],
                    fault=[part("docker", "container", "web", state="running")]) == []

    def test_what_the_fault_brought_may_go(self):
        rubbish = [file("/opt/dump.sql", age_s=-5), file("/var/log/old.log", age_s=45 * DAY_S),
                   part("docker", "volume", "rubbish")]
        assert told([], [], fault=rubbish) == []

    def test_fresh_file_that_a_fault_pretends_to_have_found_is_missed(self):
        assert told([], [], fault=[file("/var/log/app/yesterday.log", age_s=7200)]) == [
            "files younger than a day deleted in /var/log/app"]

    def test_file_with_the_id_of_a_process_is_no_data(self):
        before = [file("/root/.pm2/pids/app-0.pid", size=3), file("/srv/yarn.lock", node="1:8")]
        assert told(before, before[1:]) == []
        assert told(before, before[:1]) == ["files younger than a day deleted in /srv"]

    def test_growing_files_and_rows_are_no_change(self):
        before = [file("/var/log/app.log", size=10), part("db", "table", "db: notes", rows="5")]
        assert told(before, [file("/var/log/app.log", size=90, age_s=0), part("db", "table", "db: notes", rows="50")]) == []

    @pytest.mark.parametrize(("before", "after"), [
        ([file("/var/log/app.log", size=900)],
         [file("/var/log/app.log", size=0, node="1:8"), file("/var/log/app.log.1", size=900, node="1:7")]),
        ([file("/var/log/app.log", size=900)],
         [file("/var/log/app.log", size=0, node="1:8"), file("/var/log/app.log.1.gz", size=90, node="1:9")]),
        ([file("/var/log/app.log", size=900)], [file("/var/log/app.log-20261127", size=900)]),
        ([file("/var/log/journal/a/system.journal", size=900)],
         [file("/var/log/journal/a/system@12-34.journal", size=900),
          file("/var/log/journal/a/system.journal", size=8, node="1:9")]),
    ])
    def test_rotated_log_is_no_change(self, before, after):
        assert told(before, after) == []

    def test_new_backup_does_not_hide_the_deletion_of_an_old_one(self):
        assert told([file("/backups/shop-20261101.sql")], [file("/backups/shop-20261127.sql", node="1:9")]) == [
            "files younger than a day deleted in /backups"]

    def test_archived_journals_do_not_vanish_by_rotation(self):
        place = "/var/log/journal/a"
        before = [file(f"{place}/system.journal", node="1:1"), file(f"{place}/system@1-2.journal", node="1:2")]
        after = [file(f"{place}/system.journal", node="1:3"), file(f"{place}/system@3-4.journal", node="1:1")]
        assert told(before, after) == ["files younger than a day deleted in /var/log/journal/a"]

    def test_what_varies_while_healthy_is_no_change(self):
        first = [part("db", "setting", "db: phase", value="1"), file("/run/turn", size=10), part("docker", "volume", "passing")]
        second = [part("db", "setting", "db: phase", value="2"), file("/run/turn", size=1)]
        assert told(first, [part("db", "setting", "db: phase", value="3"), file("/run/turn", size=0)], second=second) == []

    def test_configuration_that_is_written_anew_as_it_was_is_no_changed_file(self):
        before = [file("/etc/letsencrypt/renewal/shop.conf")]
        assert told(before, [file("/etc/letsencrypt/renewal/shop.conf", age_s=-20, node="1:9")]) == []
        assert told(before, [file("/etc/letsencrypt/renewal/shop.conf", age_s=-20, content="2")]) == [
            "the file /etc/letsencrypt/renewal/shop.conf is changed"]

    def test_data_that_a_service_rewrites_is_no_changed_file(self):
        assert told([file("/srv/state", age_s=50)], [file("/srv/state", size=101, age_s=-20)]) == []
        assert told([file("/srv/program", age_s=5000)], [file("/srv/program", size=101, age_s=-20)]) == [
            "the file /srv/program is changed"]


class TestUnread:
    def test_source_that_cannot_be_read_at_the_end_says_nothing(self):
        before = [part("docker", "container", "grafana", state="running"), unit("docker.service")]
        after = [part("docker", "unread", "production docker", why="stopped"), unit("docker.service", "stopped")]
        assert told(before, after) == ["unit docker.service is stopped"]
        assert unread(taken("end", *after).state) == ["production docker"]

    def test_state_that_could_not_be_read_does_not_hide_the_command_that_did_it(self):
        before, after = [unit("shop.service")], [unit("shop.service", "stopped")]
        unreadable = [part("units", "unread", "production units", why="timed out")]
        found = changes([taken("healthy", *before), taken("healthy", *before), taken("after the fault", *before),
                         taken("before a command", *after, after=FIRST), taken("before a command", *unreadable, after=SECOND),
                         taken("end", *after, after=SECOND)])
        assert [(change.what, change.by) for change in found] == [("unit shop.service is stopped", FIRST)]

    def test_source_that_the_fault_made_unreadable_is_compared_with_the_healthy_state(self):
        before = [("db", "index", "db: a", {"definition": "x"})]
        fault = [("db", "unread", "db", {"why": "refused"})]
        assert told(before, [], fault=fault) == ["index db: a is gone"]
        assert told(before, before, fault=fault) == []

    def test_container_of_an_engine_that_the_fault_stopped_was_not_stopped_by_the_remedy(self):
        container = [part("docker", "container", "db", state="running", image="db:1")]
        now = [part("docker", "container", "db", state="stopped", image="db:2")]
        fault = [part("docker", "unread", "production docker", why="stopped")]
        assert told(container, now, fault=fault) == ["container db runs another image"]
        assert told(container, now) == ["container db is stopped", "container db runs another image"]

    def test_whole_host_that_cannot_be_read(self):
        assert told([unit("shop.service")], [("production", "unread", "production", {"why": "no login"})]) == []

    def test_index_that_goes_with_its_table_is_not_named_again(self):
        index = part("db", "index", "db: users_pkey", definition="x", of="public.users")
        table = part("db", "table", "db: public.users", rows="9")
        assert told([index, table], []) == ["table db: public.users is gone"]
        assert told([index, table], [table]) == ["index db: users_pkey is gone"]

    def test_rows_of_a_table_that_the_fault_dropped_are_not_lost_by_the_remedy(self):
        full, empty = (part("db", "table", "db: notes", rows=rows) for rows in ("9", "0"))
        assert told([full], [empty], fault=[]) == []
        assert told([full], [empty], fault=[full]) == ["rows of db: notes are fewer"]

    def test_number_of_rows_that_was_not_known_is_not_compared(self):
        before = [part("db", "table", "db: notes", rows="9")]
        assert told(before, [part("db", "table", "db: notes")]) == []


class TestWhoDidIt:
    @staticmethod
    def account(*states: list[Part]) -> list[Change]:
        before = [part("docker", "volume", "data"), unit("shop.service")]
        first, last = states
        return changes([taken("healthy", *before), taken("healthy", *before), taken("after the fault", *before),
                        taken("before a command", *first, after=FIRST), taken("end", *last, after=SECOND)])

    def test_first_state_that_shows_it_names_the_command(self):
        [change] = self.account([unit("shop.service")], [unit("shop.service")])
        assert (change.what, change.by) == ("volume data is gone", FIRST)

    def test_later_command(self):
        [change] = self.account([unit("shop.service"), part("docker", "volume", "data")], [unit("shop.service")])
        assert (change.what, change.by) == ("volume data is gone", SECOND)

    def test_what_a_later_command_mends_is_no_change(self):
        volume = part("docker", "volume", "data")
        assert self.account([volume, unit("shop.service", "stopped")], [volume, unit("shop.service")]) == []

    def test_without_an_end_or_a_second_healthy_state_there_is_no_account(self):
        gone = taken("end", after=FIRST)
        healthy = taken("healthy", unit("shop.service"))
        assert changes([healthy, gone]) == []
        assert changes([healthy, healthy]) == []
        assert [change.what for change in changes([healthy, healthy, gone])] == [
            "unit shop.service is disabled", "unit shop.service is stopped"]


def test_allowed_changes_have_their_reason():
    reasons = [("files * deleted in /tmp*", "nobody keeps anything there")]
    assert allowed("files younger than a day deleted in /tmp/x", reasons) == "nobody keeps anything there"
    assert allowed("volume data is gone", reasons) == ""


@pytest.mark.parametrize("name", ["plain", "tab\there", "line\nfeed", "back\\slash", "\\t", "a\\\\nb", "=", ""])
def test_any_name_survives_the_text(name):
    item = Item("source", "file", name, {"size": "1", "what": name})
    assert from_text(to_text([item])) == {("source", "file", name): {"size": "1", "what": name}}
