"""What people write, one kind after another: the smallest document of each kind and another one that differs."""

import pytest

from environments.hosts.operator import Ending
from reports.errors import UsageError
from steps.drill.promises import Promises
from steps.runbook.document import read_any, read_runbook
from steps.runbook.interactive import ending_for
from steps.runbook.placeholders import UnboundPlaceholder, bind


@pytest.fixture
def read(tmp_path):
    def read_text(text, name="document.md"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return read_any(path)

    return read_text


def block(*lines, tag="sh", marks="```"):
    return "\n".join([f"{marks}{tag}", *lines, marks, ""])


def texts(runbook):
    return [command.text for command in runbook.all_commands]


def lost(runbook):
    return {known.text: known.reason for known in runbook.not_read}


def times(runbook):
    return {known.name: known.seconds for _, known in runbook.fields if known.seconds is not None}


# --- prompts


def test_a_prompt_is_taken_off(read):
    [command] = read("## P\n\n" + block("$ systemctl restart web")).all_commands
    assert (command.text, command.taken_off, command.line) == ("systemctl restart web", ("$ ",), 4)


@pytest.mark.parametrize(
    ("lines", "commands"),
    [
        (["ops@web1:~$ df -h /var"], ["df -h /var"]),
        (["[root@db1 ~]# systemctl status db"], ["systemctl status db"]),
        (["% ls"], ["ls"]),
        (["root@host:/var/log# tail -5 syslog", "root@host:/var/log# ls"], ["tail -5 syslog", "ls"]),
        (["(venv) deploy@app-2:~/shop$ ./manage.py check"], ["./manage.py check"]),
        (["[postgres@db1 data]$ pg_ctl status"], ["pg_ctl status"]),
        (["bash-5.1$ whoami"], ["whoami"]),
        (["/ # nslookup db"], ["nslookup db"]),
        (["~ $ ls /data"], ["ls /data"]),
        (["node1# crm_mon -1", "node1# pcs status"], ["crm_mon -1", "pcs status"]),
        (["user@mac ~ % brew list"], ["brew list"]),
        (["\u276f kubectl get pods"], ["kubectl get pods"]),
    ],
)
def test_prompts_with_a_host(read, lines, commands):
    runbook = read("# P\n" + block(*lines))
    assert texts(runbook) == commands
    assert all(command.taken_off for command in runbook.all_commands)


@pytest.mark.parametrize(
    "line", [r"PS C:\> Get-Service web", "PS> Restart-Service web", r"C:\Windows> net stop web", "Get-Service web"]
)
def test_powershell_is_named_and_not_typed(read, line):
    runbook = read("# P\n" + block("ls", line))
    assert texts(runbook) == ["ls"]
    assert [known.reason for known in runbook.not_read] == ["PowerShell, not typed into bash"]
    assert read("# P\n" + block("Get-Service web", tag="powershell")).not_read[0].reason == "PowerShell, not typed into bash"


def test_lines_without_a_prompt_are_what_the_command_above_prints(read):
    runbook = read("# P\n" + block("$ systemctl is-active web", "active", "$ ls", "a.txt", "b.txt"))
    assert [(command.text, command.output) for command in runbook.all_commands] == [
        ("systemctl is-active web", "active"),
        ("ls", "a.txt\nb.txt"),
    ]
    other = read(
        "# P\n"
        + block(
            "# look first",
            "root@web1:~# docker ps",
            "CONTAINER ID   IMAGE",
            "0a1b           web",
            "root@web1:~# df -h",
            tag="console",
        )
    )
    assert [(command.text, command.output, command.caption) for command in other.all_commands] == [
        ("docker ps", "CONTAINER ID   IMAGE\n0a1b           web", "look first"),
        ("df -h", "", "look first"),
    ]


def test_a_continuation_prompt(read):
    [command] = read("# P\n" + block("$ for i in 1 2; do", "> echo $i", "> done")).all_commands
    assert command.text == "for i in 1 2; do\necho $i\ndone"
    assert command.taken_off == ("$ ", "> ")
    runbook = read(
        "# P\n"
        + block("$ cat > /etc/motd <<EOF", "> hello", "> EOF", "$ curl -v http://x/ \\", "    -H 'A: b'", "> GET / HTTP/1.1")
    )
    assert texts(runbook) == ["cat > /etc/motd <<EOF\nhello\nEOF", "curl -v http://x/ \\\n    -H 'A: b'"]
    assert runbook.all_commands[1].output == "> GET / HTTP/1.1"


@pytest.mark.parametrize(
    ("lines", "tag", "commands"),
    [
        (["# systemctl restart web", "# systemctl status web"], "console", ["systemctl restart web", "systemctl status web"]),
        (["# systemctl restart web", "# systemctl status web"], "sh", ["systemctl restart web", "systemctl status web"]),
        (["# Restart the service", "systemctl restart web"], "console", ["systemctl restart web"]),
        (["> docker ps"], "sh", ["docker ps"]),
    ],
)
def test_the_prompt_of_root_and_a_comment(read, lines, tag, commands):
    assert texts(read("# P\n" + block(*lines, tag=tag))) == commands


# --- what is no command


def test_output_without_a_prompt_is_doubtful(read):
    runbook = read("# P\n" + block("kubectl get pods", "NAME   READY   STATUS", "web-1  1/1     Running"))
    assert texts(runbook) == ["kubectl get pods"]
    assert [(known.line, known.reason) for known in runbook.not_read] == [
        (4, "looks like output, not like a command"),
        (5, "looks like output, not like a command"),
    ]


@pytest.mark.parametrize(
    "output",
    [
        ["deployment.apps/web restarted"],
        ["Error: something's wrong"],
        ["2024-01-02T03:04:05Z started"],
        ["+----+----+", "| id | n  |"],
        ["{", '  "status": "ok"', "}"],
        ["Active: active (running) since Mon"],
        ["HTTP/1.1 200 OK", "Server: nginx"],
        ["PONG"],
        ["Usage: kubectl [flags] [options]", "  -h, --help   show this"],
        ["tcp   0   0 0.0.0.0:80   LISTEN"],
        ["Expected output:", "  all good"],
        ["The service is running (since 3 days)."],
        ["ourtool version v5.13.0"],
        ["command = /etc/setup.sh", "user = 1000"],
        ["e2fsck 1.46.5 (30-Dec-2021)"],
        ["● web.service - Web", "   Loaded: loaded (/etc/x)"],
    ],
)
def test_more_output(read, output):
    runbook = read("# P\n" + block("kubectl get pods", *output))
    assert texts(runbook) == ["kubectl get pods"]
    assert len(runbook.not_read) == len(output)


def test_key_presses_are_no_commands(read):
    runbook = read("# P\n" + block("journalctl -f", "^C", "<Ctrl>+C", "...", "Ctrl-C", "[CTRL+C]"))
    assert texts(runbook) == ["journalctl -f"]
    assert ending_for("journalctl -f") is Ending.CTRL_C
    assert len(runbook.not_read) == 5


@pytest.mark.parametrize(
    "line",
    ["0 2 * * * /opt/backup.sh", "*/5 * * * * root /usr/bin/check --all", "@daily /opt/rotate.sh", "15 3 * * sun vacuumdb -a"],
)
def test_a_line_of_a_crontab_is_file_content(read, line):
    runbook = read("# P\n" + block("crontab -l", line))
    assert texts(runbook) == ["crontab -l"]
    assert lost(runbook) == {line: "a line of a crontab: file content, not typed"}


@pytest.mark.parametrize(
    "lines",
    [
        ["#!/bin/bash", "set -euo pipefail", "rm -rf /var/cache/web", "exit 1"],
        ["#!/usr/bin/env python3", "import os"],
        ["# backup.sh", "set -e", "pg_dump shop > shop.sql"],
    ],
)
def test_a_script_is_a_file(read, lines):
    runbook = read("# P\n" + block("ls") + block(*lines))
    assert texts(runbook) == ["ls"]
    assert {known.reason for known in runbook.not_read} == {
        "a line of a script: a file to be saved and run, not typed line by line"
    }


def test_sql_without_its_client_is_not_typed(read):
    runbook = read("# P\n" + block("ls", "SELECT *", "FROM users;", "df -h"))
    assert texts(runbook) == ["ls", "df -h"]


# --- which blocks


@pytest.mark.parametrize(
    "tag",
    [
        "console",
        "shell-session",
        "terminal",
        "{.bash}",
        "bash,linenos",
        "bash {1,3}",
        'sh title="x"',
        "{ .bash .copy }",
        "shellsession",
        "BASH",
        "zsh",
        "language-bash",
        "bash:run.sh",
        "{code-block} bash",
        "sh-session",
    ],
)
def test_tags_of_a_shell(read, tag):
    assert texts(read("# P\n" + block("systemctl restart web", tag=tag))) == ["systemctl restart web"]


@pytest.mark.parametrize("tag", ["text", "yaml", "plaintext", "log"])
def test_a_block_with_another_tag_is_listed(read, tag):
    runbook = read("# P\n" + block("ls") + block("- a: b", "systemctl restart web", tag=tag))
    assert texts(runbook) == ["ls"]
    [known] = runbook.not_read
    assert (known.line, known.text, known.reason) == (7, "systemctl restart web", f"a block tagged {tag!r} looks like commands")
    assert known.front_matter == 'shell_untagged = [{heading = "P", block = 2}]'


def test_the_line_for_the_front_matter_reads_the_block(tmp_path):
    front = '+++\nsystem = "x"\ntitle = "x"\nsource = "x"\nsource_version = "1"\nsource_sha256 = "' + "0" * 64 + '"\n'
    path = tmp_path / "RUNBOOK.md"
    path.write_text(
        front + 'shell_untagged = [{heading = "P", block = 1}]\n+++\n# P\n' + block("systemctl restart web", tag="text")
    )
    assert texts(read_runbook(path)) == ["systemctl restart web"]


@pytest.mark.parametrize(
    ("lines", "commands"),
    [
        (["sudo systemctl restart web"], ["sudo systemctl restart web"]),
        (["docker ps", "docker restart web # again"], ["docker ps", "docker restart web"]),
        (["$ mytool run", "done"], ["mytool run"]),
        (["for h in a b; do", "  ssh $h uptime", "done"], ["for h in a b; do\n  ssh $h uptime\ndone"]),
        (["kubectl get pods", "NAME   READY"], []),
        (["TAG=$(git rev-parse HEAD)", "docker pull web:$TAG"], ["TAG=$(git rev-parse HEAD)", "docker pull web:$TAG"]),
        (["# find / -name disk.cfg", "/var/lib/disk.cfg"], ["find / -name disk.cfg"]),
        (["Status: investigating", "kill the rumours"], []),
        (["host the review", "make a note"], []),
        (["KEY=value", "OTHER=1"], []),
    ],
)
def test_untagged_and_indented_blocks(read, lines, commands):
    assert texts(read("# P\n" + block(*lines, tag=""))) == commands
    assert texts(read("# P\n\nDo this:\n\n" + "".join(f"    {line}\n" for line in lines))) == commands


def test_what_is_not_read_of_an_untagged_block_is_listed(read):
    runbook = read("# P\n" + block("kubectl get pods", "NAME   READY", tag=""))
    assert lost(runbook) == {"kubectl get pods": "an untagged block, and not all of its lines begin with a known tool"}


@pytest.mark.parametrize(
    "document",
    [
        "!!! warning\n    Careful.\n\n    ```bash\n    docker restart web\n    ```\n",
        '!!! warning "Recovery"\n    ```bash\n    docker restart web\n    ```\n',
        '=== "Debian"\n\n    ```bash\n    docker restart web\n    ```\n',
        '??? note\n\n    text\n\n    === "Debian"\n\n        ```bash\n        docker restart web\n        ```\n',
        "<details>\n<summary>More</summary>\n```bash\ndocker restart web\n```\n</details>\n",
        "<details><summary>More</summary>\n\n```bash\ndocker restart web\n```\n</details>\n",
        ":::warning\n```bash\ndocker restart web\n```\n:::\n",
        '{{< tabs >}}\n{{< tab name="Debian" >}}\n```bash\ndocker restart web\n```\n{{< /tab >}}\n{{< /tabs >}}\n',
        "{% highlight bash %}\ndocker restart web\n{% endhighlight %}\n",
        '<Tabs>\n<TabItem value="deb" label="Debian">\n\n```bash\ndocker restart web\n```\n\n</TabItem>\n</Tabs>\n',
        '<pre><code class="language-bash">docker restart web\n</code></pre>\n',
        "> **Note**\n> ```bash\n> docker restart web\n> ```\n",
        "- First:\n\n        ```bash\n        docker restart web\n        ```\n",
        "text:\n    ```bash\n    docker restart web\n    ```\n",
        "1. Do:\n   ```bash\n   docker restart web\n```\n2. Next\n",
        "* Do:\n    ```bash\ndocker restart web\n    ```\n",
        "```bash\ndocker restart web\n    ```\n",
    ],
)
def test_blocks_in_notes_tabs_and_lists(read, document):
    runbook = read(f"# P\n\n{document}\nAnd more.\n")
    assert texts(runbook) == ["docker restart web"]
    assert runbook.path.read_text().split("\n")[runbook.all_commands[0].line - 1].strip(" >").startswith(("docker", "<pre>"))


def test_a_tabs_title_is_a_label(read):
    runbook = read(
        '# P\n\n=== "Debian"\n\n    ```bash\n    apt list\n    ```\n\n=== "Red Hat"\n\n    ```bash\n    dnf list\n    ```\n'
    )
    assert [command.labels for command in runbook.all_commands] == [("Debian",), ("Red Hat",)]
    assert [command.text for command in runbook.section("P").option("Red Hat")] == ["dnf list"]


def test_other_markup(read):
    adoc = read(
        "= Title\n\n== Recovery\n\n[source,bash]\n----\ndocker restart web\n----\n\nThen:\n\n----\ndf -h\n----\n", "a.adoc"
    )
    assert [(command.text, command.heading, command.line) for command in adoc.all_commands] == [
        ("docker restart web", "Recovery", 7),
        ("df -h", "Recovery", 13),
    ]
    rst = read(
        "Title\n=====\n\nRecovery\n--------\n\n.. code-block:: bash\n\n   docker restart web\n\nThen::\n\n    df -h\n", "a.rst"
    )
    assert [(command.text, command.heading, command.line) for command in rst.all_commands] == [
        ("docker restart web", "Recovery", 9),
        ("df -h", "Recovery", 13),
    ]


def test_front_matter_of_a_site_generator_is_no_heading(read):
    runbook = read("---\ntitle: Restart\nweight: 3\n---\n\n# P\n" + block("ls"))
    assert [section.heading for section in runbook.sections] == ["P"]
    assert runbook.all_commands[0].line == 8


# --- labels


@pytest.mark.parametrize(
    "document",
    [
        "1. Restart it:\n   ```sh\n   docker restart web\n   ```\n",
        "1. Restart it:\n```sh\ndocker restart web\n```\n",
        "1. Restart it:\n\n```sh\ndocker restart web\n```\n2. Next\n",
        "1) Restart it:\n\n   ```sh\n   docker restart web\n   ```\n",
    ],
)
def test_a_numbered_step(read, document):
    runbook = read(f"# P\n\n{document}")
    assert {"1", "Restart it"} <= set(runbook.all_commands[0].labels)
    for name in ("1", "Step 1", "Restart it"):
        assert [command.text for command in runbook.section("P").option(name)] == ["docker restart web"]


@pytest.mark.parametrize(
    "document",
    [
        "### Step 2: Restart the service\n" + block("docker restart web"),
        "### 2. Restart\n" + block("docker restart web"),
        "**Step 2** Restart\n\n" + block("docker restart web"),
        "### Step 2 - Restart\n" + block("docker restart web"),
        block("# (2) restart", "docker restart web"),
        block("# --- Step 2: restart ---", "docker restart web"),
        "**Step 2: Restart**\n\n" + block("docker restart web"),
        "### Step 2\n" + block("docker restart web"),
        "#### STEP 2. Restart\n" + block("docker restart web"),
        block("# === Step 2 \u2013 restart ===", "docker restart web"),
    ],
)
def test_a_step_by_its_heading(read, document):
    runbook = read(f"## Recovery\n\n{document}\n### Step 3: Look\n" + block("df -h"))
    assert [command.text for command in runbook.section("Recovery").option("Step 2")] == ["docker restart web"]
    assert {"2", "Step 2"} & set(runbook.all_commands[0].labels)


def test_a_paragraph_above_a_block_is_a_label(read):
    runbook = read(
        "# P\n\nRestart the proxy:\n\n"
        + block("systemctl restart haproxy")
        + "\n- On Debian\n\n  "
        + "```sh\n  systemctl restart nginx\n  ```\n"
    )
    assert [command.labels for command in runbook.all_commands] == [("Restart the proxy",), ("On Debian",)]
    assert [command.text for command in runbook.section("P").option("restart the proxy")] == ["systemctl restart haproxy"]


# --- roles


@pytest.mark.parametrize(
    "heading",
    [
        "### Recovery",
        "### Remediation",
        "### Mitigation",
        "### Rollback",
        "### Restore from backup",
        "### Failover",
        "### How to fix it",
        "### Solution",
        "### Recovery\n\n#### Option A",
        "### Mitigation\n\n#### Kubernetes\n\n##### Small clusters",
        "### Workaround",
        "### Roll back",
        "### 3. Resolution",
        "### 🚑 Remediation steps",
        "### Resolving the problem",
        "### Restoring service",
    ],
)
def test_remedies_by_heading(read, heading):
    assert [
        command.role for command in read(f"# Web is down\n\n{heading}\n\n" + block("systemctl restart web")).all_commands
    ] == ["remedy"]


@pytest.mark.parametrize(
    ("heading", "command", "role"),
    [
        ("Diagnosis", "mytool state", "diagnosis"),
        ("Troubleshooting", "mytool state", "diagnosis"),
        ("Verify the recovery", "curl -f x", "verification"),
        ("Recovery verification", "curl -f x", "verification"),
        ("Prerequisites", "mytool login", "preparation"),
        ("Overview", "mytool state", None),
        ("Overview", "rm -rf /var/lib/x", None),
        ("Overview", "df -h", "diagnosis"),
        ("Diagnosis", "rm -rf /var/lib/x", None),
        ("Deployment", "kubectl apply -f x.yaml", None),
        ("Deployment", "kubectl get pods", "diagnosis"),
        ("Checks", "systemctl restart web", None),
    ],
)
def test_what_no_rule_knows_has_no_role(read, heading, command, role):
    assert [known.role for known in read(f"# {heading}\n\n" + block(command)).all_commands] == [role]


# --- one bad block


def test_one_bad_block_costs_that_block(read):
    runbook = read(
        "".join(
            f"## {name}\n\n" + block(command)
            for name, command in [("A", "uptime"), ("B", "df -h"), ("C", "if [ ; then"), ("D", "free"), ("E", "echo 'open")]
        )
    )
    assert texts(runbook) == ["uptime", "df -h", "free"]
    bad = [known for known in runbook.not_read if known.bad_block]
    assert [(known.line, known.heading, known.block) for known in bad] == [(14, "C", 1), (24, "E", 1)]
    assert [known.front_matter for known in bad] == [
        'not_commands = [{heading = "C", block = 1}]',
        'not_commands = [{heading = "E", block = 1}]',
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["cat <<EOF 2>&1 | tee x", "text", "EOF"],
        ["cat <<'A' > f 2>&1", "it's $x (", "A"],
        ["exec 3<>f"],
        ["rm !(keep)"],
        ["[ \\( a = b \\) ]"],
        [": <<NOTE", "any (text", "NOTE"],
        ["for ((i=0; i<3; i++)); do", "  echo $i", "done"],
        ["diff <(sort a) <(sort b)"],
        ["echo $'a\\tb'"],
        ["case $1 in", "  start) echo a ;;", "  *) echo b ;;", "esac"],
        ["a=(1 2", "  3)"],
        ["coproc cat"],
        ['echo ${x:-"a b"} ${y//a/b}'],
        ["time { ls; df; }"],
        ["select x in a b; do echo $x; break; done"],
        ["f() {", "  echo a", "}"],
        ["while read -r l; do", '  echo "$l"', "done < <(ls)"],
        ["ls |&", "  tee x"],
        ["[[ $a =~ ^(x|y)$ ]] && echo b"],
        ["printf '%s\\n' \"${a[@]}\" >&2"],
        ["sed -e 's/(/x/' \\", '  -e "s/\'/y/" f'],
    ],
)
def test_valid_bash_is_read(read, lines):
    runbook = read("# P\n" + block(*lines))
    assert texts(runbook) == ["\n".join(lines)]
    assert not [known for known in runbook.not_read if known.bad_block]


