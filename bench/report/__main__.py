"""``python bench/report``: how long the documents of a large run take, and how large they become.

The run is made up: 1,000 cells with ten trials each. The design allows 10 s for ``fwcompare report`` as a whole, and
1.5 MB for the page without its flamegraphs.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fwcompare.plugins import discover
from fwcompare.session.run import make_report
from made_run import make_run

LIMIT_S = 10.0
LIMIT_BYTES = 1_500_000
_COMMAND = "from fwcompare.cli import main; main()"
_FLAMEGRAPH = re.compile(r'data-svg="[^"]*"')


def main() -> int:
    """Print seconds and sizes; give 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python bench/report", description=__doc__)
    parser.add_argument("--targets", type=int, default=20)
    parser.add_argument("--loads", type=int, default=50)
    parser.add_argument("--blocks", type=int, default=10)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        results = Path(folder)
        store = make_run(results, targets=given.targets, loads=given.loads, blocks=given.blocks)
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", _COMMAND, "report", "latest", "--results", folder],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        whole_s = time.perf_counter() - begun
        with timed("reading and statistics"):
            report = make_report(store, print)
        print(f"{'':25}{len(report.trials):,} trials, {len(report.summary.cells):,} cells, ", end="")
        print(f"{len(report.summary.pairs):,} pairs")
        for reporter in discover().reporters.usable().values():
            with timed(reporter.name):
                written = list(reporter.write(report))
            for path in written:
                print(f"{'':25}{path.relative_to(report.folder)}  {path.stat().st_size / 1e6:.2f} MB")
        page = (report.folder / "report.html").read_text(encoding="utf-8")
        size = len(_FLAMEGRAPH.sub("", page).encode())
    print(f"fwcompare report: {whole_s:.1f} s, at most {LIMIT_S:g} s")
    print(f"report.html without flamegraphs: {size / 1e6:.2f} MB, at most {LIMIT_BYTES / 1e6:g} MB")
    return 0 if whole_s <= LIMIT_S and size <= LIMIT_BYTES else 1


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how long something took."""
    begun = time.perf_counter()
    yield
    print(f"{name:25}{time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    sys.exit(main())
