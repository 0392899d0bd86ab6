"""Annotations and job summary for GitHub Actions."""
