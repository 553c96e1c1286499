"""The command line: what to compare, how long, where to write it."""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from fwcompare.telemetry.host import describe_host
from loadgen_bench import footprint, truth_trials
from loadgen_bench.cases import CASES
from loadgen_bench.comparing import Plan, compare
from loadgen_bench.errors import BenchError
from loadgen_bench.install import build_stub_server, install
from loadgen_bench.records import record
from loadgen_bench.report import NOTES, SCHEMA, case_table, document, footprint_table, left_out_lines
from loadgen_bench.servers import allow_open_files
from loadgen_bench.tools import OURS, TOOLS
from loadgen_bench.tools.tool import Tool
from loadgen_bench.truth_runs import tell_truths, truth_document, truth_table

_CASE_NAMES: Final = (*(case.name for case in CASES), footprint.NAME)
_COMMANDS: Final = ("compare", "truths", "memory")


def main() -> int:
    """Carry out what is asked, and give the exit code."""
    options = _options()
    try:
        {"compare": _compare, "truths": _truths, "memory": _memory}[options.command](options)
    except BenchError as error:
        _tell(f"error: {error}")
        return error.exit_code
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/loadgen",
        description="Our load generator beside wrk, oha, ab and h2load. Installs what is missing. Needs two cores.",
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=_COMMANDS,
        default="compare",
        help="compare: what each costs (default); truths: whether their times are true;"
        " memory: 10^8 durations into one histogram",
    )
    parser.add_argument(
        "--blocks", type=_positive, default=8, help="compare: loads of each tool in each case (default 8)"
    )
    parser.add_argument("--seconds", type=_positive, default=3, help="compare: length of each load (default 3)")
    parser.add_argument(
        "--attempts", type=_positive, default=4, help="most loads for one that is not disturbed (default 4)"
    )
    parser.add_argument("--seed", type=int, help="compare: of the order of the tools (default: drawn, and printed)")
    parser.add_argument("--case", action="append", choices=_CASE_NAMES, help="compare: only this one; repeatable")
    parser.add_argument("--truth", action="append", choices=truth_trials.NAMES, help="truths: only this; repeatable")
    parser.add_argument(
        "--tool", action="append", choices=[tool.name for tool in TOOLS], help="only this one and ours; repeatable"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there as well")
    parser.add_argument(
        "--stub-server", type=Path, metavar="PROGRAM", help="a built fwcompare-stub-server (default: it is built)"
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few; expected 1 or more")
    return number


def _compare(options: argparse.Namespace) -> None:
    tools, left_out = _tools(options)
    plan = Plan(
        blocks=options.blocks,
        seconds=options.seconds,
        attempts=options.attempts,
        seed=random.SystemRandom().getrandbits(32) if options.seed is None else options.seed,
        stub_program=_stub_program(options),
    )
    versions = _versions(tools)
    _print([f"seed {plan.seed}, {plan.blocks} blocks of {plan.seconds} s", *_machine(versions)])
    asked = options.case or _CASE_NAMES
    outcomes = []
    for case in CASES:
        if case.name in asked:
            outcomes.append(compare(case, tools, plan, _tell))
            _print(["", *case_table(outcomes[-1])])
            # After each case, so that a run that is cut short leaves what it had.
            _write(options.json, document(plan, versions, left_out, outcomes, None))
    memory = footprint.footprints(tools, _tell) if footprint.NAME in asked else None
    if memory is not None:
        _print(["", *footprint_table(*memory)])
    _print(["", *left_out_lines(left_out), *(f"note: {note}" for note in NOTES)])
    _write(options.json, document(plan, versions, left_out, outcomes, memory))


def _truths(options: argparse.Namespace) -> None:
    tools, left_out = _tools(options)
    versions = _versions(tools)
    _print(_machine(versions))
    asked = options.truth or truth_trials.NAMES
    told = tell_truths(asked, tools, _stub_program(options), options.attempts, _tell)
    _print(["", *truth_table(told), "", *left_out_lines(left_out)])
    _write(
        options.json,
        {
            "schema": SCHEMA,
            "machine": asdict(describe_host()),
            "versions": versions,
            "left_out": left_out,
            "truths": truth_document(told),
        },
    )


def _memory(options: argparse.Namespace) -> None:
    before_mib, after_mib = record(print)
    _write(options.json, {"schema": SCHEMA, "before_mib": before_mib, "after_mib": after_mib})


def _tools(options: argparse.Namespace) -> tuple[list[Tool], dict[str, str]]:
    asked = {OURS.name, *(options.tool or (tool.name for tool in TOOLS))}
    left_out = install(asked, _tell)
    allow_open_files()
    return [tool for tool in TOOLS if tool.name in asked - left_out.keys()], left_out


def _stub_program(options: argparse.Namespace) -> Path:
    return build_stub_server(_tell) if options.stub_server is None else Path(options.stub_server)


def _versions(tools: Sequence[Tool]) -> dict[str, str]:
    said = {
        tool.name: subprocess.run(tool.version_argv(), capture_output=True, text=True, check=True) for tool in tools
    }
    return {tool.name: tool.version(said[tool.name].stdout + said[tool.name].stderr) for tool in tools}


def _machine(versions: dict[str, str]) -> list[str]:
    host = describe_host()
    return [
        f"{host.cpu_model}, {host.cpus} cores, kernel {host.kernel}",
        ", ".join(f"{tool} {version}" for tool, version in versions.items()),
    ]


def _print(lines: Sequence[str]) -> None:
    print("\n".join(lines), flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _write(file: Path | None, document: dict[str, object]) -> None:
    if file is not None:
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
