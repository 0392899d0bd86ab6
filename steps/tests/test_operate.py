"""What the operator does about a command before it is typed."""

from types import SimpleNamespace
from typing import cast

import pytest

from environments.systems.replica import Replica
from reports.journal.clock import SystemClock
from reports.plugin.recorder import DrillRecord
from steps.drill.operate import Listener, Operating
from steps.runbook.model import Command
from steps.runbook.placeholders import UnboundPlaceholder


def test_command_without_a_value_for_its_placeholder_is_never_typed_nor_blamed_for_a_change():
    environment = cast("Replica", SimpleNamespace(bindings={}))
    unheard = cast("Listener", pytest.fail)
    operating = Operating(environment, "RUNBOOK.md", cast("DrillRecord", None), SystemClock(), unheard)
    begun = []
    operating.before_command = lambda command, _: begun.append(command)
    command = Command(command_id="Restart / 1", heading="Restart", line=7, text="redis-server --port <failed-port>",
                      role="remedy", label="", caption="", block_sha256="", manual=False, quoted=False)
    with pytest.raises(UnboundPlaceholder, match="line 7: no value for <failed-port>"):
        operating.run([command])
    assert begun == []
