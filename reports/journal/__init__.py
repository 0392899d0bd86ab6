"""What happened: events, their chained journal, clocks, the run's lock, redaction."""
