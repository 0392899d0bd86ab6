"""A signed plan: made, refused where the run is something else, carried in the evidence, and checked."""

import base64
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.__main__ import main
from reports.errors import UsageError
from reports.evidence.plan import (
    DrillPlan,
    PlannedDocument,
    PlannedDrill,
    read_plan,
    read_signed_plan,
    refuse_other,
    sign_plan,
    write_plan,
)
from reports.journal.clock import FakeClock
from reports.journal.exercise import Exercise
from reports.journal.journal import Redactor, read_journal
from reports.plugin.recorder import Limits
from reports.plugin.session import RunSession
from reports.tests.made_up import DOCUMENT, not_run
from reports.tests.stage import DOCUMENT_SHA256
from reports.tests.verifying import Verified

RECORD = Exercise(id="EX-9", purpose="audit", lead="A. Lead")
DRILL = "features/geodashboard/alerts.feature::Grafana shows the outage"
DRILLS = (PlannedDrill(DRILL, "geodashboard", "remedy", "what it does"),)
DOCUMENTS = (PlannedDocument("geodashboard", DOCUMENT_SHA256),)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A key pair as openssl makes it: private, public."""
    private, public = tmp_path / "owner.pem", tmp_path / "owner.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private, public


Carried = Callable[..., Path]


@pytest.fixture
def carried(tmp_path: Path, clock: FakeClock, keys: tuple[Path, Path]) -> Carried:
    """Drill one scenario under a signed plan, with these drills, documents and record in the plan."""
    def drill(drills: tuple[PlannedDrill, ...] = DRILLS, documents: tuple[PlannedDocument, ...] = DOCUMENTS,
              planned: Exercise = RECORD) -> Path:
        write_plan(tmp_path / "plan.json", planned, documents, drills)
        signed = read_signed_plan(sign_plan(tmp_path / "plan.json", keys[0]))
        session = RunSession(clock, tmp_path / "out", run_id="20251109T100000Z-cccc", worker="", limits=Limits(None, None),
                             redactor=Redactor())
        session.start(engine="none", arms=("remedy",), arguments=(), live_to=io.StringIO(), exercise=RECORD, signed_plan=signed)
        session.journal.record(DOCUMENT)
        clock.advance(1)
        not_run(session.journal, clock)
        session.finish(0)
        session.let_go()
        return session.run_dir

    return drill


def test_record_and_plan_come_before_the_first_drill(carried: Carried, keys: tuple[Path, Path], verified: Verified) -> None:
    run_dir = carried()
    names = [type(entry.what).__name__ for entry in read_journal(run_dir / "journal.ndjson")]
    assert names[:3] == ["RunStarted", "ExerciseStated", "PlanCarried"]
    status, output = verified(run_dir, "--plan-key", str(keys[1]))
    assert status == 0, output
    assert "ok   signed plan: the run is what it holds, 1 drill," in output
    assert "ok   signature of owner.pub on the signed plan" in output
    assert "-    signatures of the plan: no --plan-key was given" in verified(run_dir)[1]
    assert "The run carries a plan of 1 drill" in (run_dir / "report.html").read_text(encoding="utf-8")


OTHER = PlannedDrill("features/geodashboard/disk.feature::Another", "geodashboard", "remedy", "")


@pytest.mark.parametrize(("plan", "message"), [
    ({"drills": (*DRILLS, OTHER)}, f"1 drill of the signed plan without an entry, {OTHER.drill} first"),
    ({"drills": (OTHER,)}, f"{DRILL} is not in the signed plan"),
    ({"documents": (PlannedDocument("geodashboard", "0" * 64),)}, "is not the edition that the signed plan names"),
    ({"planned": Exercise(id="EX-8")}, "the signed plan states another exercise record than the journals"),
], ids=["a drill too many", "another drill", "another edition", "another record"])
def test_a_run_that_is_not_what_was_signed_does_not_hold(carried: Carried, verified: Verified, plan: Any, message: str) -> None:
    status, output = verified(carried(**plan))
    assert status == 1
    assert message in output


def test_a_signature_of_somebody_else_does_not_hold(carried: Carried, tmp_path: Path, verified: Verified) -> None:
    run_dir, stranger = carried(), tmp_path / "stranger.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", stranger], check=True)
    public = tmp_path / "stranger.pub"
    subprocess.run(["openssl", "pkey", "-in", stranger, "-pubout", "-out", public], check=True)
    status, output = verified(run_dir, "--plan-key", str(public))
    assert status == 1
    assert "was not made with stranger.pub" in output


def test_a_forged_plan_does_not_hold(carried: Carried, keys: tuple[Path, Path], verified: Verified) -> None:
    run_dir = carried()
    (envelope,) = (run_dir / "attachments").iterdir()
    content = json.loads(envelope.read_bytes())
    content["payload"] = content["payload"][:-8] + "AAAA" + content["payload"][-4:]
    envelope.write_text(json.dumps(content))
    status, output = verified(run_dir, "--plan-key", str(keys[1]))
    assert status == 1
    assert "was changed or swapped" in output


def test_a_plan_that_was_changed_after_it_was_signed_is_refused_before_the_run(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    write_plan(tmp_path / "plan.json", RECORD, DOCUMENTS, DRILLS)
    signed = sign_plan(tmp_path / "plan.json", keys[0])
    assert read_signed_plan(signed, [keys[1]]).plan.exercise == RECORD
    envelope = json.loads(signed.read_bytes())
    plan = json.loads(base64.b64decode(envelope["payload"]))
    plan["exercise"]["lead"] = "Somebody else"
    envelope["payload"] = base64.b64encode(json.dumps(plan).encode()).decode()
    signed.write_text(json.dumps(envelope))
    assert read_signed_plan(signed).plan.exercise.lead == "Somebody else", "without a key nobody can tell"
    with pytest.raises(UsageError, match=r"the signature of owner\.pub does not hold; drill what was signed"):
        read_signed_plan(signed, [keys[1]])
    with pytest.raises(UsageError, match=r"plan\.json: not a public key"):
        read_signed_plan(signed, [tmp_path / "plan.json"])


def test_a_run_without_a_plan_was_signed_by_nobody(run_dir: Path, keys: tuple[Path, Path], verified: Verified) -> None:
    status, output = verified(run_dir, "--plan-key", str(keys[1]))
    assert status == 1
    assert "the run carries no plan that owner.pub could have signed" in output


PLAN = DrillPlan(schema="runproof/plan/1", exercise=RECORD, documents=DOCUMENTS, drills=(*DRILLS, OTHER))


def test_what_was_signed_may_run_and_a_shard_of_it() -> None:
    refuse_other(PLAN, RECORD, DOCUMENTS, [OTHER, *DRILLS], task=False)
    refuse_other(PLAN, RECORD, DOCUMENTS, DRILLS, task=True)


@pytest.mark.parametrize(("change", "message"), [
    ({"exercise": Exercise(id="EX-9", purpose="audit")}, "another exercise record: lead;"),
    ({"documents": [PlannedDocument("geodashboard", "0" * 64)]}, "another edition of the document of geodashboard"),
    ({"drills": [*DRILLS, OTHER, PlannedDrill("new", "geodashboard", "remedy", "")]}, "does not hold the drill 'new'"),
    ({"drills": [*DRILLS, PlannedDrill(OTHER.drill, "geodashboard", "remedy", "longer")]}, "would do something else"),
    ({"drills": DRILLS}, r"1 of the 2 drills of the signed plan are not selected"),
])
def test_what_was_not_signed_is_refused(change: Any, message: str) -> None:
    run = {"exercise": RECORD, "documents": DOCUMENTS, "drills": [*DRILLS, OTHER], **change}
    with pytest.raises(UsageError, match=message):
        refuse_other(PLAN, run["exercise"], run["documents"], run["drills"], task=False)


def test_a_plan_is_printed_and_signed_by_the_command_line(
    tmp_path: Path, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, RECORD, DOCUMENTS, DRILLS)
    assert read_plan(path).drills == DRILLS
    assert main(["plan", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "what it does" in printed
    assert "not stated" in printed
    assert main(["plan", str(path), "--sign", "--key", str(keys[0])]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'plan.dsse.json'}\n"
    assert main(["plan", str(path), "--sign"]) == 2
    assert "--sign and --key belong together" in capsys.readouterr().err
    write_plan(path, RECORD, DOCUMENTS, ())
    assert main(["plan", str(path), "--sign", "--key", str(keys[0])]) == 2
    assert "signs other content than plan.json" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{}", '{"schema":"runproof/plan/9","exercise":{},"documents":[],"drills":[]}'])
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, keys: tuple[Path, Path], content: str) -> None:
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(UsageError, match=r"plan\.json is (no plan|a plan of the structure)"):
        sign_plan(tmp_path / "plan.json", keys[0])
    with pytest.raises(UsageError, match="is not an envelope"):
        read_signed_plan(tmp_path / "plan.json")
