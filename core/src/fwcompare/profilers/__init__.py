"""Where a running target spends its time: profilers in, folded stacks and flamegraphs out."""
