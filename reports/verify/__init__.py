"""Checks a run's evidence with nothing but Python's standard library."""
