"""Whether the process serves, and what it is."""
