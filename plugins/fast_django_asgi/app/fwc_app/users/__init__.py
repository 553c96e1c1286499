"""The workload ``users``."""
