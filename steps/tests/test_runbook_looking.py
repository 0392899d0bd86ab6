"""Which commands only look: these may be typed while all is well, all others may not."""

import pytest

from steps.runbook.looking import only_looks


@pytest.mark.parametrize(
    "command",
    [
        "kubectl get pods -n shop",
        "kubectl exec db-0 -- psql -c 'select 1'",
        "kubectl config current-context",
        "docker compose ps",
        "curl -s -o /dev/null -w '%{http_code}' http://web/",
        "redis-cli -h db config get maxmemory",
        "mongosh --eval 'rs.status()'",
        "ceph osd tree",
        "ip link show",
        "openssl x509 -in a.pem -noout -dates",
        "openssl s_client -connect web:443 </dev/null",
        "awk '{print $1}' f",
        "git log -3",
        "ulimit -n",
    ],
)
def test_what_only_looks(command):
    assert only_looks(command)


@pytest.mark.parametrize(
    "command",
    [
        "gzip app.log",
        "npm audit fix",
        "curl -XPOST http://web/",
        "curl -sX DELETE http://web/",
        "curl --data-urlencode a=b http://web/",
        "curl -o f http://web/",
        "redis-cli client kill id 3",
        "redis-cli memory purge",
        "redis-cli slowlog reset",
        "mongosh --eval 'db.runCommand({compact: 1})'",
        "mongo --eval 'db.a.find().forEach(function(d) { db.b.insert(d) })'",
        "psql -c 'select pg_reload_conf()'",
        "psql -c 'with x as (delete from t returning 1) select 1'",
        "kubectl config use-context prod",
        "docker volume rm x",
        "docker exec web sh -c 'rm x'",
        "ip link set eth0 down",
        "ip route del default",
        "tc qdisc add dev eth0 root netem delay 1s",
        "ceph osd pool delete x",
        "gluster volume heal x",
        "cockroach node drain 1",
        "nomad alloc restart x",
        "consul operator raft remove-peer",
        "dnf history undo 3",
        "git branch -D x",
        "date -s 12:00",
        "dmesg -C",
        "ss -K dst 10.0.0.1",
        "history -c",
        "ulimit -n 5",
        "ethtool -s eth0 speed 100",
        "awk '{print > \"f\"}' x",
        "nodetool info; nodetool drain",
    ],
)
def test_what_changes_something_does_not_only_look(command):
    assert not only_looks(command)
