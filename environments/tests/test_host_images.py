"""Images: the tag covers the whole content, and sources are tried in order."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from environments.hosts.image_record import ImageRecord
from environments.images import build, sources
from environments.images.sources import BaseSpec, ImageSpec, PublicImage
from environments.machine import engine
from environments.tests.conftest import OUTER
from reports.errors import HarnessError, NotAvailableError

BASE = "FROM scratch\nCOPY data /data\n"


@pytest.fixture
def tiny(tmp_path: Path) -> ImageSpec:
    """A one-file image that builds in an instant, with a tag unique to the test."""
    context = tmp_path / "tiny"
    context.mkdir()
    (context / "Dockerfile").write_text(BASE)
    (context / "data").write_text(str(tmp_path))
    return ImageSpec("runproof/test-tiny", context)


def test_the_tag_changes_with_every_input(tiny: ImageSpec) -> None:
    tags = {sources.tag_of(tiny), sources.tag_of(replace(tiny, build_args=(("A", "1"),))),
            sources.tag_of(replace(tiny, base=BaseSpec("bookworm"))), sources.tag_of(replace(tiny, base=BaseSpec("trixie"))),
            sources.tag_of(replace(tiny, stages=(("A", BaseSpec("trixie")),))), sources.tag_of(replace(tiny, nested=(tiny,)))}
    (tiny.context / "data").write_text("other")
    tags.add(sources.tag_of(tiny))
    (tiny.context / "data").chmod(0o755)
    tags.add(sources.tag_of(tiny))
    (tiny.context / "more").mkdir()
    tags.add(sources.tag_of(tiny))
    assert len(tags) == 9


def test_the_machines_ca_is_not_part_of_the_tag(tiny: ImageSpec) -> None:
    before = sources.tag_of(tiny)
    (tiny.context / build.MACHINE_CA).write_text("left by somebody")
    assert sources.tag_of(tiny) == before


def test_built_once_then_local(tiny: ImageSpec) -> None:
    first, second = sources.ensure(tiny), sources.ensure(tiny)
    assert (first.origin, second.origin) == ("built", "local")
    assert first.tag == second.tag
    assert first.digest == second.digest
    assert first.digest.startswith("sha256:")
    engine.connect().images.remove(first.tag)


def test_from_a_bundle_before_a_build(tiny: ImageSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = sources.ensure(tiny)
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    with (bundle / "any-name.tar").open("wb") as archive:
        archive.writelines(engine.connect().images.get(built.tag).save(named=built.tag))
    engine.connect().images.remove(built.tag)
    monkeypatch.setenv("DRILL_IMAGE_BUNDLE", str(bundle))
    loaded = sources.ensure(tiny)
    assert (loaded.origin, loaded.digest) == ("bundle", built.digest)
    engine.connect().images.remove(built.tag)


def test_a_failed_build_shows_the_tail_of_its_log(tiny: ImageSpec) -> None:
    (tiny.context / "Dockerfile").write_text("FROM scratch\nCOPY no-such-file /\n")
    with pytest.raises(HarnessError, match=r"(?s)test-tiny failed.*no-such-file.*Full log"):
        sources.ensure(tiny)


def test_an_optional_image_is_not_available_if_its_build_fails(tiny: ImageSpec) -> None:
    (tiny.context / "Dockerfile").write_text("FROM scratch\nCOPY no-such-file /\n")
    needs_it = replace(tiny, name="runproof/test-needs-it", stages=(("PART", replace(tiny, without="The database")),))
    with pytest.raises(NotAvailableError, match=r"(?s)^The database is not available here: .*no-such-file"):
        sources.ensure(needs_it)


def test_a_public_image_without_a_source_is_not_available() -> None:
    with pytest.raises(NotAvailableError, match=r"localhost:1/no/such:1 is not in the local engine"):
        sources.ensure(PublicImage("localhost:1/no/such:1"))


def test_a_stand_in_is_recorded_as_such(tiny: ImageSpec) -> None:
    record = sources.ensure(replace(tiny, stands_in_for="example/real:1", reason="no registry"))
    assert (record.stands_in_for, record.reason) == ("example/real:1", "no registry")
    engine.connect().images.remove(record.tag)


def test_no_image_holds_the_machines_ca(docker_host_record: ImageRecord) -> None:
    for tag in (docker_host_record.tag, sources.tag_of(sources.host_image())):
        found = engine.connect().containers.run(
            tag, ["/", "-xdev", "-name", build.MACHINE_CA, "-o", "-name", "os-release"], entrypoint=["find"], remove=True)
        assert b"os-release" in found  # it did look
        assert build.MACHINE_CA.encode() not in found


def test_nested_images_belong_to_the_tag() -> None:
    assert sources.tag_of(OUTER) != sources.tag_of(replace(OUTER, nested=()))
    [inner] = OUTER.nested
    renamed = replace(OUTER, nested=(replace(inner, names_inside=("example/renamed:1",)),))
    assert sources.tag_of(OUTER) != sources.tag_of(renamed)


def test_contexts_need_a_dockerfile(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    with pytest.raises(HarnessError, match="No Dockerfile"):
        sources.tag_of(ImageSpec("runproof/test-none", tmp_path))
