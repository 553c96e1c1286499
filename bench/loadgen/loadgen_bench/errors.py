"""The benchmark's own error, in the form of the project's."""

from fwcompare.errors import FwcompareError


class BenchError(FwcompareError):
    """A tool, a server or this machine did not do what the benchmark needs."""
