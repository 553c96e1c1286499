"""Real time behind its port."""

import time
from datetime import UTC, datetime


class SystemClock:
    """:class:`~fwcompare.model.ports.Clock` of this machine."""

    def monotonic(self) -> float:
        """Give CLOCK_MONOTONIC in seconds, which the load generator reads too."""
        return time.monotonic()

    def now(self) -> str:
        """Give the present as ISO 8601 in UTC, to the second."""
        return datetime.now(UTC).isoformat(timespec="seconds")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
