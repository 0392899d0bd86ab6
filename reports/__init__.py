"""Judges and proves: the clock, the journal, the verdicts, and the files derived from them."""
