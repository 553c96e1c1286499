"""From folded stacks to an SVG that stands alone: no script, font or image from elsewhere.

Decides what is written beside the stacks, so that a graph can be judged without its run. Leaves out the
drawing, which is the Rust crate inferno's; the only importer of the load generator's package outside ``load/``.
"""

import re

from fwcompare.model.ports import Profile
from fwcompare_loadgen import render_flamegraph

# The one thing in inferno's SVG that a reader of it might fetch from elsewhere.
_DOCTYPE = re.compile(r"<!DOCTYPE[^>]*>")


def render(profile: Profile, *, title: str, subtitle: str) -> str:
    """Draw a profile.

    :param title: what was profiled: the target and the cell.
    :param subtitle: by what and under which load; what the profile is worth is added to it.
    """
    beside = f"{subtitle}: {worth(profile)}"
    svg = render_flamegraph(profile.folded, title=title, subtitle=beside, count_name="samples")
    return _DOCTYPE.sub("", svg, count=1)


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
