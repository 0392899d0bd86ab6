"""The machine a run happens on, and the version of Runproof that runs there."""

import os
import platform
import subprocess
import tomllib
from pathlib import Path


def project_version() -> str:
    """Return Runproof's version as pyproject.toml states it (there is no build, so no installed metadata to ask)."""
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def commit() -> str:
    """Return the commit of the project's working tree, "" if git does not tell."""
    try:
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).resolve().parents[1], capture_output=True,
                              text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def machine() -> str:
    """Describe this machine: kernel, architecture, cores, memory in GiB."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores, {pages / 2**30:.0f} GiB"
