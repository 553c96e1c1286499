"""What the bottom of a terminal shows of a run under way, and how an event changes it. Pure.

Three lines: where the run is and how much time is left; the phase of the trial with a bar; how its load goes.
"""

from dataclasses import dataclass, replace
from typing import Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from fwcompare.cli.progress_lines import figures_of
from fwcompare.model.events import (
    Event,
    Live,
    PhaseBegan,
    RunBegan,
    StepBegan,
    TimeLeft,
    TrialBegan,
    TrialEnded,
)

_BAR: Final = 24
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_BETWEEN: Final = " · "


@dataclass(frozen=True)
class Scene:
    """What is known of a run. Times are on one clock that never goes back.

    ``since_s`` is when the phase or the step began, ``left_at_s`` when ``left`` was told.
    """

    scenario: str = ""
    step: StepBegan | None = None
    trial: TrialBegan | None = None
    phase: PhaseBegan | None = None
    since_s: float = 0.0
    live: Live | None = None
    left: TimeLeft | None = None
    left_at_s: float = 0.0


def after(scene: Scene, event: Event, now_s: float) -> Scene:
    """Give the scene after an event."""
    match event:
        case RunBegan():
            scene = Scene(scenario=event.scenario)
        case StepBegan():
            scene = replace(scene, step=event, trial=None, phase=None, live=None, since_s=now_s)
        case TrialBegan():
            scene = replace(scene, step=None, trial=event, phase=None, live=None, since_s=now_s)
            scene = replace(scene, left=event.left, left_at_s=now_s)
        case PhaseBegan():
            # What a load did before its window goes on in it.
            live = scene.live if event.phase == "measure" else None
            scene = replace(scene, phase=event, live=live, since_s=now_s)
        case Live():
            scene = replace(scene, live=event)
        case TrialEnded():
            scene = replace(scene, trial=None, phase=None, live=None, left=event.left, left_at_s=now_s)
        case _:
            pass
    return scene


def draw(scene: Scene, now_s: float) -> RenderableType:
    """Draw the scene; each line is cut where the terminal ends."""
    how = None if scene.live is None else _line(figures_of(scene.live))
    return Group(*(line for line in (_where(scene, now_s), _what(scene, now_s), how) if line is not None))


def _where(scene: Scene, now_s: float) -> Text | None:
    parts = [scene.scenario]
    if scene.trial is not None:
        trial = scene.trial
        blocks = f"probe {trial.block}" if trial.blocks is None else f"block {trial.block} of {trial.blocks}"
        attempt = "" if trial.attempt == 1 else f", attempt {trial.attempt}"
        of = "" if trial.of is None else f" of {trial.of}"
        parts += [blocks + attempt, f"cell {trial.cell_number} of {trial.cells}", f"trial {trial.number}{of}"]
    if scene.left is not None:
        parts.append(left_in_words(scene.left, now_s - scene.left_at_s))
    return _line(_BETWEEN.join(parts), style="bold") if any(parts) else None


def _what(scene: Scene, now_s: float) -> RenderableType | None:
    passed_s = max(now_s - scene.since_s, 0.0)
    if scene.step is not None:
        step = scene.step
        return _line(f"{step.step} {step.number} of {step.of}: {step.about}, {passed_s:.0f} s")
    if scene.trial is None:
        return None
    if scene.phase is None:
        return _line(scene.trial.cell)
    length_s = scene.phase.length_s
    if length_s is None:
        return _line(f"{scene.trial.cell}  {scene.phase.phase}, {passed_s:.0f} s")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column(width=_BAR)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    bar = ProgressBar(total=length_s, completed=min(passed_s, length_s), width=_BAR)
    # As text: a string would be read as markup.
    grid.add_row(Text(scene.trial.cell), bar, Text(f"{scene.phase.phase}, {passed_s:.0f} of {length_s:g} s"))
    return grid


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def left_in_words(left: TimeLeft, passed_s: float) -> str:
    """Say how much time is left, ``passed_s`` after it was estimated: ``about 3 min left``."""
    if left.most_s - passed_s < 1:
        return "almost done"
    least, most = (_duration(max(seconds - passed_s, 0.0)) for seconds in (left.least_s, left.most_s))
    return f"about {most} left" if least == most else f"about {least} to {most} left"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    minutes = round(seconds / _MINUTE_S)
    return f"{minutes // _MINUTE_S} h {minutes % _MINUTE_S} min"
