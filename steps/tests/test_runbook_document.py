"""Reading documents of all kinds: headings, fields, lists, front matter, and what is refused."""

from pathlib import Path

import pytest

from reports.errors import UsageError
from steps.runbook.document import read_runbook

FRONT = f"""+++
system = "shop"
title = "Shop"
source = "Shop runbook"
source_version = "1"
source_sha256 = "{'0' * 64}"
"""


@pytest.fixture
def read(tmp_path):
    def read_text(body, front=""):
        path = tmp_path / "RUNBOOK.md"
        path.write_text(f"{FRONT}{front}+++\n{body}")
        return read_runbook(path)

    return read_text


def shell(*lines):
    return "\n".join(["```bash", *lines, "```", ""])


def said(commands):
    return [(command.label, command.role, command.text) for command in commands]


def test_headings_with_emoji_markup_and_arabic(read):
    runbook = read("# 🔧 **Operations**\n\n## 📋 **جدول المحتويات**\n\n" + shell("ls") + "\nSet\n---\n")
    assert [section.heading for section in runbook.sections] == ["🔧 Operations", "📋 جدول المحتويات", "Set"]
    assert runbook.section("📋 جدول المحتويات").commands[0].command_id == "📋 جدول المحتويات / 1"


def test_a_procedure_has_its_subsections_commands_and_texts(read):
    runbook = read(
        "## 1.1 Down\n\n#### Symptoms\n\n```\n- 5xx errors\n- Alert: “Down”\n```\n\n"
        "#### Immediate Actions\n\n" + shell("# Check it", "systemctl status app")
        + "\n#### Resolution Steps\n\n" + shell("# Step 1: Restart", "pm2 restart app", "# Step 2: Check", "curl -f x")
        + "\n## 1.2 Other\n"
    )
    section = runbook.section("1.1 Down")
    assert section.fields["Symptoms"].text == "- 5xx errors\n- Alert: “Down”"
    assert said(section.diagnosis()) == [("", "diagnosis", "systemctl status app")]
    assert said(section.option("Step 1")) == [("Step 1", "remedy", "pm2 restart app")]
    assert said(section.verifications()) == [("Step 2", "verification", "curl -f x")]
    assert [command.command_id for command in runbook.all_commands] == [
        "Immediate Actions / 1", "Resolution Steps / 1", "Resolution Steps / 2"]
    assert runbook.section("1.2 Other").commands == ()


def test_a_heading_that_stands_twice(read):
    runbook = read("# All\n## A\n### Symptoms\n" + shell("one") + "## B\n### Symptoms\n" + shell("two"))
    with pytest.raises(UsageError) as caught:
        runbook.section("Symptoms")
    assert "line 10: A > Symptoms" in str(caught.value)
    assert "line 15: B > Symptoms" in str(caught.value)
    assert runbook.section("B > Symptoms").commands[0].text == "two"
    assert [command.command_id for command in runbook.all_commands] == ["A > Symptoms / 1", "B > Symptoms / 1"]


def test_a_heading_that_stands_twice_below_one_parent(read):
    runbook = read("# All\n## A\n" + shell("one") + "## A\n" + shell("two"))
    assert [section.address for section in runbook.sections] == ["All", "All > A (1)", "All > A (2)"]
    assert runbook.section("All > A (2)").commands[0].text == "two"
    same_words = read("# A > B\n" + shell("one") + "# A\n## B\n" + shell("two"))
    assert len({section.address for section in same_words.sections}) == 3
    assert [same_words.section(section.address) for section in same_words.sections] == list(same_words.sections)


def test_an_unknown_heading_names_the_nearest(read):
    runbook = read("# Guide\n## Scenario 1: Backend Down\n" + shell("ls"))
    with pytest.raises(UsageError, match=r"RUNBOOK.md: no heading 'Scenario 1: Backend'; the nearest is "
                                         r"'Scenario 1: Backend Down' in line 9"):
        runbook.section("Scenario 1: Backend")


def test_an_unknown_label_and_field_list_those_there_are(read):
    section = read("# R\n**Resolution**\n\n**Time**: 5 min\n" + shell("# Option 1: Restart", "a")).section("R")
    with pytest.raises(UsageError, match=r"(?s)no label 'Option 7'.*line 13: Option 1: Restart"):
        section.option("Option 7")
    with pytest.raises(UsageError, match=r"no field 'Symptom'; its fields are: 'Time'"):
        section.field("Symptom")


