"""Recording: events, the chained journal, clocks, the run lock, redaction."""
