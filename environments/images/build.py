"""Builds an image with the engine's classic builder, honouring the machine's CA bundle and proxies."""

import io
import os
import ssl
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import docker.errors

from environments.machine import engine
from reports.errors import HarnessError

BUILD_LOGS = Path(__file__).parents[2] / "reports" / "out" / "build"
MACHINE_CA = "machine-ca.crt"
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
_IGNORED = {"__pycache__", MACHINE_CA}


def fingerprint(context: Path) -> Iterator[str]:
    """Yield the fingerprint of a build context: path, kind, executable bit and content of each file."""
    for path in context_files(context):
        name = path.relative_to(context).as_posix()
        if path.is_symlink():
            yield f"{name} -> {path.readlink()}"
        elif path.is_file():
            yield f"{name} {bool(path.stat().st_mode & 0o100)} {path.read_bytes().hex()}"
        else:
            yield name


def context_files(context: Path) -> list[Path]:
    """List all files and folders of a context in a fixed order; raises HarnessError without a Dockerfile."""
    if not (context / "Dockerfile").is_file():
        raise HarnessError(f"No Dockerfile in {context}: an image's context is a folder with one.")
    return [path for path in sorted(context.rglob("*")) if not _IGNORED & set(path.relative_to(context).parts)]


def build(name: str, context: Path, tag: str, arguments: dict[str, str]) -> None:
    """Build an image from a folder. Raises HarnessError with the tail of the build log."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path in context_files(context):
            tar.add(path, path.relative_to(context).as_posix(), recursive=False, filter=_owned_by_root)
        add_text(tar, MACHINE_CA, machine_ca())
    stream.seek(0)
    build_from_archive(name, stream, tag, arguments)


def build_from_archive(name: str, archive: IO[bytes], tag: str, arguments: dict[str, str]) -> None:
    """Build an image from a tar of a context. Raises HarnessError with the tail of the build log."""
    log_path = BUILD_LOGS / f"{name.replace('/', '-')}.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    failure = ""
    with log_path.open("w", encoding="utf-8") as log:
        try:
            for message in engine.connect().api.build(
                fileobj=archive, custom_context=True, encoding=None, tag=tag, rm=True, forcerm=True, decode=True,
                buildargs={**_proxies(), **arguments}, labels={engine.IMAGE_LABEL: name},
            ):
                failure = failure or str(message.get("error", ""))
                log.write(str(message.get("stream") or message.get("error") or ""))
        except docker.errors.APIError as error:
            failure = str(error.explanation or error)
    if failure:
        tail = "\n".join(log_path.read_text(encoding="utf-8").splitlines()[-30:])
        raise HarnessError(f"Building image {name} failed: {failure}\n{tail}\nFull log: {log_path}")


def add_text(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file to the tar of a context."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o644
    tar.addfile(member, io.BytesIO(content))


def machine_ca() -> bytes:
    """Return the certificates that this machine trusts, so that a private CA does not break downloads in build stages."""
    candidates = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile,
                  "/etc/ssl/certs/ca-certificates.crt")
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return Path(candidate).read_bytes()
    return b""


def _proxies() -> dict[str, str]:
    names = [*_PROXIES, *(name.upper() for name in _PROXIES)]
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member
