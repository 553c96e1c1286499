"""An index over the runs of a results folder: ``index.sqlite``, a cache that may be removed at any time.

Everything in it is in the run directories, tags too; whoever reads it brings it up to date first, by the stamps of the
files it was made from. An index that is damaged or of another version is made anew, one that cannot be written or is in
somebody else's use is held in memory, and either is said in one line.

Nobody waits for a reader: the file is held, by a lock of its own, only while it is brought up to date and asked.
"""

import fcntl
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from fwcompare.errors import HostError
from fwcompare.model.history import Conditions, IndexedCell, IndexedRun
from fwcompare.model.ports import Progress
from fwcompare.model.scenario import Scenario
from fwcompare.store.index_rows import Rows, is_held, printable_name, read_rows, stamp_of

INDEX_FILE: Final = "index.sqlite"
INDEX_SCHEMA: Final = 2
"""Changes with the rows below, and with what they are made of."""

_LOCK_FILE: Final = ".index.lock"
_PATIENCE_S: Final = 10.0
_PAUSE_S: Final = 0.02
_PRIMARY_CODE: Final = 0xFF
_OF_THE_PLACE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PERM,
    }
)
"""What is no fault of the file's: another program has locked it, or it cannot be written."""

_RUNS: Final = TypeAdapter(IndexedRun)
_CELLS: Final = TypeAdapter(IndexedCell)
_TABLES: Final = (
    """CREATE TABLE runs (name TEXT PRIMARY KEY, stamp TEXT NOT NULL, began TEXT NOT NULL, row TEXT NOT NULL,
                          scenario TEXT, environment TEXT)""",
    """CREATE TABLE cells (run TEXT NOT NULL, place INTEGER NOT NULL, began TEXT NOT NULL, target TEXT NOT NULL,
                           row TEXT NOT NULL, PRIMARY KEY (run, place))""",
    "CREATE INDEX cells_of_a_target ON cells (target)",
)

_Answer = TypeVar("_Answer")
_Ask = Callable[[sqlite3.Connection], _Answer]


class _InUseError(Exception):
    """Somebody else held the index for too long."""


def _unheard(_line: str) -> None:
    """Take a line that nobody wants."""


