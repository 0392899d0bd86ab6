"""Takes the acts of a scenario in order, and performs those that belong to the drill's arm."""

from reports.errors import UsageError
from reports.plugin.recorder import DrillRecord
from steps.drill.act import Act, named
from steps.drill.drill import Drill


class Runner:
    """The drill as seen by the steps of a scenario."""

    def __init__(self, record: DrillRecord, drill: Drill) -> None:
        self._record = record
        self._drill = drill
        self._over = False
        self._broke_off = False

    def finish(self) -> None:
        """Judge what can be judged only once all steps are done; nothing after a step that broke off."""
        if not self._broke_off:
            self._drill.finish()

    def take(self, act: Act) -> None:
        """Perform the act, or skip it if it is not part of the arm. A traceback names the act and its line."""
        __tracebackhide__ = True
        arm = self._record.arm
        try:
            if not self._over:
                self._drill.require(act.needs())
            if self._over or arm not in act.arms:
                self._record.leave_out()
            elif arm in act.ends:
                act.control(self._drill)
                self._over = True
            else:
                act.perform(self._drill)
        except UsageError as error:
            self._broke_off = True
            raise UsageError(f"{self._record.where}: {error}") from error
        except Exception as error:
            self._broke_off = True
            error.add_note(f"in the step {named(act)}, {self._record.where}")
            raise
