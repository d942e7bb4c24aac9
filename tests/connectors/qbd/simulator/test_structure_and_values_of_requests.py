"""What QuickBooks cannot parse refuses the whole set; a wrong value refuses its own request."""

import copy
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from dray_qbd.simulator import Company, ProcessRequestError
from dray_qbd.simulator.checker import StructureError, read
from tests.connectors.qbd.simulator.asking import (
    VERSION_LINE,
    ask,
    customer,
    invoice,
    line,
    message_set,
    one,
    quickbooks,
    status,
)

PARSE_ERROR = "0x80040400"


def requests_of(reference_data: Path) -> list[Path]:
    found = sorted((reference_data / "qbd/requests/validated-13.0").glob("*.xml"))
    assert len(found) == 28
    return found


def test_every_request_that_the_schema_accepts_is_read(reference_data: Path) -> None:
    for file in requests_of(reference_data):
        answer = etree.fromstring(quickbooks().process(file.read_text()))
        assert answer.tag == "QBXML", file.name


def test_every_change_of_order_in_those_requests_is_refused(reference_data: Path) -> None:
    changed = 0
    for file in requests_of(reference_data):
        for request in etree.parse(file).getroot()[0]:
            for mutated in with_two_elements_exchanged(request):
                with pytest.raises(StructureError):
                    read(mutated, "13.0")
                changed += 1
    assert changed > 130


def with_two_elements_exchanged(request: etree._Element) -> Iterator[etree._Element]:
    for place, parent in enumerate(request.iter()):
        for i, (left, right) in enumerate(pairwise(parent)):
            if left.tag != right.tag and not is_mix(left) and not is_mix(right):
                mutated = copy.deepcopy(request)
                twin = list(mutated.iter())[place]
                twin.insert(i, twin[i + 1])
                yield mutated


def is_mix(element: etree._Element) -> bool:
    return str(element.tag) in ("InvoiceLineAdd", "InvoiceLineGroupAdd", "InvoiceLineMod", "InvoiceLineGroupMod")


@pytest.mark.parametrize(
    "text",
    [
        message_set("").replace('<?qbxml version="13.0"?>', ""),
        message_set("<CustomerQueryRq>"),
        message_set("<CustomerFetchRq/>"),
        message_set(customer("Ångström")),
        message_set(customer("X", "<Colour>red</Colour>")),
        message_set(invoice("1", line("Widget"), after="<IsTaxIncluded>false</IsTaxIncluded>")),
        message_set('<AccountQueryRq iterator="Start"><MaxReturned>5</MaxReturned></AccountQueryRq>'),
        message_set("<CustomerQueryRq><ActiveStatus>Some</ActiveStatus></CustomerQueryRq>"),
        message_set("<CustomerQueryRq/>", onError="panic"),
        f"{VERSION_LINE}<QBXML><QBXMLMsgsRq><CustomerQueryRq/></QBXMLMsgsRq></QBXML>",
        f"{VERSION_LINE}<QBXML/>",
        "NoOp",
    ],
)
def test_what_cannot_be_parsed_leaves_nothing_done_and_no_answer(text: str) -> None:
    books = quickbooks()
    with pytest.raises(ProcessRequestError) as refused:
        books.process(text)
    assert refused.value.hresult == PARSE_ERROR
    assert refused.value.message == "QuickBooks found an error when parsing the provided XML text stream."
    assert not books.company.transactions


def test_a_wrong_order_in_one_request_undoes_the_whole_set() -> None:
    books = quickbooks()
    wrong = "<CustomerAddRq><CustomerAdd><Phone>1</Phone><Name>Late</Name></CustomerAdd></CustomerAddRq>"
    with pytest.raises(ProcessRequestError):
        books.process(message_set(customer("Early") + wrong))
    assert books.company.by_name("names", "Early") is None


def test_a_character_reference_is_read() -> None:
    books = quickbooks()
    response = one(books, customer("&#197;ngstr&#246;m"))
    assert response.findtext("CustomerRet/Name") == "Ångström"


def test_a_version_that_this_quickbooks_does_not_know_is_named() -> None:
    books = quickbooks(Company.sample(max_version="12.0"))
    with pytest.raises(ProcessRequestError) as refused:
        books.process(message_set("<HostQueryRq/>"))
    assert refused.value.hresult == "0x80040423"


def test_an_element_newer_than_the_version_of_the_document_is_refused() -> None:
    text = message_set(customer("X", "<JobTitle>Boss</JobTitle>"))
    assert "Status OK" in quickbooks().process(text)
    with pytest.raises(ProcessRequestError):
        quickbooks().process(text.replace('qbxml version="13.0"', 'qbxml version="11.0"'))


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (customer("x" * 42), "3070", f'The string "{"x" * 42}" in the field "Name" is too long.'),
        (
            customer("X", "<CreditLimit>1.5</CreditLimit>"),
            "3040",
            'There was an error when converting the amount "1.5" in the field "CreditLimit".',
        ),
        (
            customer("X", "<IsActive>yes</IsActive>"),
            "3010",
            'There was an error when converting the boolean value "yes" in the field "IsActive".',
        ),
        (
            invoice("1", line("Widget", "<Quantity>1.234567</Quantity>")),
            "3060",
            'There was an error when converting the quantity "1.234567" in the field "Quantity".',
        ),
        (
            invoice("1", line("Widget", "<Rate>1,000.00</Rate>")),
            "3045",
            'There was an error when converting the price "1,000.00" in the field "Rate".',
        ),
        (
            invoice("1", line("Widget")).replace("2026-08-01", "01/08/2026"),
            "3020",
            'There was an error when converting the date value "01/08/2026" in the field "TxnDate".',
        ),
        (
            invoice("1", line("Widget")).replace("2026-08-01", "2026-02-30"),
            "3020",
            'There was an error when converting the date value "2026-02-30" in the field "TxnDate".',
        ),
        (
            invoice("1", line("Widget"), after="<ExternalGUID>123</ExternalGUID>"),
            "3065",
            'There was an error when converting the GUID "123" in the field "ExternalGUID".',
        ),
        (
            invoice("123456789012", line("Widget")),
            "3070",
            'The string "123456789012" in the field "RefNumber" is too long.',
        ),
    ],
)
def test_a_wrong_value_is_a_status_of_its_own_request(request_: str, code: str, text: str) -> None:
    wrong, right = ask(quickbooks(), request_ + customer("Right"))
    assert status(wrong) == (code, text)
    assert wrong.get("statusSeverity") == "Error"
    assert right.get("statusCode") == "0"
