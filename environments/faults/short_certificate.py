"""An expiring certificate, issued for real by an authority with short validity periods."""

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

EXPIRY_LIMIT_S = 30.0
"""How long the injection waits for the certificate to get as old as the fault demands."""
_DAY_S = 86400

# certbot keeps its own files out of the real configuration. The new certificate then becomes the next version of the
# served lineage, as if certbot had put it there, while the lineage's renewal still points at the real authority.
_PLACE = """
set -eu
work=$(mktemp -d)
certbot certonly --quiet --non-interactive --agree-tos --register-unsafely-without-email \
    --config-dir $work --work-dir $work --logs-dir $work --server {authority} \
    --webroot --webroot-path {webroot} --domain {domain}
archive=/etc/letsencrypt/archive/{domain}
last=$(ls $archive | sed -n 's/^cert\\([0-9]*\\)\\.pem$/\\1/p' | sort -n | tail -n 1)
next=$((last + 1))
for name in cert chain fullchain privkey; do
    install -m 0600 $work/live/{domain}/$name.pem $archive/$name$next.pem
    ln -sfn ../../archive/{domain}/$name$next.pem /etc/letsencrypt/live/{domain}/$name.pem
done
chmod 0644 $archive/cert$next.pem $archive/chain$next.pem $archive/fullchain$next.pem
rm -rf $work
systemctl reload nginx
"""
_SERVED = "echo | openssl s_client -connect localhost:443 -servername {domain} 2>/dev/null"


class ShortCertificate(Fault, frozen=True, tag="short certificate"):
    """Have nginx serve a certificate for `domain` that expires within `within_d` days (0: has expired).

    certbot obtains it through `webroot` from `authority`, the ACME directory of an authority that issues such certificates.
    With `renewed` certbot has renewed it since, as its timer does, and nginx has not been told.
    """

    host: Host
    domain: str
    authority: str
    webroot: str
    within_d: float
    renewed: bool = False

    def inject(self) -> None:
        """Return once the certificate is old enough. Raise HarnessError if it cannot be issued."""
        self.host.run(_PLACE.format(authority=self.authority, webroot=self.webroot, domain=self.domain), timeout_s=60.0)
        until_proven(self, EXPIRY_LIMIT_S)
        if self.renewed:
            self.host.run("certbot renew --quiet --no-random-sleep-on-renew", timeout_s=60.0)

    def prove(self) -> Proof:
        """Connect to nginx as a client on the host."""
        checked = self.host.run(f"{_SERVED.format(domain=self.domain)} | openssl x509 -noout -enddate -checkend "
                                f"{int(self.within_d * _DAY_S)}", check=False)
        said = " ".join(checked.stdout.split())
        return Proof(checked.exit_status == 1 and "will expire" in said, said or "no certificate is served")

    def remove(self) -> None:
        """Renew the certificate."""
        self.host.run(
            "certbot renew --quiet --force-renewal --no-random-sleep-on-renew && systemctl reload nginx", timeout_s=60.0)
