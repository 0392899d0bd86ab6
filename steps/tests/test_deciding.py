"""What an operator who obeys runs, as the document's own checks decide it."""

import pytest

from steps.drill.deciding import Deciding, Said
from steps.runbook.document import read_runbook

FRONT = f"""+++
system = "shop"
title = "Shop"
source = "Shop runbook"
source_version = "1"
source_sha256 = "{'0' * 64}"
"""
STEPS = """# Check the service
check service

# Step 1: Restart
systemctl restart web

# Step 2: Check if restart fixed it
curl health

# Step 3: If still down, check dependencies
redis-cli ping

# Step 4: Check disk space
df -h

# Step 5: If all else fails, reboot
sudo reboot
"""
OPTIONS = """# Option 1: Restart
systemctl restart web
# Verify it started
systemctl status web

# Option 2: If restart fails, look for the port
lsof -i :80
# Kill process if needed: kill -9 1

# Option 3: Rebuild
make install
"""


@pytest.fixture
def runs(tmp_path):
    """Follow a document; `says` maps commands to what they say: "well", "broken", or a remedy that "failed"."""
    def follow(body, says=(), front="", answers=()):
        path = tmp_path / "RUNBOOK.md"
        path.write_text(f"{FRONT}{front}+++\n## Resolution\n\n```bash\n{body}```\n")
        told, shown = dict(says), dict(answers)
        deciding, ran, left = Deciding(), [], {}
        for command in read_runbook(path).all_commands:
            if reason := deciding.left_out(command):
                left[command.text] = reason
                continue
            ran.append(command.text)
            said = told.get(command.text, "")
            deciding.take(Said(command, command.role or "diagnosis", "" if said == "failed" else said, failed=said == "failed",
                               answer=shown.get(command.text, "")))
        return ran, left

    return follow


def test_steps_that_the_checks_make_needless_are_left_out(runs):
    ran, left = runs(STEPS, {"check service": "broken", "curl health": "well", "df -h": ""})
    assert ran == ["check service", "systemctl restart web", "curl health", "df -h"]
    assert left == {"redis-cli ping": "'If still down': the last check said that all is well",
                    "sudo reboot": "'If all else fails': the last check said that all is well"}


def test_one_check_that_still_says_broken_is_enough(runs):
    ran, left = runs(STEPS, {"curl health": "broken", "redis-cli ping": "well"})
    assert "sudo reboot" in ran
    assert not left


def test_a_check_that_lies_is_believed(runs):
    ran, left = runs("# Check it\ncheck web\n# Step 1: If down, restart\nsystemctl restart web\n", {"check web": "well"})
    assert ran == ["check web"]
    assert list(left) == ["systemctl restart web"]


def test_checks_that_say_nothing_end_no_incident(runs):
    ran, _ = runs(STEPS)
    assert ran[-1] == "sudo reboot"


def test_what_was_said_before_a_remedy_counts_until_a_check_speaks_again(runs):
    body = "# Check it\ncheck web\n# Step 1: Restart\nsystemctl restart web\n# If needed, restart all\nsystemctl restart all\n"
    assert runs(body, {"check web": "broken"})[0][-1] == "systemctl restart all"
    assert runs(body, {"check web": "well"})[0] == ["check web", "systemctl restart web"]


def test_alternatives_end_with_a_verification_that_says_well(runs):
    ran, left = runs(OPTIONS, {"systemctl status web": "well"}, front=KILL)
    assert ran == ["systemctl restart web", "systemctl status web"]
    assert set(left.values()) == {"Option 1 is an alternative, and its verification said that all is well"}


def test_the_next_alternative_is_taken_where_the_verification_says_broken(runs):
    ran, left = runs(OPTIONS, {"systemctl status web": "broken"}, front=KILL)
    assert ran == ["systemctl restart web", "systemctl status web", "lsof -i :80", "kill -9 1", "make install"]
    assert not left


KILL = 'commands_in_comments = [{ heading = "Resolution", block = 1, text = "kill -9 1" }]\n'


def test_a_remedy_that_fails_says_so_itself(runs):
    body = "# Step 1: Restart\nsystemctl restart web\n# Step 2: If restart fails, reboot\nsudo reboot\n"
    assert runs(body, {"systemctl restart web": "failed"})[0][-1] == "sudo reboot"


def test_steps_go_on_where_the_document_does_not_say_to_stop(runs):
    ran, _ = runs("# Step 1: Restart\nsystemctl restart web\n# Verify\ncurl health\n# Step 2: Clean up\nrm -r /var/cache/web\n",
                  {"curl health": "well"})
    assert ran[-1] == "rm -r /var/cache/web"


def test_a_change_of_directory_ends_no_look(runs):
    body = "# Step 1: Verify\ncurl health\n# Step 2: Go there\ncd /opt\n# Step 3: If still down, reboot\nsudo reboot\n"
    assert "sudo reboot" not in runs(body, {"curl health": "well"})[0]


LOCKED = """# Step 1: Look for locks
locks show
# Step 2: Restart
systemctl restart web
# Step 3: If locked, unlock
locks clear
"""


@pytest.mark.parametrize(("answer", "ran"), [("locks: 0", False), ("locks: 3", True)])
def test_a_named_check_decides_by_its_answer(runs, answer, ran):
    front = ('conditions = [{ heading = "Resolution", text = "If locked", holds = "answers", check = "Step 1", '
             'answer = "locks: [1-9]" }]\n')
    assert ("locks clear" in runs(LOCKED, {"locks show": "broken"}, front, {"locks show": answer})[0]) == ran


@pytest.mark.parametrize(("holds", "ran"), [("always", True), ("never", False), ("broken", False), ("well", True)])
def test_the_front_matter_decides(runs, holds, ran):
    front = f'conditions = [{{ heading = "Resolution", text = "If locked", holds = "{holds}", check = "locks show" }}]\n'
    assert ("locks clear" in runs(LOCKED, {"locks show": "well"}, front)[0]) == ran
