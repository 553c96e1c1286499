"""Which rate to try next when the highest rate is sought that holds a service level objective, and when to stop.

The capacity is the highest rate at which a fresh trial passes with probability 1/2 or more (METHOD, "Capacity under
an SLO"). A probe is one such trial. The search is a function of the probes so far and of nothing else, so that it goes
on after an interruption as if there had been none.

*Bracket*: by factors of 1.6 from a start rate, up while probes pass or down while they fail. *Bisection*: a
distribution over a grid of logarithms of rates, the next probe at its median; a pass weighs what lies above by 0.8 and
what lies below by 0.2, a failure the reverse (M. Horstein, "Sequential transmission using noiseless feedback", IEEE
Trans. Inf. Theory 9, 1963). The probes of the bracket count as evidence too, and the grid reaches a factor beyond it:
one of them may have been chance. *Confirmation*: 0.95 C must pass 4 of 5 and 1.05 C must fail 4 of 5; a side that
does not is tried at 10 %.

Leaves out what makes a probe pass (``probes.py``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

Verdict = Literal["pass", "fail", "invalid"]
Phase = Literal["bracket", "bisection", "confirmation"]
Blamed = Literal["client", "host", "trial"]

FACTOR: Final = 1.6
WEIGHT: Final = 0.8
"""How much an answer is believed."""
LEAST_BISECTION: Final = 8
MOST_BISECTION: Final = 40
MASS: Final = (0.05, 0.95)
NARROW: Final = 0.06
"""The bisection ends when the mass between these lies within so much, as a logarithm."""
SIDES: Final = (0.05, 0.10)
NEEDED, OF = 4, 5
"""So many answers alike, of so many, confirm a side."""
MOST_INVALID: Final = 5
"""So many invalid probes in a row, and the search ends."""
MOST_STEPS: Final = 30
"""So many factors from the start rate, and the search ends: that is a million and more."""
_STEP: Final = 0.004
_DIGITS: Final = 4
# What the confirmation takes when some answers are chance.
_FOR_CONFIRMATION: Final = 14


@dataclass(frozen=True)
class Tried:
    """A probe that was made: its rate in requests per second, what became of it, and whose fault an invalid one was."""

    rate_rps: float
    verdict: Verdict
    reason: str = ""
    about: Blamed = "trial"


@dataclass(frozen=True)
class Ask:
    """The rate to try next. ``profiled``: of all probes this one is near the capacity, and at a rate that holds."""

    rate_rps: float
    phase: Phase
    profiled: bool = False


@dataclass(frozen=True)
class Found:
    """The end of a search.

    A *bracket* was confirmed on both sides. *client-bound*: the load generator was the limit, and ``low_rps`` passed.
    *unresolved*: the bounds are what is known all the same, and no rate may be named.
    """

    state: Literal["bracket", "client-bound", "unresolved"]
    low_rps: float | None
    high_rps: float | None
    estimate_rps: float | None
    reason: str = ""


@dataclass(frozen=True)
class _Valid:
    """Probes that count, with the rates that passed and failed."""

    tried: tuple[Tried, ...]

    @property
    def passed(self) -> list[float]:
        return [probe.rate_rps for probe in self.tried if probe.verdict == "pass"]

    @property
    def failed(self) -> list[float]:
        return [probe.rate_rps for probe in self.tried if probe.verdict == "fail"]


def next_step(start_rps: float, tried: Sequence[Tried], *, most_probes: int = 35) -> Ask | Found:
    """Give the rate to try next, or what was found.

    :param start_rps: where the search begins.
    :param tried: every probe so far, in order; invalid ones are tried again and count for nothing else.
    :param most_probes: valid probes in all; where they do not suffice the end is *unresolved*.
    """
    valid = tuple(probe for probe in tried if probe.verdict != "invalid")
    given_up = _given_up(tried, _Valid(valid))
    if given_up is not None:
        return given_up
    bracketing = _bracketing(valid)
    seen = _Valid(valid[:bracketing])
    if not (seen.passed and seen.failed):
        return _bracket(start_rps, seen, most_probes)
    belief, later, most = _Belief.around(seen), valid[bracketing:], most_probes - bracketing
    for number, probe in enumerate(later):
        if belief.is_settled(number, most):
            return _confirm(belief.median_rps, later[number:], most - number)
        belief = belief.after(probe)
    if belief.is_settled(len(later), most):
        return _confirm(belief.median_rps, (), most - len(later))
    return Ask(belief.median_rps, "bisection")


def _given_up(tried: Sequence[Tried], valid: _Valid) -> Found | None:
    """End a search whose last probes were all invalid: what disturbs them will disturb the next."""
    last = tried[-MOST_INVALID:]
    if len(last) < MOST_INVALID or any(probe.verdict != "invalid" for probe in last):
        return None
    low, high = max(valid.passed, default=None), min(valid.failed, default=None)
    reason = f"{MOST_INVALID} probes in a row were invalid at {last[-1].rate_rps:g} req/s: {last[-1].reason}"
    if high is None and low is not None and all(probe.about == "client" for probe in last):
        return Found("client-bound", low, None, None, reason)
    return Found("unresolved", low, high, None, reason)


def _bracketing(valid: Sequence[Tried]) -> int:
    """Count the probes up to the first whose answer is another than the first one's."""
    for number, probe in enumerate(valid, start=1):
        if probe.verdict != valid[0].verdict:
            return number
    return len(valid)


