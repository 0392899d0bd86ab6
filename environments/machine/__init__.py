"""What the machine offers: its engine, cross-process locks, the reaper."""
