"""Shell blocks, placeholders, and how interactive commands end."""

import pytest

from environments.hosts.operator import Ending
from reports.errors import UsageError
from steps.runbook.bash import Comment, TopLevel, read_block, split_block
from steps.runbook.interactive import ending_for
from steps.runbook.placeholders import UnboundPlaceholder, bind, find


def texts(block):
    return [command.text for command in split_block(block)]


def test_commands_keep_their_bytes_and_lines():
    block = (
        "# é\nls  -l   'a  b' # why\n\n"
        "for p in {1..3}; do\n  # Verify\n  echo $p\ndone\n"
        "cat <<EOF > f\n# no\nEOF\n"
        "x=$(a | b)"
    )
    assert split_block(block, first_line=10) == [
        TopLevel("ls  -l   'a  b'", 11),
        TopLevel("for p in {1..3}; do\n  # Verify\n  echo $p\ndone", 13),
        TopLevel("cat <<EOF > f\n# no\nEOF", 17),
        TopLevel("x=$(a | b)", 20),
    ]


def test_lists_separators_and_background():
    assert texts("a && b || c; d | e\nserver --port 1 \\\n& # x\nf \\\n  g") == [
        "a && b || c", "d | e", "server --port 1 \\\n&", "f \\\n  g"]


def test_own_line_comments_are_pieces_and_trailing_ones_are_not():
    assert read_block("#!/bin/bash\n# Option 1: go\nls # here\n  ## after") == [
        Comment("!/bin/bash", 1), Comment("Option 1: go", 2), TopLevel("ls", 3), Comment("after", 4)]


def test_placeholders_are_no_redirections():
    commands = ["curl https://<domain>/x", "deploy <domain> <email> production", "redis-server --port <failed-port>",
                "ps <in.txt >out"]
    assert texts("\n".join(commands)) == commands


@pytest.mark.parametrize("block", ["ls\nls )", "ls\nif true; then ls", "ls\nls &&", "ls\necho 'open", "ls\n{{ x }} ("])
def test_faulty_shell_is_refused_with_its_place(block):
    with pytest.raises(UsageError, match=r"^R.md:(5|6): not valid shell near `.*not_commands"):
        split_block(block, path="R.md", first_line=5)


def test_a_deep_block_is_read():
    deep = "$(" * 2000 + "ls" + ")" * 2000
    assert texts(f"echo {deep}") == [f"echo {deep}"]


def test_placeholders_found_once_in_order():
    assert find("a <domain> b <failed-port> <domain> <PID>") == ["<domain>", "<failed-port>", "<PID>"]
    assert find("cat <<EOF>f; sort <a >b; [ 1 -lt 2 ]; a<b@c>") == []


def test_binding_changes_nothing_else_and_binds_once():
    assert bind("  x <a>\t<b> <a>\n", {"<a>": "<b>", "<b>": "\\1 é"}) == "  x <b>\t\\1 é <b>\n"


def test_an_unbound_placeholder_is_refused():
    with pytest.raises(UnboundPlaceholder) as caught:
        bind("sudo kill -9 <pid>", {"<domain>": "geo.example"}, "RUNBOOK.md:385")
    assert str(caught.value).startswith(
        "RUNBOOK.md:385: no value for <pid> in `sudo kill -9 <pid>`; bound are: <domain> = 'geo.example'")


@pytest.mark.parametrize("value", ["", "1\n2", "\x03"])
def test_a_value_that_cannot_be_typed_is_refused(value):
    with pytest.raises(UsageError, match="nobody can type"):
        bind("kill <pid>", {"<pid>": value})


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("sudo systemctl status nginx", "itself"),
        ("sudo journalctl -u app -f", "Ctrl-C"),
        ("journalctl -fu app", "Ctrl-C"),
        ("journalctl -u docker -n 50", "itself"),
        ("sudo tail -f /var/log/nginx/access.log", "Ctrl-C"),
        ("tail -f log | grep -E 'a|b'", "Ctrl-C"),
        ("sudo tail -50 /var/log/nginx/error.log", "itself"),
        ("tail -n 5 -- --file", "itself"),
        ("watch -n 5 'free -h'", "Ctrl-C"),
        ("docker-compose logs -f grafana", "Ctrl-C"),
        ("docker-compose logs --tail=100 -f app", "Ctrl-C"),
        ("docker-compose -f x.yml logs --tail 50", "itself"),
        ("docker-compose logs --tail 50", "itself"),
        ("docker stats", "Ctrl-C"),
        ("docker stats --no-stream", "itself"),
        ("docker exec <container-id> bash", "itself"),
        ("docker exec -it <container-id> bash", "Ctrl-D"),
        ("docker-compose up -d", "itself"),
        ("docker-compose up", "kept running"),
        ("sudo openssl s_client -connect localhost:443 -servername <domain>", "Ctrl-D"),
        ("echo | openssl s_client -connect <domain>:443 2>/dev/null | openssl x509 -noout -dates", "itself"),
        ("openssl s_client -connect a:443 </dev/null", "itself"),
        ("openssl x509 -in cert.pem", "itself"),
        ('mongo "mongodb://localhost:27017/x"', "Ctrl-D"),
        ('mongo --eval "rs.status()"', "itself"),
        ("mongosh", "Ctrl-D"),
        ("redis-cli", "Ctrl-D"),
        ("redis-cli -p 7000", "Ctrl-D"),
        ("redis-cli -p 7000 cluster info | grep state", "itself"),
        ("redis-cli --cluster rebalance 127.0.0.1:7000", "itself"),
        ("redis-cli --stat", "Ctrl-C"),
        ("redis-cli -p 7000 MONITOR", "Ctrl-C"),
        ("redis-cli get monitor", "itself"),
        ("mongostat", "Ctrl-C"),
        ("mongostat -n 3", "itself"),
        ("pm2 monit", "q"),
        ("pm2 logs --lines 50 --nostream", "itself"),
        ("node --expose-gc --max-old-space-size=4096", "Ctrl-D"),
        ("node --prof-process isolate-*.log > out.txt", "itself"),
        ("psql -d shop", "Ctrl-D"),
        ("sudo -u postgres psql", "Ctrl-D"),
        ("psql $URL -c 'SELECT 1;'", "itself"),
        ("psql shop < dump.sql", "itself"),
        ("gunzip -c f | psql -U a b", "itself"),
        ("top", "q"),
        ("top -b -n 1 | head -20", "itself"),
        ("htop", "q"),
        ("less /var/log/syslog", "q"),
        ("vmstat 1 5", "itself"),
        ("mpstat -P ALL 1", "Ctrl-C"),
        ("ping -c 5 a", "itself"),
        ("redis-server --port <port> \\\n  --cluster-enabled yes", "kept running"),
        ("redis-server --port 1 &", "itself"),
        ("sudo reboot", "new login"),
        ("sudo shutdown -r now", "new login"),
        ("shutdown -h now", "itself"),
        ("systemctl reboot", "new login"),
        ("systemctl restart reboot", "itself"),
        ("FOO=bar uvicorn app:app", "kept running"),
        ("cd /opt && tail -f x.log", "Ctrl-C"),
        ("x=$(tail -f y)", "itself"),
        ("kubectl patch deployment x -p '{\"open\": 1}", "itself"),
        ("sudo bash -c 'cat >> f << \"EOF\"\ntop\nEOF'", "itself"),
    ],
)
def test_endings(command, ending):
    assert ending_for(command) == Ending(ending)
