"""Reads an operations document."""
