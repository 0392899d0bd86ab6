"""Conditions of a document's steps: which phrases are known, where they stand, and what the front matter states."""

import pytest

from reports.errors import UsageError
from steps.runbook.conditions import conditions_in
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


def meanings(text):
    return [(known.text, known.holds, known.check) for known in conditions_in(text)]


@pytest.mark.parametrize(("text", "clause", "holds"), [
    ("Step 3: If still down, check dependencies", "If still down", "broken"),
    ("Step 1: Restart MongoDB (if down)", "if down", "broken"),
    ("Option 2: If restart fails, check for port conflicts", "If restart fails", "broken"),
    ("Step 3: If node won't rejoin, reset it", "If node won't rejoin", "broken"),
    ("6. If not recovering, go to failover", "If not recovering", "broken"),
    ("Scale up resources if needed", "if needed", "broken"),
    ("Only if the service is unhealthy: fail over", "Only if the service is unhealthy", "broken"),
    ("Unless the check passes, fail over", "Unless the check passes", "broken"),
    ("Once primary recovered, re-enable it", "Once primary recovered", "well"),
    ("If the check passed, stop here", "If the check passed", "well"),
    ("When done, log out", "When done", "always"),
    ("Step 8: If locked, kill long-running operations", "If locked", None),
    ("Failover to replica (if available)", "if available", None),
])
def test_a_phrase_says_what_decides_a_condition(text, clause, holds):
    assert meanings(text) == [(clause, holds, "")]


def test_a_condition_may_name_its_check():
    assert meanings("Option 1: Fix syntax error (if nginx -t shows problem)") == [
        ("if nginx -t shows problem", "broken", "nginx -t")]


def test_a_text_may_hold_two_conditions():
    assert [clause for clause, _, _ in meanings("If all else fails, reboot server (last resort)")] == [
        "If all else fails", "last resort"]


@pytest.mark.parametrize("text", ["Step 2: Check if restart fixed it", "See if the port is free", "Verify if it is down",
                                  "Notify the team", "Option 2: Clean Docker (safe with running services)"])
def test_a_question_is_no_condition(text):
    assert meanings(text) == []


def test_conditions_stand_in_headings_labels_comments_and_remarks(read):
    runbook = read("""## Down

### Fail over (if needed)

```bash
# Step 1: If still down, restart
# The worker
systemctl restart worker

# Step 2: Fail over
fail-over --now  # only if the restart fails
```
""")
    restart, fail_over = runbook.all_commands
    assert [known.text for known in restart.conditions] == ["if needed", "If still down"]
    assert [(known.text, known.holds) for known in fail_over.conditions] == [
        ("if needed", "broken"), ("only if the restart fails", "broken")]


DOWN = """## Down

```bash
# Step 1: If locked, restart
systemctl restart worker
```
"""


def test_the_front_matter_states_what_a_phrase_does_not_tell(read):
    stated = 'conditions = [{ heading = "Down", text = "If locked", holds = "broken", check = "Step 0" }]\n'
    [restart] = read(DOWN, stated).all_commands
    assert [(known.text, known.holds, known.check) for known in restart.conditions] == [("If locked", "broken", "Step 0")]


def test_a_stated_condition_that_the_document_lacks_is_refused(read):
    with pytest.raises(UsageError, match=r"conditions, entry 1 \(heading 'Down', 'If blocked'\): .* does not hold that verbatim"):
        read(DOWN, 'conditions = [{ heading = "Down", text = "If blocked", holds = "never" }]\n')


def test_a_condition_may_ask_for_less_than_a_whole_check(read):
    front = ('conditions = [{ heading = "Down", text = "If locked", holds = "answers", check = "Step 0", '
             'answer = "locks: [1-9]" }]\n')
    [restart] = read(DOWN, front).all_commands
    assert [str(known) for known in restart.conditions] == [
        "[If locked: where the answer of the check 'Step 0' matches 'locks: [1-9]']"]


@pytest.mark.parametrize("rest", ['holds = "answers", check = "Step 0"', 'holds = "answers", answer = "1"',
                                  'holds = "broken", check = "Step 0", answer = "1"'])
def test_a_pattern_needs_its_check(read, rest):
    with pytest.raises(UsageError, match="needs `check`, and `answer`"):
        read(DOWN, f'conditions = [{{ heading = "Down", text = "If locked", {rest} }}]\n')
