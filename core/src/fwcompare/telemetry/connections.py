"""Asks services how many connections targets hold, at 5 Hz and in a thread of its own.

Apart from the sampling of processes, so that a database that answers late does not hold that up.
"""

import threading
import time
from collections.abc import Callable, Mapping

PERIOD_S = 0.2
_LEAVE_AFTER_S = 5.0

Count = tuple[float, int | None]
"""When was asked, on the clock of ``time.monotonic``, and how many there were; None when the service did not tell."""


class ConnectionSampling:
    """Counting under way; begins at once."""

    def __init__(self, services: Mapping[str, Callable[[], int | None]]) -> None:
        self._services = services
        self.counts: dict[str, list[Count]] = {name: [] for name in services}
        self.own_cpu_s = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="connection telemetry", daemon=True)
        if services:
            self._thread.start()

    def stop(self) -> None:
        """End it; a service that does not answer is waited for some seconds and then left. May be called twice."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_LEAVE_AFTER_S)

    def _run(self) -> None:
        due_s = time.monotonic()
        while True:
            for name, count in self._services.items():
                asked_s = time.monotonic()
                self.counts[name].append((asked_s, count()))
            self.own_cpu_s = time.thread_time()
            due_s = max(due_s + PERIOD_S, time.monotonic())
            if self._stopped.wait(due_s - time.monotonic()):
                return