# --- placeholders


@pytest.mark.parametrize(
    "placeholder",
    [
        "<your host>",
        "<pid|name>",
        "<db.example.com>",
        "<ip:port>",
        "<1.2.3.4>",
        "<X.Y.Z>",
        "<<NAME>>",
        "<pod-name>",
        "<path/to/file>",
        "<user@host>",
        "<N>",
        "<your bucket's name>",
        "<名前>",
        "<...>",
    ],
)
def test_placeholders(read, placeholder):
    runbook = read("# P\n" + block(f"tool --to {placeholder}", "df -h"))
    assert texts(runbook) == [f"tool --to {placeholder}", "df -h"]
    assert [(known.text, known.certain) for known in runbook.placeholders] == [(placeholder, True)]
    with pytest.raises(UnboundPlaceholder):
        bind(f"tool --to {placeholder}", {})
    assert bind(f"tool --to {placeholder}", {placeholder: "x"}) == "tool --to x"


@pytest.mark.parametrize(
    "text",
    [
        "[HOST]",
        "{{ host }}",
        "{host}",
        "YOUR_HOST",
        "@HOST@",
        "YYYY-MM-DD",
        "${dir}",
        "$dir",
        "[BACKUP FILE]",
        "your-bucket",
        "XXXX",
        "x.x.x.x",
        "CHANGE_ME",
        "YYYYMMDD",
    ],
)
def test_what_looks_like_a_placeholder(read, text):
    runbook = read("# P\n" + block(f"rm -rf /data/{text}/x"))
    assert [(known.text, known.certain) for known in runbook.placeholders] == [(text, False)]


