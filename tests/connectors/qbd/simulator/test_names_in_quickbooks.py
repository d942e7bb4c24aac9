"""The four name lists, and finding what is in lists."""

import pytest

from dray_qbd.simulator import Company, Faults, QuickBooks
from tests.connectors.qbd.simulator.asking import ask, customer, one, quickbooks, status


@pytest.mark.parametrize(
    "taken", ["Acme Corp", "ACME CORP", "Birch Supply", "Robin Sample", "Petty Cash Box", " Acme Corp "]
)
def test_a_name_is_taken_by_any_of_the_four_lists_without_regard_to_case(taken: str) -> None:
    text = f'The name "{taken.strip()}" of the list element is already in use.'
    assert status(one(quickbooks(), customer(taken))) == ("3100", text)


def test_an_inactive_name_is_still_taken_and_a_deleted_one_is_not() -> None:
    books = quickbooks()
    assert status(one(books, customer("Closed Account")))[0] == "3100"
    found = books.company.by_name("names", "Closed Account")
    assert found is not None
    books.company.delete(found[1]["ListID"], books.now())
    assert status(one(books, customer("Closed Account")))[0] == "0"


def test_a_job_needs_to_be_unique_only_below_its_customer() -> None:
    below = "<ParentRef><FullName>Acme Corp</FullName></ParentRef>"
    books = quickbooks()
    assert status(one(books, customer("Birch Supply", below)))[0] == "0"
    assert status(one(books, customer("Warehouse", below)))[0] == "3100"
    ret = one(books, customer("North", below)).find("CustomerRet")
    assert ret is not None
    assert (ret.findtext("FullName"), ret.findtext("Sublevel")) == ("Acme Corp:North", "1")


def test_a_customer_is_renamed_with_its_jobs() -> None:
    books = quickbooks()
    found = books.company.by_name("names", "Acme Corp")
    assert found is not None
    record = found[1]
    change = (
        f"<CustomerModRq><CustomerMod><ListID>{record['ListID']}</ListID><EditSequence>{record['EditSequence']}"
        "</EditSequence><Name>Apex</Name><Email></Email></CustomerMod></CustomerModRq>"
    )
    ret = one(books, change).find("CustomerRet")
    assert ret is not None
    assert (ret.findtext("Name"), ret.findtext("Email")) == ("Apex", None)
    assert ret.findtext("BillAddress/Addr2") == "1 Main St"
    assert len(one(books, "<CustomerQueryRq><FullName>Apex:Warehouse</FullName></CustomerQueryRq>")) == 1
    assert status(one(books, change))[0] == "3200"
    assert status(one(books, customer("Acme Corp")))[0] == "0"


def test_only_active_names_are_shown_unless_all_are_asked_for() -> None:
    books = quickbooks()
    assert "Closed Account" not in names(books, "")
    assert "Closed Account" in names(books, "<ActiveStatus>All</ActiveStatus>")
    assert names(books, "<ActiveStatus>InactiveOnly</ActiveStatus>") == ["Closed Account"]


def names(books: QuickBooks, filters: str, kind: str = "Customer") -> list[str | None]:
    response = one(books, f"<{kind}QueryRq>{filters}</{kind}QueryRq>")
    return [ret.findtext("FullName") or ret.findtext("Name") for ret in response]


def test_all_four_lists_are_searched_at_once() -> None:
    books = quickbooks()
    begins = "<NameFilter><MatchCriterion>StartsWith</MatchCriterion><Name>birch</Name></NameFilter>"
    response = one(books, f"<EntityQueryRq>{begins}</EntityQueryRq>")
    assert sorted(ret.tag for ret in response) == ["CustomerRet", "VendorRet"]


def test_some_of_the_named_are_missing() -> None:
    asked = "<FullName>Acme Corp</FullName><FullName>Nobody</FullName>"
    response = one(quickbooks(), f"<CustomerQueryRq>{asked}</CustomerQueryRq>")
    assert response.get("statusCode") == "500"
    assert response.get("statusSeverity") == "Warn"
    assert len(response) == 1


def test_nothing_that_fits_is_no_error() -> None:
    nobody = "<NameFilter><MatchCriterion>Contains</MatchCriterion><Name>zzz</Name></NameFilter>"
    response = one(quickbooks(), f"<CustomerQueryRq>{nobody}</CustomerQueryRq>")
    assert (response.get("statusCode"), response.get("statusSeverity")) == ("1", "Info")


def test_what_changed_since_a_moment_is_found_in_any_zone() -> None:
    books = quickbooks()
    one(books, customer("Fresh"))
    assert names(books, "<FromModifiedDate>2026-08-05T16:00:00+00:00</FromModifiedDate>") == ["Fresh"]
    assert names(books, "<FromModifiedDate>2026-08-05T12:00:00</FromModifiedDate>") == ["Fresh"]
    assert names(books, "<FromModifiedDate>2026-08-05T12:00:01</FromModifiedDate>") == []
    turned = "<FromModifiedDate>2026-08-05</FromModifiedDate><ToModifiedDate>2026-08-01</ToModifiedDate>"
    assert status(one(books, f"<CustomerQueryRq>{turned}</CustomerQueryRq>"))[0] == "3030"


def test_counting_alone_brings_no_data() -> None:
    response = one(quickbooks(), '<CustomerQueryRq metaData="MetaDataOnly"/>')
    assert (response.get("retCount"), len(response)) == ("3", 0)


def test_a_busy_list_is_refused_with_the_words_that_mean_try_again() -> None:
    response = one(quickbooks(faults=Faults(list_busy=1)), customer("X"))
    assert response.get("statusCode") == "3180"
    assert "This list has been modified by another user." in (response.get("statusMessage") or "")


def test_items_of_all_kinds_share_one_namespace_and_need_an_account() -> None:
    books = quickbooks()
    add = (
        "<ItemServiceAddRq><ItemServiceAdd><Name>{}</Name><SalesOrPurchase><Price>1.00</Price>{}</SalesOrPurchase>"
        "</ItemServiceAdd></ItemServiceAddRq>"
    )
    account = "<AccountRef><FullName>Sales</FullName></AccountRef>"
    requests = add.format("Widget", account) + add.format("Free", "") + add.format("Paid", account)
    statuses = [response.get("statusCode") for response in ask(books, requests)]
    assert statuses == ["3100", "3150", "0"]


def test_deleted_names_are_told() -> None:
    books = quickbooks()
    found = books.company.by_name("names", "Closed Account")
    assert found is not None
    books.company.delete(found[1]["ListID"], books.now())
    response = one(books, "<ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>")
    assert response.findtext("ListDeletedRet/FullName") == "Closed Account"


def test_a_company_comes_back_from_its_file_as_it_was() -> None:
    books = quickbooks()
    one(books, customer("Kept"), newMessageSetID="k1")
    text = books.company.to_json()
    again = Company.from_json(text)
    assert again.to_json() == text
    assert status(one(quickbooks(again), customer("Kept")))[0] == "3100"
    assert again.message_sets.keys() == {"k1"}
