"""The sleep workloads."""
