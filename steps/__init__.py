"""The Gherkin vocabulary and the drill behind it."""
