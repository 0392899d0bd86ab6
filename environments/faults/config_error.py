"""A configuration file with a syntax error, found when the service reloads or restarts."""

from typing import Literal

from environments.faults import Proof
from environments.hosts.host import Host


class ConfigError:
    """Takes one semicolon out of an nginx configuration, then lets nginx find it."""

    def __init__(self, host: Host, file: str, *, found_at: Literal["reload", "restart"],
                 backup: Literal["made", "missing", "as it is"]) -> None:
        self._host = host
        self._file = file
        self._found_at = found_at
        self._backup = backup

    def inject(self) -> None:
        """Break the file; the reload or restart is expected to fail."""
        if self._backup == "made":
            self._host.run(f"cp {self._file} {self._file}.bak")
        if self._backup == "missing":
            self._host.run(f"rm -f {self._file}.bak")
        # The deployment that brought the error in changed the header of proxied requests.
        self._host.run(f"sed -i '0,/proxy_set_header Host $host;/s//proxy_set_header Host $host/' {self._file}")
        self._host.run(f"systemctl {self._found_at} nginx", check=False)

    def prove(self) -> Proof:
        """nginx's own test of its configuration, and systemd's word on the unit."""
        test = self._host.run("nginx -t", check=False)
        state = self._host.run("systemctl is-active nginx", check=False).stdout.strip()
        said = next((line for line in test.stderr.splitlines() if "[emerg]" in line), test.stderr.strip())
        return Proof(test.exit_status != 0, f"nginx -t: exit status {test.exit_status}: {said}; nginx.service is {state}")

    def remove(self) -> None:
        """Mend the file and start nginx."""
        self._host.run(f"sed -i 's/proxy_set_header Host $host$/proxy_set_header Host $host;/' {self._file}; "
                       "systemctl reset-failed nginx; systemctl start nginx")
