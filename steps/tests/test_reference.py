"""The reference matches the code, and no kind of fault is unused."""

import subprocess
import sys

import pytest

from reports.plugin.compat import step_definitions
from steps.reference import REFERENCE, idle_faults, page
from steps.vocabulary.sentences import SENTENCES


def test_the_committed_page_is_what_the_code_generates():
    assert REFERENCE.read_text(encoding="utf-8") == page(), "run `python -m steps.reference --write`"


def test_every_kind_of_fault_is_used():
    assert idle_faults() == [], "no system uses these kinds of faults: drill them or delete them"


def test_an_unused_kind_is_detected(tmp_path):
    """Runs in a separate process, since a defined class stays registered."""
    (tmp_path / "idle.py").write_text("""
from environments.faults import Fault

class Idle(Fault, frozen=True, tag="idle"):
    \"""Break what nobody has.\"""

    what: str
    how: str = ""
""")
    program = (f"import environments.faults; environments.faults.__path__.append({str(tmp_path)!r})\n"
               "from steps.reference import idle_faults, page\n"
               "print(idle_faults(), page())")
    said = subprocess.run([sys.executable, "-c", program], cwd=REFERENCE.parents[1], capture_output=True, text=True,
                          check=True).stdout
    assert said.startswith("['idle'] ")
    assert "\n* `idle` (what, [how]): Break what nobody has.\n" in said


def test_parameters_of_faults_are_named():
    assert "\n* `crash loop` (host, service): Crash a service until its supervisor gives up.\n" in page()


@pytest.mark.parametrize(
    "text",
    [
        '* **When** `the fault "{fault}" strikes`  \n  Inject the fault; the drill continues once its effect is proven, ',
        '* **When** `the operator follows {labels}`  \n  **When** `the operator follows {labels} as corrected by finding ',
        '* `{limit}`: a time as stated by the document: `30 seconds`, `5 minutes`, `1 hour`\n',
        '`the documented checks tell the fault from health`',
        "* `certificate` (",
        "* `http workload` (",
        '* "API" (in every drill)\n',
    ],
)
def test_the_page_contains(text):
    assert text in page()


def test_every_registered_sentence_is_listed_once():
    known = [definition for definition in step_definitions() if definition.step_func.__module__.startswith("steps.vocabulary.")]
    steps = [line for line in page().split("\n") if line.lstrip("* ").startswith(("Given**", "When**", "Then**"))]
    assert len(steps) == len(set(steps)) == len(known) > 30


def test_a_value_means_the_same_in_every_sentence():
    meanings = {(field, words) for sentence in SENTENCES for field, words in sentence.words.items()}
    assert sorted(field for field, _ in meanings) == sorted({field for field, _ in meanings})
