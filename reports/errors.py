"""The errors of Runproof, one tree.

    DrillError
    ├── UsageError            you wrote it wrong: a feature, a document, an option; names file, line and what to try
    ├── InconclusiveError     the drill could not be judged: no steady state, no effect, a stalled machine
    ├── NotAvailableError     something cannot be had here (an image, a tool): the drill is NOT RUN, with this reason
    └── HarnessError          Runproof or the machine broke, not the document

A message says what was expected, what was found, where, and what to try.
"""


class DrillError(Exception):
    """Base of everything that Runproof raises on purpose."""


class UsageError(DrillError):
    """A feature, a document, a findings file or an option is wrong."""


class InconclusiveError(DrillError):
    """The drill ran but proves nothing either way."""


class NotAvailableError(DrillError):
    """A resource of the drill cannot be had on this machine; the message is the reason that the report gives."""


class HarnessError(DrillError):
    """Runproof, its containers or the machine failed; nothing is said about the document."""
