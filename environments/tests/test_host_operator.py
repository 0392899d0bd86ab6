"""The operator's shell behaves as a person at a keyboard would experience it, on real hosts."""

import pytest

from environments.hosts.host import Host
from environments.hosts.operator import Ending, Operator
from reports.errors import UsageError


@pytest.fixture
def operator(docker_host: Host) -> Operator:
    return docker_host.open_operator()


def test_stdout_and_stderr_are_separate_and_the_exit_status_is_the_commands(operator: Operator) -> None:
    done = operator.run("echo out; echo err >&2; (exit 7)", timeout_s=10)
    assert (done.stdout, done.stderr, done.exit_status, done.ended_by) == ("out\n", "err\n", 7, "itself")
    assert 0 <= done.finished.mono - done.started.mono < 2


def test_directory_variables_and_last_status_persist(operator: Operator) -> None:
    operator.run("cd /opt/service && NAME=value", timeout_s=10)
    operator.run("false", timeout_s=10)
    assert operator.run("echo $? $NAME $PWD", timeout_s=10).stdout == "1 value /opt/service\n"


def test_stdin_and_stdout_are_a_terminal(operator: Operator) -> None:
    assert operator.run("test -t 0 && test -t 1 && stty size && echo $TERM", timeout_s=10).stdout == "50 200\nxterm\n"


def test_the_login_is_the_documented_one(operator: Operator) -> None:
    assert operator.run("id -un; sudo id -un", timeout_s=10).stdout == "ubuntu\nroot\n"


@pytest.mark.parametrize("text", [
    "printf '%s|' 'a\tb' \"c d\" 'é' '\\n' '$HOME' '!x'",
    "cat <<'EOF'\nfirst 'line'\n\tsecond \"line\" \\\nEOF",
    "for i in 1 2; do\n  echo $i\ndone\n",
    "echo a \\\n  b   # a comment",
])
def test_the_text_arrives_byte_for_byte(docker_host: Host, operator: Operator, text: str) -> None:
    expected = docker_host.run(text).stdout
    assert operator.run(text, timeout_s=10).stdout == expected != ""


def test_sudo_gives_its_command_a_terminal_of_its_own(operator: Operator) -> None:
    """Debian's sudoers has use_pty: what its command writes on stderr arrives with stdout, as on a person's screen."""
    done = operator.run("sudo sh -c 'echo out; echo err >&2; test -t 2 && exit 5'", timeout_s=10)
    assert (done.stdout, done.stderr, done.exit_status) == ("out\nerr\n", "", 5)
    assert operator.run("sudo -u nobody sh -c 'echo again > /dev/stderr'", timeout_s=10).stdout == "again\n"


def test_a_command_may_read_stdin(operator: Operator) -> None:
    assert operator.run("read line < /etc/hostname; echo $line", timeout_s=10).stdout == "production\n"
    done = operator.run("cat", timeout_s=20, ending=Ending.CTRL_D)
    assert (done.exit_status, done.ended_by, done.stdout) == (0, "Ctrl-D", "")


def test_binary_output_becomes_readable_text(operator: Operator) -> None:
    assert operator.run("printf 'a\\377\\000\\036b'", timeout_s=10).stdout == "a\\xff\x00\x1eb"


def test_ten_megabytes_of_output(operator: Operator) -> None:
    done = operator.run("head -c 10000000 /dev/zero | tr '\\0' x; seq 200000 >&2", timeout_s=60)
    assert len(done.stdout) == 10_000_000
    assert done.stderr.endswith("\n200000\n")


_PAGED = "for n in $(seq 100); do logger -t paged line $n; done; journalctl --sync"


