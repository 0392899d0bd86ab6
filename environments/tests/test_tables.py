"""A system.toml defines a system; errors in it name the line and the nearest valid name."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import msgspec
import pytest

from environments.hosts.reach import Published
from environments.hosts.spec import Disk
from environments.probes.postgres import PostgresWorkloadSpec
from environments.systems.lines import line_of
from environments.systems.loader import TABLE, load
from environments.systems.schema import SCHEMA, schema, text
from environments.systems.table import size_bytes
from environments.systems.tabular import TabularReplica
from reports.errors import HarnessError, UsageError

ROOT = Path(__file__).parents[2]
TABLES = [*ROOT.glob("environments/systems/*/system.toml"), *ROOT.glob("steps/tests/fourth/**/system.toml")]
SHOP = """\
title = "Shop: one host."
secrets = ["database"]
always_observed = ["shop"]
alerts = "http://127.0.0.1:9090/api/v1/alerts"

[hosts.production]
runs = "everything"
image = "host"
aliases = ["shop.example"]
ports = [443, 5432]
disks = { "/opt" = "256 MiB" }

[hosts.production.files."/opt/shop/.env"]
text = "PASSWORD={database} {other}"
mode = "600"

[hosts.production.files."/opt/shop/root.pem"]
run = "cat /run/root.pem"
host = "production"

[stores.orders]
kind = "postgres"
port = 5432
user = "shop"
password = "database"
database = "shop"
container = "db"

[healthy."the shop answers"]
kind = "http"
url = "https://shop.example/health"

[placeholders]
"<domain>" = "shop.example"
"<pid>" = [{ from = "lsof -i", match = '^\\S+\\s+(\\d+)' }, { from = "pgrep shop", match = "(.+)" }]
"<worker>" = { run = "pgrep worker" }

[checks]
"Is it up" = { well = "^up$", examples = { well = "up", broken = "down" } }
"Is it well" = { well = "^fine", broken = "down|ill", examples = { well = "fine", broken = "ill" } }

[statements."users see 502"]
kind = "http"
url = "https://shop.example/"
status = [502, 503]

[statements."the disk is full"]
kind = "disk use"
mount = "/opt"
above = 90

[statements."the alert DiskFull fires"]
kind = "alert"
alert = "DiskFull"

[probes.shop]
kind = "http"
description = "GET /health"
url = "https://shop.example/health"

[writers.orders]
kind = "postgres workload"
description = "INSERT"
store = "orders"
synchronous_commit = "off"
lossy = "the commit is not on disk"

[faults."nginx stopped"]
kind = "units stopped"
description = "nginx is stopped"
units = ["nginx.service"]

[faults."tables locked"]
kind = "postgres lock"
description = "a session sleeps on its locks"
store = "orders"
tables = ["users"]

[faults."both"]
kind = "combined"
description = "both at once"
faults = ["nginx stopped", "tables locked"]

[events]
"nginx comes back" = { removes = "nginx stopped" }

[[assumptions]]
text = "The service has no restart policy."
stock = "Compose specification: restart defaults to no"

[disks."/opt"]
[disks."/var".hosts.production]
disks = { "/var" = "1 GiB" }

