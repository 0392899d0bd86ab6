"""The engine that runs the drills."""
