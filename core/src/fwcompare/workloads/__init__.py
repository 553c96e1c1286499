"""What the project itself asks of targets: one module a workload, as ``WORKLOADS.md`` of the design has it."""
