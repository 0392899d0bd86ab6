"""A plan divided among machines, from the command line to the merged evidence: separate pytests, without containers."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reports.__main__ import main
from reports.evidence.plan import PlannedDrill, sign_plan, write_plan
from reports.journal.division import Division, decode
from reports.journal.exercise import Exercise
from reports.judging.dividing import divide, jobs
from reports.run.build import build_run
from reports.wording.phrases import tone, verdict_sentence
from steps.tests.toy import ROOT, command, drill, environment, feature, make_project

CONFTEST = '''
from reports.journal.choices import Candidate, Inputs
from reports.plugin.budget import CANDIDATE
from reports.plugin.hookspec import RunGround
from reports.plugin.plugin import from_project
from reports.plugin.recorder import name_drill
from reports.plugin import shard

shard.commit = lambda: open("commit").read()

def pytest_drill_run_start(config, run_id):
    return RunGround("none: a test")

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        name = rendered_scenario_name(item)
        arm = item.callspec.params.get("drill_arm", "remedy") if hasattr(item, "callspec") else "remedy"
        remedy = name_drill(from_project(item.path), name, "remedy")
        own = name_drill(from_project(item.path), name, arm)
        item.stash[CANDIDATE] = Candidate(own, "toy", name[0], Inputs(scenario=name), (), planned_s=float(name[1:]),
                                          control_of="" if arm == "remedy" else remedy)
'''
SCENARIOS = [f"a{number}" for number in (90, 50, 40, 30, 20, 10, 5)]
SHARES = {1: {"a90"}, 2: {"a50", "a20", "a10"}, 3: {"a40", "a30", "a5"}}
"""Longest first to the machine with the least so far, 2 s added to each drill."""


def scenarios(run_dir: Path) -> set[str]:
    return {each.started.scenario for each in build_run(run_dir).drills}


def run(project: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command(project, *options), f"--drill-output={out}"], cwd=project, timeout=400, capture_output=True,
                          text=True, check=False, env=environment())


def run_dirs(out: Path) -> list[Path]:
    return sorted(path.parent for path in out.rglob("journal.ndjson") if "latest" not in path.parts)


def verify(run_dir: Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-S", "-E", "-s", "-m", "reports.verify", str(run_dir)], cwd=ROOT, capture_output=True,
                          text=True, timeout=300, check=False)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three machines' runs in `out/1` to `out/3`; the third has two workers. Do not change it."""
    project = tmp_path_factory.mktemp("shards")
    make_project(project, CONFTEST)
    (project / "commit").write_text("c0ffee")
    text = feature("shards", *((name, "all is well") for name in SCENARIOS))
    for part in (1, 2, 3):
        done = drill(project, text, "--drill-shard", f"{part}/3", f"--drill-output={project}/out/{part}",
                     *(("-n", "2") if part == 3 else ()), timeout_s=400)
        assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(made / "out", tmp_path / "out", symlinks=True))


def merge(out: Path, *more: str, parts: tuple[int, ...] = (1, 2, 3)) -> int:
    return main(["merge", *(str(out / str(part)) for part in parts), "--into", str(out / "all"), *more])


def test_each_machine_drills_its_share_and_names_it_in_every_journal(made: Path) -> None:
    for part, share in SHARES.items():
        [run_dir] = run_dirs(made / "out" / str(part))
        assert scenarios(run_dir) == share
        taken = [json.loads(line)["what"] for path in run_dir.glob("journal*.ndjson") for line in path.open()
                 if '"event":"part taken"' in line]
        assert len(taken) == len(list(run_dir.glob("journal*.ndjson"))), "each journal names it"
        assert {(one["part"], one["parts"], one["unit"], one["commit"]) for one in taken} == {(part, 3, "machine", "c0ffee")}
        [plan] = {one["plan_sha256"] for one in taken}
        assert len(decode((run_dir / "attachments" / plan).read_bytes()).drills) == len(SCENARIOS)
        status, text = verify(run_dir)
        assert status == 0, text
        assert f"ok   part: machine {part} of 3, of the plan {plan}" in text
        assert f"This is the part of machine {part} of 3." in (run_dir / "report.html").read_text()


def test_the_parts_become_one_run_whose_evidence_holds(out: Path) -> None:
    assert merge(out) == 0
    whole = build_run(out / "all")
    assert scenarios(out / "all") == set(SCENARIOS)
    assert whole.finished is not None
    assert whole.finished.exit_status == 0
    assert [part.number for part in whole.parts] == [1, 2, 3]
    assert verdict_sentence(whole).startswith("The document holds")
    status, text = verify(out / "all")
    assert status == 0, text
    assert "ok   plan: 7 drills, each once in the part that holds it, 0 of them NOT RUN" in text
    assert {path.name for path in (out / "all").iterdir()} >= {
        "run.json", "report.html", "junit.xml", "SHA256SUMS", "statement.intoto.json", "journal-part3-gw0.ndjson"}


