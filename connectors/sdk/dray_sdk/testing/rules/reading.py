"""What is asked of the books."""

from __future__ import annotations

from dataclasses import replace

from dray_sdk.operations import Create, Find, Identify, Pull, Update, Void
from dray_sdk.outcomes import Absent, CursorExpired, Found, Identified, Outcome, Posted, Pulled, Stale
from dray_sdk.records import Entry, Kind
from dray_sdk.testing.pretend import Mishap
from dray_sdk.testing.stage import Bench, Stage, rule
from dray_sdk.testing.verdicts import demand, not_shown, short

MOST_PAGES = 400


@rule
def the_books_say_who_they_are(bench: Bench) -> None:
    """`Identify` is answered with the books, the same each time, with a name and something to know them by."""
    stage = bench.stage()
    first, again = stage.one(Identify()), stage.one(Identify())
    demand(isinstance(first, Identified), f"Identify is answered with {short(first)}")
    demand(first == again, f"the books were {short(first)} and then {short(again)}")
    if isinstance(first, Identified):
        demand(
            first.books.name and (first.books.id or first.books.place or bench.connector.capabilities.dialled_into),
            f"{short(first.books)} has no name, or neither id nor place to know it by",
        )


@rule
def every_declared_find_finds(bench: Bench) -> None:
    """An invoice in the books is found by each field that `finds` declares, whole; one that is not there is Absent."""
    stage = bench.stage()
    invoice = stage.documents.invoice("1001")
    outcome = stage.one(Create(invoice))
    books_id = outcome.books_id if isinstance(outcome, Posted) else ""
    by = bench.connector.capabilities.finds[Kind.INVOICE]
    asked: dict[str, tuple[Find, Find | None]] = {
        "books_id": (Find(Kind.INVOICE, books_id=books_id), None),
        "number": (Find(Kind.INVOICE, number="1001"), Find(Kind.INVOICE, number="9009")),
    }
    if {"customer", "date"} <= by:
        asked["customer"] = (
            Find(Kind.INVOICE, customer=invoice.customer, date=invoice.date, total=invoice.total),
            Find(Kind.INVOICE, customer=invoice.customer, date=invoice.date.replace(year=2001), total=invoice.total),
        )
    for field, (there, nowhere) in asked.items():
        if field not in by:
            continue
        entries = _entries(stage.one(there))
        _looks_like(entries, books_id if "books_id" in by else "", "1001", there)
        if nowhere is not None:
            answer = stage.one(nowhere)
            demand(isinstance(answer, Absent), f"{short(nowhere)} should be Absent; the answer was {short(answer)}")


def _looks_like(entries: tuple[Entry, ...], books_id: str, number: str, find: Find) -> None:
    ours = [entry for entry in entries if not books_id or entry.books_id == books_id]
    demand(ours, f"{short(find)} does not find the invoice that was posted as {books_id!r}: {short(entries)}")
    for entry in ours:
        demand(entry.kind is Kind.INVOICE, f"{short(entry)} is not called an invoice")
        demand(entry.number == number, f"{short(find)} tells number {entry.number!r} of invoice {number}")
        demand(
            entry.mark or (entry.customer and entry.date and entry.total),
            f"{short(entry)} has neither our mark nor customer, date and total: nobody can tell whose invoice it is",
        )


@rule
def what_the_lists_hold_is_found(bench: Bench) -> None:
    """Each entry that the pretend books name in `holds` is found by its full name and its id, with the same id."""
    stage = bench.stage()
    finds = bench.connector.capabilities.finds
    tried = 0
    for kind, reference in stage.pretend.holds.items():
        for find in (Find(kind, name=reference.name), Find(kind, books_id=reference.books_id)):
            if ("name" if find.name else "books_id") not in finds.get(kind, ()):
                continue
            if not (find.name or find.books_id):
                continue
            tried += 1
            answer = stage.one(find)
            ids = {entry.books_id: entry.name for entry in _entries(answer)}
            demand(
                reference.books_id in (None, *ids) and reference.name in ids.values(),
                f"{short(find)} should find {reference.name!r} as {reference.books_id!r}; it gives {short(answer)}",
            )
    if not tried:
        not_shown("the connector finds nothing in lists")


