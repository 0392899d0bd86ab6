"""Checks a run's evidence with only Python's standard library."""
