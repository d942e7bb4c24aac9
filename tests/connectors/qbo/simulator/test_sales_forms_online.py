"""Invoices and their like in the pretend QuickBooks Online: lines, totals, tax, numbers, changes, voids."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.qbo.simulator.online import invoice, online, sale


def discount(**detail: Any) -> dict[str, Any]:
    amount = {"Amount": detail.pop("Amount")} if "Amount" in detail else {}
    return {**amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def ids(entity: Any) -> list[str]:
    return [line["Id"] for line in entity["Line"] if "Id" in line]


# ---- lines ----


def test_a_minimal_invoice_gets_everything_that_quickbooks_adds() -> None:
    made = online(default_terms="2").post("invoice", invoice())
    assert (made["DocNumber"], made["TxnDate"], made["DueDate"]) == ("1037", "2026-08-05", "2026-08-20")
    assert made["SalesTermRef"] == {"value": "2", "name": "Net 15"}
    assert made["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}
    assert made["Line"][-1] == {"Amount": 100.0, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    assert (made["TotalAmt"], made["Balance"], made["BillAddr"]["Id"]) == (100.0, 100.0, "2")


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [(3, 33.3, 99.9), ("4.5", "75", "337.50"), (1, "0.005", "0.01"), (-1, "0.005", "-0.01"), (0, 0, 12)],
)
def test_an_amount_is_quantity_times_price_rounded_away_from_zero(quantity: Any, price: Any, amount: Any) -> None:
    lines = [sale(amount, Qty=quantity, UnitPrice=price), sale(50)]
    assert online().post("invoice", invoice(*lines))["Line"][0]["Amount"] == float(amount)


def test_an_amount_that_is_not_quantity_times_price_is_refused() -> None:
    body = invoice(sale(1000, Qty=3, UnitPrice=3))
    books = online()
    assert books.refused("invoice", body) == [("6070", "Line.Amount")]
    detail = books.call("POST", "invoice", body).json()["Fault"]["Error"][0]["Detail"]
    assert detail == "Amount is not equal to UnitPrice * Qty. Supplied value:1,000"


def test_text_lines_keep_their_place_and_have_no_amount() -> None:
    made = online().post("invoice", invoice(sale(), {"DetailType": "DescriptionOnly", "Description": "As agreed"}))
    assert made["Line"][1] == {
        "Id": "2", "LineNum": 2, "Description": "As agreed", "DetailType": "DescriptionOnly",
        "DescriptionLineDetail": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "off"),
    [
        (discount(PercentBased=True, DiscountPercent=10), 23.0),
        (discount(Amount=5, PercentBased=False), 5.0),
        (discount(PercentBased=True, DiscountPercent="33.333"), 76.67),
    ],
)
def test_a_discount_is_taken_from_the_subtotal(line: Any, off: float) -> None:
    made = online().post("invoice", invoice(sale(200), sale(30), line))
    assert made["Line"][-1]["Amount"] == off
    assert made["TotalAmt"] == round(230 - off, 2)


def test_a_discount_says_how_much() -> None:
    assert online().refused("invoice", invoice(sale(), discount(PercentBased=False))) == [
        ("6090", "Line.DiscountLineDetail")
    ]


def test_a_bundle_is_the_sum_of_its_lines() -> None:
    kit = {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": "9"}, "Quantity": 2}}
    group = {"ItemGroupLine": [{"ItemRef": {"value": "3"}, "Qty": 2}, {"ItemRef": {"value": "4"}, "Qty": 1}]}
    books = online()
    books.company.enter("Item", {"Id": "9", "Name": "Kit", "Type": "Group", "ItemGroupDetail": group}, books.clock())
    made = books.post("invoice", invoice(kit))
    assert made["Line"][0]["Amount"] == 2 * (2 * 22.5 + 75)
    assert [line["Amount"] for line in made["Line"][0]["GroupLineDetail"]["Line"]] == [90.0, 150.0]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("2020", "Line"), ("2020", "CustomerRef")]),
        ({"CustomerRef": {"value": "1"}, "Line": [{"Amount": 1}]}, [("2020", "Line.DetailType")]),
        (invoice({"DetailType": "DescriptionOnly", "Description": "x"}), [("2250", "Line")]),
        (invoice({"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}), [("2020", "Line.Amount")]),
        (invoice(sale(-5)), [("6000", "")]),
        (invoice(sale(), DocNumber="x" * 22), [("2050", "DocNumber")]),
        (invoice(sale(), PrivateNote="x" * 4001), [("2050", "PrivateNote")]),
        (invoice(sale(), CustomerMemo={"value": "x" * 1001}), [("2050", "CustomerMemo.value")]),
        (invoice({**sale(), "Description": "x" * 4001}), [("2050", "Line.Description")]),
        (invoice(sale(), TxnDate="5 August"), [("2060", "TxnDate")]),
        (invoice(sale(), EmailStatus="Perhaps"), [("2170", "EmailStatus")]),
        (invoice(sale(), BillEmail={"Address": "nobody"}), [("2210", "BillEmail.Address")]),
        (invoice(sale(), PrivateNote="a\x00b"), [("2040", "PrivateNote")]),
        (invoice(sale("twelve")), [("2100", "Line.Amount")]),
        (invoice(sale(), EmailStatus="NeedToSend"), [("6420", "")]),
        (invoice(sale(), customer="970"), [("2500", "Reference Id")]),
        (invoice(sale(item="970")), [("2500", "Line.SalesItemLineDetail.ItemRef")]),
        (invoice(sale(item="6")), [("2500", "")]),
        (invoice(sale(), customer="4"), [("2500", "")]),
        (invoice(sale(), customer="30"), [("2500", "Reference Id")]),
        (invoice(sale(), customer="54"), [("2500", "Reference Id")]),
        (invoice(sale(), SalesTermRef={"value": "99"}), [("2500", "Reference Id")]),
        (invoice(sale(TaxCodeRef={"value": "7"})), [("6100", "TaxCodeRef")]),
        (invoice(sale(), CurrencyRef={"value": "EUR"}), [("6000", "")]),
        (invoice(sale(), Nonsense=1), [("2010", "")]),
        (invoice({**sale(), "Nonsense": 1}), [("2010", "")]),
        (
            invoice(sale(), DocNumber="x" * 45, PrivateNote="x" * 4001),
            [("2050", "DocNumber"), ("2050", "PrivateNote")],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_done(body: Any, errors: list[tuple[str, str]]) -> None:
    books = online()
    before = books.intuit.to_plain()["companies"]
    assert books.refused("invoice", body) == errors
    assert books.intuit.to_plain()["companies"] == before


def test_who_is_no_customer_can_be_refused_by_6250() -> None:
    books = online()
    books.faults.vendor_as_customer_6250 = 1
    assert books.refused("invoice", invoice(customer="30")) == [("6250", "CustomerRef")]


def test_what_is_inactive_can_be_refused_by_610() -> None:
    assert online(inactive_code=610).refused("invoice", invoice(customer="4")) == [("610", "")]


# ---- numbers ----


def test_without_custom_numbers_quickbooks_gives_its_own() -> None:
    books = online()
    numbers = [books.post("invoice", invoice(DocNumber="OURS"))["DocNumber"] for _ in range(2)]
    assert numbers == ["1037", "1038"]
    kept = online(sent_number_kept=True)
    assert kept.post("invoice", invoice(DocNumber="OURS"))["DocNumber"] == "OURS"


def test_with_custom_numbers_ours_is_kept_and_none_is_none() -> None:
    books = online(custom_txn_numbers=True)
    assert books.post("invoice", invoice(DocNumber="A-1"))["DocNumber"] == "A-1"
    assert "DocNumber" not in books.post("invoice", invoice())
    assert books.post("invoice", invoice(DocNumber="AUTO_GENERATE"))["DocNumber"] == "1037"
    assert books.post("invoice", invoice(AutoDocNumber=True))["DocNumber"] == "1038"


def test_a_number_is_used_once_unless_asked_otherwise() -> None:
    books = online(custom_txn_numbers=True)
    first = books.post("invoice", invoice(DocNumber="A-1"))
    error = books.call("POST", "invoice", invoice(DocNumber="a-1")).json()["Fault"]["Error"][0]
    assert (error["code"], f"TxnType=Invoice with TxnId={first['Id']}" in error["Detail"]) == ("6140", True)
    assert books.post("invoice", invoice(DocNumber="A-1"), include="allowduplicatedocnum")["DocNumber"] == "A-1"
    quiet = online(custom_txn_numbers=True, warn_duplicate_numbers=False)
    assert [quiet.post("invoice", invoice(DocNumber="A-1"))["DocNumber"] for _ in range(2)] == ["A-1", "A-1"]


# ---- tax ----


def test_automated_tax_goes_by_the_place_the_item_and_the_customer() -> None:
    books = online()
    made = books.post("invoice", invoice(sale(275, "5"), sale(100)))
    assert [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in made["Line"][:2]] == ["TAX", "NON"]
    assert made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"] == {
        "TaxRateRef": {"value": "3"}, "PercentBased": True, "TaxPercent": 8, "NetAmountTaxable": 275.0,
    }  # fmt: skip
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (22.0, 397.0)
    exempt = books.post("invoice", invoice(sale(275, "5", TaxCodeRef={"value": "TAX"}), customer="2"))
    assert exempt["TxnTaxDetail"] == {"TotalTax": 0}
    elsewhere = books.post("invoice", invoice(sale(275, "5"), ShipAddr={"CountrySubDivisionCode": "AZ"}))
    assert [line["Amount"] for line in elsewhere["TxnTaxDetail"]["TaxLine"]] == [19.53, 5.5]


def test_a_tax_that_is_sent_replaces_the_computed_one() -> None:
    taxed = sale(275, "5")
    made = online().post("invoice", invoice(taxed, TxnTaxDetail={"TotalTax": 20}))
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (20.0, 295.0)
    ignoring = online(tax_override=False).post("invoice", invoice(taxed, TxnTaxDetail={"TotalTax": 20}))
    assert ignoring["TotalAmt"] == 297.0


def test_an_older_company_taxes_by_the_code_of_the_form() -> None:
    books = online(automated_tax=None)
    assert "PartnerTaxEnabled" not in books.get("preferences")["TaxPrefs"]
    assert books.post("invoice", invoice(sale(275, "5")))["TotalAmt"] == 275.0
    made = books.post("invoice", invoice(sale(275, "5"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}}))
    assert made["TotalAmt"] == 297.0


def test_tax_comes_before_or_after_the_discount() -> None:
    lines = [sale(100, "5"), discount(PercentBased=True, DiscountPercent=50)]
    before = online().post("invoice", invoice(*lines))
    after = online().post("invoice", invoice(*lines, ApplyTaxAfterDiscount=True))
    assert (before["TotalAmt"], after["TotalAmt"]) == (58.0, 54.0)


def test_outside_of_the_us_every_line_names_a_tax_code() -> None:
    books = online(country="GB")
    assert books.refused("invoice", invoice()) == [("6000", "")]
    made = books.post("invoice", invoice(sale(100, TaxCodeRef={"value": "2"}), sale(50, TaxCodeRef={"value": "3"})))
    assert made["GlobalTaxCalculation"] == "TaxExcluded"
    assert [row["Amount"] for row in made["TxnTaxDetail"]["TaxLine"]] == [20.0, 2.5]
    assert made["TotalAmt"] == 172.5
    assert books.refused("invoice", invoice(sale(TaxCodeRef={"value": "77"}))) == [("2500", "Reference Id")]
    free = books.post("invoice", invoice(GlobalTaxCalculation="NotApplicable"))
    assert free["TotalAmt"] == 100.0


def test_an_inclusive_amount_is_split_into_net_and_tax() -> None:
    line = sale(100, TaxCodeRef={"value": "2"}, TaxInclusiveAmt=120)
    made = online(country="GB").post("invoice", invoice(line, GlobalTaxCalculation="TaxInclusive"))
    assert (made["Line"][0]["Amount"], made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (100.0, 20.0, 120.0)


def test_two_rates_of_one_code_are_two_lines_of_tax() -> None:
    made = online(country="CA").post("invoice", invoice(sale("99.99", TaxCodeRef={"value": "3"})))
    assert [row["Amount"] for row in made["TxnTaxDetail"]["TaxLine"]] == [5.0, 9.97]
    assert made["TotalAmt"] == 114.96


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=6))
def test_no_cent_is_lost_in_a_sum(cents: list[int]) -> None:
    lines = [sale(f"{value // 100}.{value % 100:02}") for value in cents]
    assert round(online().post("invoice", invoice(*lines))["TotalAmt"] * 100) == sum(cents)


# ---- currencies and features ----


def test_a_foreign_customer_is_invoiced_in_his_currency() -> None:
    books = online(multi_currency=True, exchange_rates={"EUR": "1.1"})
    customer = books.post("customer", {"DisplayName": "Lindner", "CurrencyRef": {"value": "EUR"}})
    assert books.refused("invoice", invoice(customer=customer["Id"])) == [("2020", "CurrencyRef")]
    wrong = invoice(customer=customer["Id"], CurrencyRef={"value": "USD"})
    assert books.refused("invoice", wrong) == [("6000", "")]
    made = books.post("invoice", invoice(customer=customer["Id"], CurrencyRef={"value": "EUR"}))
    assert (made["ExchangeRate"], made["HomeTotalAmt"], made["HomeBalance"]) == (1.1, 110.0, 110.0)
    change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "USD"}}
    assert books.refused("customer", change) == [("6000", "")]


def test_a_feature_that_is_off_is_dropped_or_refused() -> None:
    body = invoice(sale(ClassRef={"value": "100"}), DepartmentRef={"value": "1"}, ClassRef={"value": "100"})
    made = online().post("invoice", body)
    assert made["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "100", "name": "East"}
    assert "DepartmentRef" not in made
    assert "ClassRef" not in made
    on = online(track_departments=True, class_per_txn=True).post("invoice", body)
    assert (on["DepartmentRef"]["name"], on["ClassRef"]["name"]) == ("Harbour", "East")
    assert online(features_refused=True).refused("invoice", body) == [("5030", "ClassRef")]


def test_a_deposit_is_paid_already() -> None:
    made = online(allow_deposit=True).post("invoice", invoice(Deposit=40))
    assert (made["TotalAmt"], made["Balance"]) == (100.0, 60.0)


def test_custom_fields_are_those_of_the_company() -> None:
    books = online(custom_fields=["Crew", "Gate"])
    made = books.post("invoice", invoice(CustomField=[{"DefinitionId": "2", "StringValue": "7"}]))
    assert [field.get("StringValue") for field in made["CustomField"]] == [None, "7"]
    assert books.refused("invoice", invoice(CustomField=[{"DefinitionId": "3", "StringValue": "7"}])) == [
        ("3000", "CustomField")
    ]


# ---- changes ----


def test_a_sparse_update_changes_what_it_names_and_a_stale_one_nothing() -> None:
    books = online()
    made = books.post("invoice", invoice(PrivateNote="keep"))
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "DueDate": "2026-12-01"}
    changed = books.post("invoice", change)
    assert (changed["SyncToken"], changed["DueDate"], changed["PrivateNote"]) == ("1", "2026-12-01", "keep")
    assert (changed["DocNumber"], ids(changed)) == (made["DocNumber"], ids(made))
    assert books.refused("invoice", change) == [("5010", "")]
    again = books.post("invoice", {**change, "SyncToken": "1"})
    assert again["SyncToken"] == "1"


def test_a_full_update_empties_what_it_leaves_out() -> None:
    books = online()
    made = books.post("invoice", invoice(PrivateNote="gone"))
    changed = books.post("invoice", invoice(sale(70), Id=made["Id"], SyncToken=0))
    assert "PrivateNote" not in changed
    assert (changed["TotalAmt"], changed["DocNumber"]) == (70.0, made["DocNumber"])


def test_lines_without_their_id_are_new_lines() -> None:
    books = online()
    made = books.post("invoice", invoice(sale(10), sale(20)))
    kept = {**sale(11), "Id": "1"}
    changed = books.post("invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [kept, sale(20)]})
    assert ids(changed) == ["1", "3"]
    assert changed["TotalAmt"] == 31.0


def test_what_a_customer_owes_follows_his_invoices() -> None:
    books = online()
    made = books.post("invoice", invoice(sale(70), customer="5"))
    assert (books.get("customer/5")["Balance"], books.get("customer/1")["BalanceWithJobs"]) == (70.0, 70.0)
    assert books.get("customer/1")["Balance"] == 0
    books.post("invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [sale(50)]})
    assert books.get("customer/5")["Balance"] == 50.0
    books.post("invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="delete")
    assert books.get("customer/5")["Balance"] == 0


def test_a_void_leaves_the_number_and_no_amount() -> None:
    books = online()
    made = books.post("invoice", invoice(sale(30, Qty=3, UnitPrice=10), PrivateNote="note"))
    voided = books.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert (voided["TotalAmt"], voided["Balance"], voided["PrivateNote"]) == (0, 0, "Voided - note")
    assert voided["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert (voided["DocNumber"], voided["SyncToken"]) == (made["DocNumber"], "1")
    again = books.post("invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="void")
    assert again["SyncToken"] == "1"


def test_what_is_deleted_is_not_found() -> None:
    books = online()
    made = books.post("invoice", invoice())
    gone = books.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert gone == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    error = books.call("GET", f"invoice/{made['Id']}").json()["Fault"]["Error"][0]
    assert (error["code"], error["Detail"]) == ("610", "Object Not Found : Another user has deleted this transaction.")


def test_closed_books_and_an_ended_subscription_take_nothing() -> None:
    closed = online(book_close_date="2026-07-31")
    assert closed.refused("invoice", invoice(TxnDate="2026-07-31")) == [("6210", "")]
    made = closed.post("invoice", invoice(TxnDate="2026-08-01"))
    closed.company.settings.book_close_date = "2026-08-02"
    for operation in ("void", "delete"):
        assert closed.refused("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation=operation) == [("6210", "")]
    assert online(subscription_ended=True).refused("invoice", invoice()) == [("6190", "")]


def test_sending_an_invoice_marks_it_as_sent() -> None:
    books = online(payments_enabled=True)
    made = books.post("invoice", invoice())
    assert books.refused(f"invoice/{made['Id']}/send", None) == [("6420", "")]
    sent = books.post(f"invoice/{made['Id']}/send", None, sendTo="ada@acme.example")
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "ada@acme.example")
    assert "InvoiceLink" in books.get(f"invoice/{made['Id']}", include="invoiceLink")


@pytest.mark.parametrize("kind", ["creditmemo", "salesreceipt"])
def test_credit_memos_and_sales_receipts_are_made_alike(kind: str) -> None:
    books = online()
    made = books.post(kind, invoice(sale(30)))
    assert made["TotalAmt"] == 30.0
    assert books.get("customer/1")["Balance"] == (-30.0 if kind == "creditmemo" else 0)
    assert "DueDate" not in made
