"""Whether a check says the same, with outputs of real tools: twice while all was well, later and still well, and under a fault."""

# ruff: noqa: E501 - tools print lines of any length

from dataclasses import replace

import pytest

from reports.judging.checks import Answer, difference


def answer(stdout: str, at: float = 0.0, *, status: int | None = 0, stderr: str = "", took_s: float = 0.1,
           ended_by: str = "itself") -> Answer:
    """An answer given `at` seconds after 17:00:00; `{at}` in its text is the time of day, two seconds before."""
    clock = f"17:{int(at) // 60:02d}:{int(at) % 60:02d}"
    return Answer(command="check", exit_status=status, stdout=stdout.replace("{at}", clock), stderr=stderr.replace("{at}", clock),
                  ended_by=ended_by, started=at, finished=at + took_s, asked=f"2026-11-27T{clock}.000000Z")


def compared(one: str, two: str, now: str, *, later_s: float = 30.0, status: int = 0) -> str:
    return difference([answer(one, 10.0), answer(two, 12.0)], answer(now, 12.0 + later_s, status=status))


STATUS = """\
● shop.service - Shop
     Loaded: loaded (/etc/systemd/system/shop.service; enabled; preset: enabled)
     Active: active (running) since Fri 2026-11-27 16:59:03 UTC; {age} ago
   Main PID: 46 (uvicorn)
      Tasks: 9 (limit: 28909)
     Memory: {memory}M
        CPU: {cpu}
     CGroup: /docker/b349a7ca77fc6e7864b59aef634181f4/system.slice/shop.service
             ├─46 /usr/bin/python3 /usr/bin/uvicorn
             ├─51 worker
             ├─52 worker
             ├─53 worker
             └─54 worker

Nov 27 16:59:03 production systemd[1]: Started shop.service - Shop.
Nov 27 {at} production uvicorn[46]: INFO:     10.0.0.1:{port} - "GET /health HTTP/1.1" 200 OK
"""


def status(age: str, memory: str, cpu: str, port: str) -> str:
    return (STATUS.replace("{age}", age).replace("{memory}", memory).replace("{cpu}", cpu).replace("{port}", port))


WELL_STATUS = (status("57s", "61.2", "911ms", "41022"), status("59s", "61.4", "932ms", "41040"))
PS = """\
USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root          46  {cpu}  0.3 905920 {rss} ?        {stat}  16:18   0:11 node /opt/app/app.js
www-data      51  0.0  0.1  11000  8000 ?        S     16:18   0:00 nginx: worker process
www-data      52  0.0  0.1  11000  8000 ?        S     16:18   0:00 nginx: worker process
ubuntu       {pid}  0.0  0.0   3760  2016 pts/0    R+   17:00   0:00 ps aux
"""


def ps(cpu: str, rss: int, pid: int, stat: str = "Ssl") -> str:
    return PS.replace("{cpu}", cpu).replace("{rss}", str(rss)).replace("{pid}", str(pid)).replace("{stat}", stat)


TOP = """\
\x1b[?1h\x1b=\x1b[?25l\x1b[H\x1b[2J\x1b(B\x1b[mtop - {at} up  1:43,  1 user,  load average: {load}, 14.24, 12.69\x1b[K
Tasks:  {tasks} total,   {running} running,  26 sleeping,   0 stopped,   0 zombie
%Cpu(s): {us} us,  0.0 sy,  0.0 ni, {id} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st
MiB Mem :  24016.5 total,  {free} free,   5311.0 used,   9012.3 buff/cache
MiB Swap:      0.0 total,      0.0 free,      0.0 used.  18201.7 avail Mem

    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
    448 root      20   0  905920  96804  42000 {s} {cpu}   0.3   0:11.45 node
      1 root      20   0  168000  12000   9000 S   0.0   0.1   0:00.90 systemd
"""


def top(load: str, running: int, us: str, free: str, cpu: str, s: str = "S", tasks: int = 28) -> str:
    text = TOP
    for name, value in (("load", load), ("running", str(running)), ("us", us), ("id", "90.0"), ("free", free), ("cpu", cpu), ("s", s),
                        ("tasks", str(tasks))):
        text = text.replace("{" + name + "}", value)
    return text


def df(use: int, used: str = "115M", machine: str = "24G", machine_use: int = 26) -> str:
    return ("Filesystem      Size  Used Avail Use% Mounted on\n"
            f"overlay         252G   {machine}   68G  {machine_use}% /\n"
            f"tmpfs           256M  {used}   140M  {use}% /opt\n")


