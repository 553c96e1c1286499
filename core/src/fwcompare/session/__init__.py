"""The life of a run, one module per step."""
