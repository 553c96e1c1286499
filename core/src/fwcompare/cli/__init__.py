"""The command line: one file a command. Nothing imports it."""

from fwcompare.cli.app import main

__all__ = ["main"]
