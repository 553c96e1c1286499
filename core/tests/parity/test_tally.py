from fwcompare.model.ports import Sent
from fwcompare.parity.tally import Counting, sql_of_request

UNIT = (
    ["INSERT INTO t VALUES (1)"] * 10 + ["SELECT count(*) FROM t"] + ["UPDATE t SET a = 1"] * 5 + ["DELETE FROM t"] * 10
)


def on(session: str, *texts: str) -> list[Sent]:
    return [Sent(session, text) for text in texts]


def test_statements_are_counted_by_kind_and_control_by_its_text() -> None:
    tally = Counting("postgres").count(on("1", "BEGIN", *UNIT, "COMMIT", "SELECT count(*) FROM t"))

    assert tally.statements == {"INSERT": 10, "SELECT": 2, "UPDATE": 5, "DELETE": 10}
    assert tally.control == {"BEGIN": 1, "COMMIT": 1}
    assert (tally.write_commits, tally.opened) == (1, 1)


def commits(*texts: str) -> int:
    return Counting("mysql").count(on("1", *texts)).write_commits


def test_only_a_transaction_that_wrote_and_was_kept_is_a_write_commit() -> None:
    write = "DELETE FROM t WHERE id = 1"
    assert commits("BEGIN", "SELECT * FROM t", "COMMIT") == 0
    assert commits("BEGIN", write, "ROLLBACK") == 0
    assert commits("BEGIN", write, "ROLLBACK TO SAVEPOINT a", "COMMIT") == 1
    assert commits("BEGIN", write, write, "COMMIT", "COMMIT") == 1
    assert commits(write, write) == 2


def test_without_autocommit_every_statement_waits_for_its_commit() -> None:
    write = "DELETE FROM t WHERE id = 1"
    assert commits("SET autocommit=0", write, write, "COMMIT", write, "COMMIT") == 2
    assert commits("SET autocommit=0", write, "ROLLBACK") == 0
    assert commits("SET autocommit=0", write, "SET autocommit=1", write) == 2
    assert commits("SET autocommit=0", write, "START TRANSACTION", write, "COMMIT") == 2


def test_transactions_of_several_connections_do_not_mix_and_go_on_in_the_next_part() -> None:
    counting = Counting("postgres")
    first = counting.count([*on("1", "BEGIN", "DELETE FROM t"), *on("2", "BEGIN"), *on("2", "COMMIT")])
    second = counting.count([*on("1", "COMMIT"), *on("3", "SELECT a FROM t")])

    assert (first.write_commits, first.opened) == (0, 2)
    assert (second.write_commits, second.opened) == (1, 1)


def test_the_text_of_a_request_is_one_statement_a_line_in_order() -> None:
    sent = on("1", "BEGIN", "INSERT INTO t VALUES ('a', 1)", "SELECT 1; SELECT 2")
    assert sql_of_request(sent, "postgres") == "BEGIN;\nINSERT INTO t VALUES (?, ?);\nSELECT ?;\nSELECT ?;\n"


def test_a_message_of_several_data_statements_saved_their_round_trips() -> None:
    whole_unit = "BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); COMMIT"
    tally = Counting("postgres").count(on("1", whole_unit, "BEGIN; DELETE FROM t; COMMIT", "SELECT a FROM t"))

    assert (tally.statements, tally.together) == ({"INSERT": 2, "DELETE": 1, "SELECT": 1}, 1)