@rule
def a_change_minds_the_revision(bench: Bench) -> None:
    """A change of what somebody else changed since is `Stale`; one at the right revision is taken."""
    able = bench.connector.capabilities
    if Kind.CUSTOMER not in able.updates:
        not_shown("the connector changes no customers")
    stage = bench.stage()
    reference = stage.pretend.holds[Kind.CUSTOMER]
    (entry, *_more) = _entries(stage.one(Find(Kind.CUSTOMER, name=reference.name))) or (None,)
    if entry is None:
        not_shown("the customer that the books hold cannot be found")
    changed = stage.documents.customer(
        reference.name, phone="555 0199", books_id=entry.books_id, revision=entry.revision
    )
    outcome = stage.one(Update(changed))
    demand(isinstance(outcome, Posted), f"a change at the revision just read is answered with {short(outcome)}")
    late = stage.one(Update(replace(changed, phone="555 0200")))
    demand(isinstance(late, Stale), f"a change at an old revision is answered with {short(late)}; it should be Stale")


@rule
def a_voided_invoice_keeps_its_number(bench: Bench) -> None:
    """A void is taken, and the invoice keeps its number in the books."""
    if Kind.INVOICE not in bench.connector.capabilities.voids:
        not_shown("the connector voids no invoices")
    stage = bench.stage()
    posted = stage.one(Create(stage.documents.invoice("1001")))
    if not isinstance(posted, Posted):
        not_shown("no invoice can be posted")
    outcome = stage.one(Void(Kind.INVOICE, posted.books_id, posted.revision))
    demand(isinstance(outcome, Posted), f"a void is answered with {short(outcome)}")
    demand(
        stage.found_numbers() == ["1001"],
        f"invoice 1001 was voided, and now the books hold {stage.found_numbers()}: void it, do not delete it",
    )
    (held,) = stage.pretend.invoices()
    demand(not held.total.minor, f"the voided invoice still has a total of {held.total}")


@rule
def paged_pulls_miss_nothing(bench: Bench) -> None:
    """A list read in pages of two holds each entry once, and the same as one read at once."""
    kinds = sorted(bench.connector.capabilities.pulls)
    if not kinds:
        not_shown("the connector pulls nothing")
    stage = bench.stage()
    stage.ask(Create(stage.documents.invoice("1001")))
    for kind in kinds:
        whole = [name for part in _pages(stage, Pull(kind)) for name in part]
        paged = [name for part in _pages(stage, Pull(kind, limit=2)) for name in part]
        demand(
            sorted(paged) == sorted(set(whole)),
            f"{kind}: read at once there are {short(sorted(whole))}, in pages of two {short(sorted(paged))}",
        )
        reference = stage.pretend.holds.get(kind)
        demand(
            reference is None or reference.books_id in whole,
            f"{kind}: {short(reference)} is in the books, and not among what was read: {short(whole)}",
        )


def _pages(stage: Stage, pull: Pull) -> list[list[str]]:
    pages: list[list[str]] = []
    for _ in range(MOST_PAGES):
        outcome = stage.one(pull)
        demand(isinstance(outcome, Pulled), f"{short(pull)} is answered with {short(outcome)}")
        if not isinstance(outcome, Pulled):
            break
        pages.append([str(getattr(record, "books_id", "")) for record in outcome.records])
        if outcome.page is None:
            return pages
        pull = replace(pull, page=outcome.page)
    demand(False, f"reading {pull.kind} never ends: page after page after {MOST_PAGES}")
    return pages


@rule
def an_expired_cursor_is_said(bench: Bench) -> None:
    """A page or watermark that is no longer honoured is `CursorExpired`; the pass begun again reads everything."""
    kinds = sorted(bench.connector.capabilities.pulls)
    if not kinds:
        not_shown("the connector pulls nothing")
    said = 0
    for kind in kinds:
        stage = bench.stage()
        first = stage.one(Pull(kind, limit=2))
        if not isinstance(first, Pulled) or (first.page is None and first.watermark is None):
            continue
        stage.befall(Mishap.CURSOR_EXPIRED)
        again = Pull(kind, first.watermark, None if first.watermark else first.page, 2)
        outcome = stage.one(again)
        if isinstance(outcome, Pulled) and first.watermark:
            continue  # lists that are short enough are read whole whatever the watermark says
        said += 1
        demand(isinstance(outcome, CursorExpired), f"an expired cursor is answered with {short(outcome)}")
        demand(isinstance(stage.one(Pull(kind)), Pulled), f"{kind} cannot be read from the beginning afterwards")
    demand(said, "no kind's pages or watermarks ever expire; take the mishap 'cursor_expired' out of the pretend books")


def _entries(outcome: Outcome) -> tuple[Entry, ...]:
    return outcome.candidates if isinstance(outcome, Found) else ()
