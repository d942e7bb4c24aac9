"""What an invoice comes to in QuickBooks, what it refuses, and what changing, voiding and paying do."""

from decimal import Decimal

import pytest
from lxml import etree

from dray_qbd.simulator import Company, Faults
from tests.connectors.qbd.simulator.asking import ask, invoice, line, one, quickbooks, status

TAXED = "<ItemSalesTaxRef><FullName>County Tax</FullName></ItemSalesTaxRef>"
NOT_THERE = "  QuickBooks error message: Invalid argument.  The specified record does not exist in the list."


def figures(response: etree._Element) -> tuple[str | None, ...]:
    assert response.get("statusCode") == "0", response.get("statusMessage")
    return tuple(response.findtext(f"InvoiceRet/{name}") for name in ("Subtotal", "SalesTaxTotal", "BalanceRemaining"))


def amounts(response: etree._Element) -> list[str | None]:
    return [found.findtext("Amount") for found in response.iterfind("InvoiceRet/InvoiceLineRet")]


def test_taxed_and_untaxed_lines_add_up_exactly() -> None:
    lines = line("Widget", "<Quantity>3</Quantity><Rate>9.99</Rate>") + line(
        "Consulting", "<Quantity>2.5</Quantity><Rate>150.00</Rate>"
    )
    assert figures(one(quickbooks(), invoice("1", lines, after=TAXED))) == ("404.97", "2.17", "407.14")


@pytest.mark.parametrize(
    ("quantity", "rate", "amount"),
    [("0.5", "0.01", "0.01"), ("1.5", "0.33", "0.50"), ("3", "0.33333", "1.00"), ("1", "2.675", "2.68")],
)
def test_a_line_is_rounded_half_away_from_zero(quantity: str, rate: str, amount: str) -> None:
    response = one(
        quickbooks(), invoice("1", line("Consulting", f"<Quantity>{quantity}</Quantity><Rate>{rate}</Rate>"))
    )
    assert amounts(response) == [amount]


def test_the_amount_wins_over_a_rate_that_disagrees() -> None:
    inside = "<Quantity>3</Quantity><Rate>10.00</Rate><Amount>29.99</Amount>"
    response = one(quickbooks(), invoice("1", line("Consulting", inside)))
    assert amounts(response) == ["29.99"]
    assert response.findtext("InvoiceRet/InvoiceLineRet/Rate") == "9.99667"


def test_a_line_without_figures_takes_the_price_of_the_item() -> None:
    response = one(quickbooks(), invoice("1", line("Repair")))
    assert amounts(response) == ["80.00"]
    assert response.findtext("InvoiceRet/InvoiceLineRet/Desc") == "Repair"


def test_a_discount_after_a_subtotal_applies_to_all_above_it() -> None:
    lines = (
        line("Widget", "<Quantity>10</Quantity><Rate>10</Rate>")
        + line("Repair", "<Amount>100.00</Amount>")
        + line("Subtotal")
        + line("Discount", "<RatePercent>10</RatePercent>")
    )
    response = one(quickbooks(), invoice("1", lines, after=TAXED))
    assert amounts(response) == ["100.00", "100.00", "200.00", "-20.00"]
    assert figures(response) == ("180.00", "13.05", "193.05")


def test_a_discount_without_a_subtotal_applies_to_the_line_above() -> None:
    lines = line("Repair") + line("Widget", "<Amount>50.00</Amount>")
    lines += line("Discount", "<RatePercent>10</RatePercent>")
    assert amounts(one(quickbooks(), invoice("1", lines))) == ["80.00", "50.00", "-5.00"]


@pytest.mark.parametrize("item", ["Discount", "Subtotal"])
def test_a_discount_or_subtotal_of_nothing_is_in_incorrect_order(item: str) -> None:
    response = one(quickbooks(), invoice("1", line(item) + line("Widget")))
    assert status(response) == ("3290", f'The item "{item}" is placed in the request in incorrect order.')


