"""The Universal Scalability Law over a closed sweep: how throughput goes with connections, and when its peak is told.

X(N) = gamma N / (1 + sigma (N - 1) + kappa N (N - 1)), from N. J. Gunther, "Guerrilla Capacity Planning" (2007), fitted
by least squares of logarithms, since throughput scatters by factors. The fit describes what was measured. Its peak,
N* = sqrt((1 - sigma) / kappa), is told only where it lies inside the measured levels with a level at 1.2 N* or above,
no level lies 5 % off the curve, and the interval of kappa excludes 0 (METHOD, "Capacity under an SLO").
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from fwcompare.model.capacity import Scalability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_LEVELS: Final = 4
"""Three parameters go through any three levels."""
BEYOND_PEAK: Final = 1.2
MOST_RESIDUAL: Final = 0.05


def fit_scalability(target: str, levels: Mapping[int, Sequence[float]], *, confidence: float) -> Scalability:
    """Fit the law to the throughputs of every trial, by level; say why there is no peak where there is none.

    :param levels: valid throughputs above zero, requests per second, by number of connections.
    :param confidence: of the parameters' intervals.
    """
    points = [(level, rate) for level, rates in sorted(levels.items()) for rate in rates]
    known = sorted({level for level, _ in points})
    if len(known) < LEAST_LEVELS:
        return _nothing(target, f"{len(known)} levels of connections were measured, {LEAST_LEVELS} are needed")
    import numpy as np  # noqa: PLC0415 - as below
    from scipy.optimize import least_squares  # noqa: PLC0415 - half a second that only a judgement should wait for

    n = np.array([level for level, _ in points], dtype=float)
    x = np.array([rate for _, rate in points])

    def residuals(parameters: "NDArray[np.float64]") -> "NDArray[np.float64]":
        below = 1 + parameters[1] * (n - 1) + parameters[2] * n * (n - 1)
        off: NDArray[np.float64] = np.log(x) - parameters[0] - np.log(n) + np.log(np.maximum(below, _LEAST_BELOW))
        return off

    fitted = least_squares(residuals, _first_guess(n, x), x_scale="jac")
    log_gamma, sigma, kappa = (float(value) for value in fitted.x)
    halves = _half_widths(np.asarray(fitted.jac, dtype=float), fitted.fun, confidence)
    means = {level: math.fsum(map(math.log, rates)) / len(rates) for level, rates in levels.items() if rates}
    worst = max(abs(math.expm1(mean - _log_law(level, *fitted.x))) for level, mean in means.items())
    peak = math.sqrt((1 - sigma) / kappa) if kappa > 0 and sigma < 1 else None
    kappa_low = None if halves is None else kappa - halves[2]
    reason = _why_no_peak(peak, kappa_low, worst, known[0], known[-1])
    told = None if reason else peak
    return Scalability(
        target=target,
        gamma=math.exp(log_gamma),
        sigma=sigma,
        kappa=kappa,
        gamma_interval=None if halves is None else (math.exp(log_gamma - halves[0]), math.exp(log_gamma + halves[0])),
        sigma_interval=None if halves is None else (sigma - halves[1], sigma + halves[1]),
        kappa_interval=None if halves is None else (kappa - halves[2], kappa + halves[2]),
        worst_residual=worst,
        peak_connections=told,
        peak_rps=None if told is None else math.exp(_log_law(told, *fitted.x)),
        reason=reason,
    )


# Keeps a step of the search out of where the law has no logarithm.
_LEAST_BELOW: Final = 1e-9


def _log_law(level: float, log_gamma: float, sigma: float, kappa: float) -> float:
    below = 1 + sigma * (level - 1) + kappa * level * (level - 1)
    return log_gamma + math.log(level) - math.log(max(below, _LEAST_BELOW))


def _first_guess(n: "NDArray[np.float64]", x: "NDArray[np.float64]") -> list[float]:
    """Solve the law turned round, ``1 = X/N (a + b (N - 1) + c N (N - 1))``, which is linear; a is 1 / gamma."""
    import numpy as np  # noqa: PLC0415 - as above

    columns = np.stack([np.ones_like(n), n - 1, n * (n - 1)], axis=1) * (x / n)[:, None]
    a, b, c = np.linalg.lstsq(columns, np.ones_like(n), rcond=None)[0]
    if a <= 0:
        return [math.log(float(np.max(x / n))), 0.0, 0.0]
    # Never where the law would be negative.
    return [-math.log(a), max(float(b / a), 0.0), max(float(c / a), 0.0)]


def _half_widths(
    jacobian: "NDArray[np.float64]", residuals: "NDArray[np.float64]", confidence: float
) -> tuple[float, float, float] | None:
    """Give half the width of each parameter's interval; None where the levels do not tell the parameters apart."""
    import numpy as np  # noqa: PLC0415 - as above
    from scipy.special import stdtrit  # noqa: PLC0415 - as above

    freedom = len(residuals) - jacobian.shape[1]
    squares = jacobian.T @ jacobian
    if freedom < 1 or np.linalg.matrix_rank(squares) < jacobian.shape[1]:
        return None
    variance = float(residuals @ residuals) / freedom
    errors = np.sqrt(np.diag(np.linalg.inv(squares)) * variance)
    t = float(stdtrit(freedom, (1 + confidence) / 2))
    log_gamma, sigma, kappa = (t * float(error) for error in errors)
    return log_gamma, sigma, kappa


def _why_no_peak(peak: float | None, kappa_low: float | None, worst: float, lowest: int, highest: int) -> str:
    if kappa_low is None:
        return "the levels do not tell the three parameters apart"
    if worst > MOST_RESIDUAL:
        return f"a level lies {worst:.1%} off the curve, at most {MOST_RESIDUAL:.0%} are allowed"
    if peak is None or kappa_low <= 0:
        return "more connections do not surely serve less: the interval of kappa holds 0"
    if not lowest <= peak:
        return f"the curve is highest at {peak:.3g} connections, below the lowest level of {lowest}"
    if highest < BEYOND_PEAK * peak:
        return (
            f"the curve is highest at {peak:.3g} connections, and no level of {BEYOND_PEAK * peak:.3g} or more was "
            f"measured (the highest is {highest})"
        )
    return ""


def _nothing(target: str, reason: str) -> Scalability:
    return Scalability(
        target=target,
        gamma=None,
        sigma=None,
        kappa=None,
        worst_residual=None,
        peak_connections=None,
        peak_rps=None,
        reason=reason,
    )
