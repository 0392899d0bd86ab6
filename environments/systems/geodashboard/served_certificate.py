"""The fault of a certificate that runs out."""

from environments.faults import Proof
from environments.systems.geodashboard.certificates import Validity
from environments.systems.geodashboard.environment import DOMAIN, Geodashboard
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

EXPIRY_LIMIT_S = 30.0
_SERVED = f"echo | openssl s_client -connect localhost:443 -servername {DOMAIN} 2>/dev/null"
_SECONDS = {"6 days": 7 * 86400, "10 seconds": 0}


class ShortCertificate:
    """Replaces the served certificate by a really issued one with little or no time left."""

    def __init__(self, environment: Geodashboard, validity: Validity, clock: Clock | None = None) -> None:
        self._environment = environment
        self._validity = validity
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Have it issued and served; returns when it is as old as the fault says."""
        self._environment.place_certificate(self._validity)
        if wait_until(lambda: self.prove().proven, timeout_s=EXPIRY_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"the certificate of {self._validity} is not what is served: {self.prove().evidence}")

    def prove(self) -> Proof:
        """What a client on the host itself is served."""
        checked = self._environment.production.run(
            f"{_SERVED} | openssl x509 -noout -enddate -checkend {_SECONDS[self._validity]}", check=False)
        said = " ".join(checked.stdout.split())
        return Proof(checked.exit_status == 1 and "will expire" in said, said or "no certificate is served")

    def remove(self) -> None:
        """Renew it."""
        self._environment.production.run(
            "certbot renew --quiet --force-renewal --no-random-sleep-on-renew && systemctl reload nginx", timeout_s=60.0)
