"""Documents made from a finished run: one file a reporter, beside small modules named for what they hold."""
