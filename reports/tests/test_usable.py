"""Unusable commands, with outputs of real tools."""

import pytest

from reports.judging.usable import Answer, unusable

PAGE = "Nov 27 18:06:18 production containerd[63]: loading plugin\n" * 49
DU = "28K\t/var/log/syslog\n4.0K\t/var/log/sysstat\n4.0K\t/var/log/wtmp\n"
COMPOSE = "Define and run multi-container applications with Docker.\n\nUsage:\n  docker-compose [-f <arg>...] [options]\n"
COMPOSE_LOST = """
        Can't find a suitable configuration file in this directory or any
        parent. Are you in the right directory?

        Supported filenames: docker-compose.yml, docker-compose.yaml, compose.yml, compose.yaml
"""
SOCKET = ('Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get '
          '"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/containers/json": dial unix /var/run/docker.sock: connect: permission denied')


@pytest.mark.parametrize(("answer", "why"), [
    # waits for a key, with other commands behind it in its block
    (Answer("journalctl -n 100", None, PAGE, "", "q", behind=2),
     "waits in its pager until q is pressed: whoever pastes the block never gets to the 2 commands behind it"),
    (Answer("tail -f /var/log/nginx/error.log", 130, "", "\n", "Ctrl-C", behind=1),
     "goes on until Ctrl-C is pressed: whoever pastes the block never gets to the command behind it"),
    (Answer("watch -n 5 'free -h'", 0, "", "", "Ctrl-C", behind=3), "Ctrl-C is pressed"),
    (Answer("node --expose-gc", 0, "Welcome to Node.js v18.20.4.\n> ", "", "Ctrl-D", behind=1), "waits for input until Ctrl-D"),
    (Answer("redis-server --port 7000", None, "", "", "kept running", behind=1), "goes on running in the foreground"),
    # never ends, or asks
    (Answer("curl http://localhost:3001/health", None, "", "", "time-out"), "does not end"),
    (Answer("sudo rm -i /etc/hostname", None, "rm: remove regular file '/etc/hostname'? ", "", "waits for input"),
     "waits for an answer that the document does not give"),
    # is not there, or is misused
    (Answer('mongo --eval "rs.status()"', 127, "", "bash: mongo: command not found\n", "itself"), "mongo: command not found"),
    (Answer("netstat -tuln | grep 3001", 1, "", "bash: netstat: command not found\n", "itself"), "netstat: command not found"),
    (Answer("./restore-backup.sh latest", 127, "", "bash: ./restore-backup.sh: No such file or directory\n", "itself"), "127"),
    (Answer("./deploy.sh", 126, "", "bash: ./deploy.sh: Permission denied\n", "itself"), "126"),
    (Answer("docker exec db mongo", 126, "", 'OCI runtime exec failed: exec failed: unable to start container process: '
            'exec: "mongo": executable file not found in $PATH: unknown\n', "itself"), "is not there in the container"),
    (Answer("sudo journalctl --vacuum=30d", 1,
            "journalctl: option '--vacuum=30d' is ambiguous; possibilities: '--vacuum-size'\n", "", "itself"),
     "usage error, exit status 1: journalctl: option"),
    (Answer("docker-compose down prometheus", 0, COMPOSE, "", "itself"), "usage error behind exit status 0"),
    (Answer("redis-cli -p 7000 cluster check 127.0.0.1:7000", 0,
            "(error) ERR unknown subcommand 'check'. Try CLUSTER HELP.\n", "", "itself"), "unknown subcommand"),
    (Answer('mongosh --eval "db.currentOp({: 1})"', 1, "", "SyntaxError: Unexpected token (1:31)\n", "itself"), "SyntaxError"),
    # rights, a directory, a terminal
    (Answer("docker ps", 1, "", f"{SOCKET}\n", "itself"), "needs rights that the operator has not: Got permission denied"),
    (Answer("tail -50 /var/log/nginx/error.log", 1, "",
            "tail: cannot open '/var/log/nginx/error.log' for reading: Permission denied\n", "itself"), "needs rights"),
    (Answer("systemctl restart nginx", 1, "", "Failed to restart nginx.service: Interactive authentication required.\n"
            "See system logs and 'systemctl status nginx.service' for details.\n", "itself"), "needs rights"),
    (Answer("sudo -n true", 1, "", "sudo: a password is required\n", "itself"), "needs rights"),
    (Answer("cat /var/log/nginx/error.log | wc -l", 0, "0\n",
            "cat: /var/log/nginx/error.log: Permission denied\n", "itself"), "needs rights"),
    (Answer("docker-compose ps", 1, "", COMPOSE_LOST, "itself"), "needs a directory that the operator is not in"),
    (Answer("docker-compose ps", 14, "", "no configuration file provided: not found\n", "itself"), "needs a directory"),
    (Answer("cd /opt/geodashboard", 1, "", "bash: cd: /opt/geodashboard: No such file or directory\n", "itself"),
     "needs a directory"),
    (Answer("git log", 128, "", "fatal: not a git repository (or any of the parent directories): .git\n", "itself"),
     "needs a directory"),
    (Answer("docker exec -it db psql", 1, "", "the input device is not a TTY\n", "itself"), "needs a terminal"),
    (Answer("top", 1, "", "top: failed tty get\n", "itself"), "needs a terminal"),
])
@pytest.mark.parametrize("healthy", [True, False])
def test_what_says_nothing_of_the_system_is_unusable(answer: Answer, why: str, healthy: bool) -> None:
    assert why in unusable(answer, healthy=healthy)


