"""The certificate served to new clients."""

import asyncio
import ssl
from datetime import timedelta
from typing import TYPE_CHECKING

from environments.hosts.reach import Endpoint
from environments.probes.certificate import served_certificate, validity_period
from environments.probes.outcomes import failure_word
from environments.systems.catalog import Observation
from environments.systems.looks import Look
from reports.journal.clock import SystemClock

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica

ANSWER_LIMIT_S = 5.0
_DAY = timedelta(days=1)


class CertificateLook(Look, frozen=True, kw_only=True, tag="certificate"):
    """Connect to `url` over TLS; holds if a verifying client accepts the certificate (with `accepted = false`: rejects it).

    With `valid_for_d` it must also have been issued for at least that many days, less than one day ago.
    """

    url: str
    accepted: bool = True
    valid_for_d: float = 0.0

    def __post_init__(self) -> None:
        if self.valid_for_d and not self.accepted:
            raise ValueError("`valid_for_d` does not go with `accepted = false`")

    def _look(self, replica: "TabularReplica") -> Observation:
        try:
            return asyncio.run(asyncio.wait_for(self._served(replica.endpoint(self.url)), ANSWER_LIMIT_S))
        except OSError as error:  # TimeoutError is one
            return Observation(False, f"no certificate is served: {failure_word(error)}")

    async def _served(self, url: Endpoint) -> Observation:
        leaf = await served_certificate(url.address, url.port, url.server_name)
        left, period = leaf.not_valid_after_utc - SystemClock().utcnow(), validity_period(leaf)
        seen = (f"served: {leaf.not_valid_before_utc:%Y-%m-%d %H:%M:%S} to {leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC, "
                f"{period / _DAY:.3f} days, {left / _DAY:.3f} left")
        verifying = ssl.create_default_context(cadata=url.root_ca_pem)
        try:
            _, writer = await asyncio.open_connection(url.address, url.port, ssl=verifying, server_hostname=url.server_name)
        except ssl.SSLCertVerificationError as error:
            return Observation(not self.accepted, f"{failure_word(error)}; {seen}")
        writer.close()
        wanted = timedelta(days=self.valid_for_d)
        long_enough = not wanted or (period >= wanted and left > wanted - _DAY)
        return Observation(self.accepted and long_enough, f"clients accept the certificate; {seen}")
