"""Log lines as journald understands them: a priority in front, so that `journalctl -p err` finds the errors."""

import logging


class JournalFormatter(logging.Formatter):
    """`<3>message` for errors, `<4>` for warnings, `<6>` for the rest; further lines carry the priority too."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, each of its lines with its priority."""
        priority = 3 if record.levelno >= logging.ERROR else 4 if record.levelno >= logging.WARNING else 6
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())
