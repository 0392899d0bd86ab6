"""The HTML report: one file, no script."""
