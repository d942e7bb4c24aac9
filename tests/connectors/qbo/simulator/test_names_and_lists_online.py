"""Customers, vendors, employees, items and the other lists of the pretend QuickBooks Online."""

from typing import Any

import pytest

from tests.connectors.qbo.simulator.online import invoice, online


def change(entity: Any, **more: Any) -> dict[str, Any]:
    return {"Id": entity["Id"], "SyncToken": entity["SyncToken"], "sparse": True, **more}


@pytest.mark.parametrize("name", ["Birch Supply", "birch supply", "ROBIN SAMPLE", "Acme Gardens"])
def test_a_name_belongs_to_one_of_customers_vendors_and_employees(name: str) -> None:
    books = online()
    assert books.refused("customer", {"DisplayName": name}) == [("6240", "")]
    assert books.refused("vendor", {"DisplayName": name}) == [("6240", "")]


def test_customers_vendors_and_employees_share_one_sequence_of_ids() -> None:
    books = online()
    made = [
        books.post("customer", {"DisplayName": "New Customer"}),
        books.post("vendor", {"DisplayName": "New Vendor"}),
        books.post("employee", {"GivenName": "Pat", "FamilyName": "Sample"}),
    ]
    assert [entity["Id"] for entity in made] == ["55", "56", "57"]
    assert made[2]["DisplayName"] == "Pat Sample"


def test_a_customer_is_named_by_the_parts_of_a_name() -> None:
    books = online()
    made = books.post("customer", {"Title": "Dr", "GivenName": "Ada", "FamilyName": "Marsh"})
    assert (made["DisplayName"], made["FullyQualifiedName"]) == ("Dr Ada Marsh", "Dr Ada Marsh")
    assert books.refused("customer", {"CompanyName": "Only a company"}) == [("6080", "")]
    assert books.refused("employee", {"DisplayName": "No parts"}) == [("2020", "GivenName or FamilyName")]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("DisplayName", "x" * 501, ("2050", "DisplayName")),
        ("DisplayName", "a:b", ("2040", "DisplayName")),
        ("DisplayName", "a\tb", ("2040", "DisplayName")),
        ("CompanyName", "x" * 101, ("2050", "CompanyName")),
        ("PrimaryPhone", {"FreeFormNumber": "1" * 31}, ("2050", "PrimaryPhone.FreeFormNumber")),
        ("PrimaryEmailAddr", {"Address": "x" * 95 + "@a.bc"}, None),
        ("PrimaryEmailAddr", {"Address": "x" * 96 + "@a.bc"}, ("2050", "PrimaryEmailAddr.Address")),
        ("BillAddr", {"Line1": "x" * 501}, ("2050", "BillAddr.Line1")),
        ("BillAddr", {f"Line{at}": "x" * 401 for at in range(1, 6)}, ("2050", "BillAddr")),
        ("BillAddr", {f"Line{at}": "x" * 400 for at in range(1, 6)}, None),
        ("Notes", "x" * 2001, ("2050", "Notes")),
        ("PreferredDeliveryMethod", "Pigeon", ("2170", "PreferredDeliveryMethod")),
        ("ParentRef", {"value": "999"}, ("2500", "Reference Id")),
    ],
)
def test_a_customer_is_measured(field: str, value: Any, error: tuple[str, str] | None) -> None:
    books = online()
    body = {"DisplayName": "Measured", field: value}
    if error is None:
        assert books.post("customer", body)["DisplayName"] == "Measured"
    else:
        assert books.refused("customer", body) == [error]


def test_a_name_becomes_free_when_its_holder_is_made_inactive() -> None:
    books = online()
    made = books.post("customer", {"DisplayName": "Marsh Mill"})
    retired = books.post("customer", change(made, Active=False))
    assert (retired["DisplayName"], retired["Active"]) == ("Marsh Mill (deleted)", False)
    other = books.post("customer", {"DisplayName": "Marsh Mill"})
    assert other["Id"] != made["Id"]
    assert books.refused("customer", change(retired, Active=True)) == [("6240", "")]


def test_who_owes_something_is_not_made_inactive() -> None:
    books = online()
    books.post("invoice", invoice(customer="3"))
    assert books.refused("customer", change(books.get("customer/3"), Active=False)) == [("6220", "")]


def test_an_element_of_a_list_is_never_deleted() -> None:
    books = online()
    assert books.refused("customer", {"Id": "1", "SyncToken": "0"}, operation="delete") == [("500", "")]


def test_a_rename_shows_wherever_the_customer_is_named() -> None:
    books = online()
    made = books.post("invoice", invoice())
    books.post("customer", change(books.get("customer/1"), DisplayName="Acme Groves"))
    assert books.get(f"invoice/{made['Id']}")["CustomerRef"]["name"] == "Acme Groves"
    assert books.get("customer/5")["FullyQualifiedName"] == "Acme Groves:Warehouse"


