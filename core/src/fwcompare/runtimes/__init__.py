"""How a target is built and started, and how nothing it starts outlives the run."""
