"""A release of an application that cannot be loaded: its unit restarts with it, and nobody serves."""

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

WITHIN_S = 60.0


class BrokenCode(Fault, frozen=True, tag="broken code"):
    """Put an import of a module that is not installed into `file`, and restart the `unit` that loads it.

    `url` is what the service answers on the host when it is well.
    """

    host: Host
    unit: str
    file: str
    module: str
    url: str

    def inject(self) -> None:
        """Deploy the release; return once clients on the host are not served and the application has said why."""
        self.host.run(f"cp -p {self.file} {self._previous} && "
                      f"sed -i '0,/^import /s//import {self.module}\\nimport /' {self.file} && systemctl restart {self.unit}")
        until_proven(self, WITHIN_S)

    def prove(self) -> Proof:
        """Look for the import and for its error in the log of the running unit, and ask the service on the host."""
        broken = self.host.run(f"grep -qx 'import {self.module}' {self.file}", check=False).exit_status == 0
        asked = self.host.run(f"curl -sS -o /dev/null --max-time 1 {self.url}", check=False)
        state = self.host.run(f"systemctl is-active {self.unit}", check=False).stdout.strip()
        # A service that was only just started does not answer either.
        logged = self.host.run(f"journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID {self.unit}) | "
                               f"grep -m 1 \"No module named '{self.module}'\"", check=False).stdout.strip()
        return Proof(broken and asked.exit_status != 0 and bool(logged),
                     f"{self.file} {'imports' if broken else 'does not import'} {self.module}; {self.unit} is {state}; "
                     f"its log: {logged or 'no error'}; curl: exit status {asked.exit_status} {asked.stderr.strip()}",
                     partly=broken)

    def remove(self) -> None:
        """Put the previous release back and restart."""
        self.host.run(f"mv {self._previous} {self.file}; systemctl reset-failed {self.unit}; systemctl restart {self.unit}")

    @property
    def _previous(self) -> str:
        return f"/run/runproof/{self.file.replace('/', '_')}.previous"
