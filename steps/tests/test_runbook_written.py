"""Documents that a grammar wrote, and arbitrary texts: what comes out is known, and nothing makes the reader fail or hang.

`RUNPROOF_DOCUMENTS=10000` reads that many of each, as the nightly run does.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from steps.runbook.__main__ import as_text, main
from steps.runbook.document import read_any
from steps.runbook.looking import only_looks, prepares
from steps.tests.writing import COMMANDS, OUTPUTS, TAGS, documents

EXAMPLES = int(os.environ.get("RUNPROOF_DOCUMENTS", "300"))
CONFIGURED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "document.md"

    def read_bytes(content):
        path.write_bytes(content)
        return read_any(path)

    return read_bytes


@CONFIGURED
@given(written=documents())
def test_what_a_grammar_wrote_is_read_as_it_was_meant(read, written):
    runbook = read(written.text.encode())
    assert [(command.text, command.line, command.heading) for command in runbook.all_commands] == written.commands
    for command, label in zip(runbook.all_commands, written.labels, strict=True):
        assert not label or label in command.labels
    for command in runbook.all_commands:
        if written.headings.get(command.heading) == "remedy":
            looks = only_looks(command.text) and not prepares(command.text)
            assert command.role in ({"diagnosis", "verification"} if looks else {"remedy"})
        elif command.heading in written.headings and written.headings[command.heading] is None:
            assert command.role in {None, "diagnosis"}
            assert command.role is None or "restart" not in command.text
    assert sorted(known.text for known in runbook.placeholders if not known.text.startswith("$")) == sorted(written.placeholders)
    assert set(written.not_read) <= {known.line for known in runbook.not_read}
    assert [known.seconds for _, known in runbook.fields if known.name == "RTO"] == written.seconds
    assert not [known for known in runbook.not_read if known.bad_block]


PIECES = st.sampled_from(
    [
        "```",
        "```bash",
        "~~~",
        "````",
        "$ ",
        "> ",
        "# ",
        "## Recovery",
        "    ",
        "\t",
        "<<EOF",
        "EOF",
        "'",
        '"',
        "`",
        "$(",
        "${",
        "}",
        ")",
        "((",
        "\\",
        "|",
        "&&",
        "1. ",
        "- ",
        "**",
        "**RTO**: ",
        "5 min",
        "<pid>",
        "<<NAME>>",
        "[HOST]",
        "{{ x }}",
        "!!! note",
        '=== "T"',
        "<details>",
        "<summary>",
        "<pre>",
        "</pre>",
        "<!--",
        "-->",
        "---",
        "+++",
        "system",
        ":::",
        "{% highlight sh %}",
        "{% endhighlight %}",
        ".. code-block:: bash",
        "[source,bash]",
        "----",
        "====",
        "\r",
        "\x00",
        "\ufeff",
        "é",
        "名",
        "\u2028",
        "psql db",
        "SELECT 1;",
        "\\q",
        "0 2 * * * x",
        "#!/bin/sh",
        "set -e",
        "if",
        "then",
        "fi",
        "for i in x; do",
        "done",
        "| a | b |",
        "| --- | --- |",
        *COMMANDS[:6],
        *OUTPUTS,
        *TAGS,
    ]
)


@st.composite
def texts(draw):
    """Any text, and texts of pieces that mean something to the reader."""
    parts = draw(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=60))
    gaps = draw(st.lists(st.sampled_from(["\n", "\n", "\n\n", " ", ""]), min_size=len(parts), max_size=len(parts)))
    return "".join(part + gap for part, gap in zip(parts, gaps, strict=True)).encode("utf-8", "surrogatepass")


@CONFIGURED
@given(content=st.one_of(texts(), st.binary(max_size=400)))
@example(content=b"")
@example(content=b"```bash\n" + b"$(" * 3000)
@example(content=b"> " * 3000 + b"x")
@example(content=b"<" * 20000)
@example(content=b"- " * 2000)
@example(content=b"```bash\n" + b"a <b " * 4000 + b"\n```\n")
@example(content=b"*" * 20000)
@example(content=b"```\n\n## x\n" * 2000)
@example(content=b"```bash\nx 'y\n```\n" * 50)
@example(content=b"1. " * 500 + b"\n```sh\nls\n")
@example(content=b'=== "a"\n' * 300)
@example(content=b"1" * 20000 + b" minutes")
@example(content=b"# " + b"step " * 5000)
@example(content=b"```bash\n" + b"(" * 5000 + b"\n```\n")
def test_nothing_makes_the_reader_fail_or_hang(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.md"
    path.write_bytes(content)
    status = main([str(path), "--json"])
    assert status in {0, 1, 4}
    if status != 4:
        assert as_text(read_any(path))


def test_the_exit_statuses(tmp_path, capsys):
    good, empty, broken = tmp_path / "good.md", tmp_path / "empty.md", tmp_path / "broken.md"
    good.write_text("# A\n```sh\nls\n```\n```sh\nif [ ; then\n```\n")
    empty.write_text("# A\n")
    broken.write_bytes(b"\xff\xfe")
    assert main([str(good)]) == 0
    assert "below 'A': block 2 is not valid shell near" in capsys.readouterr().err
    assert main([str(empty), str(good)]) == 1
    assert "no command was read" in capsys.readouterr().err
    assert main([str(broken), str(empty), "--json"]) == 4
    assert '"error"' in capsys.readouterr().out
    assert main([str(Path("nowhere.md"))]) == 4
    assert "cannot be read" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 4
