"""The fault of a certificate that runs out."""

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host
from environments.systems.geodashboard import certificates
from environments.systems.geodashboard.certificates import Validity

EXPIRY_LIMIT_S = 30.0
_SERVED = "echo | openssl s_client -connect localhost:443 -servername {domain} 2>/dev/null"
_SECONDS = {"6 days": 7 * 86400, "10 seconds": 0}


class ShortCertificate(Fault, frozen=True, tag="short certificate"):
    """Replace the served certificate by a really issued one with little or no time left."""

    host: Host
    domain: str
    validity: Validity

    def inject(self) -> None:
        """Have it issued and served; return when it is as old as the fault says."""
        certificates.place(self.host, self.domain, self.validity)
        until_proven(self, EXPIRY_LIMIT_S)

    def prove(self) -> Proof:
        """What a client on the host itself is served."""
        checked = self.host.run(
            f"{_SERVED.format(domain=self.domain)} | openssl x509 -noout -enddate -checkend {_SECONDS[self.validity]}",
            check=False)
        said = " ".join(checked.stdout.split())
        return Proof(checked.exit_status == 1 and "will expire" in said, said or "no certificate is served")

    def remove(self) -> None:
        """Renew it."""
        self.host.run(
            "certbot renew --quiet --force-renewal --no-random-sleep-on-renew && systemctl reload nginx", timeout_s=60.0)
