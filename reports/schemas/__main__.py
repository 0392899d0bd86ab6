"""`python -m reports.schemas --write`."""

import sys

from reports.schemas import FOLDER, schemas

if sys.argv[1:] != ["--write"]:
    sys.exit("usage: python -m reports.schemas --write")
for name, content in schemas().items():
    (FOLDER / name).write_bytes(content)
