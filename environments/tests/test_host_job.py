"""A job behaves as cron runs it, on real hosts."""

import pytest

from environments.hosts.host import Host
from environments.hosts.job import Job


@pytest.fixture
def job(docker_host: Host) -> Job:
    return docker_host.open_job()


def test_a_job_has_no_terminal_and_the_environment_of_cron(job: Job) -> None:
    done = job.run("env | grep -v ^PWD= | sort; id -un; readlink /proc/$$/exe; "
                   "test -t 0 || test -t 1 || test -t 2 || echo no terminal; echo err >&2; (exit 3)", timeout_s=10)
    assert done.stdout.splitlines() == [
        "HOME=/home/ubuntu", "LOGNAME=ubuntu", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "ubuntu",
        "/usr/bin/dash", "no terminal"]
    assert (done.stderr, done.exit_status, done.ended_by) == ("err\n", 3, "itself")


def test_what_is_outside_of_crons_path_is_not_found_and_bashs_words_are_refused(job: Job) -> None:
    assert job.run("iptables -L", timeout_s=10).exit_status == 127
    assert job.run("[[ a == a ]]", timeout_s=10).exit_status == 127


def test_the_directory_lasts_and_root_is_reached_by_sudo(job: Job) -> None:
    assert job.run("cd /opt/service", timeout_s=10).exit_status == 0
    assert job.run("pwd; sudo id -un", timeout_s=10).stdout == "/opt/service\nroot\n"


def test_nothing_pages_and_nobody_answers(job: Job) -> None:
    done = job.run("systemctl list-unit-files; rm -i /etc/hostname; echo on", timeout_s=10)
    assert (done.ended_by, done.stdout.splitlines()[-1]) == ("itself", "on")
    assert done.stdout.count("\n") > 60


def test_a_job_that_never_ends_is_killed(docker_host: Host, job: Job) -> None:
    done = job.run("sleep 605", timeout_s=1.0)
    assert (done.exit_status, done.ended_by) == (None, "time-out")
    assert "sleep 605" not in docker_host.run("pgrep -a sleep", check=False).stdout
