"""The Gherkin sentences: one act for each thing that a scenario can say."""

VOCABULARY = ("stack", "data", "faults", "remedy", "recovery")
"""The modules of the acts, in the order of a drill."""