def test_a_quoted_placeholder(read):
    assert [known.text for known in read("# P\n" + block('ssh "<host name>"')).placeholders] == ["<host name>"]


@pytest.mark.parametrize(
    "lines",
    [
        ["dir=/opt", "rm -rf ${dir}/x"],
        ["for dir in a b; do rm -rf $dir; done"],
        ["read -p 'which? ' dir", "ls $dir"],
        ["export dir", "ls $dir"],
        ["ls $HOME ${dir:-/opt}"],
        ["docker ps --format '{{.Names}}'"],
        ["awk '{print $1}' f"],
        ["kubectl get po -o jsonpath='{.items[0].x}'"],
        ["[ -f x ]"],
        ["cat <in.txt >out.txt"],
        ["sort <a 2>err"],
        ["cp a{b,c} d"],
        ["curl -w '%{http_code}' x"],
        ["git show HEAD@{1}"],
        ["date +%Y-%m-%d"],
        ["find . -name x -exec rm {} +"],
        ["grep '[A-Z]' f"],
    ],
)
def test_what_is_no_placeholder(read, lines):
    assert [known.text for known in read("# P\n" + block(*lines)).placeholders] == []


# --- programs that wait for a person


@pytest.mark.parametrize(
    "client",
    [
        "psql -h db -U app shop",
        "mysql -u root -p",
        "mongosh --host db",
        "su - postgres",
        "ssh db1",
        "docker exec -it web sh",
        "kubectl exec -it pod -- sh",
        "sudo -i",
        "sqlite3 /var/lib/x.db",
        "redis-cli -h db",
        "sudo su -",
        "ssh -p 2222 ops@db1",
        "kubectl exec -ti -n shop db-0 -c pg -- bash",
        "docker compose exec -it db psql -U app",
    ],
)
def test_what_follows_a_client_is_typed_into_it(read, client):
    runbook = read("# P\n" + block(client, "SELECT 1;", "\\q") + block("df -h"))
    first, second = runbook.all_commands
    assert (first.text, first.typed_in, second.text) == (client, "SELECT 1;\n\\q", "df -h")
    assert ending_for(client) is Ending.CTRL_D
    assert {known.text for known in runbook.not_read} == {"SELECT 1;", "\\q"}


