"""More of what people write: other prompts, output of other tools, files in shell blocks, other spellings."""

import json

import pytest

from environments.hosts.operator import Ending
from steps.runbook.__main__ import MANY, main
from steps.runbook.document import read_any
from steps.runbook.interactive import ending_for


@pytest.fixture
def read(tmp_path):
    def read_text(text, name="document.md"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return read_any(path)

    return read_text


def block(*lines, tag="sh"):
    return "\n".join([f"```{tag}", *lines, "```", ""])


def texts(runbook):
    return [command.text for command in runbook.all_commands]


def lost(runbook):
    return [known.text for known in runbook.not_read]


def times(runbook):
    return {known.name: known.seconds for _, known in runbook.fields if known.seconds is not None}


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("\u279c  shop git:(main) \u2717 git pull", "git pull"),
        ("\u279c  ~ kubectl get pods", "kubectl get pods"),
        ("host:~ user$ ls -la", "ls -la"),
        ("$systemctl restart web", "systemctl restart web"),
    ],
)
def test_other_prompts(read, line, command):
    [known] = read("# P\n\n" + block(line)).all_commands
    assert (known.text, bool(known.taken_off)) == (command, True)


def test_a_variable_is_no_prompt(read):
    assert texts(read("# P\n\n" + block("$restart_command web"))) == ["$restart_command web"]


def test_what_is_typed_into_a_router_is_not_typed_into_bash(read):
    runbook = read("# P\n\n" + block("admin@router> show interfaces", "ops@web1> ls -l"))
    assert texts(runbook) == ["ls -l"]
    assert lost(runbook) == ["show interfaces"]


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("psql -c 'select * from t'", [" id | name", "----+------", "  1 | a", "(1 row)"]),
        ("df -h", ["Filesystem      Size  Used Avail", "/dev/sda1        40G   10G   30G", "tmpfs           3.9G     0  3.9G"]),
        ("ps aux", ["USER       PID COMMAND", "postgres   200  postgres: writer process"]),
        ("top -b -n 1", ["top - 10:00:00 up 3 days,  1 user", "Tasks: 100 total"]),
        ("redis-cli info", ["role:master", "connected_slaves:1", "slave0:ip=10.0.0.2,port=6379,state=online"]),
        ("nodetool status", ["Datacenter: dc1", "===============", "Status=Up/Down", "|/ State=Normal", "--  Address   Load"]),
        ("git status", ["On branch main", "nothing to commit, working tree clean"]),
        ("docker compose up -d", ["[+] Running 2/2", " \u2714 Network shop  Created"]),
        ("ls -l", ["total 12", "drwxr-xr-x 2 root root 10 Jan  1 00:00 b"]),
        ("etcdctl endpoint health", ["https://10.0.0.1:2379 is healthy: successfully committed proposal: took = 2ms"]),
        ("tail -f web.log", ["(press ENTER)"]),
    ],
)
def test_output_of_more_tools(read, command, output):
    runbook = read("# P\n\n" + block(command, *output))
    assert texts(runbook) == [command]
    assert lost(runbook) == [line.strip() for line in output]


@pytest.mark.parametrize(
    "lines",
    [
        ["[Unit]", "Description=Web", "", "[Service]", "ExecStart=/usr/bin/web --port 80", "Restart=always"],
        ["upstream shop {", "  least_conn;", "  server 10.0.0.1:80;", "  return 301;", "}"],
        ['resource "aws_instance" "web" {', '  ami = "a"', "}"],
        ["SHELL=/bin/bash", 'MAILTO=""', "0 2 * * * root /opt/backup"],
        ["import os", "os.system('rm x')"],
    ],
)
def test_files_in_shell_blocks(read, lines):
    runbook = read("# P\n\n" + block("ls") + "\n" + block(*lines))
    assert texts(runbook) == ["ls"]
    assert lost(runbook) == [line.strip() for line in lines if line]


def test_a_script_names_its_interpreter_below_a_comment(read):
    runbook = read("# P\n\n" + block("ls") + "\n" + block("# in /opt/backup", "#!/bin/bash", "rm x"))
    assert texts(runbook) == ["ls"]
    assert "rm x" in lost(runbook)


@pytest.mark.parametrize("line", ["done", "fi", "then ls", "restart(web)"])
def test_what_bash_refuses_is_no_command(read, line):
    runbook = read("# P\n\n" + block("ls") + "\n" + block(line))
    assert texts(runbook) == ["ls"]
    assert line in lost(runbook)