def test_a_group_brings_its_items_times_its_quantity() -> None:
    group = (
        "<InvoiceLineGroupAdd><ItemGroupRef><FullName>Starter Kit</FullName></ItemGroupRef><Quantity>2</Quantity>"
        "</InvoiceLineGroupAdd>"
    )
    response = one(quickbooks(), invoice("1", group))
    inner = response.find("InvoiceRet/InvoiceLineGroupRet")
    assert inner is not None
    assert inner.findtext("TotalAmount") == "339.96"
    assert [found.findtext("Quantity") for found in inner.iterfind("InvoiceLineRet")] == ["4", "2"]


def test_both_parts_of_a_tax_group_are_charged() -> None:
    both = "<ItemSalesTaxRef><FullName>County and City</FullName></ItemSalesTaxRef>"
    response = one(quickbooks(), invoice("1", line("Repair", "<Amount>100.00</Amount>"), after=both))
    assert response.findtext("InvoiceRet/SalesTaxPercentage") == "8.75"
    assert figures(response) == ("100.00", "8.75", "108.75")


def test_a_customer_who_is_not_taxed_pays_no_tax() -> None:
    response = one(quickbooks(), invoice("1", line("Repair"), name="Birch &amp; Sons", after=TAXED))
    assert figures(response) == ("80.00", "0.00", "80.00")


def test_a_company_without_sales_tax_refuses_tax_elements_and_shows_none() -> None:
    books = quickbooks(Company.sample(sales_tax=False))
    assert status(one(books, invoice("1", line("Repair"), after=TAXED)))[0] == "3250"
    assert figures(one(books, invoice("1", line("Repair")))) == ("80.00", None, "80.00")


def test_an_invoice_below_zero_is_refused() -> None:
    response = one(quickbooks(), invoice("1", line("Repair", "<Amount>-5.00</Amount>")))
    assert response.get("statusCode") == "3180"
    assert "must be positive" in (response.get("statusMessage") or "")


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            invoice("1", line("Widget"), name="Birch Supply"),
            'There is an invalid reference to QuickBooks Customer "Birch Supply" in the Invoice.',
        ),
        (
            invoice("1", line("Gadget")),
            'There is an invalid reference to QuickBooks Item "Gadget" in the Invoice line.',
        ),
        (
            invoice("1", line("Widget"), name="Closed Account"),
            'There is an invalid reference to QuickBooks Customer "Closed Account" in the Invoice.',
        ),
        (
            invoice("1", line("Widget"), after="<TermsRef><FullName>Net 90</FullName></TermsRef>"),
            'There is an invalid reference to QuickBooks Terms "Net 90" in the Invoice.',
        ),
    ],
)
def test_a_reference_that_points_nowhere_is_named(request_: str, text: str) -> None:
    books = quickbooks()
    assert status(one(books, request_)) == ("3140", text + NOT_THERE)
    assert not books.company.transactions


def test_names_of_references_are_found_without_regard_to_case() -> None:
    assert one(quickbooks(), invoice("1", line("WIDGET"), name="acme corp")).get("statusCode") == "0"


def test_a_reference_by_id_survives_a_rename() -> None:
    books = quickbooks()
    found = books.company.by_name("names", "Acme Corp")
    assert found is not None
    one(books, invoice("1", line("Widget")))
    books.company.rename(found[1]["ListID"], "Acme Limited", books.now())
    response = one(books, "<InvoiceQueryRq><RefNumber>1</RefNumber></InvoiceQueryRq>")
    assert response.findtext("InvoiceRet/CustomerRef/FullName") == "Acme Limited"
    assert one(books, invoice("2", line("Widget"))).get("statusCode") == "3140"


def test_a_number_may_be_given_twice_and_a_missing_one_is_counted_on() -> None:
    books = quickbooks()
    ask(books, invoice("41", line("Widget")) + invoice("41", line("Repair")))
    response = one(books, "<InvoiceQueryRq><RefNumber>41</RefNumber></InvoiceQueryRq>")
    assert len(response) == 2
    third = one(books, invoice("", line("Widget")))
    assert third.findtext("InvoiceRet/RefNumber") == "42"