def test_where_a_client_ends(read):
    runbook = read("# P\n" + block("psql shop", "VACUUM;", "exit", "df -h", "mongosh", "rs.status()", "systemctl status mongod"))
    assert [(command.text, command.typed_in) for command in runbook.all_commands] == [
        ("psql shop", "VACUUM;\nexit"),
        ("df -h", ""),
        ("mongosh", "rs.status()"),
        ("systemctl status mongod", ""),
    ]
    session = read(
        "# P\n"
        + block("ops@a:~$ ssh db1", "ops@db1:~$ sudo reboot", "ops@a:~$ ping -c 1 db1", "$ psql", "shop=# SELECT 1;", "$ ls")
    )
    assert [(command.text, command.typed_in) for command in session.all_commands] == [
        ("ssh db1", "sudo reboot"),
        ("ping -c 1 db1", ""),
        ("psql", "SELECT 1;"),
        ("ls", ""),
    ]


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("crontab -e", "by hand"),
        ("visudo", "by hand"),
        ("vi f", "by hand"),
        ("nano f", "by hand"),
        ("kubectl edit deploy web", "by hand"),
        ("passwd", "by hand"),
        ("sudo passwd ops", "by hand"),
        ("systemctl edit web", "by hand"),
        ("git commit", "by hand"),
        ("git rebase -i HEAD~2", "by hand"),
        ("less f", "q"),
        ("git log", "q"),
        ("git log --oneline -5", "itself"),
        ("git diff | cat", "itself"),
        ("man 5 crontab", "q"),
        ("dmesg -w", "Ctrl-C"),
        ("tcpdump -i any", "Ctrl-C"),
        ("sudo tcpdump -c 5 port 80", "itself"),
        ("tail -100f f", "Ctrl-C"),
        ("tail -n100 -F f", "Ctrl-C"),
        ("kubectl port-forward svc/web 80", "Ctrl-C"),
        ("kubectl get pods -w", "Ctrl-C"),
        ("ssh db1", "Ctrl-D"),
        ("ssh db1 uptime", "itself"),
        ("ssh -N -L 1:a:2 b", "Ctrl-C"),
        ("su - postgres -c 'ls'", "itself"),
        ("docker run -it --rm alpine sh", "Ctrl-D"),
        ("vim -c wq f", "itself"),
        ("echo x | passwd --stdin ops", "itself"),
        ("crontab -l", "itself"),
        ("mysql -e 'select 1'", "itself"),
        ("mysql shop < dump.sql", "itself"),
        ("kubectl logs -f web", "Ctrl-C"),
        ("stern web", "Ctrl-C"),
        ("kubectl exec db -- psql -c 'select 1'", "itself"),
        ("kubectl proxy", "Ctrl-C"),
        ("rails console", "Ctrl-D"),
        ("journalctl -xe", "itself"),
    ],
)
def test_how_a_command_ends(command, ending):
    assert ending_for(command) == Ending(ending)


