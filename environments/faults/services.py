"""Services under systemd or pm2: commands that query their state and processes, kill and start them."""

import msgspec

# The processes in a unit's control group, on cgroup v1 or v2.
_PROCESSES = ("cat /sys/fs/cgroup/systemd$(systemctl show -P ControlGroup {unit})/cgroup.procs 2>/dev/null "
              "|| cat /sys/fs/cgroup$(systemctl show -P ControlGroup {unit})/cgroup.procs")


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service of a host: a systemd `unit` or an application under `pm2`. Its members are shell commands for root there."""

    unit: str = ""
    pm2: str = ""

    def __post_init__(self) -> None:
        if bool(self.unit) == bool(self.pm2):
            raise ValueError("a service is either { unit = ... } or { pm2 = ... }")

    @property
    def name(self) -> str:
        """Display name."""
        return self.unit or f"{self.pm2} (pm2)"

    @property
    def pids(self) -> str:
        """Command that prints the ids of its processes."""
        return _PROCESSES.format(unit=self.unit) if self.unit else f"cat {self._pid_file}"

    @property
    def state(self) -> str:
        """Command that prints its state in one word, "failed" once the supervisor has given up.

        pm2 calls that state "errored". pm2 is queried only if there is no process: a query takes a third of a second of CPU time.
        """
        if self.unit:
            return f"systemctl show -P ActiveState {self.unit}"
        listed = (f"pm2 jlist 2>/dev/null | jq -r '.[] | select(.name == \"{self.pm2}\") | .pm2_env.status' | "
                  "sed s/errored/failed/")
        return f"if kill -0 $({self.pids}) 2>/dev/null; then echo online; else {listed}; fi"

    @property
    def start(self) -> str:
        """Command that starts it, even after the supervisor has given up."""
        if self.unit:
            return f"systemctl reset-failed {self.unit}; systemctl start {self.unit}"
        return f"pm2 restart {self.pm2} >/dev/null"

    def kill(self, signal: str) -> str:
        """Return the command that sends its processes a signal ("KILL")."""
        return f"systemctl kill --signal={signal} {self.unit}" if self.unit else f"kill -{signal} $({self.pids})"

    @property
    def _pid_file(self) -> str:
        return f"/root/.pm2/pids/{self.pm2.replace('_', '-')}-*.pid"