def test_a_full_update_of_a_customer_keeps_only_what_it_names() -> None:
    books = online()
    made = books.post("customer", {"DisplayName": "Mill", "CompanyName": "Mill", "Notes": "north"})
    changed = books.post("customer", {"Id": made["Id"], "SyncToken": "0", "DisplayName": "Mill Two"})
    assert "Notes" not in changed
    assert (changed["PrintOnCheckName"], changed["SyncToken"], changed["Taxable"]) == ("Mill Two", "1", True)


def test_customers_nest_five_levels_deep() -> None:
    books = online()
    parent = books.post("customer", {"DisplayName": "L0"})
    for level in range(1, 5):
        body = {"DisplayName": f"L{level}", "ParentRef": {"value": parent["Id"]}, "Job": True}
        parent = books.post("customer", body)
    assert (parent["FullyQualifiedName"], parent["Level"]) == ("L0:L1:L2:L3:L4", 4)
    assert books.refused("customer", {"DisplayName": "L5", "ParentRef": {"value": parent["Id"]}}) == [("6180", "")]


def test_an_item_needs_a_name_of_its_own_and_an_account_of_income() -> None:
    books = online()
    made = books.post("item", {"Name": "Mowing", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    assert (made["FullyQualifiedName"], made["IncomeAccountRef"]["name"]) == ("Mowing", "Services")
    assert books.refused("item", {"Name": "mowing", "IncomeAccountRef": {"value": "1"}}) == [("6240", "")]
    assert books.refused("item", {"Name": "No account"}) == [("2020", "IncomeAccountRef")]
    assert books.refused("item", {"Name": "Bank", "IncomeAccountRef": {"value": "35"}}) == [
        ("6430", "IncomeAccountRef")
    ]
    assert books.refused("item", {"IncomeAccountRef": {"value": "1"}}) == [("2020", "Name")]
    below = books.post(
        "item", {"Name": "Mowing", "IncomeAccountRef": {"value": "1"}, "ParentRef": {"value": "7"}, "SubItem": True}
    )
    assert (below["FullyQualifiedName"], below["Level"]) == ("Garden:Mowing", 1)


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        ("account", {"Name": "Fees", "AccountSubType": "ServiceFeeIncome"}, {"AccountType": "Income"}),
        ("account", {"Name": "Fees", "AccountType": "Income"}, {"Classification": "Revenue"}),
        ("term", {"Name": "Net 60", "DueDays": 60}, {"Type": "STANDARD", "DueDays": 60}),
        ("term", {"Name": "The 20th", "DayOfMonthDue": 20}, {"Type": "DATE_DRIVEN", "DueNextMonthDays": 0}),
        ("class", {"Name": "North", "ParentRef": {"value": "100"}}, {"FullyQualifiedName": "East:North"}),
        ("department", {"Name": "Annex"}, {"FullyQualifiedName": "Annex", "Active": True}),
    ],
)
def test_the_other_lists_take_new_elements(path: str, body: Any, found: dict[str, Any]) -> None:
    made = online().post(path, body)
    assert {name: made[name] for name in found} == found


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("account", {"Name": "Untyped"}, ("6010", "")),
        ("account", {"Name": 'In "quotes"', "AccountType": "Income"}, ("2040", "Name")),
        ("term", {"Name": "Net 1000", "DueDays": 1000}, ("2090", "DueDays")),
        ("term", {"Name": "x" * 32, "DueDays": 1}, ("2050", "Name")),
        ("term", {"Name": "Net 30", "DueDays": 30}, ("6240", "")),
        ("class", {"Name": "East"}, ("6240", "")),
        ("taxcode", {"Name": "Ours"}, ("500", "")),
        ("preferences", {}, ("500", "")),
    ],
)
def test_the_other_lists_refuse(path: str, body: Any, error: tuple[str, str]) -> None:
    assert online().refused(path, body) == [error]


def test_company_and_preferences_say_how_the_company_is_set_up() -> None:
    books = online(country="GB", custom_txn_numbers=True, default_terms="3", track_departments=True)
    info = books.get(f"companyinfo/{books.realm_id}")
    assert (info["CompanyName"], info["Country"]) == ("Larkspur Test Company", "GB")
    assert {"Name": "SubscriptionStatus", "Value": "PAID"} in info["NameValue"]
    said = books.get("preferences")
    assert said["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert said["SalesFormsPrefs"]["DefaultTerms"] == {"value": "3"}
    assert said["AccountingInfoPrefs"]["TrackDepartments"] is True
    assert said["CurrencyPrefs"] == {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "GBP"}}


def test_a_person_changes_things_by_hand() -> None:
    books = online()
    books.intuit.realms[books.realm_id].by_hand("Customer", "1", DisplayName="By Hand")
    assert books.get("customer/1")["SyncToken"] == "1"
