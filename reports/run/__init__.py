"""One run as data, built from its journals; and the runs before it."""
