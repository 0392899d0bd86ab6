"""A reverse proxy whose configuration is valid and sends requests to a port where nobody listens."""

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

WITHIN_S = 10.0


class WrongUpstream(Fault, frozen=True, tag="wrong upstream"):
    """Have nginx' configuration `file` proxy to the address `wrong` in place of `right`, and reload nginx.

    `url` is answered with 502 then. As an operator does who expects to need it, a backup of the file is made (`file`.bak).
    """

    host: Host
    file: str
    right: str
    wrong: str
    url: str

    def inject(self) -> None:
        """Change the file and reload; return once clients on the host get 502."""
        self.host.run(f"cp {self.file} {self.file}.bak; sed -i 's#{self.right}#{self.wrong}#' {self.file}; "
                      "systemctl reload nginx")
        until_proven(self, WITHIN_S)

    def prove(self) -> Proof:
        """Read the configuration, and ask as a client on the host."""
        configured = self.host.run(f"grep -c {self.wrong} {self.file}", check=False).stdout.strip() not in ("", "0")
        status = self.host.run(f"curl -s -o /dev/null -w '%{{http_code}}' --max-time 5 {self.url}", check=False).stdout.strip()
        return Proof(configured and status == "502",
                     f"{self.file} {'names' if configured else 'does not name'} {self.wrong}; {self.url} answers {status}",
                     partly=configured)

    def remove(self) -> None:
        """Put the right address back and reload."""
        self.host.run(f"sed -i 's#{self.wrong}#{self.right}#' {self.file}; systemctl reload nginx")
