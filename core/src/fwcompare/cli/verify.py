"""``fwcompare verify``: does a target answer as its workloads' contracts say, and do the work they ask for?"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

import click
from rich.console import Console

from fwcompare.cli.hints import completed
from fwcompare.cli.options import json_option, plugin_options, registry, runtime_option
from fwcompare.cli.run import stop_on_signals
from fwcompare.cli.services import chosen_services, require_known, service_option
from fwcompare.cli.tables import print_table
from fwcompare.cli.voice import say
from fwcompare.errors import HostError, ScenarioError, TargetError
from fwcompare.reporting import figures
from fwcompare.reporting.terminal import print_control, print_work
from fwcompare.session.alone import chosen_workload
from fwcompare.session.verify import Verified, VerifiedState
from fwcompare.session.verify import verify as verify_all

_WORDS: dict[VerifiedState, str] = {
    "same work": "pass",
    "declared deviation": "declared deviation",
    "non-comparable": "NON-COMPARABLE",
    "not audited": "not audited",
    "unsupported": "unsupported",
    "unavailable": "unavailable",
    "failed": "FAILED",
}
_TARGETS_FAULT: tuple[VerifiedState, ...] = ("failed", "non-comparable")
_MACHINES_FAULT: tuple[VerifiedState, ...] = ("unavailable", "not audited")


@click.command()
@plugin_options
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every target that is installed.")
@click.option("--workload", help="This workload only, instead of all that the targets offer.")
@click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter, such as WORKERS=2.")
@runtime_option()
@service_option
@click.option("--sql", is_flag=True, help="Print the SQL of one request of each.")
@json_option
def verify(
    targets: tuple[str, ...],
    *,
    everything: bool,
    workload: str | None,
    parameters: tuple[str, ...],
    runtime: str,
    sql: bool,
    as_json: bool,
) -> int:
    """Start each TARGET on fresh data, hold its answers to the contract, and count its work for one request.

    Exits with 3 when an answer or the work is not as agreed, and with 4 when this machine lacks what a workload
    needs. Nothing is measured.
    """
    names, workloads = _chosen(targets, workload, everything=everything)
    services = chosen_services()
    require_known(services, registry())
    found: list[Verified] = []
    for one in verify_all(
        registry(),
        names,
        workloads,
        parameters=parameters,
        services=services,
        runtime=runtime,
        say=say,
        stop=stop_on_signals(),
    ):
        found.append(replace(one, reason=completed(one.reason)))
        if one.state not in ("unsupported", "same work"):
            say(f"{one.target}: {one.workload}: {_WORDS[one.state]}")
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        _print(found, names, workloads, sql=sql)
    states = {one.state for one in found}
    if states.intersection(_TARGETS_FAULT):
        return TargetError.exit_code
    return HostError.exit_code if states.intersection(_MACHINES_FAULT) else 0


def _chosen(targets: Sequence[str], workload: str | None, *, everything: bool) -> tuple[list[str], list[str]]:
    if everything == bool(targets):
        raise ScenarioError(
            "nothing to verify" if not targets else "--all stands beside names of targets",
            seen="no target" if not targets else ", ".join(targets),
            expected="a target, or --all",
            hint="fwcompare targets    lists them",
        )
    known, usable = registry().targets, registry().workloads.usable()
    chosen = [known.get(name) for name in (sorted(known.usable()) if everything else targets)]
    if workload is not None:
        if everything:
            registry().workloads.get(workload)
        else:
            for target in chosen:
                chosen_workload(registry(), target, workload)
        return [target.name for target in chosen], [workload]
    mentioned = {name for target in chosen for name in (*target.workloads, *target.unsupported)}
    names, workloads = [target.name for target in chosen], [name for name in usable if name in mentioned]
    if not workloads:
        raise ScenarioError(
            f"target {figures.listing([repr(name) for name in names])} offers no workload that is known",
            seen=f"declared: {', '.join(sorted(mentioned)) or 'none'}",
            expected=", ".join(usable),
            hint="fwcompare plugins    says which plugins are broken",
        )
    return names, workloads


def _print(found: Sequence[Verified], names: Sequence[str], workloads: Sequence[str], *, sql: bool) -> None:
    console = Console(highlight=False)
    states = {(one.target, one.workload): _WORDS[one.state] for one in found}
    click.echo()
    print_table(
        ("target", *workloads), [(name, *(states.get((name, work), "-") for work in workloads)) for name in names]
    )
    click.echo()
    audits = [one.audit for one in found if one.audit is not None]
    print_work(audits, console)
    print_control(audits, console)
    # Why something was not audited stands below the table of the work.
    for reason in dict.fromkeys(one.reason for one in found if one.reason and one.state != "not audited"):
        click.echo(f"{', '.join(f'{one.target} {one.workload}' for one in found if one.reason == reason)}: {reason}\n")
    for one in found:
        if sql and one.sql:
            click.echo(f"SQL of one request of {one.target}, {one.workload}:\n{one.sql}")
