"""What a person reads off the answer of a documented check. Standard library only: the verification reads again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Says = Literal["well", "broken", ""]


@dataclass(frozen=True)
class Reading:
    """Patterns (multi-line) of an answer that says all is well, and of one that says something is broken; "" for none."""

    well: str = ""
    broken: str = ""

    def __bool__(self) -> bool:
        return bool(self.well or self.broken)

    def of(self, text: str) -> Says:
        """Read an answer: broken if it matches `broken`, or does not match `well`; "" without a pattern."""
        if self.broken and re.search(self.broken, text, re.MULTILINE):
            return "broken"
        if self.well and not re.search(self.well, text, re.MULTILINE):
            return "broken"
        return "well" if self else ""
