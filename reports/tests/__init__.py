"""Tests of what judges and proves."""
