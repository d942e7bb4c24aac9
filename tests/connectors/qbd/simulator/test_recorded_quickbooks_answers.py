"""The pretend QuickBooks answers as real ones were recorded to answer."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from lxml import etree

from dray_qbd.simulator import Company, Faults
from tests.connectors.qbd.simulator.asking import ask, customer, one, quickbooks

RECORDED_AT = datetime(2026, 8, 5, 16, 43, 30, tzinfo=timezone(timedelta(hours=-4)))


@pytest.fixture
def responses(reference_data: Path) -> Path:
    return reference_data / "qbd/responses"


def shape(response: etree._Element) -> list[str]:
    return [str(child.tag) for child in response.iter()]


def statuses(batch: etree._Element) -> list[tuple[str | None, ...]]:
    names = ("requestID", "statusCode", "statusSeverity", "statusMessage")
    return [(str(response.tag), *(response.get(name) for name in names)) for response in batch]


def test_a_mixed_batch_is_answered_as_recorded(responses: Path) -> None:
    recorded = etree.parse(responses / "customer-batch-mixed.response.xml").getroot()[0]
    books = quickbooks(Company.sample(class_tracking=False), now=RECORDED_AT)
    name = "HG-BATCH-MIX-1785964184"
    requests = [
        customer(f"{name}-1", "<CompanyName>Valid first</CompanyName>"),
        customer(f"{name}-1"),
        customer(f"{name}-3", "<ClassRef><FullName>East</FullName></ClassRef>"),
        customer(f"{name}-4", "<ParentRef><FullName>NONEXISTENT-PARENT-CUSTOMER</FullName></ParentRef>"),
        customer(f"{name}-5", "<CompanyName>Valid last</CompanyName>"),
    ]
    for i, text in enumerate(requests):
        requests[i] = text.replace("<CustomerAddRq>", f'<CustomerAddRq requestID="ext-mix-{i + 1}">')
    answered = ask(books, "".join(requests))
    assert statuses(answered) == statuses(recorded)
    wanted = {child.tag: child.text for child in recorded[0][0]}
    got = {child.tag: child.text for child in answered[0][0]}
    own = {"ListID": "", "EditSequence": ""}  # of that company file and of its computer's clock
    assert {**got, **own} == {**wanted, **own, "JobStatus": "None"}


def test_a_colon_in_a_name_and_the_tail_of_a_stopped_set_are_answered_as_recorded(responses: Path) -> None:
    file = responses / "customer-add-3090-then-3231.stopOnError.quickbooks-sync.xml"
    recorded = etree.parse(file).getroot()[0]
    requests = customer("Incorrect : Name") + "<CustomerQueryRq/>"
    assert statuses(ask(quickbooks(), requests, onError="stopOnError")) == statuses(recorded)


def test_a_name_that_is_not_there_is_answered_as_recorded(responses: Path) -> None:
    recorded = etree.parse(responses / "customer-query-500-warn.qbwc-gem.xml").getroot()[0]
    request = "<CustomerQueryRq><FullName>bleech</FullName></CustomerQueryRq>"
    assert statuses(ask(quickbooks(), request)) == statuses(recorded)


def test_an_id_that_is_not_there_is_answered_as_recorded_where_that_version_is_asked_for(responses: Path) -> None:
    recorded = etree.parse(responses / "customer-query-3120-error.qbwc-gem.xml").getroot()[0]
    request = "<CustomerQueryRq><ListID>8000001B-1405768916</ListID></CustomerQueryRq>"
    assert statuses(ask(quickbooks(faults=Faults(missing_is_an_error=1)), request)) == statuses(recorded)
    assert one(quickbooks(), request).get("statusCode") == "500"


def test_an_added_customer_is_shown_as_recorded(responses: Path) -> None:
    recorded = etree.parse(responses / "customer-add-ok.qbwc-gem.xml").getroot()[0]
    request = customer(
        "mrjoecustomer",
        "<CompanyName>Joes Garage</CompanyName><Salutation>Mr</Salutation><FirstName>Joe</FirstName>"
        "<LastName>Customer</LastName><BillAddress><Addr1>123 Main St.</Addr1><City>Mountain View</City>"
        "<State>CA</State><PostalCode>94566</PostalCode></BillAddress><Email>joecustomer@gmail.com</Email>"
        "<AccountNumber>89087</AccountNumber><CreditLimit>2000.00</CreditLimit>",
    )
    answered = one(quickbooks(), request)
    ret = answered[0]
    block = ret.find("BillAddressBlock")
    assert block is not None
    assert [line.text for line in block] == ["123 Main St.", "Mountain View, CA 94566"]
    ret.remove(block)  # QuickBooks shows it since 6.0; the recording was trimmed
    assert shape(answered) == shape(recorded[0])


def test_an_added_account_is_shown_as_recorded(responses: Path) -> None:
    recorded = etree.parse(responses / "account-add.response.xml").getroot()[0]
    request = (
        '<AccountAddRq requestID=""><AccountAdd><Name>HG-WRITE-TEST-0805</Name><AccountType>Income</AccountType>'
        "<Desc>Created by target-qbwc write probe</Desc><CurrencyRef><FullName>US Dollar</FullName></CurrencyRef>"
        "</AccountAdd></AccountAddRq>"
    )
    answered = ask(quickbooks(Company.sample(multicurrency=True)), request)
    assert statuses(answered) == statuses(recorded)
    assert shape(answered[0]) == shape(recorded[0])


def test_the_first_company_data_has_the_shape_of_the_captured_one(responses: Path) -> None:
    captured = (responses / "hcp-first-sendRequestXML.QBPro2014.xml").read_text()
    recorded = etree.fromstring(captured[captured.index("<QBXML>") :])[0]
    company = Company.sample(sales_tax=False, product="QuickBooks Pro 2014", product_version="24.0", max_version="13.0")
    books = quickbooks(company)
    owner = "{57F3B9B1-86F1-4FCC-B1EE-566DE1813D20}"
    books.stamp(owner, "AppLock", "LOCKED:PC:1")
    books.stamp(owner, "FileID", "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}")
    shown = etree.fromstring(books.company_data(owner))[0]
    assert [response.get("requestID") for response in shown] == ["0", "1", "2"]
    assert shape(shown[0]) == shape(recorded[0])
    extra = set(shape(recorded[1])) - set(shape(shown[1]))
    assert extra <= {"SubscribedServices", "Service", "Name", "Domain", "ServiceStatus"}
    missing = set(shape(recorded[2])) - set(shape(shown[2]))
    assert missing <= {
        "ItemsAndInventoryPreferences",
        "EnhancedInventoryReceivingEnabled",
        "IsTrackingSerialOrLotNumber",
        "FIFOEnabled",
        "IsRSBEnabled",
        "IsBarcodeEnabled",
    }
