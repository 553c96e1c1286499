"""Statistics over trials: intervals, pairs and the summary of a run. Pure: no I/O, no clock, no randomness."""