def test_what_a_person_does_is_done_by_hand(read):
    assert [command.manual for command in read("# P\n" + block("sudo visudo", "df -h")).all_commands] == [True, False]


# --- times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| Target | Value |\n| --- | --- |\n| RTO | 1 hour |\n", {"RTO": 3600}),
        ("| Target | Value |\n| --- | --- |\n| **RPO** | 15 min |\n", {"RPO": 900}),
        ("| Service | RTO | RPO |\n| --- | --- | --- |\n| db | 1 h | 5 min |\n", {"RTO": 3600, "RPO": 300}),
        (
            "| Severity | Response time | Who |\n|---|---|---|\n| P1 | 15 min | ops |\n| P2 | 4 hours | dev |\n",
            {"P1: Response time": 900, "P2: Response time": 14400},
        ),
        ("- RTO: 4 hours\n", {"RTO": 14400}),
        ("**RTO (4 hours)**\n", {"RTO": 14400}),
        ("- [ ] **RTO**: 30 mins\n", {"RTO": 1800}),
        ("**RTO**: 4 h, **RPO**: 1 h\n", {"RTO": 14400, "RPO": 3600}),
        ("RTO: 45 minutes\n", {"RTO": 2700}),
        ("* __RPO__: 1 hr\n", {"RPO": 3600}),
        ("- Recovery Time Objective (RTO): 2 hours\n", {"Recovery Time Objective (RTO)": 7200}),
        ("Response time = 10 min\n", {"Response time": 600}),
        ("RPO: 0\n", {"RPO": 0}),
        ("**Time to restore:** 1h30m\n", {"Time to restore": 5400}),
        ("> **SLA:** 15 minutes\n", {"SLA": 900}),
        ("Note: wait 5 minutes before you go on.\n", {}),
        ("**Severity**: high\n", {}),
    ],
)
def test_time_targets(read, text, expected):
    assert times(read(f"# P\n\n{text}\n" + block("ls"))) == expected


