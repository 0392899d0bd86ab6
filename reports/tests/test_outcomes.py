import pytest

from reports.journal.events import Role
from reports.judging.rules import judge_command

AMBIGUOUS = "journalctl: option '--vacuum=30d' is ambiguous; possibilities: '--vacuum-size' '--vacuum-time'\n"
COMPOSE = "Define and run multi-container applications with Docker.\n\nUsage:\n  docker-compose [-f <arg>...] [options]\n"


@pytest.mark.parametrize(("role", "status", "stdout", "stderr", "why"), [
    ("diagnosis", 0, "fine", "", ""),
    ("diagnosis", 3, "inactive (dead)", "", ""),
    ("diagnosis", 1, "", "", ""),
    ("diagnosis", 22, "", "curl: (22) The requested URL returned error: 502", ""),
    ("diagnosis", 3, "● nginx.service\n nginx[7]: invalid option: \"x\"\n", "", ""),  # a log line is not the tool's complaint
    ("diagnosis", 127, "", "bash: line 1: netstat: command not found", "netstat: command not found"),
    ("diagnosis", 1, "", "sudo: lsof: command not found", "lsof: command not found"),
    ("diagnosis", 1, "", "bash: netstat: command not found\n", "netstat: command not found"),  # in front of a pipe
    ("diagnosis", 126, "", "bash: ./x: Permission denied", "exit status 126"),
    ("diagnosis", 1, "", AMBIGUOUS, "usage error"),
    ("diagnosis", 125, "", "unknown flag: --volume\nSee 'docker system prune --help'.", "usage error"),
    ("remedy", 0, COMPOSE, "", "usage error behind exit status 0"),
    ("remedy", 0, "restarted", "Warning: unit changed on disk", ""),
    ("remedy", 1, "", "Job for nginx.service failed.\nSee", "exit status 1: Job for nginx.service failed."),
    ("remedy", 1, "Job for nginx.service failed.\nSee", "", "exit status 1: Job for nginx.service failed."),  # under sudo
    ("verification", 22, "", "curl: (22)", "exit status 22"),
    ("preparation", 2, "", "", "exit status 2"),
    ("remedy", 0, "Usage: 40 %", "", ""),
])
def test_exit_status_is_judged_by_the_role(role: Role, status: int, stdout: str, stderr: str, why: str) -> None:
    failure = judge_command(role, status, stdout, stderr, "itself")
    assert failure.startswith(why)
    assert bool(failure) == bool(why)


@pytest.mark.parametrize("role", ["diagnosis", "remedy", "verification", "preparation"])
def test_a_time_out_is_a_defect_in_every_role(role: Role) -> None:
    assert "limit" in judge_command(role, None, "", "", "time-out")
    assert "waits for input" in judge_command(role, None, "", "", "waits for input")


@pytest.mark.parametrize("ended_by", ["Ctrl-C", "Ctrl-D", "q", "kept running", "person"])
def test_a_command_ended_by_a_person_is_not_a_failure_but_a_missing_tool_is(ended_by: str) -> None:
    assert judge_command("remedy", 130, "Nov 09 log", "", ended_by) == ""
    assert judge_command("diagnosis", None, "", "bash: htop: command not found", ended_by) == "htop: command not found"


@pytest.mark.parametrize(("role", "reply", "fails"), [
    ("remedy", "(error) MOVED 866 127.0.0.1:7001", True),
    ("remedy", "CLUSTERDOWN Hash slot not served", True),
    ("verification", "NOAUTH Authentication required.", True),
    ("remedy", "Could not connect to Redis at 127.0.0.1:6379: Connection refused", True),
    ("remedy", "OK", False),
    ("diagnosis", "CLUSTERDOWN The cluster is down", False),
    ("diagnosis", "(error) ERR unknown command 'CLUSTR'", True),
])
def test_redis_hides_errors_behind_exit_status_0(role: Role, reply: str, fails: bool) -> None:
    assert bool(judge_command(role, 0, reply, "", "itself", command="redis-cli -p 7000 get x")) == fails
    assert judge_command(role, 0, reply, "", "itself", command="cat replies.log") == ""


@pytest.mark.parametrize(("role", "command", "said", "fails"), [
    ("remedy", "psql -U app < backup.sql", "psql:<stdin>:12: ERROR:  relation \"users\" already exists", True),
    ("remedy", "psql -U app < backup.sql", "COPY 12", False),
    ("diagnosis", "psql -c 'SELECT 1'", "psql: error: FATAL:  sorry, too many clients already", False),
    ("diagnosis", "psql -c 'SELECT total_time'", 'ERROR:  column "total_time" does not exist', True),
    ("remedy", 'mongosh --eval "rs.stepDown()"', "MongoServerError: not primary so can't step down", True),
    ("diagnosis", 'mongosh --eval "rs.status()"', "MongoNetworkError: connect ECONNREFUSED 127.0.0.1:27017", False),
    ("diagnosis", 'mongosh --eval "db.killOps()"', "TypeError: db.killOps is not a function", True),
])
def test_database_clients_hide_errors_behind_exit_status_0(role: Role, command: str, said: str, fails: bool) -> None:
    assert bool(judge_command(role, 0, "", said, "itself", command=command)) == fails
    assert judge_command(role, 0, "", said, "itself", command="cat replies.log") == ""
