"""A load under way in threads of this process, whatever its result is turned into."""

from collections.abc import Callable
from typing import Generic, TypeVar

import fwcompare_loadgen as loadgen
from fwcompare.errors import MeasurementError
from fwcompare.model.ports import LoadProgress

T = TypeVar("T")


class RunningLoad(Generic[T]):
    """A load that was started; ``convert`` makes of its result what :meth:`wait` gives."""

    def __init__(self, load: loadgen.Load, convert: Callable[[loadgen.LoadResult], T]) -> None:
        self._load = load
        self._convert = convert

    def progress(self) -> LoadProgress:
        """Say how far it is; cheap."""
        seen = self._load.snapshot()
        return LoadProgress(
            phase=seen.phase,
            elapsed_s=seen.elapsed_s,
            sent=seen.sent,
            errors=seen.errors,
            ok=seen.completed - seen.errors,
            times_ms=seen.times_ms,
        )

    def stop(self) -> None:
        """End it early; :meth:`wait` then gives what was recorded. May be called twice."""
        self._load.stop()

    def wait(self, timeout_s: float | None = None) -> T | None:
        """Wait for the end; None when it still goes on after ``timeout_s`` seconds.

        :raises MeasurementError: the load could not be carried out to its end.
        """
        try:
            return self._convert(self._load.wait(timeout_s))
        except TimeoutError:
            return None
        except loadgen.LoadgenError as error:
            raise MeasurementError("load could not be carried out", seen=str(error)) from error
