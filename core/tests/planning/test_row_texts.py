import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.errors import ScenarioError
from fwcompare.planning.row_texts import row_texts

USERS = 'id,name\n1,Ada\n2,"Lovelace, A.\nof London"\n\n'


def problem(text: str, source: str, column: str | None = None) -> str:
    with pytest.raises(ScenarioError) as caught:
        row_texts(text, source, column)
    return str(caught.value)


def test_a_column_of_csv_is_taken_by_its_name() -> None:
    assert row_texts(USERS, "u.csv", "name") == ("Ada", "Lovelace, A.\nof London")
    assert row_texts("name\r\nAda\r\n", "u.CSV", None) == ("Ada",)


def test_a_column_of_json_lines_is_taken_by_its_key() -> None:
    lines = '{"id": 1, "name": "Ada\\u2028", "more": [1, {"a": null}]}\n\n{"name": "B", "id": 2.5, "more": true}\n'
    assert row_texts(lines, "u.jsonl", "id") == ("1", "2.5")
    assert row_texts(lines, "u.jsonl", "name") == ("Ada\u2028", "B")
    assert row_texts(lines, "u.jsonl", "more") == ('[1,{"a":null}]', "true")
    assert row_texts('"a"\n5\n', "u.ndjson", None) == ("a", "5")


@pytest.mark.parametrize(
    ("text", "source", "column", "expected"),
    [
        ("", "u.csv", None, "file of rows u.csv is empty"),
        ("id,name\n", "u.csv", "id", "file of rows u.csv is empty"),
        ("\n\n", "u.jsonl", None, "file of rows u.jsonl is empty"),
        (
            USERS,
            "u.csv",
            "nam",
            "u.csv has no column 'nam'\n  columns: id, name\n  expected: one of them, such as rows:",
        ),
        (USERS, "u.csv", None, "u.csv has several columns, and none was chosen\n  columns: id, name"),
        ('{"a": 1, "b": 2}', "u.jsonl", None, "several columns, and none was chosen\n  columns: a, b"),
        ("5\n", "u.jsonl", "a", "has no column 'a'\n  rows without keys\n  expected: no column: rows:u.jsonl"),
        ("a,a\n1,2\n", "u.csv", "a", "has a column twice\n  columns: a, a"),
        ("a,b\n1\n", "u.csv", "a", "u.csv, line 2, is no row\n  1 fields\n  expected: 2, as in the header line"),
        ('a\n"x\n', "u.csv", "a", "is no CSV"),
        ('{"a": 1}\n{"b": 1}\n', "u.jsonl", "a", "u.jsonl, line 2, differs from the first\n  no 'a', but b"),
        ('{"a": 1}\n5\n', "u.jsonl", "a", "u.jsonl, line 2, differs from the first\n  no keys"),
        ('{"a": 1}\n{"a"\n', "u.jsonl", "a", "u.jsonl, line 2, is no JSON"),
    ],
)
def test_a_file_without_the_rows_is_refused_with_what_is_there(
    text: str, source: str, column: str | None, expected: str
) -> None:
    assert expected in problem(text, source, column)


@given(texts=st.lists(st.text(), min_size=1, max_size=5))
def test_texts_of_json_lines_come_back_as_they_were(texts: list[str]) -> None:
    lines = "\n".join(json.dumps({"t": text}, ensure_ascii=False) for text in texts)
    assert row_texts(lines, "t.jsonl", "t") == tuple(texts)