@pytest.mark.parametrize(("command", "pages"), [
    ("journalctl -n 100 -t paged", 1),
    ("sudo journalctl -n 100 -t paged", 1),
    ("systemctl list-units --all", 1),
    ("less /etc/services", 1),
    ("seq 300 | less", 1),
    ("sudo more /etc/services", 1),
    ("for n in 1 2 3; do journalctl -n 100 -t paged; done", 3),
    ("sudo journalctl -n 100 -t paged; sudo journalctl -n 100 -t paged", 2),
    ("docker run --rm -it --entrypoint sh example/service:1.0 -c 'sleep 1; seq 300 | more'", 1),
])
def test_a_pager_is_left_with_q_after_its_first_page(docker_host: Host, operator: Operator, command: str, pages: int) -> None:
    """Docker tells a container the size of the terminal some time after it started."""
    docker_host.run(_PAGED)
    done = operator.run(command, timeout_s=30)
    assert (done.ended_by, done.exit_status) == ("q", None)
    assert pages * 45 <= done.stdout.count("\n") <= pages * 51
    assert "\x1b" not in done.stdout + done.stderr
    assert (done.finished.mono - done.started.mono) < 10
    assert operator.run("pwd", timeout_s=10).stdout == "/home/ubuntu\n"


@pytest.mark.parametrize("held", range(4))
def test_a_pager_in_a_container_is_left_whatever_its_terminal_is_called(docker_host: Host, operator: Operator, held: int) -> None:
    """A container's terminals bear the names of the host's: with some of them taken one is called like that of stderr."""
    name = f"paging-{held}"
    docker_host.run(f"docker run -d --rm --name {name} --entrypoint sleep example/service:1.0 600"
                    f" && for n in $(seq {held}); do docker exec -d -t {name} sleep 600; done")
    try:
        done = operator.run(f"docker exec -it {name} sh -c 'seq 300 | more'", timeout_s=20)
    finally:
        docker_host.run(f"docker rm -f {name}")
    assert (done.ended_by, done.exit_status) == ("q", None)


@pytest.mark.parametrize("command", [
    "journalctl -n 20 -t paged", "sudo systemctl status dbus", "journalctl -n 100 -t paged --no-pager",
    "journalctl -n 100 -t paged | cat", "seq 300",
])
def test_what_fits_on_a_page_or_is_not_paged_ends_by_itself(docker_host: Host, operator: Operator, command: str) -> None:
    docker_host.run(_PAGED)
    done = operator.run(command, timeout_s=30)
    assert (done.ended_by, done.exit_status) == ("itself", 0)


@pytest.mark.parametrize("command", [
    "sleep 3; echo late", "sudo sh -c 'sleep 3; echo late'", "(sleep 3; echo late) | less -F -X", "sleep 3 | cat; echo late",
    "docker run --rm -it --entrypoint sh example/service:1.0 -c 'sleep 3; echo late'",
])
def test_a_slow_command_is_not_taken_for_one_that_waits(operator: Operator, command: str) -> None:
    done = operator.run(command, timeout_s=30)
    assert (done.ended_by, done.exit_status, done.stdout.strip()) == ("itself", 0, "late")


@pytest.mark.parametrize("command", ["rm -i /etc/hostname", "sudo rm -i /etc/hostname"])
def test_a_question_that_the_document_does_not_answer_is_ended_with_ctrl_c(operator: Operator, command: str) -> None:
    done = operator.run(command, timeout_s=30)
    assert (done.ended_by, done.exit_status) == ("waits for input", None)
    assert "remove" in done.stdout + done.stderr
    assert operator.run("pwd", timeout_s=10).stdout == "/home/ubuntu\n"


def test_a_key_that_came_too_late_is_deleted(operator: Operator) -> None:
    operator.run("true", timeout_s=10)
    shell = operator._shell
    assert shell is not None
    shell.type(b"q")
    assert operator.run("pwd", timeout_s=10).stdout == "/home/ubuntu\n"


@pytest.mark.parametrize(("command", "ending", "status"), [
    ("tail -f /etc/passwd", Ending.CTRL_C, 130),
    ("sudo tail -f /etc/passwd", Ending.CTRL_C, 130),
    ("while true; do date; sleep 0.2; done", Ending.CTRL_C, 130),
    ("less /etc/services", Ending.Q, None), ("top", Ending.Q, None),
    ("bash -i", Ending.CTRL_D, 0),
])
def test_a_command_that_follows_is_ended_as_a_person_would(
    operator: Operator, command: str, ending: Ending, status: int
) -> None:
    done = operator.run(command, timeout_s=30, ending=ending)
    assert (done.ended_by, done.exit_status) == (ending, status)
    assert operator.run("echo still here", timeout_s=10).stdout == "still here\n"


