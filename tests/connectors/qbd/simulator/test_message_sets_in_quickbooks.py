"""Message sets: what is remembered is not run twice, and what was lost says so."""

import pytest
from lxml import etree

from dray_qbd.simulator import Company, Faults, ProcessRequestError, QuickBooks
from tests.connectors.qbd.simulator.asking import ask, customer, invoice, line, message_set, quickbooks

SET = invoice("1", line("Widget")) + invoice("2", line("Repair"))


def code(batch: etree._Element) -> str | None:
    return batch.get("messageSetStatusCode")


def posted(books: QuickBooks) -> int:
    return len(books.company.transactions.get("Invoice", {}))


def test_the_same_set_sent_again_gives_the_stored_answer_and_posts_nothing() -> None:
    books = quickbooks()
    text = message_set(SET, newMessageSetID="a1")
    first = books.process(text)
    assert books.process(text) == first
    assert posted(books) == 2
    batch = etree.fromstring(first)[0]
    assert (batch.get("newMessageSetID"), code(batch)) == ("a1", "0")


def test_other_content_under_the_same_id_is_not_run() -> None:
    books = quickbooks()
    ask(books, SET, newMessageSetID="a1")
    other = ask(books, customer("X"), newMessageSetID="a1")
    assert (code(other), len(other)) == ("9001", 0)
    assert books.company.by_name("names", "X") is None


def test_asking_after_a_set_gives_its_answer_or_says_that_it_is_unknown() -> None:
    books = quickbooks()
    unknown = ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")
    assert (code(unknown), len(unknown)) == ("600", 0)
    ask(books, SET, newMessageSetID="a1")
    assert len(ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")) == 2


def test_clearing_forgets_a_set_and_the_next_may_do_it_on_the_way() -> None:
    books = quickbooks()
    ask(books, SET, newMessageSetID="a1")
    assert code(ask(books, "", oldMessageSetID="a1")) == "0"
    assert code(ask(books, "", oldMessageSetID="a1")) == "600"
    ask(books, customer("B"), newMessageSetID="b1")
    ask(books, customer("C"), oldMessageSetID="b1", newMessageSetID="c1")
    assert books.company.message_sets.keys() == {"c1"}
    ask(books, "", oldMessageSetID="ClearAllMessageSets")
    assert not books.company.message_sets


def test_a_quickbooks_that_dies_in_a_set_has_done_part_of_it_and_stored_nothing() -> None:
    books = quickbooks(faults=Faults(die_in_set=1))
    text = message_set(SET, newMessageSetID="a1")
    with pytest.raises(ProcessRequestError) as died:
        books.process(text)
    assert died.value.hresult == "0x80010105"
    assert posted(books) == 1
    assert code(ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")) == "9002"
    assert code(ask(books, SET, newMessageSetID="a1")) == "9002"
    assert posted(books) == 1


def test_a_quickbooks_may_die_after_the_last_request() -> None:
    books = quickbooks(faults=Faults(die_in_set=2))
    with pytest.raises(ProcessRequestError):
        ask(books, SET, newMessageSetID="a1")
    assert posted(books) == 2
    assert code(ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")) == "9002"


def test_an_answer_lost_after_the_work_can_be_had_again() -> None:
    books = quickbooks(faults=Faults(unexpected=1))
    with pytest.raises(ProcessRequestError) as lost:
        ask(books, SET, newMessageSetID="a1")
    assert lost.value.hresult == "0x80040402"
    assert len(ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")) == 2


def test_a_store_that_is_full_says_so_and_a_lost_store_knows_nothing() -> None:
    books = quickbooks(faults=Faults(store_full=1))
    assert code(ask(books, SET, newMessageSetID="a1")) == "9005"
    assert code(ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")) == "9002"
    books.faults.forget_message_sets = 1
    assert code(ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")) == "600"


def test_an_id_that_is_too_long_is_not_run() -> None:
    books = quickbooks()
    assert code(ask(books, SET, newMessageSetID="x" * 25)) == "9004"
    assert posted(books) == 0


def test_a_stored_answer_may_come_without_the_objects() -> None:
    books = quickbooks()
    ask(books, SET, newMessageSetID="a1")
    books.faults.recovery_form = 1
    again = ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")
    assert [response[0].tag for response in again] == ["ErrorRecovery", "ErrorRecovery"]
    first = next(iter(books.company.transactions["Invoice"].values()))
    assert again[0].findtext("ErrorRecovery/TxnID") == first["TxnID"]
    assert again[0].get("statusCode") == "0"


def test_a_restored_backup_has_lost_both_the_invoice_and_the_memory_of_it() -> None:
    books = quickbooks()
    backup = books.company.to_json()
    ask(books, SET, newMessageSetID="a1")
    books.company = Company.from_json(backup)
    assert code(ask(books, "", oldMessageSetID="a1", newMessageSetID="a1")) == "600"
    assert posted(books) == 0


def test_a_set_without_ids_shows_none_and_is_not_remembered() -> None:
    books = quickbooks()
    batch = ask(books, SET)
    assert not batch.attrib
    ask(books, SET)
    assert posted(books) == 4
