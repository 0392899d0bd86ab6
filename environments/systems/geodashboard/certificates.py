"""Certificates with little time left: really issued, by an authority of the environment that makes no others."""

from typing import Literal

from environments.hosts.host import Host

Validity = Literal["6 days", "10 seconds"]

# certbot keeps its own files out of the real configuration. The new certificate then becomes the next version of the
# served lineage, as if certbot had put it there, while the lineage's renewal still points at the real authority.
_SCRIPT = """
set -eu
work=$(mktemp -d)
certbot certonly --quiet --non-interactive --agree-tos --register-unsafely-without-email \
    --config-dir $work --work-dir $work --logs-dir $work --server https://{authority}/directory \
    --webroot --webroot-path /var/www/letsencrypt --domain {domain}
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


def place(production: Host, domain: str, validity: Validity) -> None:
    """Have a certificate of this validity issued and served instead of the present one.

    "10 seconds" count from the issuing, a second or so before this returns: whoever needs an expired one waits.
    Raises HarnessError when it cannot be issued (nginx or the authority down).
    """
    authority = f"acme-{validity.replace(' ', '-')}.example"
    production.run(_SCRIPT.format(authority=authority, domain=domain), timeout_s=60.0)