def test_a_label_in_two_blocks_needs_its_whole_text(read):
    section = read("# R\n" + shell("# 1. Stop", "a") + shell("# 1. Start", "b")).section("R")
    with pytest.raises(UsageError, match=r"more than one label '1' \(line 10: '1. Stop', line 14: '1. Start'\)"):
        section.option("1")
    assert said(section.option("1. Start")) == [("1", None, "b")]


def test_a_caption_is_the_comment_above(read):
    section = read("# R\n**For Application Issues:**\n" + shell(
        "one", "# Step 3: If still down", "# Redis", "two", "# MongoDB", "three", "four # five", "# Step 4: Look",
        "six", "# Note") + shell("seven")).section("R")
    assert [(command.text, command.label, command.caption) for command in section.commands] == [
        ("one", "", ""), ("two", "Step 3", "Redis"), ("three", "Step 3", "MongoDB"), ("four", "Step 3", "MongoDB"),
        ("six", "Step 4", "Step 4: Look"), ("seven", "", "")]
    assert [command.text for command in section.option("Step 3")] == ["two", "three", "four"]
    assert [command.text for command in section.option("mongodb")] == ["three", "four"]
    assert section.blocks[0].caption == "For Application Issues"
    with pytest.raises(UsageError, match=r"(?s)no label 'Note'; its labels and comments are:.*line 12: Step 3: If still down\n"
                                         r"  line 13: Redis\n  line 15: MongoDB"):
        section.option("Note")


def test_a_quoted_command_is_no_caption(read):
    body = "# R\n" + shell("# Restart", "# or: ps aux", "# reboot") + "```\n1. Look\n   ├─ top\n   └─ df -h\n```\n"
    front = ('commands_in_comments = [{heading = "R", block = 1, text = "reboot"}, {heading = "R", block = 1, text = "ps aux"},\n'
             '{heading = "R", block = 2, text = "top"}, {heading = "R", block = 2, text = "df -h"}]\n')
    section = read(body, front).section("R")
    assert [(command.text, command.caption) for command in section.commands] == [
        ("ps aux", "Restart"), ("reboot", "Restart"), ("top", "1. Look"), ("df -h", "1. Look")]
    assert [command.text for command in section.option("Restart")] == ["ps aux", "reboot"]


def test_a_label_goes_before_a_caption(read):
    section = read("# R\n" + shell("# Step 1: Restart", "a") + shell("# Step 1", "b") + shell("# Restart", "c")).section("R")
    assert [command.text for command in section.option("Restart")] == ["c"]
    assert [command.text for command in section.option("Step 1")] == ["a"]  # "# Step 1" alone is no label


def test_a_caption_that_stands_twice_is_refused(read):
    section = read("# All\n## A\n" + shell("# Restart services", "a") + "## B\n" + shell("# Restart  services", "b"))
    assert [command.text for command in section.section("B").option("Restart services")] == ["b"]
    with pytest.raises(UsageError, match=r"more than one label 'Restart services' \(line 11: .*, line 16: .*\); "
                                         r"name the heading right above it"):
        section.section("All").option("Restart services")


def test_fields_by_hard_break_list_and_bold_colon(read):
    fields = read(
        "# R\n**Symptoms**: won\u2019t start — “502”  \n**Time:** 2\u20135 minutes\ncontinued\n\n"
        "**When**:\n- one\n- two\n\n"
        "**Caption**\n\n- **Response**: < 15 min\n\n**Empty**:\n\ntext\n" + shell("ls")
    ).section("R").fields
    assert {name: (field.text, field.line) for name, field in fields.items()} == {
        "Symptoms": ("won\u2019t start — “502”", 9),
        "Time": ("2\u20135 minutes continued", 10), "When": ("one\ntwo", 13),
        "Response": ("< 15 min", 19)}


def test_blocks_in_numbered_lists_are_labelled_by_their_item(read):
    section = read(
        "# Down\n**Immediate Actions**:\n\n1. **Check status**:\n   ```bash\n   docker ps\n   ```\n\n"
        "2. **Restart** (if safe):\n   ```bash\n   # Docker\n   docker restart \\\n     app\n   ```\n\n3. Escalate\n"
    ).section("Down")
    assert said(section.commands) == [("1", "diagnosis", "docker ps"), ("2", "remedy", "docker restart \\\n  app")]
    assert [command.line for command in section.commands] == [13, 19]
    assert said(section.option("2. Restart (if safe)")) == said(section.option("2"))


