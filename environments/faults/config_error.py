"""A configuration file with a syntax error, found when the service reloads or restarts."""

from typing import Literal

from environments.faults import Fault, Proof
from environments.hosts.host import Host


class ConfigError(Fault, frozen=True, tag="config error"):
    """Remove a semicolon from an nginx configuration, then reload or restart nginx."""

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
        # The error came with a deployment that changed a header of proxied requests.
        self.host.run(f"sed -i '0,/proxy_set_header Host $host;/s//proxy_set_header Host $host/' {self.file}")
        self.host.run(f"systemctl {self.found_at} nginx", check=False)

    def prove(self) -> Proof:
        """Run `nginx -t` and query the state of the unit."""
        test = self.host.run("nginx -t", check=False)
        state = self.host.run("systemctl is-active nginx", check=False).stdout.strip()
        message = next((line for line in test.stderr.splitlines() if "[emerg]" in line), test.stderr.strip())
        return Proof(test.exit_status != 0, f"nginx -t: exit status {test.exit_status}: {message}; nginx.service is {state}")

    def remove(self) -> None:
        """Repair the file and start nginx."""
        self.host.run(f"sed -i 's/proxy_set_header Host $host$/proxy_set_header Host $host;/' {self.file}; "
                      "systemctl reset-failed nginx; systemctl start nginx")
