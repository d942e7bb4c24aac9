"""Iterators: pages of a query, in one session."""

from tests.connectors.qbd.simulator.asking import ask, customer, one, quickbooks, status

QUERY = "<CustomerQueryRq {}><MaxReturned>{}</MaxReturned><ActiveStatus>All</ActiveStatus></CustomerQueryRq>"


def test_pages_together_are_the_whole_and_then_the_iterator_is_gone() -> None:
    books = quickbooks()
    ask(books, "".join(customer(f"C{i}") for i in range(7)))
    page = one(books, QUERY.format('iterator="Start"', 4))
    seen = [ret.findtext("ListID") for ret in page]
    more = QUERY.format(f'iterator="Continue" iteratorID="{page.get("iteratorID")}"', 4)
    while page.get("iteratorRemainingCount") != "0":
        page = one(books, more)
        seen += [ret.findtext("ListID") for ret in page]
    assert len(seen) == len(set(seen)) == len(books.company.lists["Customer"])
    assert status(one(books, more))[0] == "3000"


def test_an_iterator_ends_with_its_session() -> None:
    books = quickbooks()
    page = one(books, QUERY.format('iterator="Start"', 1))
    books.end_session()
    books.begin_session()
    again = one(books, QUERY.format(f'iterator="Continue" iteratorID="{page.get("iteratorID")}"', 1))
    assert status(again)[0] == "3000"


def test_an_iterator_is_continued_only_with_its_own_filters() -> None:
    books = quickbooks()
    page = one(books, QUERY.format('iterator="Start"', 1))
    other = QUERY.replace("All", "ActiveOnly").format(f'iterator="Continue" iteratorID="{page.get("iteratorID")}"', 1)
    assert status(one(books, other))[0] == "3000"


def test_an_iterator_is_stopped_early() -> None:
    books = quickbooks()
    page = one(books, QUERY.format('iterator="Start"', 1))
    stop = f'<CustomerQueryRq iterator="Stop" iteratorID="{page.get("iteratorID")}"/>'
    assert [status(one(books, stop))[0] for _ in range(2)] == ["0", "3000"]


def test_an_iterator_needs_a_page_size() -> None:
    assert status(one(quickbooks(), '<CustomerQueryRq iterator="Start"/>'))[0] == "3150"