def free(used: str, available: str) -> str:
    return ("               total        used        free      shared  buff/cache   available\n"
            f"Mem:            23Gi       {used}       9.1Gi       101Mi       9.0Gi        {available}\n"
            "Swap:             0B          0B          0B\n")


def docker_ps(age: str, api: str, ident: str = "3f2a9c81d0be") -> str:
    return ("CONTAINER ID   IMAGE        COMMAND                  CREATED         STATUS                     PORTS     NAMES\n"
            f'{ident}   shop:latest   "uvicorn app:app"        {age} ago   {api}                   8000/tcp  shop_api_1\n'
            f'77aa9c81d0ff   redis:7      "docker-entrypoint.s…"   {age} ago   Up {age} (healthy)         6379/tcp  shop_redis_1\n')


def compose_ps(state: str) -> str:
    return ("     Name                    Command               State            Ports         \n"
            "----------------------------------------------------------------------------------\n"
            f"shop_api_1     uvicorn app:app                  {state}       0.0.0.0:8000->8000/tcp\n"
            "shop_redis_1   docker-entrypoint.sh redis ...   Up       6379/tcp              \n")


def ss(ports: tuple[int, ...], listening: str = "0.0.0.0:8000") -> str:
    return "State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n" + (
        f"LISTEN 0      2048         {listening}       0.0.0.0:*     users:((\"uvicorn\",pid=46,fd=6))\n" if listening else "") + "".join(
        f"ESTAB  0      0          127.0.0.1:8000     127.0.0.1:{port} users:((\"uvicorn\",pid=46,fd={port % 90}))\n" for port in ports)


def lsof(pid: int, node: int, *more: str) -> str:
    return ("COMMAND   PID     USER   FD   TYPE DEVICE SIZE/OFF NODE NAME\n"
            f"nginx   {pid}     root    6u  IPv4 {node}      0t0  TCP *:http (LISTEN)\n" + "".join(more))


def access_log(second: int, *codes: int) -> str:
    return "".join(f'10.0.0.{1 + at % 2} - - [27/Nov/2026:17:00:{second + at:02d} +0000] "{"POST /orders" if at % 3 else "GET /health"} '
                   f'HTTP/1.1" {code} {150 + at} "-" "probe/1.{at % 2}"\n' for at, code in enumerate(codes))


def psql(count: int, *states: str) -> str:
    return ("  pid  |        state        |          query_start          |        query\n"
            "-------+---------------------+-------------------------------+---------------------\n" + "".join(
                f"  {count + at} | {state:<19} | 2026-11-27 17:00:0{at % 10}.123456+00 | SELECT * FROM orders\n"
                for at, state in enumerate(states)) + f"({len(states)} rows)\n")


MONGO = """\x1b]0;mongosh mongodb://127.0.0.1:27017/?directConnection=true\x07{
  current: \x1b[33m{current}\x1b[39m,
  available: \x1b[33m139\x1b[39m,
  totalCreated: \x1b[33m{created}\x1b[39m,
  localTime: ISODate('2026-11-27T{at}.729Z'),
  operationTime: Timestamp({ t: \x1b[33m{epoch}\x1b[39m, i: \x1b[33m1\x1b[39m })
}
"""


def mongo(current: int, created: int, epoch: int) -> str:
    return MONGO.replace("{current}", str(current)).replace("{created}", str(created)).replace("{epoch}", str(epoch))


def redis_info(uptime: int, commands: int, clients: int = 4, memory: int = 1_520_000, role: str = "master") -> str:
    return (f"# Server\r\nredis_version:7.0.15\r\nprocess_id:88\r\nuptime_in_seconds:{uptime}\r\nlru_clock:{uptime + 5}\r\n"
            f"# Clients\r\nconnected_clients:{clients}\r\nblocked_clients:0\r\n# Memory\r\nused_memory:{memory}\r\n"
            f"used_memory_human:{memory / 2**20:.2f}M\r\n# Stats\r\ntotal_connections_received:{commands // 9}\r\n"
            f"total_commands_processed:{commands}\r\ninstantaneous_ops_per_sec:{commands % 37}\r\nkeyspace_hits:{commands // 3}\r\n"
            f"# Replication\r\nrole:{role}\r\nconnected_slaves:1\r\nmaster_repl_offset:{commands * 7}\r\n")


