"""Secrets of many kinds as they turn up in commands, outputs and files; each is made here, none opens anything.

What scanners of repositories look for is put together from parts.
"""

import base64

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

WORD = "Tr0ub4dor-Zx81"  # what stands for a password
LONG = "q8Zr4Tn1Vw7Lk0Pd3Xs6Bm9Hc2Jf5Ga8Ye1Uo4Ri"
_NAMED = (  # a password in each of the places where one is named
    "mysql -u root -p{} geo", "mysqldump --single-transaction -u root -p'{}' geo > /tmp/x", "sh -c \"mysqladmin -p{} ping\"",
    "PGPASSWORD={} psql -h db -U app -c 'select 1'", "export PGPASSWORD='{}'; pg_dump geo",
    "curl -s -u admin:{} https://geo.example.org/api", "curl -su 'admin:{}' https://geo.example.org/api",
    'curl --user "admin:{}" http://x', "curl --proxy-user ops:{} http://x",
    "curl -X POST -d 'user=me&password={}&x=1' https://x/login", "curl -X POST https://x -d '{{\n \"a\": \"b; c\"\n}}' -u me:{}",
    "redis-cli -p 7000 -a {} ping", "redis-cli --pass {} info", "docker exec cache redis-cli -a '{}' INFO", "redis-cli AUTH {}",
    "redis-cli AUTH default {}", "redis-cli CONFIG SET requirepass \"{}\"", "requirepass {}", "masterauth {}",
    "sentinel auth-pass mymaster {}", "redis-cli ACL SETUSER app on '>{}' ~* +@all",
    "mongosh -u admin -p {} --authenticationDatabase admin", "mongosh --password {} admin", "mongodump --password={} --out /b",
    "mongosh admin --eval \"db.changeUserPassword('app', '{}')\"", "db.createUser({{user: 'app', pwd: '{}', roles: []}})",
    "db.auth(\"app\", \"{}\")",
    "postgres://app:{}@db:5432/geo", "mongodb+srv://app:{}@cluster0.example.org/geo", "redis://:{}@cache:6379/0",
    "https://ci:{}@git.example.org/geo.git", "amqps://mq:{}@broker:5671/vhost", "ftp://u:{}@files.example.org",
    "Authorization: Bearer {}", "curl -H 'Authorization: Bearer {}' https://x", "> Authorization: Basic {}",
    "authorization: token {}",
    '{{"headers": {{"Authorization": "Bearer {}"}}}}', "Cookie: session={}; theme=dark", "< set-cookie: sid={}; HttpOnly",
    "curl -b 'x' -H \"X-Api-Key: {}\" https://x", "X-Auth-Token: {}", "X-Vault-Token: {}",
    "aws_secret_access_key = {}", "AWS_SECRET_ACCESS_KEY={}", "AWS_SESSION_TOKEN=\"{}\"",
    "//registry.npmjs.org/:_authToken={}", "_auth = \"{}\"", "_password={}",
    '{{"auths": {{"registry.example.org": {{"auth": "{}"}}}}}}', "docker login -u ci -p {} registry.example.org",
    "echo {} | docker login -u ci --password-stdin registry.example.org", "echo 'app:{}' | sudo chpasswd",
    "echo {} | sudo -S systemctl restart x", "sshpass -p {} ssh ubuntu@host", "sshpass -p'{}' ssh ubuntu@host",
    "    client-key-data: {}", "    token: {}", "machine git.example.org login ci password {}",
    "machine git.example.org\n  login ci\n  password {}\n", "SECRET_KEY = 'django-insecure-{}'", "SECRET_KEY=\"{}\"",
    '{{"password": "{}"}}', '{{"db": {{"Password" : "{}", "port": 5432}}}}', '"{{\\"password\\": \\"{}\\"}}"',
    "password: {}", "  db_password: '{}'", "- password: {} and more", "api_key: |\n  {}\n", "[client]\npassword = {}\n",
    "password=\"{}\"", "Environment=DB_PASSWORD={}", "Environment=\"DB_PASSWORD={} tail\" \"A=b\"",
    'Environment="A=b" "TOKEN={}"',
    '"POSTGRES_PASSWORD={}",', "kubectl create secret generic db --from-literal=password={}",
    "- name: DB_PASSWORD\n  value: {}", "<password>{}</password>", "'password' => '{}',", "if password == '{}':",
    "ALTER USER app WITH PASSWORD '{}';", "CREATE USER 'app'@'%' IDENTIFIED BY '{}';",
    "SET PASSWORD FOR 'app'@'%' = PASSWORD('{}')", "Server=db;Uid=app;Pwd={};Port=1", "--token {} --verbose", "--api-key={}",
    "vault login -method=userpass password={}", "openssl rsa -in k.pem -passin pass:{} -noout", "htpasswd -nb admin {}",
    "htpasswd -bc /etc/nginx/.htpasswd admin {}", "keytool -list -storepass {} -keystore x", "ldapsearch -x -D cn=admin -w {} dn",
    "rabbitmqctl change_password app {}", "zip -P {} out.zip x", "https://x.example.org/hook?a=1&token={}&b=2",
    "https://s3.example.org/b?X-Amz-Signature={}", "MYSQL_PWD={} mysql geo", "DB_PASS={}", "smtp_pass: {}", "passphrase={}",
    "can't connect: ran mysql -p{} geo, didn't work", "+ redis-cli -a {} ping",
    "Sep 09 10:00:00 host app[1]: password={} rejected",
)
_FORMS = (  # what is known by its form, with nothing said before it
    "AKIA" + "IOSFODNN7EXAMPLE", "ASIA" + "Y34FZKBOKMUTVV7A", "gh" + "p_" + LONG[:36], "gh" + "s_" + LONG[:36],
    "github" + "_pat_" + LONG[:22] + "_" + LONG, "glpat" + "-" + LONG[:20], "xox" + "b-" + "1234567890-" + LONG[:24],
    "xox" + "p-" + "1234567890-" + LONG[:24], "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + LONG,
    "sk" + "_live_" + LONG[:24], "rk" + "_live_" + LONG[:24], "AIza" + LONG[:35], "ya29" + "." + LONG, "npm" + "_" + LONG[:36],
    "pypi" + "-" + LONG, "dckr" + "_pat_" + LONG[:27], "hvs" + "." + LONG[:24], "SG" + "." + LONG[:22] + "." + LONG,
    "AGE-SECRET" + "-KEY-1" + LONG.upper(), "$apr1$" + "x1y2z3a4$" + LONG[:22], "$2y$10$" + LONG + LONG[:13],
    "$6$" + "saltsalt$" + LONG, "{SHA}" + LONG[:27] + "=", "SCRAM-SHA-256$4096:" + LONG[:24] + "==$" + LONG[:40])


