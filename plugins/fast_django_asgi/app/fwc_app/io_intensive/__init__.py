"""The workload ``io-intensive``."""
