"""Makes the environment of every installed target ahead of the tests, or finds it made."""

from fwcompare.plugins import discover
from fwcompare.runtimes.environments import build_environment
from fwcompare.session.assemble import kept_processes

with kept_processes() as processes:
    for target in discover().targets.usable().values():
        build_environment(target, processes, print)
