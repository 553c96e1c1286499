"""The run directory: append-only, versioned."""
