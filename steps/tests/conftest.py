"""The fourth system is an example that a test copies elsewhere; it is not collected here."""

collect_ignore = ["fourth"]
