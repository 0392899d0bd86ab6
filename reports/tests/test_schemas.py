"""The published schemas are the code's own structures."""

from reports.schemas import FOLDER, schemas


def test_the_published_schemas_are_made_from_the_code() -> None:
    """Where this fails: `python -m reports.schemas --write`, and raise the version where a reader must know."""
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.json")} == schemas()
