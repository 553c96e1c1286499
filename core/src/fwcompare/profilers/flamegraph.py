"""From folded stacks to an SVG that stands alone: no script, font or image from elsewhere.

Decides what is written beside the stacks, so that a graph can be judged without its run, and how two profiles are
brought to one measure. Leaves out the drawing, which is the Rust crate inferno's; the only importer of the load
generator's package outside ``load/``.
"""

import html
import re
from collections.abc import Mapping
from typing import Final, Literal

from fwcompare.errors import MeasurementError, ScenarioError
from fwcompare.model.functions import ProfiledTrial
from fwcompare.model.ports import Profile
from fwcompare.profilers import folded
from fwcompare.profilers.undrawn import undrawn, undrawn_line
from fwcompare_loadgen import render_difference, render_flamegraph

# The one thing in inferno's SVG that a reader of it might fetch from elsewhere.
_DOCTYPE = re.compile(r"<!DOCTYPE[^>]*>")
_NS_PER_MS: Final = 1_000_000
# The height of the picture, thrice: in pixels, as what its coordinates are of, and of its background.
_SIZE = re.compile(
    r'(?P<open>height=")(?P<height>\d+)(?P<box>"[^>]*viewBox="0 0 \d+ )(?P=height)'
    r'(?P<ground>".*?<rect [^>]*height=")(?P=height)(?=" fill="url\(#background\)")',
    re.DOTALL,
)
_LINE_HEIGHT: Final = 18
# A function and its file, as of Python and JavaScript: ``read (app/users.py)``, ``emit (node:events)``.
_PLACED: Final = re.compile(r"\.(?:pyx?|[cm]?[jt]sx?)\)|\(node:")


def render(profile: Profile, *, title: str, subtitle: str, on_cpu: str = "") -> str:
    """Draw a profile.

    :param title: what was profiled: the target and the cell.
    :param subtitle: by what and under which load; what the profile is worth is added to it.
    :param on_cpu: what the target used of its CPUs, where that is known.
    """
    beside = "; ".join(filter(None, (f"{subtitle}: {worth(profile)}", on_cpu)))
    svg = render_flamegraph(
        profile.folded,
        title=_line(title),
        subtitle=_line(beside),
        count_name="samples",
        names_from=_telling(profile.folded),
    )
    return _DOCTYPE.sub("", svg, count=1)


def render_change(
    a: ProfiledTrial, stacks_a: Mapping[folded.Stack, int], b: ProfiledTrial, stacks_b: Mapping[folded.Stack, int]
) -> str:
    """Draw how the profile of ``b`` differs from that of ``a``, in nanoseconds of CPU per request.

    Widths are the CPU time per request of ``b``; a frame is red where the function itself, without what it calls, takes
    more there than in ``a``, and blue where it takes less. What only ``a`` does has no width; a line below says how
    much that is.

    :raises ScenarioError: when they are of different languages, as no frame of one is in the other.
    :raises MeasurementError: when the CPU time per request of one is not known.
    """
    if a.language != b.language:
        raise ScenarioError(
            f"no differential flamegraph of {a.target} and {b.target}",
            seen=f"{a.target} is in {a.language}, {b.target} in {b.language}: no frame of one is in the other",
            expected="two targets in one language",
            hint="compare the tables of packages, or look at the two flamegraphs side by side",
        )
    after = _weighed(b, stacks_b)
    svg = render_difference(
        _weighed(a, stacks_a),
        after,
        title=_line(f"{b.cell} against {a.cell if a.run == b.run else f'{a.cell} of {a.run}'}"),
        subtitle=_line(
            f"as wide as CPU time per request of {b.target}, {_ms(b)}; red: more of a function's own than in "
            f"{a.target}, {_ms(a)}; blue: less; {b.samples:,} against {a.samples:,} samples"
        ),
        count_name="ns of CPU per request",
        names_from=_telling(after),
    )
    return _with_line_below(_DOCTYPE.sub("", svg, count=1), undrawn_line(a, b, undrawn(a, stacks_a, stacks_b)))


def on_cpu(cores: float | None, cpus: float | None) -> str:
    """Say what a target used of the CPUs that it had; nothing where that is not known.

    It is of the measured window, where no profiler was in the way.

    :param cores: CPU seconds per second.
    :param cpus: how many it was kept to; None where it was kept to none.
    """
    if cores is None:
        return ""
    room = "CPUs" if cpus is None else f"of {cpus:g} CPU{'s' if cpus > 1 else ''}"
    return f"the target used {cores:.2f} {room} when measured"


def _weighed(trial: ProfiledTrial, stacks: Mapping[folded.Stack, int]) -> str:
    samples = sum(stacks.values())
    if trial.cpu_ms_per_request is None or not samples:
        raise MeasurementError(
            f"no differential flamegraph of {trial.target}",
            seen=f"the CPU time per request of {trial.cell}, block {trial.block}, is not known",
            expected="a trial that answered requests while its CPU time was read",
        )
    worth_ns = trial.cpu_ms_per_request * _NS_PER_MS / samples
    return folded.write({stack: round(count * worth_ns) for stack, count in stacks.items()})


def _ms(trial: ProfiledTrial) -> str:
    return "unknown" if trial.cpu_ms_per_request is None else f"{trial.cpu_ms_per_request:.3g} ms"


def _telling(text: str) -> Literal["start", "end"]:
    """Say which part of a name tells the function: ``read (app/users.py)`` begins with it, a path ends in it."""
    return "start" if _PLACED.search(text) else "end"


def _with_line_below(svg: str, line: str) -> str:
    """Make room for a line at the foot of a picture."""
    size = _SIZE.search(svg)
    if not line or size is None:
        return svg
    height = int(size["height"]) + _LINE_HEIGHT
    taller = _SIZE.sub(rf"\g<open>{height}\g<box>{height}\g<ground>{height}", svg, count=1)
    text = f'<text fill="rgb(0,0,0)" x="10" y="{height - _LINE_HEIGHT}">{html.escape(_line(line))}</text>'
    return taller.removesuffix("</svg>") + f"{text}</svg>"


def _line(text: str) -> str:
    """Leave out what XML cannot hold, such as control characters in a target's title."""
    return "".join(char if char.isprintable() else " " for char in text)


def worth(profile: Profile) -> str:
    """Say how many samples there are, of how many, and what they cost.

    Busy is what does not wait: a suspended coroutine or a blocked thread is on no stack, and the fewer threads were
    busy, the less of a response time the graph explains. perf counts a thread while it runs, py-spy also while it
    is ready to (``pyspy.py``).
    """
    cost = "an unknown amount of" if profile.profiler_cpu_s is None else f"{profile.profiler_cpu_s:.2f} s of"
    return (
        f"{profile.samples:,} samples at {profile.rate_hz} Hz in {profile.window_s:g} s, "
        f"{profile.busy_threads:.2f} threads busy on average; the profiler used {cost} CPU"
    )
