"""Replicas of production, what breaks them, what watches them, and the documents that are followed in them."""
