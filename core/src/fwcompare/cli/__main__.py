"""``python -m fwcompare.cli``: the program without its script."""

from fwcompare.cli.app import main

main()