def test_a_client_that_opens_slowly_is_left_all_the_same(operator: Operator) -> None:
    """A Ctrl-D that is typed before the client reads single keys is lost."""
    done = operator.run("bash -c 'echo connecting; sleep 4; exec bash -i'", timeout_s=30, ending=Ending.CTRL_D)
    assert (done.ended_by, done.exit_status) == (Ending.CTRL_D, 0)
    assert operator.run("echo still here", timeout_s=10).stdout == "still here\n"


def test_a_ctrl_d_that_comes_too_late_does_not_log_out(operator: Operator) -> None:
    """If the program exits at that very moment, the shell receives the key."""
    operator.run("cd /usr/share", timeout_s=10)
    shell = operator._shell
    assert shell is not None
    shell.type(b"\x04")
    assert operator.run("pwd", timeout_s=10).stdout == "/usr/share\n"


def test_an_ending_that_is_not_needed_is_not_sent(operator: Operator) -> None:
    assert operator.run("echo short", timeout_s=10, ending=Ending.CTRL_C).ended_by == "itself"


@pytest.mark.parametrize(("command", "directory"), [
    ("sleep 600", "/opt"), ("sudo sleep 601", "/opt"),
    # A command that ignores Ctrl-C is killed along with its terminal; the next command gets a new login.
    ("(trap '' INT; sleep 602)", "/home/ubuntu"), ("sudo sh -c 'trap \"\" INT; sleep 603'", "/home/ubuntu"),
])
def test_a_command_that_takes_too_long_is_ended(
    docker_host: Host, operator: Operator, command: str, directory: str
) -> None:
    operator.run("cd /opt", timeout_s=10)
    done = operator.run(command, timeout_s=0.5)
    assert (done.exit_status, done.ended_by) == (None, "time-out")
    assert operator.run("pwd", timeout_s=10).stdout == f"{directory}\n"
    assert "sleep 60" not in docker_host.run("pgrep -a sleep", check=False).stdout


@pytest.mark.parametrize(("command", "status"), [("exit 3", 3), ("kill -9 $$", None)])
def test_a_command_that_ends_the_shell_is_reported_and_the_next_logs_in_again(
    operator: Operator, command: str, status: int | None
) -> None:
    done = operator.run(command, timeout_s=10)
    assert (done.ended_by, done.exit_status) == ("shell ended", status)
    assert operator.run("pwd", timeout_s=10).stdout == "/home/ubuntu\n"


def test_a_server_in_the_foreground_keeps_running(docker_host: Host, operator: Operator) -> None:
    done = operator.run("echo serving; exec -a my-server sleep 604", timeout_s=30, ending=Ending.KEEP)
    assert (done.ended_by, done.stdout) == ("kept running", "serving\n")
    assert "my-server" in operator.run("pgrep -af my-server", timeout_s=10).stdout
    operator.close()
    assert operator.run("echo back", timeout_s=10).stdout == "back\n"


def test_a_terminal_left_in_raw_mode_does_not_affect_later_commands(operator: Operator) -> None:
    operator.run("stty raw echo; exec 2>/dev/null; PATH=/nowhere", timeout_s=10)
    done = operator.run("echo fine", timeout_s=10)
    assert (done.exit_status, done.ended_by) == (0, "itself")


def test_a_command_that_ignores_its_ending_key_gets_ctrl_c(operator: Operator) -> None:
    done = operator.run("echo ready; sleep 60", timeout_s=30, ending=Ending.Q)
    assert (done.exit_status, done.ended_by, done.stdout) == (130, "Ctrl-C", "ready\n")


def test_an_ending_that_cannot_be_requested_is_refused(operator: Operator) -> None:
    with pytest.raises(UsageError, match=r"'time-out' is not an ending .*; use one of itself, kept running, new login, by hand,"):
        operator.run("true", timeout_s=1, ending=Ending.TIME_OUT)
