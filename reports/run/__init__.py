"""A run as data, built from its journals; and earlier runs."""
