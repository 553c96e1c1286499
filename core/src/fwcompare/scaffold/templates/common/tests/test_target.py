"""The conformance suite: contract, work, readiness, shutdown, bad requests and many clients, for real."""

from fwcompare.testing.conformance import *  # noqa: F403
