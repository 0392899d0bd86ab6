"""Containers that behave like servers, their network, SSH and operator."""