def test_a_role_ends_with_its_group_of_comments(read):
    section = read("# R\n**Resolution**\n" + shell(
        "# 5. Test failover", "", "# Example", "one", "# Verify it", "two", "# note", "three # Verify this", "four"
    )).section("R")
    assert [(command.role, command.text) for command in section.commands] == [
        ("remedy", "one"), ("verification", "two"), ("remedy", "three"), ("remedy", "four")]


def test_untagged_blocks_hold_commands_where_every_line_is_one_or_the_front_matter_says_so(read):
    body = "# R\n```\nls /opt\n```\n```\nlook\n```\n```\n1. Look\n   └─ top\n```\n```\nls )\n```\n```sql\nSELECT 1;\n```\n"
    assert [command.text for command in read(body).all_commands] == ["ls /opt"]
    front = ('shell_untagged = [{heading = "R", block = 2}]\n'
             'commands_in_comments = [{heading = "R", block = 3, text = "top"}]\n')
    assert [(command.label, command.text, command.quoted) for command in read(body, front).all_commands] == [
        ("", "ls /opt", False), ("", "look", False), ("1", "top", True)]


def test_front_matter_addresses_parts_of_blocks_and_roles(read):
    body = "# R\n" + shell("vi x", "key: {{ value }}", "    more: '", "reload")
    front = ('not_commands = [{heading = "R", block = 1, text = """\nkey: {{ value }}\n    more: \'\n"""}]\n'
             'roles = [{heading = "R", block = 1, role = "remedy"},\n'
             '         {heading = "R", text = "reload", role = "verification"}]\n'
             'manual = [{heading = "R", text = "vi x"}]\n')
    commands = read(body, front).all_commands
    assert [(command.text, command.role, command.manual, command.line) for command in commands] == [
        ("vi x", "remedy", True, commands[0].line), ("reload", "verification", False, commands[0].line + 3)]


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ('manual = [{heading = "R", text = "l"}]\n', r"manual, entry 1 .*'l'\): .* does not hold that verbatim"),
        ('manual = [{heading = "Q", text = "ls"}]\n', r"manual, entry 1 .*there is no such heading"),
        ('not_commands = [{heading = "R", block = 2}]\n', r"not_commands, entry 1 .*block 2.* does not hold that"),
        ('not_commands = [{heading = "R", block = 1, text = "l"}]\n', r"not_commands, entry 1 .* does not hold that"),
        ('commands_in_comments = [{heading = "R", block = 1, text = "ps"}]\n', r"commands_in_comments, entry 1"),
        ('commands_in_prose = [{heading = "R", text = "ps"}]\n', r"commands_in_prose, entry 1"),
        ('waived = [{heading = "R", text = "ps", reason = "no"}]\n', r"waived, entry 1"),
        ('roles = [{heading = "R", text = "ls", role = "cure"}]\n', r"front matter: Invalid enum value 'cure'"),
        ('colour = "red"\n', r"front matter: Object contains unknown field `colour`"),
        ("= 3\n", r"the front matter is not TOML"),
    ],
)
def test_faulty_front_matter_is_refused(read, front, message):
    with pytest.raises(UsageError, match=f"RUNBOOK.md: .*{message}"):
        read("# R\n" + shell("# look", "ls"), front)


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "RUNBOOK.md"
    with pytest.raises(UsageError, match=r"RUNBOOK\.md: cannot be read: No such file"):
        read_runbook(path)
    path.write_bytes(b"# a\n\xff\n")
    with pytest.raises(UsageError, match=r"RUNBOOK\.md:2: not UTF-8"):
        read_runbook(path)
    path.write_text("# a\n")
    with pytest.raises(UsageError, match=r"RUNBOOK.md:1: no front matter"):
        read_runbook(path)
    path.write_text('+++\nsystem = "x"\n')
    with pytest.raises(UsageError, match=r"RUNBOOK.md:1: the front matter is not closed"):
        read_runbook(path)


