"""Probes: clients that observe a service from outside at a fixed rate, each in its own process."""