@pytest.mark.parametrize(("answer", "why"), [
    (Answer("cat /opt/app/logs/app.log", 1, "", "cat: /opt/app/logs/app.log: No such file or directory\n", "itself"),
     "needs a file"),
    (Answer("ls -la backups/", 2, "", "ls: cannot access 'backups/': No such file or directory\n", "itself"), "needs a file"),
    (Answer("sudo tail -f /var/log/app.log", 1,
            "tail: cannot open '/var/log/app.log' for reading: No such file or directory\n", "", "itself"), "needs a file"),
    (Answer("systemctl status geodashboard", 4, "Unit geodashboard.service could not be found.\n", "", "itself"), "is not there"),
    (Answer("docker logs api", 1, "", "Error: No such container: api\n", "itself"), "is not there"),
    (Answer("docker-compose logs nginx", 1, "", "no such service: nginx\n", "itself"), "is not there"),
    (Answer("psql -d geodashboard", 2, "",
            'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
            'FATAL:  database "geodashboard" does not exist\n', "itself"), "is not there"),
    (Answer('psql -c "SELECT 1 FROM users"', 1, "", 'ERROR:  relation "users" does not exist\n', "itself"), "does not exist"),
])
def test_what_is_missing_is_unusable_on_the_healthy_replica_only(answer: Answer, why: str) -> None:
    """Under a fault it may be what the command is meant to find."""
    assert why in unusable(answer, healthy=True)
    assert unusable(answer, healthy=False) == ""


@pytest.mark.parametrize("answer", [
    Answer("journalctl -n 100", None, PAGE, "", "q"),  # nothing behind it
    Answer("tail -f /var/log/nginx/error.log", 130, "", "\n", "Ctrl-C"),
    Answer("systemctl status nginx", 3, "● nginx.service\n     Active: inactive (dead)\n", "", "itself", behind=4),
    Answer("curl -f http://localhost/health", 22, "", "curl: (22) The requested URL returned error: 502\n", "itself"),
    Answer("curl http://localhost:3001/health", 7, "",
           "curl: (7) Failed to connect to localhost port 3001: Connection refused\n", "itself"),
    Answer("ps aux | grep uvicorn | grep -v grep", 1, "", "", "itself"),
    Answer("sudo lsof -i :8000", 1, "", "", "itself"),
    Answer("redis-cli ping", 1, "", "Could not connect to Redis at 127.0.0.1:6379: Connection refused\n", "itself"),
    Answer("du -sh /var/log/*", 1, DU, "du: cannot read directory '/var/log/private': Permission denied\n", "itself"),
    Answer("sudo du -sh /var/log/*", 1, DU + "du: cannot access '/var/log/app.log.1': No such file or directory\n", "", "itself"),
    Answer("docker ps", 1, "",
           "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n", "itself"),
    Answer("psql -c 'SELECT 1'", 2, "", 'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
           "No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n", "itself"),
    Answer("grep -i error logs/app.log", 0, "bind failed: Permission denied\n", "", "itself"),
    Answer("sudo nginx -t", 1, 'nginx: [emerg] unexpected "}" in /etc/nginx/sites-enabled/default:33\n'
           "nginx: configuration file /etc/nginx/nginx.conf test failed\n", "", "itself"),
    Answer("sudo reboot", None, "", "", "new login", behind=2),
])
@pytest.mark.parametrize("healthy", [True, False])
def test_what_tells_of_the_system_is_usable(answer: Answer, healthy: bool) -> None:
    assert unusable(answer, healthy=healthy) == ""