def test_days_on_or_before_the_closing_date_are_closed() -> None:
    books = quickbooks(Company.sample(closing_date="2026-08-01"))
    assert status(one(books, invoice("1", line("Widget"))))[0] == "3171"
    assert status(one(books, invoice("1", line("Widget")).replace("2026-08-01", "2026-08-02")))[0] == "0"


@pytest.mark.parametrize(
    ("dial", "element"),
    [
        ("class_tracking", "<ClassRef><FullName>East</FullName></ClassRef>"),
        ("price_levels", "<PriceLevelRef><FullName>Dealer</FullName></PriceLevelRef>"),
    ],
)
def test_a_feature_that_is_off_cannot_be_used(dial: str, element: str) -> None:
    company = Company.sample()
    setattr(company.settings, dial, False)
    books = quickbooks(company)
    response = one(books, invoice("1", line("Widget", element)))
    assert status(response) == (
        "3250",
        "This feature is not enabled or not available in this version of QuickBooks.",
    )


def test_due_date_and_address_come_from_terms_and_customer() -> None:
    ret = one(quickbooks(), invoice("1", line("Widget"))).find("InvoiceRet")
    assert ret is not None
    assert ret.findtext("DueDate") == "2026-08-31"
    assert ret.findtext("BillAddress/Addr2") == "1 Main St"
    assert ret.findtext("BillAddressBlock/Addr3") == "Springfield, IL"
    assert ret.findtext("ARAccountRef/FullName") == "Accounts Receivable"


def test_an_invoice_is_changed_by_its_edit_sequence_and_its_listed_lines() -> None:
    books = quickbooks()
    added = one(books, invoice("1", line("Widget", "<Quantity>2</Quantity>") + line("Repair"))).find("InvoiceRet")
    assert added is not None
    identity, sequence = added.findtext("TxnID"), added.findtext("EditSequence")
    first = added.findtext("InvoiceLineRet/TxnLineID")
    change = (
        f"<InvoiceModRq><InvoiceMod><TxnID>{identity}</TxnID><EditSequence>{sequence}</EditSequence><Memo>m</Memo>"
        f"<InvoiceLineMod><TxnLineID>{first}</TxnLineID><Quantity>5</Quantity></InvoiceLineMod>"
        "<InvoiceLineMod><TxnLineID>-1</TxnLineID><ItemRef><FullName>Consulting</FullName></ItemRef>"
        "<Amount>7.00</Amount></InvoiceLineMod></InvoiceMod></InvoiceModRq>"
    )
    changed = one(books, change)
    assert amounts(changed) == ["49.95", "7.00"]
    assert changed.findtext("InvoiceRet/Memo") == "m"
    again = one(books, change)
    assert status(again) == ("3200", f'The provided edit sequence "{sequence}" is out-of-date. ')
    assert again.findtext("InvoiceRet/EditSequence") == changed.findtext("InvoiceRet/EditSequence") != sequence


