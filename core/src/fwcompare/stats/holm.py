"""At which level each of several comparisons is tested, so that all together err at most once in 1/alpha runs.

Holm's step-down procedure (S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J.
Statist. 6, 1979): order the p-values, ``p(1) <= ... <= p(m)``; step k tests at ``alpha / (m - k + 1)`` and the
procedure ends at the first step that does not reject. An interval at confidence ``1 - level`` says the same
as the step: every hypothesis after the end keeps the level of the step that ended it, so that its interval
cannot contradict the decision.

Joint coverage: all hypotheses that hold are covered by their intervals together with probability
``1 - alpha`` (with t true hypotheses, no level that a true one is tested at exceeds ``alpha / t`` before one of
them is wrongly rejected). The intervals of rejected hypotheses carry the decision, not a joint coverage of
their own; see O. Guilbaud, "Simultaneous confidence regions corresponding to Holm's step-down procedure",
Biometrical Journal 50, 2008.

Leaves out which hypothesis is tested (``verdicts.py``).
"""

from collections.abc import Sequence


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """Give the level at which Holm's procedure tested each hypothesis, in the order given.

    A hypothesis is rejected if and only if its p-value is at most its level.
    """
    levels = [0.0] * len(p_values)
    level = 0.0
    ended = False
    for step, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if not ended:
            level = alpha / (len(p_values) - step)
        levels[index] = level
        ended = ended or p_values[index] > level
    return levels
