"""The findings as a table and as patches that git accepts."""

import shutil
import subprocess
from pathlib import Path

import pytest

from reports.errors import UsageError
from steps import findings

DOCUMENT = '''+++
system = "shop"
title = "Shop"
source = "none"
source_version = "1"
source_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
commands_in_comments = [
    { heading = "The shop is down", block = 1, text = "curl http://localhost/health" },
    { heading = "The shop is down", block = 3, text = "sudo kill -9 <pid>" },
]
+++

# Shop

## The shop is down

**Diagnosis**

```
1. Look
   └─ curl http://localhost/health
```

```bash
# Check the shop
curl http://localhost/health  # should answer
```

**Resolution**

```bash
# Option 1: Restart
sudo systemctl restart shop

# Verify
sudo systemctl status shop

# Option 2: Free the port
sudo lsof -i :80
# If it is taken: sudo kill -9 <pid>

# Option 3: Free the disk
sudo journalctl --vacuum=30d  # keep 30 days
find /var/log -delete

# Option 4: Restore
gunzip backup.sql.gz
psql shop < backup.sql
echo one; echo two
```
'''
SHORT = '''
[[finding]]
id = "{id}"
title = "{id} | wrong"
severity = "remedy fails"
heading = "The shop is down"
explanation = "It is wrong."
{more}
'''
PROVEN = 'drills = ["wrong"]\nfails = [{ kind = "recovery" }]\nproven_by = ["right"]\n'


def listed(**entries: str) -> str:
    return "".join(SHORT.format(id=name.replace("_", "-"), more=more) for name, more in entries.items())


FINDINGS = listed(
    S_1=f"command = 'curl http://localhost/health'\ncorrection = 'curl -f --max-time 5 http://localhost/health'\n{PROVEN}",
    S_2=f"command = 'curl http://localhost/health'\ncorrection = 'curl -f --retry 5 http://localhost/health'\n{PROVEN}",
    S_3="command = 'sudo systemctl restart shop'\nmechanism = 'remedy'\ncorrection = '''\nsudo systemctl reset-failed shop\n"
        f"sudo systemctl restart shop\nsudo systemctl status shop\n'''\n{PROVEN}",
    S_4="command = 'sudo kill -9 <pid>'\ncorrection = '''\nsudo kill $(sudo lsof -t -i :80)\nsudo systemctl start shop\n'''\n"
        f"{PROVEN}",
    S_5="command = 'sudo journalctl --vacuum=30d'\nreplaces = ['find /var/log -delete']\ncorrection = '''\n"
        f"sudo journalctl --vacuum-time=30d\nfind /var/log -name '*.log.*' -mtime +30 -delete\n'''\n{PROVEN}",
    S_6=f"command = 'psql shop < backup.sql'\nplacement = 'before'\ncorrection = 'gzip -t backup.sql.gz'\n{PROVEN}",
    S_7=f"command = 'gunzip backup.sql.gz'\nplacement = 'elsewhere'\ncorrection = 'cp backup.sql.gz /safe'\n{PROVEN}",
    S_8=f"command = 'gunzip backup.sql.gz'\ncorrection = 'gunzip -k backup.sql.gz'\n{PROVEN}",
    S_9=f"command = 'gunzip backup.sql.gz'\ncorrection = 'zcat backup.sql.gz'\n{PROVEN}",
    S_10="",
    S_11="command = 'gunzip backup.sql.gz'\ncorrection = 'true'\n",
    S_12=f"command = 'echo one'\ncorrection = '''\necho 1\necho 2\n'''\n{PROVEN}",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "features/shop"
    folder.mkdir(parents=True)
    (folder / "RUNBOOK.md").write_text(DOCUMENT, encoding="utf-8")
    (folder / "findings.toml").write_text(FINDINGS, encoding="utf-8")
    return tmp_path


def apply(project: Path, patch: str, *options: str) -> None:
    subprocess.run(["git", "apply", *options, "-"], cwd=project, input=patch, text=True, check=True)


def test_the_patch_replaces_commands_by_their_corrections(project: Path) -> None:
    document, = findings.read(project)
    apply(project, document.diff(), "--check")
    apply(project, document.diff())
    after = (project / "features/shop/RUNBOOK.md").read_text(encoding="utf-8")
    assert after.partition("**Diagnosis**")[2] == '''

```
1. Look
   └─ curl -f --max-time 5 http://localhost/health
```

```bash
# Check the shop
curl -f --retry 5 http://localhost/health  # should answer
```

**Resolution**

```bash
# Option 1: Restart
sudo systemctl reset-failed shop
sudo systemctl restart shop
sudo systemctl status shop

# Verify

# Option 2: Free the port
sudo lsof -i :80
# If it is taken:
sudo kill $(sudo lsof -t -i :80)
sudo systemctl start shop

# Option 3: Free the disk
sudo journalctl --vacuum-time=30d
find /var/log -name '*.log.*' -mtime +30 -delete

# Option 4: Restore
gunzip -k backup.sql.gz
gzip -t backup.sql.gz
psql shop < backup.sql
echo one; echo two
```
'''


def test_what_is_not_in_the_patch_is_listed_with_its_reason(project: Path) -> None:
    document, = findings.read(project)
    assert document.left_out == {
        "S-7": "its correction belongs elsewhere, before the incident",
        "S-9": "S-8 replaces the same command",
        "S-10": "no correction is proposed",
        "S-11": "no drill proves its correction",
        "S-12": "its command shares a line with others",
    }
    page = findings.page([document])
    assert all(f"* {name}: {why}\n" in page for name, why in document.left_out.items())


def test_the_table_names_line_severity_mechanism_and_who_sees_to_it(project: Path) -> None:
    file = project / "features" / "shop" / "findings.toml"
    text = file.read_text(encoding="utf-8")
    first = 'title = "S-3 | wrong"\n'
    assert first in text
    file.write_text(text.replace(first, f'{first}owner = "web | team"\ndue = 2027-01-31\nstatus = "accepted"\n'
                                        'accepted_until = 2027-06-30\naccepted_by = "A. Owner"\n'), encoding="utf-8")
    rows = list(findings.table(findings.read(project)))
    assert rows[4] == ("| S-3 | remedy fails | remedy | accepted until 2027-06-30 by A. Owner | web \\| team | 2027-01-31 "
                       "| features/shop/RUNBOOK.md:33 | S-3 \\| wrong |")
    assert "| open |  |  |" in rows[3], "what is not stated stays empty"
    assert len(rows) == 2 + 12


def test_an_unknown_system_is_refused_with_those_that_are_known(project: Path) -> None:
    with pytest.raises(UsageError, match="no system 'ship'; known: shop"):
        findings.read(project, ["ship"])


def test_git_accepts_the_patches_of_the_projects_own_documents(tmp_path: Path) -> None:
    shutil.copytree(findings.PROJECT / "features", tmp_path / "features")
    documents = findings.read()
    apply(tmp_path, "".join(document.diff() for document in documents))
    for document in documents:
        after = (tmp_path / document.runbook.path).read_text(encoding="utf-8")
        assert after == "".join(document.after())
        corrected = [finding for finding in document.findings if finding.finding_id not in document.left_out]
        assert corrected
        assert all(line in after for finding in corrected for line in finding.correction.strip().splitlines())
