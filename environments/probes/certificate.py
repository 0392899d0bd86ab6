"""The probe that looks at the certificate which clients are really served."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

from cryptography import x509

from environments.probes.outcomes import Taken, Taker, failure_word
from environments.probes.specs import CertificateSpec
from reports.journal.clock import Clock, SystemClock


async def served_certificate(address: str, port: int, server_name: str) -> x509.Certificate:
    """The leaf certificate that a new client is served, verified or not; raises OSError where nobody serves one."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=server_name)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der)


def validity_period(certificate: x509.Certificate) -> timedelta:
    """How long the certificate is valid: both end seconds count (RFC 5280, section 4.1.2.5)."""
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc + timedelta(seconds=1)


class CertificateProbe:
    """Samples the remaining validity in days."""

    def __init__(self, spec: CertificateSpec, clock: Clock | None = None) -> None:
        self._spec = spec
        self._clock = clock or SystemClock()
        self._verifying = ssl.create_default_context(cadata=spec.root_ca_pem)

    async def take(self, _n: int) -> Taken:
        """One look; see `run_on_schedule`."""
        spec = self._spec
        try:
            leaf = await served_certificate(spec.address, spec.port, spec.server_name)
        except OSError as error:
            return False, failure_word(error), None
        left: timedelta = leaf.not_valid_after_utc - _aware(self._clock.utcnow())
        left_d = left / timedelta(days=1)
        try:
            _, writer = await asyncio.open_connection(
                spec.address, spec.port, ssl=self._verifying, server_hostname=spec.server_name
            )
            writer.close()
        except OSError as error:
            return False, failure_word(error), left_d
        return left_d > spec.more_than_d, f"valid for {left_d:.1f} d", left_d


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def taker(spec: CertificateSpec) -> Taker:
    """What takes the samples."""
    return CertificateProbe(spec).take
