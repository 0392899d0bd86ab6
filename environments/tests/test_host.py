"""A host behaves like a server, and nothing in it reaches outside."""

import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from environments.hosts import ssh
from environments.hosts.host import Host
from environments.hosts.network import DrillNetwork
from environments.hosts.operator import Ending
from environments.hosts.reach import ObserverLogin
from environments.hosts.spec import Disk, HostSpec, Weight
from environments.images import sources
from environments.machine import engine
from environments.probes.command import CommandSpec
from environments.probes.process import Probe
from reports.errors import HarnessError, UsageError
from reports.journal.clock import SystemClock, wait_until

TRY = "timeout 2 bash -c 'exec 3<>/dev/tcp/{address}/{port} && head -c 4 <&3'"
CONNECT = "timeout 2 bash -c 'exec 3<>/dev/tcp/{address}/{port} && echo connected'"
CLOCK = SystemClock()


def test_boots_completely_in_seconds(peer: Host) -> None:
    assert peer.run("systemctl is-system-running").stdout.strip() == "running"
    assert peer.failed_units() == ()
    assert 0 < peer.boot_s < 10


def test_starting_and_spinning_hosts_yield_the_cpu_to_measured_hosts(peer: Host) -> None:
    def shares() -> int:
        return int(engine.connect().containers.get(peer.container_id).attrs["HostConfig"]["CpuShares"])

    assert shares() == Weight.STARTS
    for weight in (Weight.MEASURED, Weight.SPINS):
        peer.weigh(weight)
        assert shares() == weight
    assert Weight.STARTS < Weight.SPINS < Weight.MEASURED


def test_a_probe_reports_a_broken_connection_and_logs_in_again(peer: Host) -> None:
    spec = CommandSpec(name="marker", condition="the marker is there",
                       host=ObserverLogin(port=peer.published(22), private_key_pem=ssh.private_key_pem()),
                       command="[ -e /run/marker ] || { touch /run/marker; kill -KILL $PPID; }")
    probe = Probe(spec, lambda _: None, primary=False)
    try:
        assert wait_until(lambda: any(sample.good for sample in probe.samples()), timeout_s=10.0, clock=CLOCK), probe.samples()
    finally:
        probe.stop()
    [lost, *_] = probe.samples()
    assert not lost.good


def test_pid_1_is_systemd_and_services_get_a_clean_environment(peer: Host) -> None:
    assert peer.run("cat /proc/1/comm").stdout.strip() == "systemd"
    assert "RUNPROOF" not in peer.run("tr '\\0' '\\n' < /proc/1/environ").stdout


def test_run_separates_stdout_and_stderr_and_checks_the_exit_status(peer: Host) -> None:
    done = peer.run("cat; echo bad >&2; exit 3", stdin="good", check=False)
    assert (done.exit_status, done.stdout, done.stderr) == (3, "good", "bad\n")
    with pytest.raises(HarnessError, match="exited with status 3"):
        peer.run("exit 3")


def test_a_login_may_take_seconds_on_a_busy_host(peer: Host) -> None:
    peer.run("server=$(systemctl show -P MainPID ssh); kill -STOP $server; "
             "(sleep 6; kill -CONT $server) </dev/null >/dev/null 2>&1 &")
    assert peer.open_operator().run("echo in", timeout_s=5.0).stdout == "in\n"


def test_a_command_may_exit_without_reading_stdin(peer: Host) -> None:
    for _ in range(5):
        assert peer.run("exec true", stdin=(b"x" * (1 << 16) for _ in range(64))).exit_status == 0


def test_a_broken_connection_is_reported_at_once_and_the_next_command_reconnects(peer: Host) -> None:
    began = CLOCK.monotonic()
    with pytest.raises(HarnessError, match="lost the connection to the host"):
        peer.run("kill -KILL $PPID; sleep 20")
    assert CLOCK.monotonic() - began < 5
    assert peer.run("echo back").stdout == "back\n"


def test_run_stops_at_its_timeout(peer: Host) -> None:
    with pytest.raises(HarnessError, match=r"exceeded its timeout of 0\.3 s"):
        peer.run("sleep 60", timeout_s=0.3)


def test_commands_share_one_connection(peer: Host) -> None:
    """A command costs milliseconds because it needs no login."""
    assert len({peer.run("echo $PPID").stdout for _ in range(20)}) == 1


def test_commands_run_concurrently(peer: Host) -> None:
    """Each of the eight commands exits only once all have started."""
    peer.run("rm -rf /run/meeting && mkdir /run/meeting")
    meet = 'touch /run/meeting/{0}; until [ "$(ls /run/meeting | wc -l)" = 8 ]; do sleep 0.05; done; echo {0}'
    with ThreadPoolExecutor(8) as pool:
        output = list(pool.map(lambda number: peer.run(meet.format(number)).stdout, range(8)))
    assert output == [f"{number}\n" for number in range(8)]


