"""The pytest plugin: session, recorder, terminal."""
