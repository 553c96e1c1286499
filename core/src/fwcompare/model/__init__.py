"""Frozen types: what is asked for, what is planned, what was measured. Imports nothing of ours but errors."""
