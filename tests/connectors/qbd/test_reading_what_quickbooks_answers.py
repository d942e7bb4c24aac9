"""Every answer becomes the outcome that it proves, and nothing more."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dray_qbd import connector
from dray_qbd.hresults import HRESULTS, Proof
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.statuses import SET_STATUSES, STATUSES, Verdict
from dray_sdk import (
    Absent,
    Answer,
    Batch,
    Books,
    Create,
    Customer,
    Deferred,
    Disconnected,
    Entry,
    Failure,
    Find,
    Found,
    Identified,
    Identify,
    InDoubt,
    Invoice,
    Kind,
    Money,
    NotRun,
    Operation,
    Outcome,
    Posted,
    Purpose,
    Reference,
    Refused,
    Request,
    Stale,
)
from tests.connectors.qbd.test_writing_for_quickbooks import KEY, plain

INVOICE = plain()
MARK = "3f2504e0-4f89-11d3-9a0c-0305e82c3302"


def answered(inside: str, attributes: str = f'newMessageSetID="{KEY}" messageSetStatusCode="0"') -> bytes:
    return f'<?xml version="1.0" ?><QBXML><QBXMLMsgsRs {attributes}>{inside}</QBXMLMsgsRs></QBXML>'.encode()


def outcomes(body: bytes, *operations: Operation, purpose: Purpose = Purpose.WRITE) -> tuple[Outcome, ...]:
    return connector.decode(Batch(KEY, operations), Request(purpose, b""), Answer(body))


def outcome(body: bytes, operation: Operation, purpose: Purpose = Purpose.WRITE) -> Outcome:
    (only,) = outcomes(body, operation, purpose=purpose)
    return only


def rs(
    code: str = "0", text: str = "Status OK", inside: str = "", name: str = "InvoiceAddRs", number: str = "1"
) -> str:
    status = f'statusCode="{code}" statusSeverity="Info" statusMessage="{text}"'
    return f'<{name} requestID="{number}" {status}>{inside}</{name}>'


def ret(txn_id: str = "5D-1714590000", number: str = "INV-1001", mark: str | None = None) -> str:
    guid = f"<ExternalGUID>{{{mark.upper()}}}</ExternalGUID>" if mark else ""
    return (
        f"<InvoiceRet><TxnID>{txn_id}</TxnID><EditSequence>1714590000</EditSequence><RefNumber>{number}</RefNumber>"
        f"<Subtotal>300.00</Subtotal><SalesTaxPercentage>8.25%</SalesTaxPercentage><SalesTaxTotal>24.75</SalesTaxTotal>"
        f"<BalanceRemaining>324.75</BalanceRemaining>{guid}</InvoiceRet>"
    )


POSTED = Posted(
    "5D-1714590000",
    "INV-1001",
    Money(32475, "USD"),
    Money(2475, "USD"),
    Money(32475, "USD"),
    "1714590000",
    code="0",
    text="Status OK",
)


# ---- writes


def test_a_ret_is_posted_with_what_the_books_say() -> None:
    assert outcome(answered(rs(inside=ret())), Create(INVOICE)) == POSTED


def test_answers_are_matched_by_id_and_never_by_order() -> None:
    body = answered(rs(inside=ret("B-2", "2"), number="2") + rs("3140", "no", number="3") + rs(inside=ret("A-1")))
    first, second, third = outcomes(body, *[Create(plain(number=number)) for number in ("INV-1001", "2", "3")])
    assert isinstance(first, Posted)
    assert isinstance(second, Posted)
    assert (first.books_id, second.books_id) == ("A-1", "B-2")
    assert isinstance(third, Refused)


MARKED_RECOVERY = (
    "<ErrorRecovery><TxnID>5D-1</TxnID><TxnNumber>4</TxnNumber><EditSequence>17</EditSequence>"
    f"<ExternalGUID>{{{MARK}}}</ExternalGUID></ErrorRecovery>"
)


@pytest.mark.parametrize(
    "recovered",
    [
        MARKED_RECOVERY,
        "<ErrorRecovery><TxnID>5D-1</TxnID><EditSequence>17</EditSequence></ErrorRecovery>",
    ],
)
def test_error_recovery_proves_an_invoice_without_its_figures(recovered: str) -> None:
    found = outcome(answered(rs(inside=recovered)), Create(plain(mark=MARK)), Purpose.ASK)
    assert found == Posted("5D-1", revision="17", code="0", text="Status OK")


def test_error_recovery_proves_a_customer_by_list_id_and_nothing_by_owner_id() -> None:
    proof = "<ErrorRecovery><ListID>80-1</ListID><EditSequence>9</EditSequence></ErrorRecovery>"
    posted = outcome(answered(rs(name="CustomerAddRs", inside=proof)), Create(Customer("Acme")))
    assert posted == Posted("80-1", revision="9", code="0", text="Status OK")
    nothing = "<ErrorRecovery><OwnerID>{57F3B9B1-86F1-4FCC-B1EE-566DE1813D20}</OwnerID></ErrorRecovery>"
    assert isinstance(outcome(answered(rs(inside=nothing)), Create(INVOICE)), InDoubt)


@pytest.mark.parametrize(
    "body",
    [
        answered(""),
        answered(rs()),
        answered(rs(inside="<InvoiceRet/>")),
        answered(rs(inside=ret(), number="2")),
        answered(rs(inside=ret(), number="")),
        answered(rs(inside=ret()) + rs(inside=ret("other"))),
        answered(rs(inside=ret()) + rs(inside=ret(), number="7")),
        answered(rs(inside=ret(), name="InvoiceModRs")),
        answered(rs(inside=ret()), 'newMessageSetID="ffffffffffffffffffff" messageSetStatusCode="0"'),
        answered(rs(inside=ret(number="OTHER"))),
        answered(rs(inside=ret(mark="11111111-4f89-11d3-9a0c-0305e82c3302"))),
        answered(rs("4711", "A new code")),
        answered(rs("")),
        answered(rs("3140", "refused and yet there", inside=ret())),
        answered(rs("1000", "internal error")),
        answered(rs("1")),
        answered(rs("550")),
        b"",
        b"no xml",
        b"<QBXML>",
        b"<QBXML/>",
        b"<html><QBXMLMsgsRs/></html>",
        b"<!DOCTYPE QBXML><QBXML><QBXMLMsgsRs/></QBXML>",
        b"\xff\xfe\x00",
    ],
)
def test_what_proves_nothing_is_in_doubt(body: bytes) -> None:
    found = outcome(body, Create(plain(mark=MARK)))
    assert isinstance(found, InDoubt), found


@pytest.mark.parametrize("code", sorted(SET_STATUSES))
def test_a_message_set_that_was_not_answered_leaves_everything_in_doubt(code: str) -> None:
    inside = "" if code == "9005" else rs(inside=ret())
    body = answered(inside, f'newMessageSetID="{KEY}" messageSetStatusCode="{code}"')
    for purpose in (Purpose.WRITE, Purpose.ASK):
        assert all(
            isinstance(one, InDoubt) for one in outcomes(body, Create(INVOICE), Create(INVOICE), purpose=purpose)
        )


def test_answers_that_could_not_be_kept_still_prove_what_they_say() -> None:
    body = answered(rs(inside=ret()), f'newMessageSetID="{KEY}" messageSetStatusCode="9005"')
    assert outcome(body, Create(INVOICE)) == POSTED


def test_a_saved_record_with_a_warning_is_posted_and_says_so() -> None:
    found = outcome(answered(rs("550", "The notes were not saved.", inside=ret())), Create(INVOICE))
    assert isinstance(found, Posted)
    assert found.warning == "The notes were not saved."


def test_an_unknown_code_beside_the_record_itself_is_posted() -> None:
    found = outcome(answered(rs("4711", "Something new", inside=ret())), Create(INVOICE))
    assert isinstance(found, Posted)
    assert found.warning == "Something new"


WITHOUT_RECORD = {
    Verdict.TAKEN: InDoubt,
    Verdict.TAKEN_WITH_WARNING: InDoubt,
    Verdict.NOTHING_FOUND: InDoubt,
    Verdict.REFUSED: Refused,
    Verdict.REFUSED_UNLESS_LOCKED: Refused,
    Verdict.LOCKED: Deferred,
    Verdict.HELD_UP: NotRun,
    Verdict.STALE: Stale,
    Verdict.SHUT_OUT: Disconnected,
    Verdict.UNKNOWN: InDoubt,
}


@pytest.mark.parametrize("code", sorted(STATUSES))
def test_every_status_without_a_record_means_what_the_table_says(code: str) -> None:
    found = outcome(answered(rs(code, "Text of QuickBooks")), Create(INVOICE))
    assert type(found) is WITHOUT_RECORD[STATUSES[code].verdict]
    assert (found.code, found.text) == (code, "Text of QuickBooks")  # type: ignore[union-attr]


def test_the_code_decides_and_never_the_severity() -> None:
    assert isinstance(outcome(answered(rs("3210", "severity Info, and refused")), Create(INVOICE)), Refused)


@pytest.mark.parametrize("code", ["3170", "3180"])
@pytest.mark.parametrize(
    "wording",
    [
        "QuickBooks error message: This list has been modified by another user.",
        "internals could not be locked.  They are in use by another user.",
        "failed to acquire the lock",
        "The list element is in use.",
    ],
)
def test_a_lock_is_waited_for(code: str, wording: str) -> None:
    found = outcome(answered(rs(code, wording)), Create(INVOICE))
    assert isinstance(found, Deferred)
    assert found.delay >= 60


def test_what_another_record_held_up_is_no_culprit() -> None:
    found = outcome(answered(rs("3231", "The request has not been processed.")), Create(INVOICE))
    assert found == NotRun(culprit=False, code="3231", text="The request has not been processed.")


def test_every_range_of_macro_codes_is_refused() -> None:
    assert isinstance(outcome(answered(rs("9150")), Create(INVOICE)), Refused)
    assert isinstance(outcome(answered(rs("9200")), Create(INVOICE)), InDoubt)


# ---- where the fault lies


def fault(code: str, text: str, record: Invoice | Customer = INVOICE) -> str | None:
    name = "CustomerAddRs" if isinstance(record, Customer) else "InvoiceAddRs"
    found = outcome(answered(rs(code, text.replace('"', "&quot;"), name=name)), Create(record))
    assert isinstance(found, Refused)
    return found.field


def test_a_refusal_names_the_field_in_our_record() -> None:
    two = plain(
        lines=(INVOICE.lines[0], replace(INVOICE.lines[0], item=Reference(Kind.ITEM, "Widget", books_id="9-9")))
    )
    reference = 'There is an invalid reference to QuickBooks %s "%s" in the Invoice.'
    assert fault("3140", reference % ("Customer", "Acme Corp")) == "customer"
    assert fault("3140", reference % ("Item", "Widget"), two) == "lines/1/item"
    assert fault("3140", reference % ("Item", "9-9"), two) == "lines/1/item"
    assert fault("3140", reference % ("Item", "unheard of"), two) == "lines"
    assert fault("3140", reference % ("Terms", "Net 45")) == "terms"
    assert fault("3070", 'The string "INV-10000001" in the field "RefNumber" is too long.') == "number"
    assert fault("3070", 'The string "Cleaning" in the field "Desc" is too long.', two) == "lines/0/description"
    assert fault("3210", 'The "TxnDate" field has an invalid value "x".') == "date"
    assert fault("3171", "closed") == "date"
    assert fault("3140", "words that nobody knows") is None
    assert fault("3100", 'The name "Acme" of the list element is already in use.', Customer("Acme")) == "name"
    colon = 'There was an error when storing "A : B" in the "customer name" field.QuickBooks error message: no colon.'
    assert fault("3090", colon, Customer("A : B")) == "name"


# ---- the carrier


@pytest.mark.parametrize("code", sorted(HRESULTS))
def test_every_hresult_proves_what_the_table_says(code: str) -> None:
    kinds = {Proof.NOT_RUN: NotRun, Proof.LATER: Deferred, Proof.SHUT_OUT: Disconnected, Proof.NOTHING: InDoubt}
    batch = Batch(KEY, (Create(INVOICE), Create(INVOICE)))
    for spelled in (code, code.lower(), code.removeprefix("0x"), str(int(code, 16) - 2**32)):
        found = connector.decode(batch, Request(Purpose.WRITE, b""), Failure(spelled, "words"))
        assert [type(one) for one in found] == [kinds[HRESULTS[code].proof]] * 2, spelled


def test_a_message_that_could_not_be_parsed_ran_nothing_and_blames_nobody() -> None:
    batch = Batch(KEY, (Create(INVOICE),))
    found = connector.decode(batch, Request(Purpose.WRITE, b""), Failure("0x80040400", "found an error when parsing"))
    assert found == (NotRun(culprit=None, code="0x80040400", text="found an error when parsing"),)


@given(
    st.one_of(st.text(max_size=12), st.sampled_from(sorted(HRESULTS)), st.sampled_from(["timeout", "", "0x80042500"]))
)
def test_no_failure_of_a_question_says_anything_about_the_batch_it_asks_for(code: str) -> None:
    batch = Batch(KEY, (Create(INVOICE), Create(INVOICE)))
    request = connector.recover(batch, None)  # type: ignore[arg-type]
    assert request is not None
    assert all(isinstance(one, InDoubt) for one in connector.decode(batch, request, Failure(code, "x")))


def test_an_unknown_failure_is_in_doubt() -> None:
    for code in ("0x80042500", "timeout", "", "0x", "0xZZZZZZZZ", "-", "99999999999"):
        found = connector.decode(Batch(KEY, (Create(INVOICE),)), Request(Purpose.WRITE, b""), Failure(code))
        assert isinstance(found[0], InDoubt), code


PIECES = st.sampled_from(
    [
        rs(inside=ret()),
        rs("3140"),
        *("<QBXML>", "<QBXMLMsgsRs>", "</QBXMLMsgsRs>", "</QBXML>", "<a/>", "&#0;", "é", "<!--", "<?x?>"),
        *('<InvoiceAddRs requestID="1" statusCode="0">', "</InvoiceAddRs>", "<InvoiceRet>", "</InvoiceRet>"),
        *("<TxnID>1</TxnID>", "<Subtotal>NaN</Subtotal>", "<Subtotal>1e999999</Subtotal>"),
        "<SalesTaxTotal>0.001</SalesTaxTotal>",
    ]
)


@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=12).map(lambda parts: "".join(parts).encode())))
def test_no_answer_makes_reading_raise(body: bytes) -> None:
    operations = (Create(INVOICE), Create(Customer("Acme")), Find(Kind.INVOICE, number="1"), Identify())
    for purpose in Purpose:
        assert len(outcomes(body, *operations, purpose=purpose)) == 4


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "1e999999", "12,50", "0.001", "", "٣"])
def test_figures_that_cannot_be_read_leave_the_proof_and_no_figure(figure: str) -> None:
    body = answered(rs(inside=ret().replace("300.00", figure)))
    found = outcome(body, Create(INVOICE))
    assert isinstance(found, Posted)
    assert found.total is None or found.total == Money(2475 + 300, "USD")


# ---- recorded answers


def recorded(folder: Path, name: str, number: str = "1") -> bytes:
    text = (folder / "qbd" / "responses" / name).read_text()
    return re.sub(r'requestID="[^"]*"', f'requestID="{number}"', text).encode()


def test_a_recorded_batch_gives_each_its_own_outcome(reference_data: Path) -> None:
    text = (reference_data / "qbd/responses/customer-batch-mixed.response.xml").read_text()
    for number in range(9):
        text = text.replace(f'requestID="ext-mix-{number}"', f'requestID="{number}"')
    ids = re.findall(r'requestID="(\d+)"', text)
    names = re.findall(r"<Name>(.*?)</Name>", text)
    records = [Customer(names[0]), *[Customer(f"Customer {number}") for number in ids[1:-1]], Customer(names[-1])]
    found = outcomes(text.encode(), *map(Create, records))
    assert [type(one) for one in found] == [Posted, Refused, Refused, Refused, Posted]
    assert [one.code for one in found] == ["0", "3100", "3250", "3130", "0"]  # type: ignore[union-attr]
    assert [one.field for one in found if isinstance(one, Refused)] == ["name", None, "parent"]


@pytest.mark.parametrize(
    ("name", "operation", "kind", "code"),
    [
        ("constructed-13.0/01-invoice-add-ok.xml", Create(INVOICE), Posted, "0"),
        ("constructed-13.0/05-customer-add-3100.xml", Create(Customer("Acme Corp")), Refused, "3100"),
        ("constructed-13.0/06-invoice-add-3140-customer.xml", Create(INVOICE), Refused, "3140"),
        ("constructed-13.0/07-invoice-add-3140-item.xml", Create(INVOICE), Refused, "3140"),
        ("customer-query-3120-error.qbwc-gem.xml", Find(Kind.CUSTOMER, books_id="1"), Absent, None),
        ("customer-query-3120-error.qbwc-gem.xml", Find(Kind.CUSTOMER, name="1"), Refused, "3120"),
        ("constructed-13.0/03-query-no-match.xml", Find(Kind.INVOICE, number="x"), Absent, None),
        ("constructed-13.0/04-query-by-id-500.xml", Find(Kind.CUSTOMER, name="Acme Corp"), Absent, None),
    ],
)
def test_a_recorded_answer_is_what_it_proves(
    reference_data: Path, name: str, operation: Operation, kind: type, code: str | None
) -> None:
    body = recorded(reference_data, name)
    if b"requestID" not in body:
        body = body.replace(b"<CustomerQueryRs ", b'<CustomerQueryRs requestID="1" ')
    found = outcome(body, operation)
    assert type(found) is kind
    assert getattr(found, "code", None) == code


def test_a_stored_answer_settles_a_lost_batch(reference_data: Path) -> None:
    found = outcome(
        recorded(reference_data, "constructed-13.0/11-message-set-status-executed.xml"), Create(INVOICE), Purpose.ASK
    )
    assert isinstance(found, Posted)
    assert found.total == Money(35000, "USD")


def test_a_stored_answer_that_lacks_an_operation_leaves_that_one_in_doubt(reference_data: Path) -> None:
    body = recorded(reference_data, "constructed-13.0/11-message-set-status-executed.xml")
    first, second = outcomes(body, Create(INVOICE), Create(plain(number="2")), purpose=Purpose.ASK)
    assert isinstance(first, Posted)
    assert isinstance(second, InDoubt)


# ---- finding


def test_an_invoice_is_found_with_all_that_tells_it_apart(reference_data: Path) -> None:
    body = recorded(reference_data, "constructed-13.0/02-invoice-query-ok-paid.xml").replace(
        b"<IsPaid>", f"<ExternalGUID>{{{MARK.upper()}}}</ExternalGUID><IsPaid>".encode()
    )
    found = outcome(body, Find(Kind.INVOICE, number="INV-1001", total=Money(1, "CAD")), Purpose.FIND)
    assert found == Found(
        (
            Entry(
                Kind.INVOICE,
                "5D-1714590000",
                number="INV-1001",
                date=dt.date(2024, 5, 1),
                customer=Reference(Kind.CUSTOMER, "Acme Corp", books_id="80000001-1405768916"),
                total=Money(35000, "CAD"),
                tax=Money(0, "CAD"),
                balance=Money(0, "CAD"),
                mark=MARK,
                revision="1714590000",
                changed=dt.datetime(2024, 5, 1, 14, 20, tzinfo=dt.timezone(dt.timedelta(hours=-5))),
                details={"paid": "yes"},
            ),
        )
    )


def test_every_candidate_is_given_inactive_ones_too() -> None:
    entries = "".join(
        f"<CustomerRet><ListID>{number}-1</ListID><Name>Acme</Name><FullName>Big:Acme</FullName>"
        f"<IsActive>{active}</IsActive><Email>a@example.com</Email></CustomerRet>"
        for number, active in enumerate(("true", "false"))
    )
    found = outcome(answered(rs(name="CustomerQueryRs", inside=entries), ""), Find(Kind.CUSTOMER, name="Big:Acme"))
    assert isinstance(found, Found)
    assert [(one.books_id, one.active, one.name) for one in found.candidates] == [
        ("0-1", True, "Big:Acme"),
        ("1-1", False, "Big:Acme"),
    ]
    assert found.candidates[0].details["email"] == "a@example.com"


def test_an_item_is_no_tax_item_and_a_tax_item_is_no_item() -> None:
    tax = "<ItemSalesTaxRet><ListID>1-1</ListID><Name>County</Name><TaxRate>8.25%</TaxRate></ItemSalesTaxRet>"
    body = answered(rs(name="ItemQueryRs", inside=tax), "")
    assert outcome(body, Find(Kind.ITEM, name="County"), Purpose.FIND) == Absent()
    found = outcome(body, Find(Kind.TAX_CODE, name="County"), Purpose.FIND)
    assert isinstance(found, Found)
    assert dict(found.candidates[0].details) == {"type": "tax", "rate": "8.25%"}


@pytest.mark.parametrize("kind", sorted(connector.capabilities.finds))
@pytest.mark.parametrize("code", ["", "4711", "1000", "3231"])
def test_absent_is_said_only_where_quickbooks_said_so(kind: Kind, code: str) -> None:
    operation = Find(kind, books_id="1-1")
    body = connector.encode(Batch(KEY, (operation,)), None).body  # type: ignore[arg-type]
    query = re.findall(rb"<(\w+)Rq requestID", body)[0].decode()
    assert isinstance(outcome(answered(rs(code, name=f"{query}Rs"), ""), operation, Purpose.FIND), InDoubt)
    assert outcome(answered(rs("1", name=f"{query}Rs"), ""), operation, Purpose.FIND) == Absent()
    strange = rs("0", name=f"{query}Rs", inside="<SomethingRet><ListID>1-1</ListID></SomethingRet>")
    assert isinstance(outcome(answered(strange, ""), operation, Purpose.FIND), InDoubt)


def test_the_books_identify_themselves(reference_data: Path) -> None:
    text = (reference_data / "qbd/responses/hcp-first-sendRequestXML.QBPro2014.xml").read_text()
    for old, new in (("0", "1"), ("1", "1c"), ("2", "1p")):
        text = re.sub(rf'(<(?:Host|Company|Preferences)QueryRs requestID=)"{old}"', rf'\1"_{new}"', text)
    found = outcome(text.replace('"_', '"').encode(), Identify(), Purpose.IDENTIFY)
    assert isinstance(found, Identified)
    assert found.books.name == "myCompany"
    assert isinstance(outcome(answered(""), Identify(), Purpose.IDENTIFY), InDoubt)


# ---- finds that share a query


def test_finds_by_number_and_by_day_share_queries_and_each_gets_its_own_share() -> None:
    company = Company.sample()
    quickbooks = QuickBooks(company)
    ids = [key for key, record in company.lists["Customer"].items() if record["Name"] in ("Acme Corp", "Birch & Sons")]
    for customer, number in ((ids[0], "A1"), (ids[0], "A2"), (ids[1], "B1")):
        quickbooks.process(
            '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError"><InvoiceAddRq>'
            f"<InvoiceAdd><CustomerRef><ListID>{customer}</ListID></CustomerRef><TxnDate>2026-03-02</TxnDate>"
            f"<RefNumber>{number}</RefNumber><InvoiceLineAdd><ItemRef><FullName>Consulting</FullName></ItemRef>"
            "<Amount>9.00</Amount></InvoiceLineAdd></InvoiceAdd></InvoiceAddRq></QBXMLMsgsRq></QBXML>"
        )

    def on(customer: str, day: int) -> Find:
        who = Reference(Kind.CUSTOMER, "", books_id=customer)
        return Find(Kind.INVOICE, customer=who, date=dt.date(2026, 3, day))

    batch = Batch(
        "0123456789abcdef0123",
        (
            Find(Kind.INVOICE, number="a2"),
            on(ids[0], 2),
            Find(Kind.INVOICE, number="nothing"),
            on(ids[1], 2),
            Find(Kind.INVOICE, number="B1"),
            on(ids[1], 3),
        ),
    )
    request = connector.encode(batch, Books("Acme"))
    assert request.body.count(b"<InvoiceQueryRq") == 3
    answer = Answer(quickbooks.process(request.body.decode()).encode())
    outcomes = connector.decode(batch, request, answer)
    numbers = [
        sorted(entry.number or "" for entry in outcome.candidates) if isinstance(outcome, Found) else outcome
        for outcome in outcomes
    ]
    assert numbers == [["A2"], ["A1", "A2"], Absent(), ["B1"], ["B1"], Absent()]


def test_a_shared_query_that_was_not_answered_leaves_all_of_it_open() -> None:
    batch = Batch("0123456789abcdef0123", (Find(Kind.INVOICE, number="1"), Find(Kind.INVOICE, number="2")))
    request = connector.encode(batch, Books("Acme"))
    answer = Answer(b'<QBXML><QBXMLMsgsRs><InvoiceQueryRs requestID="2" statusCode="1" /></QBXMLMsgsRs></QBXML>')
    assert {type(outcome) for outcome in connector.decode(batch, request, answer)} == {InDoubt}