def cluster_nodes(flags: str, ping: int, link: str = "connected") -> str:
    return (f"660cf1c98bebef294e32e5441c37b10064ffdaad 127.0.0.1:7004@17004 slave 91122b74c64967453369d07e85b7a64966f8d978 0 {ping} 1 connected\n"
            f"91122b74c64967453369d07e85b7a64966f8d978 127.0.0.1:7000@17000 {flags} - 0 {ping + 77} 1 {link} 0-5460\n")


def pm2(state: str, uptime: str, cpu: str, mem: str, restarts: int = 0, pid: int = 448) -> str:
    return ("┌────┬───────────┬──────────┬────────┬──────┬───────────┬──────────┬──────────┐\n"
            "│ id │ name      │ pid      │ uptime │ ↺    │ status    │ cpu      │ mem      │\n"
            f"│ 0  │ app       │ {pid}      │ {uptime}    │ {restarts}    │ {state}    │ {cpu}%       │ {mem}mb   │\n"
            "└────┴───────────┴──────────┴────────┴──────┴───────────┴──────────┴──────────┘\n")


CERTIFICATES = """\
- - - - - - - - - - - - - - - - - - - - - - - -
Found the following certs:
  Certificate Name: shop.example
    Serial Number: 4aa19b21f00e34
    Key Type: ECDSA
    Domains: shop.example
    Expiry Date: {date} 16:00:00+00:00 ({valid})
    Certificate Path: /etc/letsencrypt/live/shop.example/fullchain.pem
"""


def certificates(date: str, valid: str) -> str:
    return CERTIFICATES.replace("{date}", date).replace("{valid}", valid)


DF_LOG = "2026-11-27T{at}.705Z INFO request {n} answered in {ms} ms\n"


def app_log(start: int, *extra: str, ms: int = 12) -> str:
    return "".join(DF_LOG.replace("{n}", str(start + n)).replace("{ms}", str(ms + n % 3)) for n in range(10)) + "".join(extra)


JOURNAL = """\
Nov 27 16:59:03 production systemd[1]: Started shop.service - Shop.
Nov 27 16:59:04 production uvicorn[46]: INFO:     Application startup complete.
Nov 27 {at} production sudo[{n}]:   ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; USER=root ; COMMAND=/usr/bin/journalctl -n 100
Nov 27 {at} production sudo[{n}]: pam_unix(sudo:session): session opened for user root(uid=0) by (uid=1000)
"""
CURL_METER = ("  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
              "                                 Dload  Upload   Total   Spent    Left  Speed\n"
              "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
              "\r100    15  100    15    0     0   {speed}      0 --:--:-- --:--:-- --:--:--  {speed}\n")

def lags(*seconds: int) -> str:
    """What mongosh's rs.printSecondaryReplicationInfo() prints of secondaries that are so many seconds behind."""
    return "---\n".join(f"source: localhost:{27018 + at}\n{{\n  syncedTo: 'Fri Nov 27 2026 {{at}} GMT+0000 (Coordinated Universal Time)',\n"
                       f"  replLag: '{behind} secs ({round(behind / 3600, 2) or 0} hrs) behind the primary '\n}}\n"
                       for at, behind in enumerate(seconds))


