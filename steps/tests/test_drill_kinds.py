"""One real drill for each kind of objective and miss; the evidence holds for Python with only its standard library."""

import json
import subprocess
import sys

import pytest

from reports.journal.kinds import Kind
from steps.tests.test_drill import ROOT, verified

EVERY_ARM = {
    "geodashboard/backend_down.feature::test_crashed_until_systemd_gave_up_operator_acts_inside_the_start_limit_option_1": {
        Kind.RECOVERY, Kind.RESOLUTION, Kind.ESCALATION, Kind.LOST, Kind.NORMAL, Kind.COMMAND, Kind.CONTROL},
}
AS_WRITTEN = {
    "almashooq/checks.feature::test_what_the_checks_of_11_critical_service_down_tell_when_story"
    "[another process holds the port-another process holds the application's port]": {Kind.BLIND, Kind.UNUSABLE, Kind.UNNOTICED},
    "almashooq/checks.feature::test_what_the_checks_of_13_redis_cluster_failure_tell_when_master"
    "[a master is killed-Redis master killed]": {Kind.FAIL_OVER},
    "almashooq/database.feature::test_no_majority_steps_1_to_4": {Kind.RENAMED_COMMAND, Kind.UNDECIDED},
    "almashooq/database.feature::test_primary_cut_off_while_clients_still_reach_it_steps_2_3_and_4": {
        Kind.DIVERGENCE, Kind.EXPECTED_LOSS},
    "almashooq/obedient.feature::test_obedient_11_fault[Redis of the sessions is stopped]": {Kind.OBEDIENT},
    "fraiseql/checks.feature::test_what_the_checks_of_the_triage_tell_fault[bad release answers errors-API]": {Kind.ACTIVITY},
    "fraiseql/containment_database.feature::test_tables_locked_for_ever_restarting_the_application_alone_is_no_remedy": {
        Kind.HALF_REMEDY},
    "geodashboard/backend_down.feature::test_hung_workers_the_corrected_diagnosis_tells_a_hung_backend_from_a_healthy_one": {
        Kind.DIAGNOSIS},
    "geodashboard/backend_down.feature::test_port_taken_by_another_process_option_2": {Kind.CHANGE},
    "geodashboard/emergency.feature::test_hung_workers_the_whole_emergency_procedure": {Kind.HEALTHY_CHECK},
    "geodashboard/disk_space.feature::test_docker_leftovers_fill_var_option_2": {Kind.DATA_KEPT},
    "geodashboard/nginx_config.feature::test_nginx_proxies_to_a_wrong_port_options_first_and_4[3]": {
        Kind.FALSE_SUCCESS, Kind.SYMPTOM, Kind.OUTCOME},
}
ELSEWHERE = {
    Kind.PROMISE,  # test_drill.py: a figure that the document does not state
    Kind.NO_FAULT,  # test_verify_judging.py: only a control that goes wrong has it
    Kind.FALSE_ALARM,  # test_verify_checks.py: in the drills it takes luck whether users are served again so soon
}


def test_every_kind_has_its_drill():
    assert set().union(ELSEWHERE, *EVERY_ARM.values(), *AS_WRITTEN.values()) == set(Kind)


@pytest.mark.parametrize(("drills", "arm"), [(EVERY_ARM, "all"), (AS_WRITTEN, "remedy")])
def test_the_evidence_of_each_kind_of_objective_holds(tmp_path, drills, arm):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", f"--drill-output={tmp_path}", f"--drill-arm={arm}",
         "--drill-patience=30", *(f"features/{drill}" for drill in drills)],
        cwd=ROOT, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stdout
    assert verified(tmp_path).endswith("HOLDS\n")
    seen = {entry["what"]["kind"] for journal in tmp_path.glob("2*/journal*.ndjson")
            for entry in map(json.loads, journal.read_text(encoding="utf-8").splitlines())
            if entry["what"]["event"] in {"objective", "missed"}}
    assert set().union(*drills.values()) <= {Kind(kind) for kind in seen}
