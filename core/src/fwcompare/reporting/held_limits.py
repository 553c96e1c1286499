"""Which limits held, as they were read back under load: one line where it is the same for all, else by target."""

from collections.abc import Iterable

from fwcompare.model.limits import Held
from fwcompare.model.measurement import Trial


def held_limits(trials: Iterable[Trial]) -> dict[str, object]:
    """Give what stands under "limits held"; empty where no trial recorded any."""
    seen: dict[str, list[str]] = {}
    for trial in trials:
        if trial.limits is not None:
            seen.setdefault(trial.planned.cell.target, []).append(_in_words(trial.limits))
    by_target = {target: "; or: ".join(sorted(set(words))) for target, words in sorted(seen.items())}
    if not by_target:
        return {}
    different = set(by_target.values())
    return {"limits held": by_target if len(different) > 1 else different.pop()}


def _in_words(held: Held) -> str:
    return f"{held.words} (missing: {held.missing})" if held.missing else held.words
