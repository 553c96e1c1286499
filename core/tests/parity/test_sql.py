import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.parity.sql import Dialect, Read, normalise, read_message

DATA = {
    'SELECT user_id FROM "user" ORDER BY user_id LIMIT $1': ("SELECT",),
    "/* hint */ select count(*) from users": ("SELECT",),
    "(SELECT 1 FROM a) UNION (SELECT 2 FROM b)": ("SELECT",),
    "INSERT INTO users (name) VALUES ('it''s') RETURNING id": ("INSERT",),
    "INSERT INTO users (name) VALUES ('a'), ('b')": ("INSERT",),
    "UPDATE users SET name = $1 WHERE id = $2": ("UPDATE",),
    "DELETE FROM users WHERE id IN (1, 2)": ("DELETE",),
    "WITH gone AS (DELETE FROM a RETURNING id) INSERT INTO b SELECT id FROM gone": ("INSERT", "DELETE"),
    "WITH few AS (SELECT id FROM a) SELECT * FROM few": ("SELECT",),
    "SELECT x FROM a; DELETE FROM a": ("SELECT", "DELETE"),
    "TRUNCATE a": ("TRUNCATE",),
    "CALL everything()": ("CALL",),
    "DO $$ BEGIN END $$": ("DO",),
    "SELECT this is no sql FROM": ("SELECT",),
}

CONTROL = [
    "BEGIN",
    "START TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT s1",
    "RELEASE SAVEPOINT s1",
    "SET NAMES utf8mb4",
    "SET autocommit=0",
    "SHOW standard_conforming_strings",
    "SELECT 1",
    "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;",
    "SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typname = 'hstore'",
    "SELECT oid FROM pg_type",
    "SELECT table_name FROM information_schema.tables",
    "SELECT version(), @@sql_mode",
    "DISCARD ALL",
    "",
]


def kinds(text: str, dialect: Dialect = "postgres") -> tuple[str, ...]:
    return tuple(kind for read in read_message(text, dialect) for kind in read.kinds)


@pytest.mark.parametrize("text", DATA)
def test_data_statements_are_known_by_what_they_do(text: str) -> None:
    assert kinds(text) == DATA[text]


@pytest.mark.parametrize("text", CONTROL)
@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_control_is_no_data_statement(text: str, dialect: Dialect) -> None:
    assert kinds(text, dialect) == ()


def test_mysql_spells_names_and_strings_in_its_own_way() -> None:
    text = 'INSERT INTO `users` (`name`) VALUES ("it\\"s; DELETE FROM a", 7) RETURNING `id`'
    assert read_message(text, "mysql") == (
        Read("INSERT INTO `users` (`name`) VALUES (?, ?) RETURNING `id`", ("INSERT",)),
    )


TURNS = [
    ("BEGIN READ ONLY", "begin"),
    ("START TRANSACTION", "begin"),
    ("COMMIT", "commit"),
    ("END", "commit"),
    ("ROLLBACK", "rollback"),
    ("ROLLBACK TO SAVEPOINT s", None),
    ("SET autocommit=0", "autocommit off"),
    ("SET AUTOCOMMIT = 1", "autocommit on"),
    ("SET NAMES latin1", None),
]


@pytest.mark.parametrize(("text", "turn"), TURNS)
def test_what_a_statement_does_to_the_transaction(text: str, turn: str | None) -> None:
    assert [read.turn for read in read_message(text, "mysql")] == [turn]


@given(
    st.text(st.characters(codec="ascii", exclude_characters="'\\")),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_texts_that_differ_in_values_alone_are_equal_without_them(name: str, number: int, age: float) -> None:
    def insert(*values: object) -> str:
        name, number, age = values
        return f"INSERT INTO t (a1, b) VALUES ('{name}', {number},\n  {age!r})"  # noqa: S608 - sent to nobody

    for dialect in ("postgres", "mysql"):
        assert normalise(insert(name, number, age), dialect) == normalise(insert("x", 0, 1.5), dialect)


@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
@pytest.mark.parametrize("value", ["--", "/*", "*/", "/* x */", "-- x", ";", "", "''"])
def test_a_value_hides_nothing_that_follows_it(value: str, dialect: Dialect) -> None:
    text = "DELETE FROM t WHERE a = 'VALUE' AND b = 'c' /* ' */ AND d = 7 -- '".replace("VALUE", value)
    (read,) = read_message(text, dialect)
    assert (read.text, read.kinds) == ("DELETE FROM t WHERE a = ? AND b = ? AND d = ?", ("DELETE",))


@pytest.mark.parametrize("opening", ["/*!", "/*!50000 ", "/*M!", "/*M!100100 "])
def test_what_mysql_runs_within_a_comment_counts_and_other_comments_do_not(opening: str) -> None:
    text = f"SELECT a FROM t; {opening}DELETE FROM t WHERE b = 'x' */ /* UPDATE t SET a = 1 */"  # noqa: S608 - sent to nobody
    assert [read.kinds for read in read_message(text, "mysql")] == [("SELECT",), ("DELETE",)]
    assert [read.kinds for read in read_message(text, "postgres")] == [("SELECT",)]


def test_a_number_in_a_name_or_a_placeholder_is_no_value() -> None:
    assert (
        normalise("SELECT a1 FROM t2 WHERE b = $1 AND c = -3", "postgres") == "SELECT a1 FROM t2 WHERE b = $1 AND c = ?"
    )