@pytest.mark.parametrize(
    "line", ["doneit --all", "fi-cli x", "f() { ls; }", "awk 'f($1)' x", 'echo "a(b)"', "a=(1 2)", "ls $(date)"]
)
def test_what_only_resembles_that_is_read(read, line):
    assert texts(read("# P\n\n" + block(line))) == [line]


def test_shells_inside_shells(read):
    runbook = read(
        "# P\n\n"
        + block(
            "[root@a ~]# su - postgres",
            "[postgres@a ~]$ psql",
            "postgres=# SELECT 1;",
            r"postgres=# \q",
            "[postgres@a ~]$ exit",
            "[root@a ~]# ls",
        )
    )
    assert [(command.text, command.typed_in) for command in runbook.all_commands] == [
        ("su - postgres", "psql\nSELECT 1;\n\\q\nexit"),
        ("ls", ""),
    ]
    plain = read("# P\n\n" + block("ssh bastion", "ssh db1", "sudo systemctl restart db", "exit", "exit", "uptime"))
    assert [(command.text, command.typed_in) for command in plain.all_commands] == [
        ("ssh bastion", "ssh db1\nsudo systemctl restart db\nexit\nexit"),
        ("uptime", ""),
    ]


def test_a_statement_over_several_lines_of_a_client(read):
    [command, _] = read("# P\n\n" + block("mysql", "mysql> SELECT *", "    -> FROM t;", "mysql> quit", "df -h")).all_commands
    assert command.typed_in == "SELECT *\nFROM t;\nquit"


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("nsenter -t 1 -m bash", "Ctrl-D"),
        ("nsenter -t 1 -m ls", "itself"),
        ("chroot /host", "Ctrl-D"),
        ("chroot /host ls", "itself"),
        ("kubectl debug node/a -it --image=busybox", "Ctrl-D"),
        ("kubectl run x -it --rm --image=busybox -- ls", "itself"),
        ("cat > f", "Ctrl-D"),
        ("cat f > g", "itself"),
        ("python manage.py shell", "Ctrl-D"),
        ("./manage.py migrate", "itself"),
        ("python3 -m http.server 80", "kept running"),
        ("python3 -m json.tool f", "itself"),
        ("aws logs tail shop --follow", "Ctrl-C"),
        ("aws ssm start-session --target i-1", "Ctrl-D"),
        ("kafka-console-consumer.sh --topic x", "Ctrl-C"),
        ("kafka-console-consumer.sh --topic x --max-messages 1", "itself"),
        ("perf top", "q"),
        ("ssh-keygen -t rsa", "by hand"),
        ("ssh-keygen -R host", "itself"),
        ("read answer", "by hand"),
        ("ls | while read -r l; do echo $l; done", "itself"),
        ("ssh db1 'tail -f x'", "Ctrl-C"),
        ("ssh db1 less x", "itself"),
        ("ssh -t db1 less x", "q"),
        ("ssh db1 df -h", "itself"),
    ],
)
def test_how_more_commands_end(command, ending):
    assert ending_for(command) == Ending(ending)


@pytest.mark.parametrize("text", ["%HOST%", "i-xxxxxxxx", "$(HOST)", "/path/to/backup.sql"])
def test_more_of_what_looks_like_a_placeholder(read, text):
    assert [known.text for known in read("# P\n\n" + block(f"ourtool --to {text}")).placeholders] == [text]


def test_an_argument_of_a_script_has_no_value_in_a_shell(read):
    runbook = read("# P\n\n" + block("rm -rf /data/$1", "f() { echo $1; }", "awk '{print $1}' f", 'ps | awk "{print $1}"'))
    assert [known.text for known in runbook.placeholders] == ["$1"]


def test_notes_of_myst(read):
    runbook = read("# P\n\n````{admonition} Careful\n```bash\ndocker restart web\n```\n````\n\nEnd.\n")
    [command] = runbook.all_commands
    assert (command.text, command.line, command.labels) == ("docker restart web", 5, ("Careful",))


