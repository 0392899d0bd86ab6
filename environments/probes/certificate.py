"""The probe of the certificate that clients are actually served."""

import asyncio
import ssl
from datetime import timedelta

from cryptography import x509

from environments.hosts.reach import Endpoint
from environments.probes.outcomes import Taken, Taker, failure_word
from environments.probes.spec_base import ProbeSpec
from reports.journal.clock import SystemClock


class CertificateSpec(ProbeSpec, frozen=True, kw_only=True, tag="certificate"):
    """Check the certificate served at `url`; the value is the remaining validity in days.

    Good: the chain verifies and more than `more_than_d` days are left.
    """

    url: Endpoint
    more_than_d: float = 7.0
    interval_s: float = 0.5

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        return f"the served chain verifies and has more than {self.more_than_d:g} days left"

    @property
    def unit(self) -> str:
        """Unit of a sample's value."""
        return "d"

    async def taker(self) -> Taker:
        """The client."""
        return _Probe(self).take


async def served_certificate(address: str, port: int, server_name: str) -> x509.Certificate:
    """Fetch the leaf certificate served to a new client, verified or not; raises OSError if none is served."""
    _, writer = await asyncio.open_connection(address, port, ssl=_unverified(), server_hostname=server_name)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der)


def _unverified() -> ssl.SSLContext:
    """Return a context that accepts every certificate. It loads no roots: reading the system's takes 25 ms of CPU time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def validity_period(certificate: x509.Certificate) -> timedelta:
    """Return the certificate's validity period; both end seconds count (RFC 5280, section 4.1.2.5)."""
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc + timedelta(seconds=1)


class _Probe:
    """Samples the remaining validity in days."""

    def __init__(self, spec: CertificateSpec) -> None:
        self._spec = spec
        self._clock = SystemClock()
        self._verifying = ssl.create_default_context(cadata=spec.url.root_ca_pem)

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`."""
        spec, url = self._spec, self._spec.url
        try:
            leaf = await served_certificate(url.address, url.port, url.server_name)
        except OSError as error:
            return False, failure_word(error), None
        left: timedelta = leaf.not_valid_after_utc - self._clock.utcnow()
        left_d = left / timedelta(days=1)
        try:
            _, writer = await asyncio.open_connection(
                url.address, url.port, ssl=self._verifying, server_hostname=url.server_name
            )
            writer.close()
        except OSError as error:
            return False, failure_word(error), left_d
        return left_d > spec.more_than_d, f"valid for {left_d:.1f} d", left_d

