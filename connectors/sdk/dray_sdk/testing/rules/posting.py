"""What arrives in the books."""

from __future__ import annotations

from dataclasses import replace

from dray_sdk.facets import Judges
from dray_sdk.judging import Severity
from dray_sdk.operations import Create, Find
from dray_sdk.outcomes import Found, Outcome, Posted
from dray_sdk.records import Entry, Invoice, Kind
from dray_sdk.testing.paths import repeated, with_text
from dray_sdk.testing.stage import Bench, Stage, rule
from dray_sdk.testing.verdicts import demand, not_shown, short

AMOUNTS = (
    ("0.01",),
    ("0.10", "0.20"),
    ("33.33", "33.33", "33.34"),
    ("1234567.89",),
    ("99999.99", "0.01"),
    ("0.07", "0.57", "1.13", "8.29"),
)
"""Sums that binary fractions get wrong, and large ones."""

TEXTS = (
    "Fish & chips <b>\"bold\"</b> 'quoted' ]]> &amp; %41 \\n",
    "naïve façade, größer, señor",
    "Zażółć gęślą jaźń",
    "東京の請求書",
    "Crew 🚛 on site",
    "two\nlines",
    "“curly” – dash… €",
    "ﬁne e\u0301clair",
)
"""Texts that a carrier may break: markup, beyond Latin-1, beyond the basic plane, line breaks, combining marks."""


@rule
def an_invoice_arrives_as_it_was_sent(bench: Bench) -> None:
    """An invoice is posted with our total, and the books hold its number, date, customer, lines and amounts."""
    stage = bench.stage()
    documents = stage.documents
    invoice = documents.invoice("1001", documents.line("12.50", "Hedge trimming"), documents.line("7.25", "Mulch"))
    _posted(stage.one(Create(invoice)), invoice)
    held = _held(stage, "1001")
    for what, ours, theirs in (
        ("date", invoice.date, held.date),
        ("customer", invoice.customer.name, held.customer.name),
        ("total", invoice.total, held.total),
        ("lines", _lines(invoice), _lines(held)),
    ):
        demand(ours == theirs, f"the {what} sent was {short(ours)}, and the books hold {short(theirs)}")


@rule
def money_is_exact(bench: Bench) -> None:
    """Amounts arrive to the cent, and the outcome's total is what the books hold."""
    for amounts in AMOUNTS:
        stage = bench.stage()
        invoice = stage.documents.invoice("1001", *amounts)
        outcome = _posted(stage.one(Create(invoice)), invoice)
        held = _held(stage, "1001")
        said = outcome.total or held.total
        demand(
            held.total == invoice.total and said == invoice.total,
            f"the amounts {amounts} make {invoice.total}; the books hold {held.total}, and the outcome says "
            f"{outcome.total}. Use Money and Decimal from end to end, never float",
        )


@rule
def no_text_is_altered(bench: Bench) -> None:
    """A text arrives as it was approved, or `judge` says beforehand that the books cannot hold it."""
    for text in TEXTS:
        stage = bench.stage()
        documents = stage.documents
        invoice = documents.invoice("1001", documents.line("10.00", text))
        if _blocked(stage, invoice, "description"):
            continue
        _posted(stage.one(Create(invoice)), invoice)
        (held,) = (line.description for line in _held(stage, "1001").lines[:1])
        demand(
            held == text,
            f"the description {text!r} arrived as {held!r}, and judge did not object. Escape it, or let judge report "
            "it with a fix; encode changes no text",
        )


@rule
def limits_hold_at_the_edge(bench: Bench) -> None:
    """A text as long as its limit is taken, by `judge` and by the books; one character more is a problem at its field,
    found before it leaves."""
    connector: object = bench.connector
    if not isinstance(connector, Judges):
        not_shown("the connector does not judge")
    stage = bench.stage()
    tried = 0
    for limit in connector.limits_for(stage.books):
        plain = stage.documents.invoice("1001")
        full = with_text(plain, limit.field, repeated(limit.maximum))
        over = with_text(plain, limit.field, repeated(limit.maximum + 1))
        if full is None or over is None:
            continue
        tried += 1
        place = limit.field.replace("*", "0")
        too_long = [one for one in connector.judge(full, stage.books, None) if one.code == "too_long"]
        demand(not any(_at(one.field, place) for one in too_long), f"judge finds {limit.maximum} too long for {place}")
        found = [one for one in connector.judge(over, stage.books, None) if one.severity is Severity.BLOCKS]
        demand(
            any(_at(one.field, place) for one in found),
            f"{limit.maximum + 1} characters in {place} are one too many, and judge says {short(found)}",
        )
        if limit.field in ("number", "lines/*/description") and not _blocked(stage, full, ""):
            _posted(bench.stage().one(Create(full)), full)
    if not tried:
        not_shown("no limit is of a text that the kit knows how to fill")


@rule
def a_customer_arrives_and_is_found(bench: Bench) -> None:
    """A customer that is created is found by its name and by the id that the books gave it, whatever its name holds."""
    if not bench.stage().creates(Kind.CUSTOMER):
        not_shown("the connector creates no customers")
    for name in ("Larch & Sons", "O'Neil's <Yard>", 'The "Blue" Door', "Ünal Gärten"):
        stage = bench.stage()
        outcome = stage.one(Create(stage.documents.customer(name)))
        demand(isinstance(outcome, Posted), f"customer {name!r} was not created: {short(outcome)}")
        books_id = outcome.books_id if isinstance(outcome, Posted) else ""
        for find in (Find(Kind.CUSTOMER, name=name), Find(Kind.CUSTOMER, books_id=books_id)):
            entries = _entries(stage.one(find))
            demand(
                any(entry.books_id == books_id and entry.name == name for entry in entries),
                f"the customer {name!r} was created as {books_id!r}, and {short(find)} gives {short(entries)}",
            )


def _posted(outcome: Outcome, invoice: Invoice) -> Posted:
    demand(
        isinstance(outcome, Posted) and outcome.books_id,
        f"a good invoice was not posted: {short(outcome)} for {short(replace(invoice, lines=()))}",
    )
    assert isinstance(outcome, Posted)  # noqa: S101  for the type checker
    return outcome


def _held(stage: Stage, number: str) -> Invoice:
    held = [invoice for invoice in stage.pretend.invoices() if invoice.number == number]
    demand(len(held) == 1, f"invoice {number} was posted, and the books hold {stage.found_numbers()}")
    return held[0]


def _lines(invoice: Invoice) -> list[tuple[str | None, str]]:
    return [(line.description, str(line.amount)) for line in invoice.lines]


def _entries(outcome: Outcome) -> tuple[Entry, ...]:
    return outcome.candidates if isinstance(outcome, Found) else ()


def _blocked(stage: Stage, invoice: Invoice, field: str) -> bool:
    connector: object = stage.connector
    if not isinstance(connector, Judges):
        return False
    return any(
        problem.severity is Severity.BLOCKS and field in problem.field
        for problem in connector.judge(invoice, stage.books, None)
    )


def _at(field: str, place: str) -> bool:
    """Whether a problem's field is the place, whatever numbers its lines go by."""
    return [part for part in field.split("/") if not part.isdecimal()] == [
        part for part in place.split("/") if not part.isdecimal()
    ]
