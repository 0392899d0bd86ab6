"""Sentences for people, made once and never parsed."""
