"""Counts what connections sent: data statements by kind, control by its text, transactions that wrote and committed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fwcompare.model.ports import Sent
from fwcompare.parity.sql import WRITES, Dialect, Read, read_message


@dataclass
class _Session:
    """How far the transaction of one connection is; a connection begins in autocommit, on every server we know."""

    autocommit: bool = True
    open: bool = False
    wrote: bool = False


@dataclass
class Tally:
    """Figures of one part of the audit.

    ``statements`` by kind, ``control`` by text without values, and in how many transactions rows were changed and
    kept. ``together`` counts the messages that held several data statements, which saves their round trips;
    ``opened`` the connections that first spoke in this part.
    """

    statements: Counter[str] = field(default_factory=Counter)
    control: Counter[str] = field(default_factory=Counter)
    write_commits: int = 0
    together: int = 0
    opened: int = 0


class Counting:
    """Follows every connection through the parts of an audit: a transaction may begin in one and end in the next."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._sessions: dict[str, _Session] = {}

    def count(self, sent: Iterable[Sent]) -> Tally:
        """Count one part, in the order in which it was sent."""
        tally = Tally()
        for message in sent:
            if message.session not in self._sessions:
                self._sessions[message.session] = _Session()
                tally.opened += 1
            session = self._sessions[message.session]
            reads = read_message(message.text, self._dialect)
            tally.together += sum(len(read.kinds) for read in reads) > 1
            for read in reads:
                tally.write_commits += _advance(session, read)
                tally.statements.update(read.kinds)
                if not read.kinds:
                    tally.control[read.text] += 1
        return tally


def _advance(session: _Session, read: Read) -> int:
    """Take a connection one statement further; give how many writing transactions that committed."""
    commits = 0
    match read.turn:
        case "begin":
            # MySQL commits what was open; PostgreSQL only warns, and there nothing was written by autocommit.
            commits = int(session.wrote and not session.open)
            session.open, session.wrote = True, session.wrote and session.open
        case "commit":
            commits = int(session.wrote)
            session.open = session.wrote = False
        case "rollback":
            session.open = session.wrote = False
        case "autocommit on":
            commits = int(session.wrote)
            session.autocommit, session.open, session.wrote = True, False, False
        case "autocommit off":
            session.autocommit = False
        case None:
            if WRITES.intersection(read.kinds):
                if session.autocommit and not session.open:
                    return 1
                session.wrote = True
    return commits


def sql_of_request(sent: Iterable[Sent], dialect: Dialect) -> str:
    """Write what one request sent as a text to read: one statement a line, in order, without values."""
    lines = [read.text for message in sent for read in read_message(message.text, dialect)]
    return "".join(f"{line};\n" for line in lines)