[variants."older"]
hosts.production.runs = "everything, as it was"
"""


@pytest.fixture
def folder(tmp_path):
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / TABLE).write_text(SHOP)
    return shop


def edition(folder: Path, disk: str = "/opt", variant: str = "") -> TabularReplica:
    shop = load(folder).make("run", disk, variant)
    assert isinstance(shop, TabularReplica)
    return shop


def line(wanted: str) -> int:
    return SHOP.split("\n").index(wanted) + 1


def test_a_table_is_a_system(folder):
    kind = load(folder)
    assert (kind.title, kind.disks, kind.variants) == ("Shop: one host.", ("/opt", "/var"), ("older",))
    shop = kind.make("run", "/opt", "")
    assert shop.stack == ("production: everything; data on /opt",)
    assert (shop.observed, shop.always_observed) == (("shop",), ("shop",))
    assert shop.assumptions == (
        "The service has no restart policy. (stock: Compose specification: restart defaults to no)",)
    assert shop.bindings == {"<domain>": "shop.example", "<worker>": ""}
    assert [(capture.placeholder, capture.command, capture.read("nginx 17 root")) for capture in shop.captures] == [
        ("<pid>", "lsof -i", "17"), ("<pid>", "pgrep shop", "nginx 17 root")]
    assert shop.workloads["orders"].lossy == "the commit is not on disk"
    assert shop.events.keys() == {"nginx comes back"}
    assert {name: claim.kind for name, claim in shop.claims.items()} == {
        "users see 502": "symptom", "the disk is full": "symptom", "the alert DiskFull fires": "alert"}


def test_a_fault_has_its_kind_and_its_parameters(folder):
    faults = load(folder).make("run", "/opt", "").faults
    assert (faults["nginx stopped"].kind, faults["nginx stopped"].parameters) == ("units stopped", {"units": '["nginx.service"]'})
    assert faults["tables locked"].spelled == 'postgres lock: store orders, tables ["users"]'
    assert faults["both"].parameters == {"faults": '["nginx stopped","tables locked"]'}


@pytest.mark.parametrize(("output", "well"), [("fine", True), ("so fine", False), ("fine\nill", False), ("\nfine", True)])
def test_a_check_is_well_if_its_output_matches_well_and_not_broken(folder, output, well):
    check = load(folder).make("run", "/opt", "").checks["Is it well"]
    assert (check.reading.of(output) == "well") == well


def test_disks_and_variants_replace_parts_of_the_table(folder):
    elsewhere = edition(folder, "/var", "older")
    assert elsewhere.stack == ("production: everything, as it was; data on /var",)
    assert elsewhere.table.hosts["production"].small_disks == (Disk("/opt", 256 << 20), Disk("/var", 1 << 30))
    assert edition(folder).table.hosts["production"].small_disks == (Disk("/opt", 256 << 20),)


def test_each_replica_gets_its_own_secrets(folder):
    kind = load(folder)
    one, other = (kind.make("run", "/opt", "") for _ in range(2))
    assert len(one.secrets) == 1
    assert one.secrets != other.secrets


@pytest.mark.parametrize(("right", "wrong", "at", "message"), [
    ('units = ["nginx.service"]', 'unts = ["nginx.service"]', 'units = ["nginx.service"]',
     r"""faults\."nginx stopped": unknown key 'unts'; known are: 'kind', 'host', 'units', .*'description'; did.* 'units'\?"""),
    ('kind = "units stopped"', 'kind = "units stoped"', 'kind = "units stopped"',
     r"unknown kind 'units stoped'; known are: 'backup damaged', .*; did you mean 'units stopped'\?"),
    ('units = ["nginx.service"]\n', "", '[faults."nginx stopped"]', "object missing required field `units`"),
    ('units = ["nginx.service"]', "units = 3", 'units = ["nginx.service"]', "expected `array`, got `int` in units"),
    ('description = "nginx is stopped"\n', "", '[faults."nginx stopped"]', "expected a `description`"),
    ('[faults."nginx stopped"]\nkind = "units stopped"', '[faults."nginx stopped"]', '[faults."nginx stopped"]',
     "expected a `kind`, one of: backup damaged, "),
    ('units = ["nginx.service"]', 'units = ["nginx.service"]\nhost = "prod"', 'units = ["nginx.service"]',
     "unknown host 'prod'; known are: production in host"),
    ('store = "orders"\ntables', 'store = "order"\ntables', 'store = "orders"\ntables',
     "unknown store 'order'; known are: orders"),
    ('faults = ["nginx stopped", "tables locked"]', 'faults = ["nginx"]', 'faults = ["nginx stopped", "tables locked"]',
     "unknown fault 'nginx'; known are: nginx stopped, tables locked, both"),
    ("port = 5432", "port = 5433", "port = 5432", "host production publishes no port 5433, only 22, 443, 5432"),
    ('password = "database"', 'password = "db"', 'password = "database"', "unknown secret 'db'; known are: database"),
    ('[placeholders]', '[placeholder]', '[placeholders]', "unknown key 'placeholder'; .*did you mean 'placeholders'"),
    ("ports = [443, 5432]", 'prts = [443, 5432]', "ports = [443, 5432]", r"hosts\.production: unknown key 'prts'; .*'ports'\?"),
    ('"256 MiB"', '"256 MB"', "[hosts.production]", "expected a size such as '256 MiB' or '2 GiB', found '256 MB'"),
    ('image = "host"', 'image = "hoost"', 'image = "host"', "unknown image 'hoost'; .*did you mean 'host'"),
    ('always_observed = ["shop"]', 'always_observed = ["shp"]', 'always_observed = ["shop"]',
     "unknown probe 'shp'; known are: 'shop'; did you mean 'shop'"),
    ('removes = "nginx stopped"', 'removes = "nginx"', '"nginx comes back" = { removes = "nginx stopped" }',
     "unknown fault 'nginx'"),
    ('[placeholders]', '[state]\nfiles = ["var/log"]\n\n[placeholders]', "[placeholders]",
     "state: expected an absolute path such as /var/log, found 'var/log'"),
    ('[placeholders]', '[[state.allow]]\nwhat = "volume * is gone"\n\n[placeholders]', "[placeholders]",
     "object missing required field `reason` in allow.0"),
    ('[placeholders]', '[[state.allow]]\nwhat = "volume * is gone"\nreason = ""\n\n[placeholders]', "[placeholders]",
     "an allowed change needs `what` and a `reason`"),
    ('[placeholders]', '[state.rows.book]\nhost = "prod"\nrun = "true"\n\n[placeholders]', "[placeholders]",
     "unknown host 'prod'"),
    ('[placeholders]', '[state]\nfile = []\n\n[placeholders]', "[placeholders]", "unknown key 'file'; .*did you mean 'files'"),
    ('{ well = "up", broken = "down" }', '{ well = "down", broken = "up" }', '"Is it up" = ',
     r"checks\.\"Is it up\": the example of a well answer reads as broken: 'down'"),
    ('{ well = "^up$", examples', '{ well = "", broken = "^$|x*", examples', '"Is it up" = ',
     "the example of a well answer reads as broken"),
    ('{ well = "^up$", examples = { well = "up", broken = "down" } }', '{ well = "^up$" }', '"Is it up" = ',
     "a reading needs examples"),
    ('{ well = "up", broken = "down" }', '{ well = "up" }', '"Is it up" = ', "missing required field `broken`"),
    ('{ well = "^up$", ', '{ well = "(", ', '"Is it up" = ', "`well` is no pattern"),
    ('broken = "down" } }', 'broken = "down" }, looks_at = ["both"] }', '"Is it up" = ',
     "`looks_at` and `because` belong together"),
    ('broken = "down" } }', 'broken = "down" }, looks_at = ["fire"], because = "its caption" }', '"Is it up" = ',
     "unknown fault 'fire'"),
    ('broken = "down" } }', 'broken = "down" }, looks_at = [], because = "its caption" }', '"Is it up" = ',
     "a check that looks at none has `waived"),
    ('{ well = "^up$", examples = { well = "up", broken = "down" } }', '"^up$"', '"Is it up" = ', "expected `object`, got `str`"),
    ('stock = "Compose', 'stck = "Compose', 'stock = "Compose specification: restart defaults to no"',
     r"assumptions\.0: unknown key 'stck'; .*'stock'\?"),
    ('stock = "Compose', 'stated = "1.1"\nstock = "Compose', "[[assumptions]]", "one of `stock`, `stated` and `chosen`"),
    ('match = "(.+)"', 'match = ".+"', '"<pid>" = ', "`match` needs a group"),
    ('run = "pgrep worker"', 'run = "pgrep worker", from = "ps"', '"<worker>" = ', "either `from` and `match`, or `run`"),
    ('run = "pgrep worker"', 'run = "pgrep worker", host = "prod"', '"<worker>" = ', "unknown host 'prod'"),
    ('host = "production"', 'host = "prod"', 'host = "production"', "unknown host 'prod'"),
    ('host = "production"', "", '[hosts.production.files."/opt/shop/.env"]', "expected either `text`, or `run` and `host`"),
    ('alerts = "http://127.0.0.1:9090/api/v1/alerts"\n', "", '[statements."the alert DiskFull fires"]',
     "expected the key 'alerts'"),
    ("above = 90", "above = 90\nbelow = 70", '[statements."the disk is full"]', "either `above` or `below`"),
    ('above = 90', 'above = 90\nhost = "prod"', 'above = 90', "unknown host 'prod'"),
    ('url = "https://shop.example/"', 'url = "https://other.example/"', 'url = "https://shop.example/"',
     "unknown host name 'other.example'; known are: production, shop.example"),
    ("hosts.production.runs = ", "hosts.production.rns = ", 'hosts.production.runs = "everything, as it was"',
     "unknown key 'rns'; .*did you mean 'runs'"),
])
def test_errors_name_the_line(folder, right, wrong, at, message):
    assert SHOP.count(right) == 1
    where = SHOP[: SHOP.index(f"\n{at}")].count("\n") + 2
    (folder / TABLE).write_text(SHOP.replace(right, wrong))
    with pytest.raises(UsageError, match=message) as raised:
        load(folder)
    named = int(str(raised.value).removeprefix(f"{folder / TABLE}:").partition(":")[0])
    # A missing key is reported at its table; an added or removed line shifts the others.
    assert abs(named - where) <= 1, raised.value


def test_a_toml_syntax_error_names_the_line(folder):
    (folder / TABLE).write_text(SHOP.replace('user = "shop"', 'user = shop'))
    number = line('user = "shop"')
    with pytest.raises(UsageError, match=rf"system\.toml: not TOML: .*line {number}"):
        load(folder)


def test_a_table_cannot_contain_a_time_target():
    assert not re.search(r"target|deadline|promis", text())


def test_a_python_file_beside_the_table_extends_it(folder):
    """Runs in a separate process, since a defined kind stays registered."""
    (folder / "system.py").write_text("""