@pytest.mark.parametrize(
    ("document", "label"),
    [
        ("**Step 2:** Restart\n\n" + block("uptime"), "Step 2"),
        (block("# Step 2/3: restart", "uptime"), "Step 2"),
        ("### Step 2 of 3: Restart\n\n" + block("uptime"), "Step 2"),
        ("### \u2705 Step 2: Restart\n\n" + block("uptime"), "Step 2"),
        ("### 2 Restart\n\n" + block("uptime"), "2"),
        ("- [ ] Restart the server\n\n  ```sh\n  uptime\n  ```\n", "Restart the server"),
    ],
)
def test_more_labels(read, document, label):
    [command] = read(f"## Recovery\n\n{document}").all_commands
    assert label in command.labels


def test_what_only_looks_is_no_remedy(read):
    runbook = read(
        "# P\n\n## Recovery\n\n" + block("df -h", "cd /opt/web", "systemctl restart web", "sleep 5", "systemctl status web")
    )
    assert [command.role for command in runbook.all_commands] == ["diagnosis", "remedy", "remedy", "remedy", "verification"]
    lines = ["# Option 1: a", "systemctl restart web", "# Option 2: b", "lsof -i :80", "kill 5"]
    options = read("# P\n\n## Recovery\n\n" + block(*lines))
    assert [command.role for command in options.all_commands] == ["remedy", "diagnosis", "remedy"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| RTO | RPO |\n|---|---|\n| 4 hours | 1 hour |\n", {"RTO": 14400, "RPO": 3600}),
        ("* RTO \u2014 1 hour\n* RPO \u2014 5 min\n", {"RTO": 3600, "RPO": 300}),
        ("- RTO 4 hours\n", {"RTO": 14400}),
        ("- RTO < 4h\n- RPO <= 5m\n", {"RTO": 14400, "RPO": 300}),
        ("- **RTO** \u2014 30 minutes\n", {"RTO": 1800}),
        ("- **Response time** \u2014 current and 1h trend\n", {}),
        ("**RTO**: PT1H30M\n", {"RTO": 5400}),
        ("**RTO**: P1D\n", {"RTO": 86400}),
        ("**RTO**: 1:30 h\n", {"RTO": 5400}),
        ("**RTO**: P1 incidents\n", {}),
    ],
)
def test_more_targets(read, text, expected):
    assert times(read(f"# P\n\n{text}\n" + block("uptime"))) == expected


def test_a_block_with_arguments_that_leaves_its_shell_is_a_script(read):
    script = ['if [ -z "$1" ]; then', "  echo usage", "  exit 1", "fi", "cluster=$1", "redis-cli cluster forget $cluster"]
    runbook = read("# P\n\n" + block("ls") + "\n" + block(*script))
    assert texts(runbook) == ["ls"]
    assert lost(runbook) == [line.strip() for line in script]


def test_marks_in_output_are_no_prompt_of_python(read):
    runbook = read("# P\n\n" + block("$ redis-cli --cluster check a 6379", ">>> Performing Cluster Check", "[OK] all slots"))
    assert [(command.typed_in, command.output) for command in runbook.all_commands] == [
        ("", ">>> Performing Cluster Check\n[OK] all slots")
    ]


def test_commands_in_plain_text_are_listed(read):
    runbook = read(
        "# P\n\nkubectl rollout undo deploy/web -n shop\n\nNode health: kubectl get nodes -o wide\n\n"
        "systemctl is slow here.\n\nSymptoms: nginx won't start\n\nuptime -p\n\n" + block("uptime -p")
    )
    assert texts(runbook) == ["uptime -p"]
    assert lost(runbook) == ["kubectl rollout undo deploy/web -n shop", "Node health: kubectl get nodes -o wide"]


def test_a_line_that_is_too_long_costs_its_block(read):
    runbook = read("# P\n\n" + block("ls") + "\n" + block("x" * 30_000))
    assert texts(runbook) == ["ls"]
    assert [known.bad_block for known in runbook.not_read] == [True]


def test_many_files_are_shown_in_their_order(tmp_path, capsys):
    paths = [tmp_path / f"{number}.md" for number in range(MANY + 3)]
    for number, path in enumerate(paths):
        path.write_text("# P\n\n" + block(f"echo {number}"))
    paths[5].write_bytes(b"\xff")
    assert main([*map(str, paths), "--json"]) == 4
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [known["file"] for known in shown] == [str(path) for path in paths]
    assert [known["commands"][0]["text"] for known in shown if "commands" in known] == [
        f"echo {number}" for number in range(MANY + 3) if number != 5
    ]
    assert "not UTF-8" in shown[5]["error"]
