"""The document: a runbook's markdown read into procedures and commands, and what their words mean."""
