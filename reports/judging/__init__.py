"""Pure functions that turn samples and events into outages, objectives and verdicts."""
