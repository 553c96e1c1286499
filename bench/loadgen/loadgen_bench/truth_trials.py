"""Which load each tool makes for each ground truth, and what is true of it.

Every tool is asked for the same; where its flags force a difference, the label says so. A trial without a truth shows
what the tool reports of the stalling server in the mode that it has: no error of its own, but no answer to "how long
did users wait" either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from loadgen_bench import truths
from loadgen_bench.tools.tool import Load, Said, Tool

STALL, QUEUE, CLERKS, LITTLE = "stall", "queue", "clerks", "little"
NAMES: Final = (STALL, QUEUE, CLERKS, LITTLE)
TITLES: Final = {
    STALL: "a server that stalls for 200 ms of every second, 0.5 ms a request, 500 requests/s",
    QUEUE: "one clerk, exponential service times of mean 10 ms, 70 requests/s",
    CLERKS: "ten clerks, exponential service times of mean 10 ms, 800 requests/s over ten connections",
    LITTLE: "Little's law in the closed model: rate x (mean time + think time) = connections",
}

_STALLING: Final = "?service_us=500&stall_every_ms=1000&stall_ms=200"
_DRAWN: Final = "?service_us=10000&service_seed=7"
_TEN_CLERKS: Final = f"{_DRAWN}&clerks=10"
_BUSY: Final = "?service_us=1000"
_STALL_TRUTH: Final = truths.stall_ms(0.5, 200, 1000, 500)
_QUEUE_RATE, _QUEUE_COUNT, _ARRIVALS_SEED = 70.0, 1_000, 11
_SERVICES: Final = truths.drawn_service_ms(10.0, 7, _QUEUE_COUNT)
_CLERKS, _CLERKS_RATE, _CLERKS_COUNT = 10, 800.0, 4_000
_USERS, _THINK_S = 8, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One load of one tool.

    :param mode: how it was asked, for the table.
    :param script: the stub's query; ``load.url`` is completed with the server's address.
    :param truth: by the name of a figure; empty where the load asks another question than the truth answers.
    :param read: gives the figures to be compared.
    """

    name: str
    tool: Tool
    mode: str
    script: str
    load: Load
    truth: Mapping[str, float]
    read: Callable[[Said], Mapping[str, float]]


def trials(name: str, tool: Tool) -> list[Trial]:
    """Give a tool's trials of one truth. One that the tool refuses is among them; it says why when asked."""
    return {STALL: _stall, QUEUE: _queue, CLERKS: _clerks, LITTLE: _little}[name](tool)


def _stall(tool: Tool) -> list[Trial]:
    rated = Load(url="", connections=_rated_connections(tool, 3), requests=2_000, rate=500.0, warmup_s=1.0)
    closed = Load(url="", connections=3, seconds=4)
    made = [_trial(STALL, tool, _mode(rated, "due"), _STALLING, rated, _STALL_TRUTH)]
    if tool.refusal(rated) is None:
        sent = replace(rated, corrected=False)
        made += [_trial(STALL, tool, _mode(sent, "sent"), _STALLING, sent, {})] if tool.name != "h2load" else []
    return [*made, _trial(STALL, tool, "closed, its own mode", _STALLING, closed, {})]


def _queue(tool: Tool) -> list[Trial]:
    constant = Load(url="", connections=_rated_connections(tool, 10), requests=_QUEUE_COUNT, rate=_QUEUE_RATE)
    due_ms = truths.constant_due_ms(_QUEUE_RATE, _QUEUE_COUNT)
    made = [_trial(QUEUE, tool, _mode(constant, "due"), _DRAWN, constant, truths.queue_ms(due_ms, _SERVICES))]
    drawn = replace(constant, poisson_seed=_ARRIVALS_SEED)
    if tool.refusal(drawn) is None:
        due_ms = truths.poisson_due_ms(_QUEUE_RATE, _ARRIVALS_SEED, _QUEUE_COUNT)
        made.append(_trial(QUEUE, tool, "Poisson arrivals", _DRAWN, drawn, truths.queue_ms(due_ms, _SERVICES)))
    return made


def _clerks(tool: Tool) -> list[Trial]:
    load = Load(url="", connections=_CLERKS, requests=_CLERKS_COUNT, rate=_CLERKS_RATE)
    due_ms = truths.constant_due_ms(_CLERKS_RATE, _CLERKS_COUNT)
    services_ms = truths.drawn_service_ms(10.0, 7, _CLERKS_COUNT)
    truth = truths.queue_ms(due_ms, services_ms, clerks=_CLERKS)
    return [_trial(CLERKS, tool, _mode(load, "due"), _TEN_CLERKS, load, truth)]


def _little(tool: Tool) -> list[Trial]:
    plain = Load(url="", connections=_USERS, seconds=4, warmup_s=0.5)
    made = [_users(tool, "closed", plain)]
    thinking = replace(plain, think_s=_THINK_S)
    return (
        made if tool.refusal(thinking) else [*made, _users(tool, f"closed, thinks {_THINK_S * 1000:.0f} ms", thinking)]
    )


def _users(tool: Tool, mode: str, load: Load) -> Trial:
    def read(said: Said) -> Mapping[str, float]:
        return {"connections": said.requests / said.seconds * (said.mean_ms / 1000 + load.think_s)}

    trial = _trial(LITTLE, tool, mode, _BUSY, load, {"connections": _USERS})
    return replace(trial, read=read)


def _trial(name: str, tool: Tool, mode: str, script: str, load: Load, truth: Mapping[str, float]) -> Trial:
    if tool.name == "ab":
        # Asked for keep-alive it waits for a header that the stub does not send; so it gets a closing server.
        script, load, mode = f"{script}&close=1", replace(load, keepalive=False), f"{mode}, connection per request"
    return Trial(
        name=name,
        tool=tool,
        mode=mode,
        script=script,
        load=load,
        truth=truth,
        read=lambda said: truths.said_ms(said.quantiles_ms, said.mean_ms),
    )


def _rated_connections(tool: Tool, connections: int) -> int:
    return 1 if tool.name == "h2load" else connections


def _mode(load: Load, since: str) -> str:
    one = ", one connection" if load.connections == 1 else ""
    return f"{load.rate:g}/s{one}, times since {since}"
