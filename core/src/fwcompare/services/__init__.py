"""Services that a workload needs, and the ways to have them."""