def test_put_writes_bytes_and_mode(peer: Host) -> None:
    content = bytes(range(256)) * 1000
    peer.put("/srv/a b/file", content, 0o640)
    digest, mode = peer.run("sha256sum < '/srv/a b/file'; stat -c %a '/srv/a b/file'").stdout.splitlines()
    assert (digest.split()[0], mode) == (hashlib.sha256(content).hexdigest(), "640")


def test_the_machines_clock_cannot_be_set_from_a_host(peer: Host) -> None:
    before = CLOCK.utcnow()
    assert peer.run("date -s 2001-01-01", check=False).exit_status != 0
    assert (CLOCK.utcnow() - before).total_seconds() < 60


def test_the_journal_is_kept_on_disk(docker_host: Host) -> None:
    docker_host.run("journalctl --sync && ls /var/log/journal/*/system.journal")


# -- disks

def test_a_disk_has_its_size_and_the_images_content(docker_host: Host) -> None:
    assert docker_host.run("df --output=size -B1 /opt | tail -1").stdout.strip() == str(32 << 20)
    assert docker_host.run("stat -c '%U %s' /opt/service/file").stdout.split() == ["ubuntu", "15"]
    full = docker_host.run("head -c 64M /dev/zero > /opt/filler", check=False)
    docker_host.run("rm /opt/filler")
    assert full.exit_status != 0
    assert "No space left" in full.stderr


def test_the_nested_engines_directory_lies_on_the_disk(docker_host: Host) -> None:
    assert docker_host.run("df --output=target /var/lib/docker | tail -1").stdout.strip() == "/var"
    assert docker_host.run("docker info --format '{{.Driver}}'").stdout.strip() == "overlay2"


# -- the nested engine

def test_nested_images_are_there_under_their_names_with_their_settings(docker_host: Host) -> None:
    for name in ("example/service:1.0", "example/other:2.0"):
        output = docker_host.run(f"docker run --rm {name}").stdout
        assert output == 'he said "hello" for $5\nfrom the image\n'


def test_nested_containers_stay_inside_the_hosts_cgroup(docker_host: Host) -> None:
    output = docker_host.run("docker run --rm example/service:1.0 'cat /proc/self/cgroup'").stdout
    if engine.cgroup_version() == 1:
        memory = next(line for line in output.splitlines() if ":memory:" in line)
        assert docker_host.container_id in memory


@pytest.mark.parametrize("on_a_disk", [True, False])
def test_images_of_a_nested_engine_can_be_removed_for_good(network: DrillNetwork, docker_host: Host, on_a_disk: bool) -> None:
    """Whether the engine copied their layers or shares them."""
    disks = docker_host.spec.disks if on_a_disk else docker_host.spec.disks[:1]
    host = Host(HostSpec("pruned", docker_host.spec.image, disks=disks), network).start()
    try:
        host.run("docker rmi example/service:1.0 example/other:2.0 && systemctl restart docker")
        assert host.run("docker images -q").stdout == ""
    finally:
        host.stop()


def test_a_rebooted_host_comes_back_on_the_same_ports(network: DrillNetwork, docker_host: Host) -> None:
    host = Host(HostSpec("rebooted", docker_host.spec.image, ports=(80,), reboots=True), network).start()
    operator = host.open_operator()

    def boot() -> str:
        try:
            return host.run("ps -o lstart= -p 1; cat /srv/kept").stdout
        except HarnessError:
            return ""

    try:
        host.run("echo kept > /srv/kept; docker run -d --restart always --name svc example/service:1.0"
                 " 'trap exit TERM; sleep 900 & wait'")
        container = engine.connect().containers.get(host.container_id)
        ports, first = container.ports, boot()
        done = operator.run("sudo reboot", timeout_s=60, ending=Ending.NEW_LOGIN)
        assert (done.ended_by, done.exit_status) == ("new login", 0)
        assert operator.run("echo back", timeout_s=10).stdout == "back\n"
        assert boot() not in ("", first)
        assert boot().endswith("kept\n")
        assert wait_until(lambda: "svc" in host.run("docker ps").stdout, timeout_s=20, clock=CLOCK)
        assert host.run("ip route show default").stdout == ""
        assert operator.run("sudo no-such-reboot", timeout_s=10, ending=Ending.NEW_LOGIN).exit_status == 1  # it is still there
        container.reload()
        assert container.ports == ports
    finally:
        own = host.container_id
        host.stop()
    assert own not in {container.id for container in engine.connect().containers.list(all=True, ignore_removed=True)}


# -- names and ways out

@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    """A port that this machine listens on, on all its addresses, and that answers "open"."""
    server = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"open")

    threading.Thread(target=serve, daemon=True).start()
    yield int(server.getsockname()[1])
    server.close()


