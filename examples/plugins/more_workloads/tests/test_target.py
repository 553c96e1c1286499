"""The conformance suite: every workload's contract on the real target and database, and what a server must bear."""

from fwcompare.testing.conformance import *  # noqa: F403
