"""What stands in the books is, character by character, what the review showed and somebody approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dray.billing.documents import freeze, thaw
from dray_sdk import Address, Invoice, Kind, Line, LineKind, Money, Posted, Reference
from tests.platform.twin.bad_invoices import DAY
from tests.platform.twin.grounds import Ground, Person, desktop_ground, online_ground

_AWKWARD = "éß€’“”…–ŒŁž Дмитрий Ωμέγα 株式会社 שלום 👩‍🔧🪟 &<>\"'\\]]>{}[]%;=\u202e\u00a0\u2028"
CHARACTERS = st.one_of(
    st.sampled_from(_AWKWARD),
    st.characters(exclude_categories=["Cs", "Cc"]),
    st.characters(min_codepoint=32, max_codepoint=126),
)
_NUMBERS = count(1)
ITEM = "Consulting"


def texts(most: int, breaks: str = "") -> st.SearchStrategy[str | None]:
    """What billing may bring into a field of so many characters: a little more too, and blanks around it cut off."""
    letters = st.one_of(CHARACTERS, st.sampled_from(breaks)) if breaks else CHARACTERS
    return st.one_of(st.none(), st.text(letters, max_size=most).map(str.strip).map(lambda text: text or None))


ADDRESSES = st.one_of(
    st.none(),
    st.builds(
        Address,
        line1=texts(44),
        line2=texts(44),
        city=texts(34),
        region=texts(23),
        postal_code=texts(15),
    ),
)
WORDS = st.fixed_dictionaries(
    {
        "memo": texts(300, "\n\t"),
        "po_number": texts(34),
        "service_location": texts(44),
        "bill_to": ADDRESSES,
        "ship_to": ADDRESSES,
        "lines": st.lists(texts(120, "\n\t"), min_size=1, max_size=4),
        "said": texts(60, "\n"),
        "name": texts(60),
    }
)


@cache
def company_file() -> Ground:
    return desktop_ground()


@cache
def online_company() -> Ground:
    return online_ground(class_per_txn=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=WORDS)
def test_it_is_so_in_company_files(words: Mapping[str, Any]) -> None:
    approved, posted = _approved_and_posted(company_file(), words)
    kept = company_file().company.transactions["Invoice"][posted.books_id]
    assert (kept["RefNumber"], kept.get("PONumber"), kept.get("Memo")) == (
        approved.number,
        approved.po_number,
        approved.memo,
    )
    name = approved.customer.name.partition(":")[0]
    assert company_file().company.full_names[kept["CustomerRef"]["ListID"]] == approved.customer.name
    if approved.bill_to:
        assert _block(kept.get("BillAddress"), "Addr") == _printed(approved.bill_to, name)
    if approved.ship_to or approved.service_location:
        above = approved.service_location or name
        assert _block(kept.get("ShipAddress"), "Addr") == _printed(approved.ship_to, above)
    # a line that says nothing has the words of its item: QuickBooks adds them, nothing of ours is changed
    said = [line.description or ITEM for line in approved.lines]
    assert [line.get("Desc") for _, line in kept["Lines"]] == said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=WORDS, message=texts(200, "\n"))
def test_it_is_so_in_companies_online(words: Mapping[str, Any], message: str | None) -> None:
    approved, posted = _approved_and_posted(online_company(), words, message=message)
    kept = online_company().company.find("Invoice", posted.books_id)
    assert (kept["DocNumber"], kept.get("PrivateNote")) == (approved.number, approved.memo)
    assert kept.get("CustomerMemo", {}).get("value") == approved.message
    fields = {field["Name"]: field.get("StringValue") for field in kept["CustomField"]}
    assert fields["PO Number"] == approved.po_number
    customer = online_company().company.find("Customer", kept["CustomerRef"]["value"])
    assert customer["FullyQualifiedName"] == approved.customer.name
    if approved.bill_to:
        assert _block(kept.get("BillAddr"), "Line") == _printed(approved.bill_to, None)
    if approved.ship_to or approved.service_location:
        above = approved.service_location
        assert _block(kept.get("ShipAddr"), "Line") == _printed(approved.ship_to, above, twice=True)
    lines = [line.get("Description") for line in kept["Line"] if line["DetailType"] != "SubTotalLineDetail"]
    assert lines == [line.description for line in approved.lines]


def _approved_and_posted(ground: Ground, words: Mapping[str, Any], **more: Any) -> tuple[Invoice, Posted]:
    """The invoice as somebody approves it, once every problem is put right, and what the books say of it."""
    invoice = Person(ground).puts_right(replace(_invoice(ground, words), **more))
    # what the review shows is frozen by Send, and only that is read from then on
    approved = thaw(freeze(invoice).content)
    assert approved == invoice
    (outcome,) = ground.carrier.post([approved])
    assert isinstance(outcome, Posted), outcome
    return approved, outcome


def _invoice(ground: Ground, words: Mapping[str, Any]) -> Invoice:
    number = f"C{next(_NUMBERS)}"
    item = Reference(Kind.ITEM, ground.world.items[0])
    lines = [Line(LineKind.CHARGE, item, text, amount=Money(1000, "USD")) for text in words["lines"]]
    if words["said"]:
        lines.append(Line(LineKind.TEXT, description=words["said"]))
    name = f"{words['name']} {number}" if words["name"] and ":" not in words["name"] else ground.world.customers[0]
    total = Money(1000 * len(words["lines"]), "USD")
    return Invoice(
        number=number,
        date=DAY,
        customer=Reference(Kind.CUSTOMER, name, id=f"cus-{number}"),
        currency="USD",
        lines=tuple(lines),
        subtotal=total,
        total=total,
        **{part: words[part] for part in ("memo", "po_number", "service_location", "bill_to", "ship_to")},
    )


_PARTS = ("line1", "line2", "line3", "line4", "line5")


def _printed(address: Address | None, above: str | None, *, twice: bool = False) -> list[str]:
    """The lines with the name or place on top, then city, state and postal code. On Desktop's address blocks what is
    on top is not said twice."""
    lines = [text for part in _PARTS if address and (text := getattr(address, part))]
    if above and (twice or not (lines and lines[0].strip().casefold() == above.strip().casefold())):
        lines.insert(0, above)
    rest = (address.city, address.region, address.postal_code) if address else ()
    return [*lines, *(text for text in rest if text)]


def _block(kept: Mapping[str, str] | None, prefix: str) -> list[str]:
    kept = kept or {}
    rest = ("City", "State", "PostalCode") if prefix == "Addr" else ("City", "CountrySubDivisionCode", "PostalCode")
    names = [*(f"{prefix}{number}" for number in range(1, 6)), *rest]
    return [kept[name] for name in names if kept.get(name)]
