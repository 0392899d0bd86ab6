"""The Gherkin sentences."""
