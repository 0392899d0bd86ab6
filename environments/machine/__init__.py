"""The machine: its Docker Engine, cross-process locks, the reaper."""
