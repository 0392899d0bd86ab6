"""Probes: clients that observe a service from outside at a fixed rate, each in a process of its own."""