def test_a_target_above_holds_below(read):
    runbook = read("# Web\n\n**RTO**: 1 hour\n\n## A\n" + block("ls") + "\n## B\n\n**RTO**: 5 min\n\n" + block("df"))
    assert [runbook.section(name).field("RTO").seconds for name in ("Web", "A", "B")] == [3600, 3600, 300]


@pytest.mark.parametrize(
    ("text", "seconds", "kept"), [("2-5 minutes", 300, True), ("2-5 minutes", 120, False), ("half an hour", 1800, True)]
)
def test_a_promise_is_at_most_its_upper_figure(read, text, seconds, kept):
    runbook = read(f"# P\n\n**Expected**: {text}\n\n" + block("ls"))
    citation = Promises(runbook, runbook.section("P")).of_time(seconds, "Expected")
    assert (not citation.contradiction) is kept


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("max 5 min", 300),
        ("5 minutes or less", 300),
        ("no longer than 90 secs", 90),
        ("4 hrs", 14400),
        ("one hour", 3600),
        ("half an hour", 1800),
        ("00:15:00", 900),
        ("1 hour 30 minutes", 5400),
        ("1h30m", 5400),
        ("≤ 2 h", 7200),
        ("up to 3 days", 259200),
        ("1\u20132 hours", 7200),
        ("30 s to 5 min", 300),
        ("fifteen minutes", 900),
        ("Within an hour", 3600),
        ("1.5 hours", 5400),
        ("< 100 ms", 0.1),
        ("90sec", 90),
        ("2 weeks", 1209600),
        ("~10 min.", 600),
    ],
)
def test_spellings_of_times(read, text, seconds):
    assert times(read(f"# P\n\n**Target**: {text}\n\n" + block("ls"))) == {"Target": seconds}