STILL_WELL = {
    "systemctl status": (*WELL_STATUS, status("1min 29s", "66.0", "1.204s", "55010")),
    "ps aux": (ps("2.1", 96804, 545), ps("1.9", 97100, 601), ps("12.5", 103852, 1890, stat="Rsl")),
    "top": (top("1.08", 1, "3.1", "9011.9", " 2.0"), top("1.02", 2, "9.4", "8999.1", " 0.0", tasks=27),
            top("21.31", 3, "88.0", "4300.7", "18.3", "R", tasks=29)),
    "df -h": (df(45), df(45, "116M"), df(47, "121M", "27G", 28)),
    "free -h": (free("5.1Gi", "18Gi"), free("5.3Gi", "17Gi"), free("8.8Gi", "14Gi")),
    "docker ps": (docker_ps("57 seconds", "Up 56 seconds"), docker_ps("59 seconds", "Up 58 seconds"),
                  docker_ps("About a minute", "Up About a minute", "3f2a9c81d0be")),
    "docker-compose ps": (compose_ps("Up"), compose_ps("Up"), compose_ps("Up")),
    "ss -tnp": (ss((41022, 50100, 51000)), ss((41022, 39999)), ss((41022, 40001, 40003, 60000))),
    "ss -s": ("TCP:   23 (estab 12, closed 4, orphaned 0, timewait 4)\n", "TCP:   25 (estab 13, closed 6, orphaned 0, timewait 6)\n",
              "TCP:   24 (estab 12, closed 5, orphaned 0, timewait 5)\n"),
    "netstat -tulpn": ("tcp        0      0 0.0.0.0:3001            0.0.0.0:*               LISTEN      448/node\n",) * 3,
    "lsof -i :80": (lsof(124, 23456), lsof(124, 23456), lsof(
        777, 99801, "nginx  777 www-data    8u  IPv4 9974983      0t0  TCP production:http->10.0.0.1:34638 (ESTABLISHED)\n")),
    "curl": ('{"status":"ok","timestamp":"2026-11-27T{at}.445Z","uptime":4.29}', '{"status":"ok","timestamp":"2026-11-27T{at}.9Z","uptime":6.1}',
             '{"status":"ok","timestamp":"2026-11-27T{at}.002Z","uptime":36.7}'),
    "psql": (psql(100, "active", "idle", "idle"), psql(104, "active", "idle", "idle"), psql(211, "active", "idle", "idle")),
    "psql count": (" count \n-------\n  1234\n(1 row)\n", " count \n-------\n  1263\n(1 row)\n", " count \n-------\n  1690\n(1 row)\n"),
    "mongosh": (mongo(61, 144, 1795794525), mongo(62, 147, 1795794527), mongo(62, 190, 1795794557)),
    "redis-cli info": (redis_info(20, 9000), redis_info(22, 9100, 5), redis_info(52, 10_900, 4, 1_530_000)),
    "redis-cli cluster nodes": (cluster_nodes("myself,master", 1795794323586), cluster_nodes("myself,master", 1795794324001),
                                cluster_nodes("myself,master", 1795794355555)),
    "pm2 status": (pm2("online", "35s", "0", "65.3"), pm2("online", "37s", "1.2", "66.0"), pm2("online", "68s", "9", "71.9")),
    "nginx -t": ("nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n",) * 3,
    "certbot certificates": (certificates("2027-02-25", "VALID: 89 days"),) * 3,
    "tail access.log": (access_log(1, *[200] * 20), access_log(3, *[200] * 20), access_log(33, *[200] * 20)),
    "tail -f app.log": (app_log(100), app_log(140), app_log(900, ms=31)),
    "journalctl": (JOURNAL.replace("{n}", "801"), JOURNAL.replace("{n}", "815"), JOURNAL.replace("{n}", "1102") * 2),
    "uptime": (" {at} up  1:43,  1 user,  load average: 1.08, 0.24, 0.69\n", " {at} up  1:43,  2 users,  load average: 1.01, 0.24, 0.69\n",
               " {at} up  1:44,  1 user,  load average: 21.08, 14.24, 12.69\n"),
    "metrics": ('http_requests_total{code="200"} 21.0\nup 1.0\n', 'http_requests_total{code="200"} 25.0\nup 1.0\n',
                'http_requests_total{code="200"} 812.0\nup 1.0\n'),
    "prometheus query": ('{"status":"success","data":{"result":[{"metric":{"job":"shop"},"value":[1795798810.123,"1"]}]}}',
                         '{"status":"success","data":{"result":[{"metric":{"job":"shop"},"value":[1795798812.2,"1"]}]}}',
                         '{"status":"success","data":{"result":[{"metric":{"job":"shop"},"value":[1795798842.999,"1"]}]}}'),
    "ping": ("64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.051 ms\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n",
             "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.062 ms\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n",
             "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=1.31 ms\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n"),
    "ls -lh": ("-rw-r--r-- 1 root root 1.2K Nov 27 16:59 app.log\n-rw-r--r-- 1 root root 9 Sep  1 10:00 old.log\n",
               "-rw-r--r-- 1 root root 1.3K Nov 27 17:00 app.log\n-rw-r--r-- 1 root root 9 Sep  1 10:00 old.log\n",
               "-rw-r--r-- 1 root root 1.6K Nov 27 17:01 app.log\n-rw-r--r-- 1 root root 9 Sep  1 10:00 old.log\n"),
    "worker count": ("4\n",) * 3,
    "replication lag": (lags(0, -1), lags(-1, -1), lags(-1, 0)),
    "replication lag, idle": (lags(0, 0), lags(-10, -10), lags(-10, 0)),
}
"""By tool: two healthy answers, and one of a replica that is still healthy."""


