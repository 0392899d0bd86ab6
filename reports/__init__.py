"""Judge and prove: the clock, the journal, the verdicts, and what is derived from them."""