@pytest.mark.parametrize(
    "text", ["within one business day", "as soon as possible", "next business day", "immediately", "ASAP", "4 business hours"]
)
def test_a_time_without_a_figure_is_said(read, text):
    runbook = read(f"# P\n\n**Response time**: {text}\n\n" + block("ls"))
    assert [(known.line, known.text, known.reason) for known in runbook.not_read] == [
        (3, f"Response time: {text}", "states a time that is not understood")
    ]
    assert times(runbook) == {}


# --- nothing is lost without a word


def test_commands_in_prose_and_comments_are_listed(read):
    runbook = read(
        "# P\n\nRun `systemctl restart web` or `kubectl get pods`, see `nginx`.\n\n"
        + block("# or: docker restart web", "kubectl get pods")
    )
    assert lost(runbook) == {
        "systemctl restart web": "a code span in prose that looks like a command",
        "or: docker restart web": "a comment that looks like a command",
    }


def test_the_paste_for_a_code_span_is_right(tmp_path, read):
    paste = read("# P\n\nRun `systemctl restart web`.\n").not_read[0].front_matter
    front = (
        '+++\nsystem = "x"\ntitle = "x"\nsource = "x"\nsource_version = "1"\nsource_sha256 = "' + "0" * 64 + f'"\n{paste}\n+++\n'
    )
    path = tmp_path / "RUNBOOK.md"
    path.write_text(front + "# P\n\nRun `systemctl restart web`.\n")
    assert texts(read_runbook(path)) == ["systemctl restart web"]
    path.write_text(front.replace(paste, "") + "# P\n\nRun `systemctl restart web`.\n")
    with pytest.raises(UsageError, match="no command was read; what looks like one:\n  line 11: systemctl restart web"):
        read_runbook(path)


def test_a_client_that_nobody_knows_shows_by_its_prompt(read):
    runbook = read("# P\n" + block("$ sudo pgconsole-of-ours", "pgbouncer=# SHOW STATS;", tag=""))
    assert [(command.text, command.typed_in) for command in runbook.all_commands] == [("sudo pgconsole-of-ours", "SHOW STATS;")]


def test_a_sentence_above_a_block_gives_a_role_by_its_first_word_only(read):
    lookup, load = block("mytool lookup"), block("mytool load")
    runbook = read(f"# P\n\nThe client resolves the name:\n\n{lookup}\nRestore the data:\n\n{load}")
    assert [command.role for command in runbook.all_commands] == [None, "remedy"]


def test_an_untagged_line_of_an_unknown_tool_with_an_option_is_listed(read):
    runbook = read("# P\n" + block("ls") + block("ourtool repair --all", tag=""))
    assert list(lost(runbook)) == ["ourtool repair --all"]