def _bracket(start_rps: float, seen: _Valid, most_probes: int) -> Ask | Found:
    steps = len(seen.tried)
    least = _FOR_CONFIRMATION + LEAST_BISECTION
    if steps >= MOST_STEPS or steps + least > most_probes:
        low, high = max(seen.passed, default=None), min(seen.failed, default=None)
        way = f"even {low:g} req/s passed" if low is not None else f"even {high:g} req/s failed"
        return Found("unresolved", low, high, None, f"{way} after {steps} probes from {start_rps:g} req/s")
    if seen.passed:
        return Ask(_rounded(max(seen.passed) * FACTOR), "bracket")
    if seen.failed:
        return Ask(_rounded(min(seen.failed) / FACTOR), "bracket")
    return Ask(start_rps, "bracket")


@dataclass(frozen=True)
class _Belief:
    """How likely the capacity is to lie at each of the logarithms."""

    logs: tuple[float, ...]
    mass: tuple[float, ...]

    @classmethod
    def around(cls, seen: _Valid) -> "_Belief":
        low, high = math.log(max(seen.passed)), math.log(min(seen.failed))
        beyond = math.log(FACTOR)
        points = math.ceil((high - low + 2 * beyond) / _STEP) + 1
        logs = tuple(low - beyond + number * _STEP for number in range(points))
        belief = cls(logs, (1 / points,) * points)
        for probe in seen.tried:
            belief = belief.after(probe)
        return belief

    def after(self, probe: Tried) -> "_Belief":
        at = math.log(probe.rate_rps)
        above = WEIGHT if probe.verdict == "pass" else 1 - WEIGHT
        weighted = [mass * (above if log > at else 1 - above) for log, mass in zip(self.logs, self.mass, strict=True)]
        total = math.fsum(weighted)
        return _Belief(self.logs, tuple(mass / total for mass in weighted))

    def log_at(self, share: float) -> float:
        sums = accumulate(self.mass)
        return next((log for log, mass in zip(self.logs, sums, strict=True) if mass >= share), self.logs[-1])

    @property
    def median_rps(self) -> float:
        return _rounded(math.exp(self.log_at(0.5)))

    def is_settled(self, bisections: int, left_for_all: int) -> bool:
        """Tell whether the bisection is over after so many probes of it."""
        if bisections < LEAST_BISECTION:
            return False
        if bisections >= min(MOST_BISECTION, left_for_all - _FOR_CONFIRMATION):
            return True
        return self.log_at(MASS[1]) - self.log_at(MASS[0]) <= NARROW


def _confirm(estimate_rps: float, tried: Sequence[Tried], left: int) -> Ask | Found:
    """Go through the sides, the near ones first; ``tried`` are the probes of the confirmation."""
    bounds: dict[str, float] = {}
    at = 0
    for side, expected in ((-1, "pass"), (1, "fail")):
        for width in SIDES:
            rate = _rounded(estimate_rps * (1 + side * width))
            answers: list[bool] = []
            while (confirmed := _decided(answers)) is None:
                if at == len(tried):
                    if at >= left:
                        return Found(
                            "unresolved", bounds.get("pass"), None, estimate_rps, "too many answers were chance"
                        )
                    first = side < 0 and width == SIDES[0] and not answers
                    return Ask(rate, "confirmation", profiled=first)
                answers.append(tried[at].verdict == expected)
                at += 1
            if confirmed:
                bounds[expected] = rate
                break
        else:
            words = f"{rate:g} req/s did not {expected} {NEEDED} of {OF} probes"
            return Found("unresolved", bounds.get("pass"), None, estimate_rps, words)
    return Found("bracket", bounds["pass"], bounds["fail"], estimate_rps)


def _decided(answers: Sequence[bool]) -> bool | None:
    if sum(answers) >= NEEDED:
        return True
    return False if len(answers) - sum(answers) > OF - NEEDED else None


def _rounded(rate_rps: float) -> float:
    """Give a rate that can be read and typed."""
    return float(f"{rate_rps:.{_DIGITS}g}")
