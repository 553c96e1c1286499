"""Looks inside a query: which data statements it is made of. The only user of the SQL parser."""

from typing import Final

import sqlglot
from sqlglot import exp

_CATALOGS: Final = frozenset({"pg_catalog", "information_schema", "mysql", "performance_schema", "sys"})


def kinds_of_query(text: str, dialect: str) -> tuple[str, ...]:
    """Give the data statements of a SELECT, WITH, TABLE or VALUES whose values are ``?``.

    A query may read no table of the workload at all, and one with WITH may change rows.
    """
    try:
        # "?" is an operator to PostgreSQL; a number parses wherever a value may stand.
        parsed = sqlglot.parse_one(text.replace("?", "0"), dialect=dialect)
    except sqlglot.errors.SqlglotError:
        return ("SELECT",)
    changes = tuple(type(node).__name__.upper() for node in parsed.find_all(exp.Insert, exp.Update, exp.Delete))
    if changes:
        return changes
    named_here = {query.alias for query in parsed.find_all(exp.CTE)}
    tables = [table for table in parsed.find_all(exp.Table) if table.name and table.name not in named_here]
    return ("SELECT",) if any(not _is_catalog(table) for table in tables) else ()


def _is_catalog(table: exp.Table) -> bool:
    return table.db.lower() in _CATALOGS or (not table.db and table.name.lower().startswith("pg_"))