class Index:
    """The runs of one results folder, newest first, and their cells, oldest first. May be used by several threads.

    :param results: the folder; it may not be there yet.
    :param say: takes a line when the index was made anew, or is held in memory.
    """

    def __init__(self, results: Path, say: Progress = _unheard, *, patience_s: float = _PATIENCE_S) -> None:
        self._results = results
        self._say = say
        self._patience_s = patience_s
        self._turn = threading.Lock()
        self._memory: sqlite3.Connection | None = None

    @classmethod
    def open(cls, results: Path, say: Progress = _unheard) -> "Index":
        """Give the index of a results folder; every question to it sees the runs as they are then."""
        return cls(results, say)

    def runs(self) -> tuple[IndexedRun, ...]:
        """Give every run, the one that began last first."""
        found = self._ask(lambda index: _rows(index, "SELECT row FROM runs ORDER BY began DESC, name DESC", _RUNS))
        return tuple(_living(run, self._results) for run in found)

    def cells(self, *, target: str | None = None, run: str | None = None) -> tuple[IndexedCell, ...]:
        """Give the cells of every summary, those of the oldest run first, each run's in the order of its plan.

        :param target: of this target alone.
        :param run: of the run of this name alone.
        """
        values = {"target": target, "run": run}
        given = [f"{name} = :{name}" for name, value in values.items() if value is not None]
        where = f"WHERE {' AND '.join(given)}" if given else ""
        asked = f"SELECT row FROM cells {where} ORDER BY began, run, place"  # noqa: S608 - of constants
        return tuple(self._ask(lambda index: _rows(index, asked, _CELLS, values)))

    def conditions(self, runs: Iterable[str]) -> dict[str, Conditions]:
        """Give what runs were made with, by name; those that cannot be read are left out."""
        wanted = set(runs)
        asked = "SELECT name, scenario, environment FROM runs WHERE scenario IS NOT NULL"
        found = self._ask(
            lambda index: [
                (name, Conditions(Scenario.model_validate_json(scenario), json.loads(environment)))
                for name, scenario, environment in index.execute(asked).fetchall()
                if name in wanted
            ]
        )
        return dict(found)

    def _ask(self, ask: _Ask[list[_Answer]]) -> list[_Answer]:
        """Bring the index up to date and ask it: the file, or one in memory where the file cannot be used."""
        if not self._results.is_dir():
            return []
        with self._turn:
            if self._memory is None:
                try:
                    return self._ask_file(ask)
                except (OSError, sqlite3.Error, _InUseError) as error:
                    self._say(f"index {self._results / INDEX_FILE} cannot be used ({error}); every run is read instead")
                    self._memory = sqlite3.connect(":memory:", check_same_thread=False)
                    _make_tables(self._memory)
            _refresh(self._memory, self._results)
            return ask(self._memory)

    def _ask_file(self, ask: _Ask[list[_Answer]]) -> list[_Answer]:
        with self._held():
            try:
                return self._ask_once(ask)
            except (sqlite3.DatabaseError, ValidationError) as error:
                if getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _OF_THE_PLACE:
                    raise
                self._say(f"index {self._results / INDEX_FILE} is made anew: {str(error).splitlines()[0]}")
                self._remove()
                return self._ask_once(ask)

    def _ask_once(self, ask: _Ask[list[_Answer]]) -> list[_Answer]:
        path = self._results / INDEX_FILE
        with closing(sqlite3.connect(path, timeout=self._patience_s)) as index:
            (version,) = index.execute("PRAGMA user_version").fetchone()
            if version != INDEX_SCHEMA:
                if version or index.execute("SELECT 1 FROM sqlite_master").fetchone():
                    raise sqlite3.DatabaseError(f"it is of version {version}, and this fwcompare makes {INDEX_SCHEMA}")
                _make_tables(index)
            _refresh(index, self._results)
            return ask(index)

    def _remove(self) -> None:
        # Its journal first: one that was left would be played into the new file.
        for name in (f"{INDEX_FILE}-journal", INDEX_FILE):
            (self._results / name).unlink(missing_ok=True)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep every other fwcompare from the file meanwhile: one removes it only while nobody has it open."""
        descriptor = os.open(self._results / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            deadline = time.monotonic() + self._patience_s
            while not _locked(descriptor):
                if time.monotonic() > deadline:
                    raise _InUseError(f"another process has held it for {self._patience_s:g} s")
                time.sleep(_PAUSE_S)
            yield
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make_tables(index: sqlite3.Connection) -> None:
    with index:
        for table in _TABLES:
            index.execute(table)
        index.execute(f"PRAGMA user_version = {INDEX_SCHEMA}")


def _refresh(index: sqlite3.Connection, results: Path) -> None:
    """Take up what came or changed, and forget what is gone."""
    folders = _runs_in(results)
    stamps = {name: stamp for name, folder in folders.items() if (stamp := stamp_of(folder)) is not None}
    known = dict(index.execute("SELECT name, stamp FROM runs").fetchall())
    stale = [name for name in known if stamps.get(name) != known[name]]
    fresh = [name for name in stamps if stamps[name] != known.get(name)]
    if not stale and not fresh:
        return
    with index:
        index.executemany("DELETE FROM runs WHERE name = ?", [(name,) for name in stale])
        index.executemany("DELETE FROM cells WHERE run = ?", [(name,) for name in stale])
        for name in fresh:
            _insert(index, stamps[name], read_rows(folders[name]))


def _insert(index: sqlite3.Connection, stamp: str, rows: Rows) -> None:
    run, made_with = rows.run, rows.conditions
    # A name begins with the day, so that a run without a time still stands where it belongs.
    began = run.started or run.name
    index.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)",
        (
            run.name,
            stamp,
            began,
            _RUNS.dump_json(run).decode(),
            None if made_with is None else made_with.scenario.model_dump_json(),
            None if made_with is None else json.dumps(made_with.environment),
        ),
    )
    index.executemany(
        "INSERT INTO cells VALUES (?, ?, ?, ?, ?)",
        [
            (run.name, place, began, cell.summary.target, _CELLS.dump_json(cell).decode())
            for place, cell in enumerate(rows.cells)
        ],
    )


def _runs_in(results: Path) -> dict[str, Path]:
    """Give the folders of a results folder by name; a link, such as ``latest``, is none of it."""
    try:
        with os.scandir(results) as entries:
            folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError as error:
        raise HostError(
            f"results folder {results} cannot be read", seen=str(error), expected="a folder that can be read"
        ) from error
    return {printable_name(folder): folder for folder in sorted(folders) if not folder.name.startswith(".")}


def _living(run: IndexedRun, results: Path) -> IndexedRun:
    """Tell a run that is under way from one that died: no file says it, only a lock does."""
    unsure = run.state == "died" or (run.state == "unreadable" and not run.scenario)
    if unsure and is_held(results / run.name):
        return replace(run, state="running")
    return run


def _rows(
    index: sqlite3.Connection, asked: str, of: TypeAdapter[_Answer], values: Mapping[str, str | None] | None = None
) -> list[_Answer]:
    return [of.validate_json(text) for (text,) in index.execute(asked, values or {}).fetchall()]
