"""Whatever the pretend QuickBooks answers is valid qbXML 13.0."""

from pathlib import Path

import pytest
from lxml import etree

from dray_qbd.simulator import Company, QuickBooks
from tests.connectors.qbd.simulator.asking import customer, invoice, line, message_set, quickbooks

LISTS = (
    *("Host", "Company", "Preferences", "Customer", "Vendor", "Employee", "OtherName", "Entity", "Item", "Account"),
    *("Class", "Terms", "StandardTerms", "DateDrivenTerms", "SalesTaxCode", "ItemSalesTax", "ItemSalesTaxGroup"),
    *("ShipMethod", "SalesRep", "CustomerMsg", "PaymentMethod", "Template", "Currency", "ItemService", "ItemGroup"),
)


@pytest.fixture(scope="module")
def schema(reference_data: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference_data / "qbd/schema/qbxmlops130.xsd"))


def check(schema: etree.XMLSchema, answer: str) -> etree._Element:
    document = etree.fromstring(answer)
    assert schema.validate(document), schema.error_log
    return document


@pytest.mark.parametrize("country", ["US", "CA"])
def test_answers_to_queries(schema: etree.XMLSchema, country: str) -> None:
    books = quickbooks(Company.sample(country=country, multicurrency=True, closing_date="2023-12-31"))
    for name in LISTS:
        answer = check(schema, books.process(message_set(f"<{name}QueryRq requestID='1'/>")))
        assert answer[0][0].get("statusCode") == "0", name


def test_answers_to_writing(schema: etree.XMLSchema) -> None:
    books = quickbooks()
    lines = (
        line("Consulting", "<Quantity>2.5</Quantity><Rate>150</Rate>")
        + "<InvoiceLineAdd><Desc>text</Desc></InvoiceLineAdd>"
        + line("Subtotal")
        + line("Discount", "<RatePercent>10</RatePercent>")
        + "<InvoiceLineGroupAdd><ItemGroupRef><FullName>Starter Kit</FullName></ItemGroupRef></InvoiceLineGroupAdd>"
    )
    check(schema, books.process(message_set(invoice("1", lines) + invoice("2", lines), newMessageSetID="a1")))
    first, second = books.company.transactions["Invoice"].values()
    pay = (
        "<ReceivePaymentAddRq><ReceivePaymentAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
        f"<TotalAmount>100.00</TotalAmount><AppliedToTxnAdd><TxnID>{first['TxnID']}</TxnID>"
        "<PaymentAmount>60.00</PaymentAmount></AppliedToTxnAdd></ReceivePaymentAdd></ReceivePaymentAddRq>"
    )
    credit = (
        "<CreditMemoAddRq><CreditMemoAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
        "<CreditMemoLineAdd><ItemRef><FullName>Widget</FullName></ItemRef><Quantity>1</Quantity></CreditMemoLineAdd>"
        "</CreditMemoAdd></CreditMemoAddRq>"
    )
    ask_all(schema, books, customer("New", "<Notes>n</Notes><AdditionalNotes><Note>m</Note></AdditionalNotes>"))
    ask_all(schema, books, pay + credit)
    void = f"<TxnVoidRq><TxnVoidType>Invoice</TxnVoidType><TxnID>{first['TxnID']}</TxnID></TxnVoidRq>"
    delete = f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{second['TxnID']}</TxnID></TxnDelRq>"
    everything = "<IncludeLineItems>true</IncludeLineItems>"
    for kind, more in (("Invoice", "<IncludeLinkedTxns>true</IncludeLinkedTxns>"), ("ReceivePayment", "")):
        ask_all(schema, books, f"<{kind}QueryRq>{everything}{more}</{kind}QueryRq>")
    ask_all(schema, books, void + delete)
    ask_all(
        schema,
        books,
        "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>"
        f"<InvoiceQueryRq>{everything}</InvoiceQueryRq><CreditMemoQueryRq>{everything}</CreditMemoQueryRq>",
    )


def ask_all(schema: etree.XMLSchema, books: QuickBooks, requests: str) -> None:
    for response in check(schema, books.process(message_set(requests)))[0]:
        assert response.get("statusCode") == "0", etree.tostring(response)