def test_paying_voiding_and_deleting_keep_the_customers_balance_right() -> None:
    books = quickbooks()
    ask(books, invoice("1", line("Consulting")) + invoice("2", line("Consulting")))
    first, second = (found["TxnID"] for found in books.company.transactions["Invoice"].values())
    pay = (
        "<ReceivePaymentAddRq><ReceivePaymentAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
        f"<RefNumber>C1</RefNumber><TotalAmount>200.00</TotalAmount><AppliedToTxnAdd><TxnID>{first}</TxnID>"
        "<PaymentAmount>150.00</PaymentAmount></AppliedToTxnAdd></ReceivePaymentAdd></ReceivePaymentAddRq>"
    )
    paid = one(books, pay)
    assert paid.findtext("ReceivePaymentRet/UnusedPayment") == "50.00"
    query = f"<InvoiceQueryRq><TxnID>{first}</TxnID><IncludeLinkedTxns>true</IncludeLinkedTxns></InvoiceQueryRq>"
    ret = one(books, query).find("InvoiceRet")
    assert ret is not None
    assert [ret.findtext(name) for name in ("IsPaid", "AppliedAmount", "BalanceRemaining", "LinkedTxn/Amount")] == [
        "true",
        "-150.00",
        "0.00",
        "-150.00",
    ]
    assert balance(books.company) == Decimal("100.00")
    assert len(one(books, "<InvoiceQueryRq><PaidStatus>NotPaidOnly</PaidStatus></InvoiceQueryRq>")) == 1
    one(books, f"<TxnVoidRq><TxnVoidType>Invoice</TxnVoidType><TxnID>{first}</TxnID></TxnVoidRq>")
    assert balance(books.company) == Decimal("-50.00")
    (payment,) = one(books, "<ReceivePaymentQueryRq><IncludeLineItems>true</IncludeLineItems></ReceivePaymentQueryRq>")
    assert payment.findtext("UnusedPayment") == "200.00"
    assert payment.find("AppliedToTxnRet") is None
    one(books, f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{second}</TxnID></TxnDelRq>")
    assert balance(books.company) == Decimal("-200.00")
    voided = one(books, query)
    assert voided.findtext("InvoiceRet/Subtotal") == "0.00"
    assert (voided.findtext("InvoiceRet/Memo") or "").startswith("VOID:")
    gone = one(books, "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>")
    assert gone.findtext("TxnDeletedRet/TxnID") == second


def balance(company: Company) -> Decimal:
    found = company.by_name("names", "Acme Corp")
    assert found is not None
    return Decimal(found[1]["TotalBalance"])


def test_a_locked_transaction_is_refused_as_often_as_the_dial_says() -> None:
    books = quickbooks(faults=Faults(locked=2))
    codes = [one(books, invoice("1", line("Widget"))).get("statusCode") for _ in range(3)]
    assert codes == ["3175", "3175", "0"]


def test_only_the_elements_that_were_asked_for_come_back() -> None:
    request = invoice("1", line("Widget")).replace(
        "</InvoiceAdd>", "</InvoiceAdd><IncludeRetElement>TxnID</IncludeRetElement>"
    )
    response = one(quickbooks(), request)
    assert [child.tag for child in response[0]] == ["TxnID"]
    assert len(one(quickbooks(), invoice("2", line("Widget")), responseData="includeNone")) == 0


def test_lines_come_back_from_a_query_only_when_asked_for() -> None:
    books = quickbooks()
    one(books, invoice("1", line("Widget")))
    without = one(books, "<InvoiceQueryRq/>")
    assert without.find("InvoiceRet/InvoiceLineRet") is None
    assert (
        one(books, "<InvoiceQueryRq><IncludeLineItems>1</IncludeLineItems></InvoiceQueryRq>").find(
            "InvoiceRet/InvoiceLineRet"
        )
        is not None
    )


def test_a_macro_stands_for_the_transaction_within_its_set() -> None:
    owner = "{57F3B9B1-86F1-4FCC-B1EE-566DE1813D20}"
    define = (
        f"<DataExtDefAddRq><DataExtDefAdd><OwnerID>{owner}</OwnerID><DataExtName>Ours</DataExtName>"
        "<DataExtType>STR255TYPE</DataExtType><AssignToObject>Invoice</AssignToObject></DataExtDefAdd></DataExtDefAddRq>"
    )
    value = (
        f"<DataExtAddRq><DataExtAdd><OwnerID>{owner}</OwnerID><DataExtName>Ours</DataExtName>"
        '<TxnDataExtType>Invoice</TxnDataExtType><TxnID useMacro="TxnID:New"/><DataExtValue>x</DataExtValue>'
        "</DataExtAdd></DataExtAddRq>"
    )
    books = quickbooks()
    named = invoice("1", line("Widget")).replace("<InvoiceAdd>", '<InvoiceAdd defMacro="TxnID:New">')
    assert [response.get("statusCode") for response in ask(books, define + named + value)] == ["0", "0", "0"]
    shown = one(books, f"<InvoiceQueryRq><OwnerID>{owner}</OwnerID></InvoiceQueryRq>")
    assert shown.findtext("InvoiceRet/DataExtRet/DataExtValue") == "x"
    assert one(books, value).get("statusCode") == "9100"