def test_a_document_without_front_matter_borrows_it(tmp_path):
    ours, theirs = tmp_path / "RUNBOOK.md", tmp_path / "original.md"
    ours.write_text(FRONT + 'manual = [{heading = "R", text = "vi x"}]\n+++\n# R\n' + shell("vi x"))
    theirs.write_text("# R\n\nmore prose\n\n" + shell("vi x"))
    (command,) = read_runbook(theirs, front_matter_from=ours).all_commands
    assert (command.manual, command.line) == (True, 6)


def test_one_bad_block_costs_that_block_and_all_are_said_at_once(read):
    runbook = read("# R\n" + shell("ls") + "## A\ntext\n\n" + shell("ls", "ls )")
                   + "## B\n" + shell("free -m") + shell("if [ ; then"))
    assert [command.text for command in runbook.all_commands] == ["ls", "free -m"]
    assert [(lost.line, lost.heading, lost.block, lost.front_matter) for lost in runbook.not_read if lost.bad_block] == [
        (17, "A", 1, 'not_commands = [{heading = "A", block = 1}]'), (24, "B", 2, 'not_commands = [{heading = "B", block = 2}]')]
    assert runbook.not_read[1].reason.startswith("block 1 is not valid shell near `ls )`")
    with pytest.raises(UsageError, match=r"(?s)no label 'Step 1'.*line 17 was not read: block 1 is not valid shell"):
        runbook.section("A").option("Step 1")


@pytest.mark.parametrize("rest", ["ls", "ls\n", "ls\n~~~\n", "ls\n``\n", "ls\n``` x\n\n# Next\n", "ls\n\n## Next\n\ntext\n"])
def test_a_block_left_open_costs_that_block(read, rest):
    runbook = read(f"# Q\n{shell('free')}# R\n\n```bash\n{rest}")
    assert [command.text for command in runbook.all_commands][:1] == ["free"]
    assert [(lost.line, lost.heading, lost.reason) for lost in runbook.not_read if lost.bad_block][:1] == [
        (14, "R", "this fenced block is not closed")]


def test_a_block_left_open_does_not_swallow_the_next(read):
    runbook = read("# R\n\n```bash\nfree\n\n## Next\n\n" + shell("uptime"))
    assert [(command.heading, command.text) for command in runbook.all_commands] == [("Next", "uptime")]
    assert [lost.text for lost in runbook.not_read] == ["```bash", "free"]


@pytest.mark.parametrize("body", ["# R\n\ntext\n", "", "# R\n```yaml\na: b\n```\n", "# R\n```text\nsystemctl restart web\n```\n"])
def test_a_document_from_which_nothing_was_read_is_an_error(read, body):
    with pytest.raises(UsageError, match=r"RUNBOOK.md: no command was read"):
        read(body)


def test_hostile_markdown(read):
    runbook = read(
        "```bash\nbefore any heading\n```\n"
        "# R <script>alert(1)</script>\n"
        "<!--\n```bash\nrm -rf /\n```\n-->\n"
        "````markdown\n```bash\nrm -rf /\n```\n# No heading\n````\n"
        "    rm -rf / # indented\n\n"
        "> ```sh\n> echo quoted\n> ```\n"
        "~~~bash\necho tilde\n~~~\n"
        + "> " * 50 + "deep\n\n" + "*" * 2000 + "\n[x](javascript:alert(1))\n"
    )
    assert [section.heading for section in runbook.sections] == ["", "R <script>alert(1)</script>"]
    assert [command.text for command in runbook.all_commands] == [
        "before any heading", "rm -rf /", "echo quoted", "echo tilde"]
    assert runbook.all_commands[1].role is None


def test_windows_line_ends_keep_line_numbers(tmp_path):
    path = tmp_path / "RUNBOOK.md"
    path.write_bytes((FRONT + "+++\n# R\n**Time**: 5 s\n" + shell("one", "two")).replace("\n", "\r\n").encode())
    runbook = read_runbook(path)
    assert [(command.text, command.line) for command in runbook.all_commands] == [("one", 11), ("two", 12)]
    assert runbook.section("R").fields["Time"].line == 9


def test_messages_name_the_document_by_its_path(read, tmp_path):
    section = read("# R\n" + shell("ls")).section("R")
    assert section.place == f"{tmp_path / 'RUNBOOK.md'}:8 'R'"
    assert isinstance(section.path, Path)
