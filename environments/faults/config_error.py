"""A configuration file with a syntax error, found when the service reloads or restarts."""

from typing import Literal

from environments.faults import Fault, Proof
from environments.hosts.host import Host


class ConfigError(Fault, frozen=True, tag="config error"):
    """Take one semicolon out of an nginx configuration, then let nginx find it at a reload or restart."""

    host: Host
    file: str
    found_at: Literal["reload", "restart"]
    backup: Literal["made", "missing", "as it is"]

    def inject(self) -> None:
        """Break the file; the reload or restart is expected to fail."""
        if self.backup == "made":
            self.host.run(f"cp {self.file} {self.file}.bak")
        if self.backup == "missing":
            self.host.run(f"rm -f {self.file}.bak")
        # The deployment that brought the error in changed the header of proxied requests.
        self.host.run(f"sed -i '0,/proxy_set_header Host $host;/s//proxy_set_header Host $host/' {self.file}")
        self.host.run(f"systemctl {self.found_at} nginx", check=False)

    def prove(self) -> Proof:
        """nginx tests its configuration, and systemd is asked for the unit."""
        test = self.host.run("nginx -t", check=False)
        state = self.host.run("systemctl is-active nginx", check=False).stdout.strip()
        said = next((line for line in test.stderr.splitlines() if "[emerg]" in line), test.stderr.strip())
        return Proof(test.exit_status != 0, f"nginx -t: exit status {test.exit_status}: {said}; nginx.service is {state}")

    def remove(self) -> None:
        """Mend the file and start nginx."""
        self.host.run(f"sed -i 's/proxy_set_header Host $host$/proxy_set_header Host $host;/' {self.file}; "
                      "systemctl reset-failed nginx; systemctl start nginx")