def _private_keys() -> list[str]:
    small, curve, edwards = rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1()), \
        ed25519.Ed25519PrivateKey.generate()
    pem, plain = Encoding.PEM, NoEncryption()
    return [
        small.private_bytes(pem, PrivateFormat.PKCS8, plain).decode(),
        small.private_bytes(pem, PrivateFormat.TraditionalOpenSSL, plain).decode(),
        small.private_bytes(pem, PrivateFormat.PKCS8, BestAvailableEncryption(b"abc")).decode(),
        curve.private_bytes(pem, PrivateFormat.TraditionalOpenSSL, plain).decode(),
        edwards.private_bytes(pem, PrivateFormat.PKCS8, plain).decode(),
        edwards.private_bytes(pem, PrivateFormat.OpenSSH, plain).decode(),
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{LONG}\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n",
        f"PuTTY-User-Key-File-3: ssh-ed25519\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 2\n{LONG}\n{LONG[:20]}\nPrivate-MAC: ab\n",
    ]


def planted() -> list[tuple[str, tuple[str, ...]]]:
    """Texts, each with the strings that must not be found afterwards."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for at, template in enumerate(_NAMED):
        secret = f"{WORD}{at:03}"
        found.append((template.format(secret), (secret,)))
    found += [(f"the answer was {form} and then\nmore", (form,)) for form in _FORMS]
    found.append((f"admin:$apr1$a.b/c1d2${LONG[:22]}\nops:{{SHA}}{LONG[5:32]}=", (LONG[:22], LONG[5:32])))
    for key in _private_keys():
        lines = tuple(line for line in key.splitlines() if len(line) > 18 and "--" not in line and ":" not in line)
        encoded = base64.b64encode(key.encode()).decode()
        found.append((f"$ cat key\n{key}$ exit\n", lines))
        found.append((_as_json(key), lines))
        if key.startswith("-----BEGIN"):
            found.append((f"  tls.key: {encoded}\n  tls.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", (encoded[40:80],)))
    return found


def _as_json(key: str) -> str:
    escaped = key.replace("\n", "\\n")
    return f'{{"private_key": "{escaped}", "id": 7}}'
