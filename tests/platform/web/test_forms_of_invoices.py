"""The form of an invoice as texts: nothing is lost between what billing keeps, the page, and billing again."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from dray.billing.checking import TEXTS, check
from dray.billing.given import Complaint, GivenCustomer, GivenInvoice, GivenLine, GivenPayment
from dray.web.invoices import form as invoice_form
from dray.web.invoices import form_rows, merging
from dray.web.invoices.form import ROWS, InvoiceForm
from dray_sdk import LineKind

WORDS = st.text("abc ÄÖ<&\"'\n,·", min_size=1, max_size=12).map(str.strip).filter(bool)
MAYBE = st.none() | WORDS
FIGURES = st.decimals(-99999, 99999, places=5, allow_nan=False)
AMOUNTS = st.decimals(-99999, 99999, places=2, allow_nan=False)
DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1))

CHARGES = st.builds(
    GivenLine,
    kind=st.just(LineKind.CHARGE), item=MAYBE, description=MAYBE, quantity=FIGURES, unit_price=FIGURES,
    taxable=st.none() | st.booleans(), accounting_class=MAYBE, service_date=st.none() | DAYS,
    custom=st.none() | st.dictionaries(WORDS, WORDS, min_size=1, max_size=2),
)  # fmt: skip
OTHERS = st.one_of(
    st.builds(GivenLine, kind=st.just(LineKind.CHARGE), item=WORDS, amount=AMOUNTS),
    st.builds(GivenLine, kind=st.just(LineKind.TEXT), description=WORDS),
    st.builds(GivenLine, kind=st.just(LineKind.SUBTOTAL)),
    st.builds(GivenLine, kind=st.just(LineKind.DISCOUNT), percent=st.decimals(0, 100, places=3)),
)
INVOICES = st.builds(
    GivenInvoice,
    customer=st.builds(
        GivenCustomer, id=st.just("cus_1"), email=MAYBE, phone=MAYBE,
        billing_address=st.none() | st.just({"line1": "1 Main St", "city": "Dayton"}),
    ),
    date=DAYS,
    due_date=st.none() | DAYS,
    lines=st.lists(CHARGES | OTHERS, max_size=4),
    number=WORDS,
    currency=st.just("USD"),
    shipping_address=st.none() | st.just({"line3": "Dock 2"}),
    custom=st.none() | st.dictionaries(WORDS, WORDS, min_size=1, max_size=2),
    payments=st.lists(st.builds(GivenPayment, amount=AMOUNTS, date=st.none() | DAYS, method=MAYBE), max_size=2),
    tax=st.none() | AMOUNTS,
    **dict.fromkeys(TEXTS, MAYBE),
)  # fmt: skip


def posted(form: InvoiceForm) -> MultiDict[str, str]:
    """The form as a browser sends it: line ends as CRLF."""
    pairs = list(form.fields.items())
    for kind, rows in form.rows.items():
        for row in rows:
            pairs += [(kind, row.key), *((f"{kind}-{row.key}-{name}", text) for name, text in row.fields.items())]
    return MultiDict([(name, text.replace("\n", "\r\n")) for name, text in pairs])


@drawn(INVOICES)
def test_an_invoice_goes_through_the_page_unchanged(invoice: GivenInvoice) -> None:
    form = invoice_form.of_given(invoice, "Somebody")
    again, complaints = invoice_form.to_given(invoice_form.read(posted(form)))
    assert complaints == []
    before, after = (check(each, currency="USD") for each in (invoice, again))
    assert after.columns == before.columns
    assert list(after.lines) == list(before.lines)
    assert again.customer == invoice.customer
    assert again.number == invoice.number


@drawn(INVOICES)
def test_a_form_survives_being_remembered(invoice: GivenInvoice) -> None:
    form = invoice_form.of_given(invoice, "Somebody")
    again = invoice_form.read_plain(form.plain)
    assert again is not None
    merged = merging.merge(form, again, form)
    assert (merged.conflicts, merged.taken) == ([], [])


@drawn(
    st.dictionaries(
        st.sampled_from(["line", "payment", "custom", "line-0-quantity", "tax", "date", "line-0-kind", "customer_id"]),
        st.text(max_size=30),
    )
)
def test_whatever_is_posted_is_read_without_a_crash(fields: dict[str, str]) -> None:
    form = invoice_form.read(MultiDict({**fields, "line": "0"}))
    _, complaints = invoice_form.to_given(form)
    for each in complaints:
        assert invoice_form.name_of(each.path, form)
    assert invoice_form.read_plain(form.plain) is not None


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"fields": 1, "rows": {}}', '{"fields": {}, "rows": {"line": 3}}']
)
def test_a_remembered_form_that_somebody_spoilt_is_none(text: str) -> None:
    assert invoice_form.read_plain(text) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1,425.50", "1425.50"),
        ("$5", "5"),
        ("−3", "-3"),
        (".5", "0.5"),
        ("7.", "7"),
        ("1e5", None),
        ("1,42.5", None),
        ("٣", None),
    ],
)
def test_figures_are_read_as_people_write_them(text: str, read: str | None) -> None:
    complaints: list[Complaint] = []
    found = invoice_form.Reading(complaints).figure(text, ("tax",))
    assert found == (None if read is None else Decimal(read))
    assert bool(complaints) == (read is None)


def test_rows_keep_their_keys_when_one_is_added_moved_or_dropped() -> None:
    form = InvoiceForm({}, dict.fromkeys(ROWS, ()))
    for _ in range(3):
        form = form_rows.apply(form, "add:line:") or form
    form = form_rows.apply(form, "drop:line:1") or form
    form = form_rows.apply(form, "add:line:") or form
    form = form_rows.apply(form, "up:line:2") or form
    assert [row.key for row in form.lines] == ["2", "0", "1"]
    assert form_rows.apply(form, "up:line:2") == form
    assert form_rows.apply(form, "save") is None


def test_what_both_changed_alike_is_no_conflict_and_what_only_one_changed_is_taken() -> None:
    seen = InvoiceForm({"memo": "a", "terms": "x", "rep": "r"})
    merged = merging.merge(seen, seen.with_fields(memo="b", terms="y"), seen.with_fields(memo="b", terms="z", rep="q"))
    assert [(each.name, each.mine, each.theirs) for each in merged.conflicts] == [("terms", "y", "z")]
    assert (merged.form["memo"], merged.form["terms"], merged.form["rep"]) == ("b", "y", "q")
    assert merged.taken == ["Sales rep"]