@pytest.mark.parametrize("tool", STILL_WELL)
def test_what_changes_by_itself_is_no_difference(tool: str) -> None:
    one, two, now = STILL_WELL[tool]
    assert compared(one, two, now) == ""
    assert compared(one, two, now, later_s=300.0) == ""
    assert compared(one, two, two) == ""


@pytest.mark.parametrize(("tool", "now", "says"), [
    ("systemctl status", WELL_STATUS[0].replace("active (running)", "failed (Result: signal)"), "failed (Result: signal)"),
    ("systemctl status", WELL_STATUS[0].replace("             ├─53 worker\n", ""), "2 lines instead of 3 like: ├─51 worker"),
    ("systemctl status", WELL_STATUS[0].replace("61.2M", "481.2M"), "Memory: 481.2M"),
    ("systemctl status", WELL_STATUS[0].replace("200 OK", "500 Internal Server Error"), "500 Internal Server Error"),
    ("ps aux", ps("2.0", 97000, 900).replace("www-data      52  0.0  0.1  11000  8000 ?        S     16:18   0:00 nginx: worker process\n", ""),
     "1 lines instead of 2 like: www-data"),
    ("ps aux", ps("98.7", 97000, 900), "98.7 instead of 1.9"),
    ("ps aux", ps("2.0", 481234, 900), "481234"),
    ("ps aux", ps("2.0", 97000, 900, stat="Tsl"), "new: root"),
    ("top", top("1.08", 1, "3.1", "9011.9", "99.7", "R"), "99.7"),
    ("top", top("1.08", 1, "3.1", "9011.9", " 2.0", "T"), "new: 448 root"),
    ("df -h", df(95, "243M"), "95% instead of 45%"),
    ("df -h", df(100, "256M"), "100% instead of 45%"),
    ("free -h", free("21Gi", "1.2Gi"), "Mem:"),
    ("docker ps", docker_ps("2 minutes", "Up 2 minutes (unhealthy)"), "(unhealthy)"),
    ("docker ps", docker_ps("2 minutes", "Exited (137) 5 seconds ago"), "Exited (137)"),
    ("docker ps", docker_ps("2 minutes", "Restarting (1) 2 seconds ago"), "Restarting (1)"),
    ("docker ps", docker_ps("2 minutes", "Up 2 minutes").replace("77aa9c81d0ff", "").partition("   redis")[0], "gone: 77aa9c81d0ff"),
    ("docker-compose ps", compose_ps("Exit 137"), "Exit 137"),
    ("ss -tnp", ss((41022, 50100), listening=""), "gone: LISTEN"),
    ("ss -tnp", ss(tuple(range(40000, 40090))), "90 lines instead of"),
    ("ss -s", "TCP:   203 (estab 192, closed 4, orphaned 0, timewait 4)\n", "203 instead of"),
    ("netstat -tulpn", "", "gone: tcp"),
    ("lsof -i :80", lsof(900, 4444).replace("nginx", "python"), "new: python"),
    ("lsof -i :80", "", "gone: COMMAND"),
    ("lsof -i :80", lsof(124, 23456, *(
        f"nginx  777 www-data    8u  IPv4 {at}      0t0  TCP production:http->10.0.0.1:{at} (CLOSE_WAIT)\n" for at in range(40000, 40090))),
     "CLOSE_WAIT"),
    ("curl", '{"status":"degraded","timestamp":"2026-11-27T17:00:40Z","uptime":4.29}', "degraded"),
    ("psql", psql(100, "active", "idle in transaction", "idle"), "idle in transaction"),
    ("psql", "", "gone:"),
    ("psql count", " count \n-------\n   12\n(1 row)\n", "12 instead of 1263"),
    ("mongosh", mongo(139, 900, 1795794557), "139 instead of 62"),
    ("mongosh", "MongoNetworkError: connect ECONNREFUSED 127.0.0.1:27017\n", "ECONNREFUSED"),
    ("redis-cli info", redis_info(52, 10_900, clients=64), "64 instead of 5"),
    ("redis-cli info", redis_info(52, 10_900, role="slave"), "role:slave"),
    ("redis-cli cluster nodes", cluster_nodes("master,fail", 1795794355555, "disconnected"), "master,fail"),
    ("pm2 status", pm2("errored", "0", "0", "0"), "errored"),
    ("pm2 status", pm2("online", "3s", "0", "66.1", restarts=15), "15 instead of 0"),
    ("nginx -t", 'nginx: [emerg] unknown directive "serverr" in /etc/nginx/conf.d/shop.conf:3\n', "[emerg]"),
    ("certbot certificates", certificates("2026-11-30", "VALID: 2 days"), "2026-11-30"),
    ("certbot certificates", certificates("2027-02-25", "VALID: 2 days"), "2 instead of 89"),
    ("certbot certificates", certificates("2026-11-27", "INVALID: EXPIRED"), "EXPIRED"),
    ("tail access.log", access_log(30, *[200] * 15, *[502] * 5), '" 502'),
    ("tail -f app.log", app_log(900, "2026-11-27T17:00:40.1Z ERROR connect ECONNREFUSED 127.0.0.1:6379\n"), "ERROR connect"),
    ("tail -f app.log", app_log(900, ms=9000), "9000 ms instead of at most 14 ms"),
    ("tail -f app.log", "", "gone:"),
    ("journalctl", JOURNAL.replace("{n}", "9") + "Nov 27 17:00:30 production systemd[1]: shop.service: Main process exited, code=killed, status=9/KILL\n", "code=killed"),
    ("metrics", 'http_requests_total{code="200"} 812.0\nhttp_requests_total{code="500"} 9.0\nup 1.0\n', 'code="500"'),
    ("metrics", 'http_requests_total{code="200"} 812.0\n', "gone: up"),
    ("prometheus query", STILL_WELL["prometheus query"][2].replace('"1"', '"0"'), "0 instead of 1"),
    ("ping", "1 packets transmitted, 0 received, 100% packet loss, time 0ms\n", "gone: 64 bytes"),
    ("ping", STILL_WELL["ping"][0].replace("time=0.051 ms", "time=3500 ms"), "3500 ms instead of 0.062 ms"),
    ("ls -lh", STILL_WELL["ls -lh"][0].partition("-rw-r--r-- 1 root root 9")[0], "gone: -rw-r--r-- 1 root root 9"),
    ("worker count", "3\n", "3 instead of 4"),
    ("worker count", "5\n", "5 instead of 4"),
    ("replication lag", lags(-14, 0), "-14 secs instead of -1 secs"),
    ("replication lag, idle", lags(-25, 0), "-25 secs instead of -10 secs"),
    ("replication lag, idle", lags(-60, -10), "-60 secs instead of -10 secs"),
])
def test_a_fault_shows(tool: str, now: str, says: str) -> None:
    one, two, _ = STILL_WELL[tool]
    seen = compared(one, two, now)
    assert says in seen


