"""Writes, signs, stamps and merges the files of a run."""
