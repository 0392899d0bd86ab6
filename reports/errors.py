"""The errors of Runproof, one tree.

    DrillError
    ├── UsageError            an error in a feature, a document or an option; names file, line and what to try
    ├── InconclusiveError     the drill could not be judged: no steady state, no effect, a stalled machine
    ├── NotAvailableError     something is not available here (an image, a tool): the drill is NOT RUN, with this reason
    │   └── OutOfBudgetError  there is no time left for the drill: it is NOT RUN
    └── HarnessError          Runproof or the machine failed, not the document

A message says what was expected, what was found, where, and what to try.
"""


class DrillError(Exception):
    """Base of all errors that Runproof raises on purpose."""


class UsageError(DrillError):
    """A feature, a document, a findings file or an option is wrong."""


class InconclusiveError(DrillError):
    """The drill ran but proves nothing either way."""


class NotAvailableError(DrillError):
    """A resource of the drill is not available on this machine; the report shows the message as the reason."""


class OutOfBudgetError(NotAvailableError):
    """The run's time budget has no room for the drill."""


class HarnessError(DrillError):
    """Runproof, its containers or the machine failed; this says nothing about the document."""