HEALTHY = [answer("active\n", 10.0), answer("active\n", 12.0)]


@pytest.mark.parametrize(("now", "says"), [
    (answer("active\n", 40.0), ""),
    (answer("active\n", 40.0, status=3), "exit status 3 instead of 0"),
    (answer("active\n", 40.0, took_s=2.5), ""),
    (answer("active\n", 40.0, took_s=9.0), "it takes 9 s instead of 0.1 s"),
    (answer("active\n", 40.0, status=None, took_s=30.0, ended_by="time-out"), "it does not end"),
    (answer("active\n", 40.0, status=0, ended_by="q"), ""),
    (answer("failed\n", 40.0), "new: failed"),
    (answer("", 40.0), "gone: active"),
    (answer("active\n", 40.0, stderr="Warning: the unit file changed on disk\n"), "new: Warning"),
    (answer("active\r\n\n", 40.0), ""),
])
def test_exit_status_ending_and_duration_count(now: Answer, says: str) -> None:
    assert difference(HEALTHY, now) == says or (says and difference(HEALTHY, now).startswith(says))


def test_curls_progress_is_no_answer() -> None:
    healthy = [replace(one, stderr=CURL_METER.replace("{speed}", str(1500 + at))) for at, one in enumerate(HEALTHY)]
    assert difference(healthy, answer("active\n", 40.0, stderr=CURL_METER.replace("{speed}", "7"))) == ""
    failed = answer("active\n", 40.0, stderr=CURL_METER.partition("100")[0] + "\ncurl: (7) Failed to connect to localhost port 80\n")
    assert difference(healthy, failed).startswith("new: curl: (7)")