def machine_addresses(network: DrillNetwork) -> list[str]:
    """This machine's own addresses, the one on the drill network first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address would be used
        outward = probe.getsockname()[0]
    return [network.gateway(), outward]


@pytest.fixture(params=["host", "container on the default bridge", "container on a network of its own"])
def place(request: pytest.FixtureRequest, docker_host: Host, peer: Host) -> str:
    """A shell prefix that runs a command in one of the places from which a drill might reach outside."""
    if request.param == "host":
        return "bash -c"
    if request.param == "container on the default bridge":
        return "docker run --rm example/service:1.0"
    docker_host.run("docker network inspect own >/dev/null 2>&1 || docker network create own")
    return "docker run --rm --network own example/service:1.0"


def attempt(host: Host, place: str, address: str, port: int, *, how: str = TRY) -> str:
    command = how.format(address=address, port=port)
    quoted = command.replace("'", "'\\''")
    return host.run(f"{place} '{quoted}'", check=False).stdout


@pytest.mark.parametrize("name", ["peer", "api.example.org"])
def test_hosts_of_the_network_are_reached_by_name(docker_host: Host, place: str, name: str) -> None:
    assert attempt(docker_host, place, name, 22) == "SSH-"


def test_unknown_names_fail_to_resolve_at_once(docker_host: Host, place: str) -> None:
    began = CLOCK.monotonic()
    assert docker_host.run(f"{place} 'getent hosts www.debian.org'", check=False).exit_status != 0
    assert CLOCK.monotonic() - began < 3


def test_the_machine_is_unreachable(docker_host: Host, place: str, network: DrillNetwork, listener: int) -> None:
    for address in machine_addresses(network):
        with socket.create_connection((address, listener), timeout=2) as connection:
            assert connection.recv(4) == b"open"  # so there is something to reach
        assert attempt(docker_host, place, address, listener) == ""


def test_without_the_firewall_rule_the_machine_is_reachable(network: DrillNetwork, listener: int) -> None:
    """Control: the test above can fail."""
    spec = HostSpec("open", sources.ensure(sources.host_image()), allow_gateway=True)
    host = Host(spec, network).start()
    with socket.create_server(("", 0)) as silent:  # it never says anything, as a DNS server does not
        port = int(silent.getsockname()[1])
        try:
            assert attempt(host, "bash -c", network.gateway(), listener) == "open"
            assert attempt(host, "bash -c", network.gateway(), port) == ""
            assert attempt(host, "bash -c", network.gateway(), port, how=CONNECT) == "connected\n"
        finally:
            host.stop()


def test_the_internet_is_unreachable(docker_host: Host, place: str) -> None:
    assert attempt(docker_host, place, "peer", 22, how=CONNECT) == "connected\n"  # from here something can be reached
    for address in ("1.1.1.1", "9.9.9.9"):
        assert attempt(docker_host, place, address, 53, how=CONNECT) == ""


def test_the_machines_services_are_unreachable_over_ipv6_too(docker_host: Host) -> None:
    assert docker_host.run("ip -6 address show dev eth0").stdout == ""


def test_ports_are_published_on_the_loopback_address_only(docker_host: Host, network: DrillNetwork) -> None:
    container = engine.connect().containers.get(docker_host.container_id)
    bindings = [binding for port in container.ports.values() for binding in port or ()]
    assert len(bindings) == 2
    assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}
    for address in machine_addresses(network):
        with pytest.raises(OSError, match=r"refused|timed out"):
            socket.create_connection((address, docker_host.published(22)), timeout=1)
    with pytest.raises(UsageError, match="publishes no port 443"):
        docker_host.published(443)


# -- ends

def test_a_host_powers_itself_off_after_its_maximum_life(network: DrillNetwork) -> None:
    image = sources.ensure(sources.host_image())
    host = Host(HostSpec("shortlived", image, disks=(Disk("/srv", 1 << 20),), maximum_life_s=3), network).start()
    client, own = engine.connect(), host.container_id
    gone = wait_until(lambda: own not in {c.id for c in client.containers.list(all=True, ignore_removed=True)},
                      timeout_s=30, clock=CLOCK)
    assert gone
    host.stop()  # no error for a host that is gone


def test_a_host_that_cannot_boot_reports_an_error(network: DrillNetwork) -> None:
    with pytest.raises(UsageError, match="cannot both have disks and reboot"):
        Host(HostSpec("both", "runproof/host", disks=(Disk("/srv", 1 << 20),), reboots=True), network).start()
    with pytest.raises(UsageError, match="does not exist"):
        Host(HostSpec("nowhere", "runproof/no-such-image:1"), network).start()
    broken = HostSpec("broken", sources.ensure(sources.host_image()), operator="-not-a-login")
    with pytest.raises(HarnessError, match="Host broken"):
        Host(broken, network).start()
