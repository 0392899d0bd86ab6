"""What a run would do, written down to be signed, or held against what was signed."""

from collections.abc import Mapping

import pytest

from reports.errors import UsageError
from reports.evidence.plan import PlannedDocument, PlannedDrill, refuse_other, write_plan
from reports.journal.journal import Redactor
from reports.plugin.plugin import EXERCISE, SIGNED_PLAN, from_project
from reports.plugin.recorder import name_drill
from steps.drill.collecting import arm_of, rendered_scenario_name
from steps.drill.documents import Documents

_FIRST = frozenset({"", "gw0"})
"""The processes that may write the plan: all workers collect the same."""


def follow(config: pytest.Config, plans: Mapping[pytest.Function, str], documents: Documents) -> None:
    """Write the plan of the selected drills (`--drill-plan-to`), or refuse what was not signed (`--drill-signed-plan`).

    Raises UsageError.
    """
    path, signed = config.getoption("--drill-plan-to"), config.stash[SIGNED_PLAN]
    if path is None and signed is None:
        return
    if path is not None and not config.getoption("--drill-plan"):
        raise UsageError("--drill-plan-to writes the plan of a run that is not made: add --drill-plan")
    redact = Redactor().redact
    drills = [PlannedDrill(name_drill(from_project(item.path), rendered_scenario_name(item), arm_of(item)), item.path.parent.name,
                           arm_of(item), redact(text)) for item, text in plans.items()]
    read = [documents.of(system) for system in dict.fromkeys(drill.system for drill in drills)]
    followed = [PlannedDocument(document.system, document.sha256) for document in read]
    if signed is not None:
        refuse_other(signed.plan, config.stash[EXERCISE], followed, drills, task=config.getoption("--drill-task") is not None)
    worker: dict[str, str] = getattr(config, "workerinput", {})
    if path is not None and worker.get("workerid", "") in _FIRST:
        write_plan(path, config.stash[EXERCISE], followed, drills)