from environments.faults import Fault
from environments.systems.tabular import TabularReplica

class ShopClosed(Fault, frozen=True, tag="shop closed"):
    until: str

class Shop(TabularReplica):
    def firing_alerts(self):
        return ("closed",)
""")
    (folder / TABLE).write_text(SHOP + '\n[faults."holiday"]\nkind = "shop closed"\ndescription = "closed"\nuntil = "Monday"\n')
    program = (f"from environments import systems\nsystems.__path__.append({str(folder.parent)!r})\n"
               "from environments.systems.schema import text\n"
               "shop = systems.replica('shop', 'run')\n"
               "print(shop.firing_alerts(), shop.fault('holiday'), 'shop closed' in text())")
    output = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert output == "('closed',) ShopClosed(until='Monday', description='closed') False\n"


def test_a_writers_spec_is_built_when_it_starts(folder, monkeypatch):
    shop = load(folder).make("run", "/opt", "")
    monkeypatch.setattr(shop, "published", lambda port, host: Published(port + 1))
    spec = shop.workloads["orders"].make("tag")
    assert isinstance(spec, PostgresWorkloadSpec)
    assert (spec.name, spec.run_tag, spec.store.port, spec.store.password) == ("orders", "tag", 5433, shop.secrets[0])


@pytest.mark.parametrize(("path", "expected"), [
    (("hosts", "production", "ports"), "ports = [443, 5432]"), (("hosts", "production", "nothing"), "[hosts.production]"),
    (("hosts", "production", "files", "/opt/shop/.env", "mode"), 'mode = "600"'),
    (("placeholders", "<domain>"), '"<domain>" = "shop.example"'),
    (("assumptions", 0, "text"), 'text = "The service has no restart policy."'),
    (("variants", "older", "hosts", "production", "runs"), 'hosts.production.runs = "everything, as it was"'),
])
def test_the_line_of_a_key(path, expected):
    assert SHOP.split("\n")[line_of(SHOP, path) - 1] == expected


def test_a_key_inside_a_multi_line_string_is_not_a_key():
    toml = 'a = """\nb = 1\n[c]\n"""\nb = 2\n[c]\nd = 3\n'
    assert [line_of(toml, path) for path in (("a",), ("b",), ("c",), ("c", "d"))] == [1, 5, 6, 7]


def test_sizes():
    assert (size_bytes("256 MiB"), size_bytes("2 GiB")) == (256 << 20, 2 << 30)


def test_the_published_schema_is_up_to_date():
    assert SCHEMA.read_text(encoding="utf-8") == text(), "run `python -m environments.systems --schema --write`"


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.parent.name)
def test_every_table_matches_the_schema(file):
    jsonschema.validate(tomllib.loads(file.read_text(encoding="utf-8")), schema())


@pytest.mark.parametrize(("right", "wrong"), [
    ("units stopped", "units stoped"), ("ports =", "prts ="), ('store = "orders"\ntables', "store = []\ntables")])
def test_the_schema_refuses_what_the_loader_refuses(right, wrong):
    jsonschema.validate(tomllib.loads(SHOP), schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(SHOP.replace(right, wrong)), schema())


def test_the_guestbook_that_newcomers_copy_is_one_page_without_python():
    guestbook = ROOT / "steps/tests/fourth/environments/systems/guestbook"
    assert len((guestbook / TABLE).read_text(encoding="utf-8").splitlines()) <= 45
    assert [file.name for file in guestbook.glob("*.py")] == []
    assert msgspec.json.encode(load(guestbook).make("run", "/", "").assumptions)


def test_https_without_a_root_is_an_error_instead_of_plain_http(folder):
    shop = edition(folder)
    with pytest.raises(HarnessError, match=r"https://shop\.example/ uses TLS, but no host declares with `root_ca`"):
        shop.endpoint("https://shop.example/")
