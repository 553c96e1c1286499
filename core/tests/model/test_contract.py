import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.workload import Answer, JsonContract

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def answer(body: object, status: int = 200, content_type: str = "application/json") -> Answer:
    return Answer(status, {"content-type": content_type}, json.dumps(body).encode())


@given(JSON)
def test_an_equal_body_has_no_differences_whatever_its_key_order(expected: object) -> None:
    shuffled = json.loads(json.dumps(expected), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert JsonContract(expected).differences(answer(shuffled), {}) == []


@given(JSON, JSON)
def test_a_body_that_is_unequal_as_json_has_a_difference(left: object, right: object) -> None:
    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert (JsonContract(left).differences(answer(right), {}) == []) is same


ROWS = [{"id": str(i), "name": f"user{i}"} for i in range(100)]


def differences(change: object) -> list[str]:
    return JsonContract(ROWS).differences(answer(change), {})


def test_one_row_too_few_is_named_by_both_lengths() -> None:
    assert differences(ROWS[:99]) == ["body: 99 elements, expected 100"]


def test_a_changed_a_missing_and_a_foreign_key_are_named_by_their_place() -> None:
    rows = copy.deepcopy(ROWS)
    rows[3] = {"id": "3", "nmae": "user3"}
    assert differences(rows) == ["body[3].name: missing", "body[3].nmae: not in the contract"]
    rows = copy.deepcopy(ROWS)
    rows[7]["name"] = "other"
    assert differences(rows) == ["body[7].name: 'other', expected 'user7'"]


def test_a_body_that_is_wrong_everywhere_is_told_in_a_few_lines() -> None:
    found = differences(list(reversed(ROWS)))
    assert len(found) == 4
    assert found[-1] == "and more"


def test_status_and_content_type_are_part_of_the_contract() -> None:
    found = JsonContract(ROWS).differences(answer(ROWS, 500, "text/html; charset=utf-8"), {})
    assert found == ["status: 500, expected 200", "content-type: text/html, expected application/json"]


def test_a_charset_beside_the_content_type_is_fine() -> None:
    assert JsonContract(ROWS).differences(answer(ROWS, content_type="application/json; charset=utf-8"), {}) == []


def test_a_body_that_is_no_json_is_shown_by_its_beginning() -> None:
    found = JsonContract(ROWS).differences(Answer(200, {"content-type": "application/json"}, b"<html>oops"), {})
    assert "body: not JSON" in found[0]
    assert "<html>oops" in found[0]


def test_true_is_not_one() -> None:
    assert JsonContract([1]).differences(answer([True]), {}) == ["body[0]: True, expected 1"]
    assert JsonContract([1]).differences(answer([1.0]), {}) == []
