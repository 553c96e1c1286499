"""The load generator behind its port; the only room that knows it."""
