"""Stacks as a file that speedscope opens: its own format, "sampled" profiles, one sample a distinct stack.

Leaves out reading that format (``speedscope.py``, which reads what py-spy writes). The order of samples means nothing,
so it is "Left Heavy" and "Sandwich" that have something to show. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fwcompare.profilers.folded import Stack

SCHEMA: Final = "https://www.speedscope.app/file-format-schema.json"


@dataclass(frozen=True)
class NamedStacks:
    """A profile: samples of each distinct stack; ``cpu_ms_per_request`` is what all of them are worth, if known."""

    name: str
    stacks: Mapping[Stack, int]
    cpu_ms_per_request: float | None


def export(profiles: Sequence[NamedStacks], name: str) -> str:
    """Write profiles into one file; equal profiles give equal bytes.

    Weights are milliseconds of CPU per request, or numbers of samples where those are not known.
    """
    frames = sorted({frame for profile in profiles for stack in profile.stacks for frame in stack})
    places = {frame: place for place, frame in enumerate(frames)}
    document = {
        "$schema": SCHEMA,
        "name": name,
        "exporter": "fwcompare",
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": frame} for frame in frames]},
        "profiles": [_sampled(profile, places) for profile in profiles],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def _sampled(profile: NamedStacks, places: Mapping[str, int]) -> dict[str, object]:
    stacks = sorted(profile.stacks.items())
    samples = sum(profile.stacks.values())
    known = profile.cpu_ms_per_request is not None and samples > 0
    worth = (profile.cpu_ms_per_request or 0.0) / samples if known else 1
    weights = [count * worth for _, count in stacks]
    return {
        "type": "sampled",
        "name": profile.name,
        "unit": "milliseconds" if known else "none",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": [[places[frame] for frame in stack] for stack, _ in stacks],
        "weights": weights,
    }