def test_a_machine_that_did_not_report_makes_the_run_red(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge(out, parts=(1, 3)) == 1
    whole = build_run(out / "all")
    missing = {each.started.scenario: each for each in whole.drills if each.verdict == "NOT RUN"}
    assert set(missing) == SHARES[2]
    assert {reason.message for each in missing.values() for reason in each.reasons} == {"machine 2 of 3 did not report"}
    assert whole.finished is not None
    assert whole.finished.exit_status == 1
    assert tone(whole) == "ERROR"
    assert verdict_sentence(whole).startswith("Machine 2 of 3 did not report: 3 of its 7 drills were not run. ")
    page = (out / "all" / "report.html").read_text()
    assert "Machine 2 of 3 did not report: 3 of its 7 drills were not run." in page
    statement = json.loads((out / "all" / "statement.intoto.json").read_bytes())
    assert statement["predicate"]["result"] == "FAILED"
    assert (out / "all" / "junit.xml").read_text().count("NOT RUN: machine 2 of 3 did not report") >= 3
    status, text = verify(out / "all")
    assert status == 0, text
    assert "3 of them NOT RUN because no part drilled them" in text
    capsys.readouterr()
    # The machine's run turns up later: a merged run is split again, and what was missing is drilled.
    assert main(["merge", str(out / "all"), str(out / "2"), "--into", str(out / "whole")]) == 0
    assert scenarios(out / "whole") == set(SCENARIOS)
    assert verify(out / "whole")[0] == 0


def test_one_machine_alone_is_merged_too(out: Path) -> None:
    assert merge(out, parts=(1,)) == 1
    assert verdict_sentence(build_run(out / "all")).startswith("Machines 2, 3 of 3 did not report: 6 of its 7 drills")
    assert verify(out / "all")[0] == 0


def test_a_machine_that_broke_off_is_told_from_one_that_did_not_report(out: Path) -> None:
    [run_dir] = run_dirs(out / "2")
    lines = (run_dir / "journal.ndjson").read_bytes().splitlines(keepends=True)
    [first, *_] = [at for at, line in enumerate(lines) if b'"event":"drill finished"' in line]
    (run_dir / "journal.ndjson").write_bytes(b"".join(lines[:first + 1]))
    assert merge(out) == 1
    whole = build_run(out / "all")
    assert whole.finished is None
    assert {reason.message for each in whole.drills for reason in each.reasons} == {"machine 2 of 3 broke off before it"}
    assert "broke off" in verdict_sentence(whole)


def refused(out: Path, message: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
    assert main(["merge", *arguments, "--into", str(out / "all")]) == 2
    assert message in capsys.readouterr().err
    assert not (out / "all").exists()


def test_a_doubled_and_a_foreign_part_are_refused(made: Path, out: Path, tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    own = [str(out / str(part)) for part in (1, 2, 3)]
    again = run(made, tmp_path / "again", "--drill-shard", "1/3")
    assert again.returncode == 0
    refused(out, "are both machine 1 of 3: leave one of them out", capsys, *own, str(tmp_path / "again"))
    refused(out, "are the same run", capsys, *own, own[0])
    other = run(made, tmp_path / "other", "--drill-shard", "2/2")
    assert other.returncode == 0
    refused(out, "one is divided into 3 parts, the other into 2", capsys, *own, str(tmp_path / "other"))
    alone = run(made, tmp_path / "alone", "-k", "a90")
    assert alone.returncode == 0
    refused(out, "is no part of a plan, and", capsys, *own, str(tmp_path / "alone"))


def test_parts_of_different_commits_are_refused(made: Path, out: Path, tmp_path: Path,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = Path(shutil.copytree(made, tmp_path / "elsewhere", symlinks=True))
    (elsewhere / "commit").write_text("decade")
    done = run(elsewhere, tmp_path / "late", "--drill-shard", "2/3")
    assert done.returncode == 0
    refused(out, "they drilled different commits, c0ffee and decade", capsys, str(out / "1"), str(out / "3"),
            str(tmp_path / "late"))


def edited(run_dir: Path, file: str, before: bytes, after: bytes) -> None:
    path = run_dir / file
    assert before in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(before, after, 1))


def test_what_is_changed_before_or_after_the_merge_is_found(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge(out) == 0
    whole = Path(shutil.copytree(out / "all", out / "copy"))
    edited(whole, "journal-part2.ndjson", b'"verdict":"PASSED"', b'"verdict":"FAILED"')
    status, text = verify(whole)
    assert status == 1
    assert "did not end with" not in text.split("journal-part2", 1)[0]
    assert "FAIL journal-part2.ndjson" in text
    shutil.rmtree(whole)
    shutil.copytree(out / "all", whole)
    for journal in whole.glob("journal-part2*"):
        journal.unlink()
    status, text = verify(whole)
    assert status == 1
    assert "is in the plan and has no entry" in text
    shutil.rmtree(whole)
    shutil.copytree(out / "all", whole)
    [plan] = [path for path in (whole / "attachments").iterdir() if b"runproof/division/1" in path.read_bytes()]
    edited(whole, f"attachments/{plan.name}", b'"expected_s":90.0', b'"expected_s":10.0')
    status, text = verify(whole)
    assert status == 1
    assert "was changed: its SHA-256 is not its name" in text
    assert "the rule puts it into part" in text
    [run_dir] = run_dirs(out / "2")
    edited(run_dir, "journal.ndjson", b'"verdict":"PASSED"', b'"verdict":"FAILED"')
    shutil.rmtree(out / "all")
    capsys.readouterr()
    assert merge(out) == 2
    assert "the chain is broken" in capsys.readouterr().err


def test_a_queue_has_a_task_for_each_scenario_and_its_runs_merge(made: Path, tmp_path: Path,
                                                                 capsys: pytest.CaptureFixture[str]) -> None:
    queue, out = tmp_path / "queue.json", tmp_path / "out"
    done = run(made, tmp_path / "none", "--drill-plan", "--drill-arm", "all", "--drill-queue-to", str(queue))
    assert done.returncode == 0, done.stdout
    division: Division = decode(queue.read_bytes())
    assert [division.of_part(task)[0].scenario for task in range(1, 8)] == SCENARIOS, "the longest first"
    assert all({one.arm for one in division.of_part(task)} == {"remedy", "no-remedy", "no-fault"} for task in range(1, 8))
    for task in (1, 2):
        done = run(made, out / str(task), "--drill-arm", "all", "--drill-queue", str(queue), "--drill-task", str(task))
        assert done.returncode == 0, done.stdout
    refused(out, "they only name its SHA-256", capsys, str(out))
    other = tmp_path / "other.json"
    other.write_bytes(queue.read_bytes().replace(b"c0ffee", b"decade"))
    refused(out, "is not the plan that the runs are parts of", capsys, str(out), "--plan", str(other))
    assert main(["merge", str(out), "--into", str(out / "all"), "--plan", str(queue)]) == 1
    assert verdict_sentence(build_run(out / "all")).startswith("Tasks 3, 4, 5, 6, 7 of 7 did not report: 15 of its 21 drills")
    status, text = verify(out / "all")
    assert status == 0, text
    wrong = run(made, tmp_path / "none", "--drill-arm", "remedy", "--drill-queue", str(queue), "--drill-task", "1")
    assert wrong.returncode == 4
    assert "which is not selected; name its feature file and the options" in wrong.stdout + wrong.stderr


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_machine_without_drills_is_no_failure(made: Path, tmp_path: Path, workers: str) -> None:
    done = run(made, tmp_path, "--drill-shard", "9/9", "-n", workers)
    assert done.returncode == 0, done.stdout
    assert not run_dirs(tmp_path)


def test_the_budget_chooses_first_and_all_machines_choose_alike(made: Path, tmp_path: Path) -> None:
    for part in (1, 2):
        done = run(made, tmp_path / str(part), "--drill-shard", f"{part}/2", "--drill-budget", "100s")
        assert done.returncode == 0, done.stdout + done.stderr
    assert main(["merge", str(tmp_path / "1"), str(tmp_path / "2"), "--into", str(tmp_path / "all")]) == 0
    whole = build_run(tmp_path / "all")
    assert whole.left_out
    assert {each.drill_id for each in whole.drills}.isdisjoint(choice.candidate.drill for choice in whole.left_out)
    assert len(whole.drills) + len(whole.left_out) == len(SCENARIOS)
    assert [chosen.workers for chosen in whole.chosen] == [2]
    status, text = verify(tmp_path / "all")
    assert status == 0, text


def test_the_parts_of_a_signed_plan_are_one_run_that_is_the_plan(made: Path, tmp_path: Path) -> None:
    key, plan = tmp_path / "key.pem", tmp_path / "plan.json"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    drills = [PlannedDrill(f"features/toy/case.feature::{name}", "toy", "remedy", "") for name in SCENARIOS]
    write_plan(plan, Exercise(), [], drills)
    signed = sign_plan(plan, key)
    for part in (1, 2):
        done = run(made, tmp_path / str(part), "--drill-shard", f"{part}/2", "--drill-signed-plan", str(signed))
        assert done.returncode == 0, done.stdout + done.stderr
    [alone] = run_dirs(tmp_path / "1")
    assert verify(alone)[0] == 0, "a part need not hold all drills of the signed plan"
    assert main(["merge", str(tmp_path / "1"), str(tmp_path / "2"), "--into", str(tmp_path / "all")]) == 0
    status, text = verify(tmp_path / "all")
    assert status == 0, text
    assert "ok   signed plan: the run is what it holds, 7 drills" in text
    assert main(["merge", str(tmp_path / "1"), "--into", str(tmp_path / "half")]) == 1
    status, text = verify(tmp_path / "half")
    assert status == 0, text
    assert "ok   signed plan: the run is what it holds, 7 drills" in text, "what no machine drilled has its entry: NOT RUN"


def test_the_real_plan_is_whole_and_disjoint_for_every_number_of_machines(tmp_path: Path) -> None:
    queue = tmp_path / "queue.json"
    options = ("--drill-plan", "--drill-arm", "all", "--drill-queue-to", str(queue))
    subprocess.run([sys.executable, "-m", "pytest", "features", "-q", "-n", "0", "-p", "no:cacheprovider", *options], cwd=ROOT,
                   timeout=580, capture_output=True, check=True)
    plan = decode(queue.read_bytes())
    assert sum(one.arm == "remedy" for one in plan.drills) >= 302
    assert len({one.drill for one in plan.drills}) == len(plan.drills)
    assert plan.parts == len({one.job for one in plan.drills})
    lengths = jobs((one.job, one.expected_s) for one in plan.drills)
    for parts in range(1, 51):
        part_of = divide(lengths, parts)
        assert part_of == divide(dict(reversed(lengths.items())), parts), "the order of collection changes nothing"
        assert set(part_of) == {one.job for one in plan.drills}, "the union is complete, and each scenario is in one part only"
        assert set(part_of.values()) == set(range(1, parts + 1))
        loads = [sum(lengths[job] for job, own in part_of.items() if own == part) for part in range(1, parts + 1)]
        assert max(loads) <= sum(loads) / parts + (1 - 1 / parts) * max(lengths.values()), "Graham's bound"


def test_a_machine_that_does_not_exist_is_refused(made: Path, tmp_path: Path) -> None:
    done = run(made, tmp_path / "none", "--drill-shard", "4/3")
    assert done.returncode == 4
    assert "there is no part 4 of 3" in done.stderr + done.stdout


def test_the_commands_of_the_gitlab_example_drill_on_three_machines_and_merge(made: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(made, tmp_path / "project", ignore=shutil.ignore_patterns("out")))
    makefile = (ROOT / "Makefile").read_text()
    begin, end = makefile.index("# The stamp carries"), makefile.index("test: setup")
    (project / "Makefile").write_text(f"{makefile[:begin]}venv setup:\n\n{makefile[end:]}")  # this machine is set up already
    (project / ".venv").symlink_to(ROOT / ".venv")
    (project / "reports").mkdir()
    for path in (ROOT / "reports").iterdir():
        if path.name != "out":
            (project / "reports" / path.name).symlink_to(path)
    example = yaml.safe_load((ROOT / "docs" / "machines" / "gitlab-ci.yml").read_text())

    # A make below make says which directory it enters; a job of GitLab's is below none.
    outside = {name: value for name, value in environment().items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}

    def job(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-e", "-c", "\n".join(example[name]["script"])], cwd=project, capture_output=True, text=True,
                              check=False, timeout=500, env={**outside, "PYTHON": sys.executable, **variables})

    for index in (1, 3):
        done = job("drill", CI_NODE_INDEX=str(index), CI_NODE_TOTAL="3")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.endswith("HOLDS\n")
    shutil.copytree(project, tmp_path / "two", symlinks=True)
    done = job("drill", CI_NODE_INDEX="2", CI_NODE_TOTAL="3")
    assert done.returncode == 0, done.stdout + done.stderr
    done = job("merge", CI_PIPELINE_ID="4711")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("HOLDS\n")
    assert scenarios(project / "merged" / "4711") == set(SCENARIOS)
    assert (project / "history.ndjson").read_text().count('"run_id":"4711"') == 1
    project = tmp_path / "two"
    done = job("merge", CI_PIPELINE_ID="4712")
    assert done.returncode == 1, "a machine is missing"
    assert done.stdout.endswith("HOLDS\n")
