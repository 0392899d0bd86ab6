"""Writes operations documents from the grammar of what people write, and knows what must be read in them."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

HOSTS = ("web1", "db-2", "app")
COMMANDS = (
    "systemctl restart web",
    "df -h /var",
    "kubectl get pods -n shop",
    "docker restart web",
    "ls -la /opt",
    "tail -n 5 /var/log/syslog",
    "curl -fsS http://localhost:8080/health",
    "mytool deploy --now",
    "./bin/repair.sh --all",
    "sudo apt-get update",
    "echo \"a  b\" 'c'",
    "ps aux | grep web | head -3",
    "cd /opt/shop && ls",
    "x=$(date +%s)",
    "redis-cli -p 7000 cluster info",
)
COMPOUND = (
    "for i in 1 2; do\n  echo $i\ndone",
    "cat > /tmp/f <<EOF\nany (text; it's\nEOF",
    "if true; then\n  ls\nfi",
    "ls \\\n  -la \\\n  /opt",
    'while read -r l; do\n  echo "$l"\ndone < /tmp/f',
    "cat <<'E' 2>&1 | tee /tmp/x\n$x\nE",
)
PLACEHOLDERS = ("<host>", "<your host>", "<pid|name>", "<db.example.com>", "<ip:port>", "<X.Y.Z>")
DOUBTFUL = ("[HOST]", "{{ host }}", "{host}", "YOUR_HOST", "@HOST@", "YYYY-MM-DD")
OUTPUTS = (
    "NAME   READY   STATUS",
    "active",
    "web-1  1/1     Running",
    '{"status": "ok"}',
    "deployment.apps/web restarted",
    "2024-01-02T03:04:05Z started",
    "Error: something is wrong",
    "| id | name |",
)
HEADINGS = {
    "Recovery": "remedy",
    "Rollback": "remedy",
    "Mitigation": "remedy",
    "Failover": "remedy",
    "Restore from backup": "remedy",
    "Remediation": "remedy",
    "Solution": "remedy",
    "Diagnosis": "diagnosis",
    "Overview": None,
    "Deployment": None,
    "Verification": "verification",
}
TIMES = {
    "5 minutes": 300,
    "max 5 min": 300,
    "2-5 minutes": 300,
    "1 hour": 3600,
    "half an hour": 1800,
    "00:15:00": 900,
    "90 secs": 90,
    "4 hrs": 14400,
    "5 minutes or less": 300,
    "1h30m": 5400,
}
TAGS = ("bash", "sh", "shell", "console", "{.bash}", "bash,linenos", "bash {1,3}", "shell-session", "terminal")
UNREAD_TAGS = ("text", "yaml", "json")


@dataclass
class Written:
    """A document, and what must come out of it."""

    lines: list[str] = field(default_factory=list)
    commands: list[tuple[str, int, str]] = field(default_factory=list)  # text, line, heading
    labels: list[str] = field(default_factory=list)  # one a command, "" where none is known
    headings: dict[str, str | None] = field(default_factory=dict)
    placeholders: list[str] = field(default_factory=list)
    not_read: list[int] = field(default_factory=list)  # lines
    seconds: list[float] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The file's content."""
        return "\n".join([*self.lines, ""])


@st.composite
def one_command(draw):
    """A command, and the placeholders in it."""
    kind = draw(st.sampled_from(["simple"] * 4 + ["compound", "placeholder", "doubtful"]))
    if kind == "simple":
        return draw(st.sampled_from(COMMANDS)), []
    if kind == "compound":
        return draw(st.sampled_from(COMPOUND)), []
    found = draw(st.sampled_from(PLACEHOLDERS if kind == "placeholder" else DOUBTFUL))
    return f"ssh {found} uptime", [found]


@st.composite
def documents(draw):
    """A document with its right reading."""
    written = Written()
    if draw(st.booleans()):
        written.lines += ["---", "title: Shop", "---", ""]
    written.lines += ["# Shop", ""]
    names = draw(st.lists(st.sampled_from(sorted(HEADINGS)), min_size=1, max_size=5, unique=True))
    for name in names:
        written.lines += [f"## {name}", ""]
        written.headings[name] = HEADINGS[name]
        for _ in range(draw(st.integers(0, 3))):
            draw(st.sampled_from([_target, _prose, _block, _block, _block, _unread]))(draw, written, name)
            written.lines.append("")
    written.lines += ["## The end", ""]
    _block(draw, written, "The end")
    return written


def _target(draw, written, _name):
    text = draw(st.sampled_from(sorted(TIMES)))
    form = draw(
        st.sampled_from(
            ["**RTO**: {}", "- RTO: {}", "**RTO ({})**", "- [ ] **RTO**: {}", "| Target | Value |\n| --- | --- |\n| RTO | {} |"]
        )
    )
    written.lines += form.format(text).split("\n")
    written.seconds.append(TIMES[text])


def _prose(draw, written, _name):
    said = ["The service is slow.", "Kill the process that waits.", "> A quote: be careful.", "* one\n* two"]
    prose = draw(st.sampled_from(said))
    written.lines += prose.split("\n")


def _unread(draw, written, _name):
    written.lines.append(f"```{draw(st.sampled_from(UNREAD_TAGS))}")
    written.lines.append("systemctl restart web")
    written.not_read.append(len(written.lines))
    written.lines.append("```")


def _block(draw, written, name):
    commands = draw(st.lists(one_command(), min_size=1, max_size=4))
    prompt = draw(st.sampled_from(["", "", "$ ", "ops@web1:~$ ", "[root@db1 ~]# "]))
    place = draw(st.sampled_from(["plain", "plain", "item", "loose item", "tab", "note", "details", "tildes"]))
    tag = draw(st.sampled_from(TAGS))
    label = ""
    indent = ""
    marks = "~~~" if place == "tildes" else "```"
    if place in {"item", "loose item"}:
        label = f"Do number {len(written.lines)}"
        written.lines.append(f"1. {label}:")
        indent = "   " if place == "item" else ""
    elif place == "tab":
        label = f"Tab {len(written.lines)}"
        written.lines += [f'=== "{label}"', ""]
        indent = "    "
    elif place == "note":
        written.lines.append("!!! warning")
        indent = "    "
    elif place == "details":
        written.lines += ["<details>", "<summary>More</summary>"]
    written.lines.append(f"{indent}{marks}{tag}")
    for text, placeholders in commands:
        first, *rest = text.split("\n")
        written.lines.append(f"{indent}{prompt}{first}")
        written.commands.append((text, len(written.lines), name))
        written.labels.append(label)
        written.placeholders += placeholders
        marked = "> " if prompt and draw(st.booleans()) else ""
        written.lines += [f"{indent}{marked}{more}" for more in rest]
        if draw(st.integers(0, 3)) == 0:
            for output in draw(st.lists(st.sampled_from(OUTPUTS), min_size=1, max_size=2)):
                written.lines.append(f"{indent}{output}")
                if not prompt:
                    written.not_read.append(len(written.lines))
            if not prompt:
                written.lines.append("")
    written.lines.append(f"{indent}{marks}")
    if place == "details":
        written.lines.append("</details>")
