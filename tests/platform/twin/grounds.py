"""Pretend books of both kinds to judge for: what is known of them, and somebody who puts problems right."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from dray.billing.amounts import problems_of
from dray.billing.foreseen_tax import tax_problems
from dray.billing.mending import Way, mend_of, mended, offers
from dray_qbd import connector as desktop
from dray_qbd.simulator.company import Company as DesktopCompany
from dray_qbd.simulator.pretend import PretendDesktop
from dray_qbd.simulator.sample import item
from dray_qbo import connector as online
from dray_sdk import (
    Books,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Posted,
    PredictsTax,
    Problem,
    Reference,
    Request,
    Response,
    Severity,
)
from tests.connectors.qbo.online_office import office
from tests.platform.twin.bad_invoices import World, good_invoice, summed
from tests.platform.twin.carrying import Carrier, Lists


@dataclass(repr=False)
class Ground:
    """One set of pretend books, what is known of it, and what is judged by."""

    connector: Any
    carrier: Carrier
    world: World
    lists: Lists
    company: Any = None

    def judge(self, document: Invoice) -> tuple[Problem, ...]:
        """As the platform judges: Dray's own rules, the connector's, and the tax that is foreseen."""
        books = self.carrier.books
        return (
            *problems_of(document),
            *self.connector.judge(document, books, self.lists),
            *tax_problems(document, self.foresees(document), tolerance=0),
        )

    def foresees(self, document: Invoice) -> Money | None:
        """The tax that the books are known to add."""
        assert isinstance(self.connector, PredictsTax)
        return self.connector.predict_tax(document, self.carrier.books, self.lists)

    def stops(self, document: Invoice) -> tuple[Problem, ...]:
        return tuple(each for each in self.judge(document) if each.severity is Severity.BLOCKS)


# ---- two company files and three companies online

_TEXTS = (
    "po_number", "memo", "service_location", "bill_to/line1", "bill_to/city", "ship_to/line2", "ship_to/region",
    "lines/0/description",
)  # fmt: skip
_EVERYWHERE = (
    "too_long:number", *(f"too_long:{path}" for path in (*_TEXTS, "ship_to/postal_code", "phone", "email",
    "customer/name", "message")),
    "unknown:terms", "unknown:lines/0/item", "named:terms=old terms", "named:lines/0/item=old item",
    "named:customer=vendor", "named:customer=employee", "named:customer=old customer", "closed", "credit", "no_item",
    "no_amount", "other_amount", "decimals", "huge_quantity", "huge_amount", "discount_first", "raising_discount",
    "empty_text", "nothing_charged", "number_twice", "no_number", "empty_name", "vendor_above",
    "other_currency", "breaks:po_number", "breaks:service_location", "breaks:bill_to/line1",
)  # fmt: skip
_DESKTOP = (
    *_EVERYWHERE, *(f"characters:{path}" for path in _TEXTS), "too_long:rep", "unknown:rep", "unknown:message",
    "unknown:tax_code", "named:tax_code=item", "named:lines/0/item=group", "named:customer=other name",
    "subtotal_first", "long_address",
)  # fmt: skip
_CLASSES = ("unknown:accounting_class", "named:accounting_class=old class", "unknown:lines/0/accounting_class")
_ONLINE = (*_EVERYWHERE, "long_together", "not_an_address", "named:lines/0/item=category", "named:terms=twice")


def desktop_ground(**settings: Any) -> Ground:
    """A company file with what is put aside beside what is used."""
    also: list[tuple[str, dict[str, Any]]] = [
        ("ItemService", {**item("Old Service")[1], "IsActive": "false"}),
        ("Class", {"Name": "Old Class", "IsActive": "false"}),
        ("StandardTerms", {"Name": "Old Terms", "IsActive": "false", "StdDueDays": "9"}),
    ]
    pretend = PretendDesktop()
    company = DesktopCompany.sample(also=also, closing_date="2026-02-15", **settings)
    pretend.company = pretend.quickbooks.company = company
    taxed, classed = settings.get("sales_tax", True), settings.get("class_tracking", True)
    faults = [*_DESKTOP, *(_CLASSES if classed else ("with_class", "with_line_class"))]
    faults += ["wrong_tax"] if taxed else ["with_tax", "with_tax_code"]
    if not taxed:
        faults = [each for each in faults if not each.endswith(("tax_code", "=item")) or each == "with_tax_code"]
    return _ground(
        "desktop",
        company,
        desktop,
        pretend.carry,
        Books("Larkspur"),
        faults,
        customers=("Acme Corp", "Birch & Sons", "Acme Corp:Warehouse"),
        items=("Consulting", "Repair", "Widget", "Shipping"),
        terms=("Net 30", "Due on receipt", "Due 15th"),
        classes=("East", "West") if classed else (),
        reps=("RS",),
        tax_codes=("County Tax", "City Tax", "County and City") if taxed else (),
        messages=("Thank you for your business.",),
        discount="Discount",
        subtotal="Subtotal",
        held="éßñ€’“”–œ",
        names={
            "old terms": "Old Terms",
            "old item": "Old Service",
            "old class": "Old Class",
            "old customer": "closed account",
            "vendor": "BIRCH Supply",
            "employee": "Robin Sample",
            "other name": "Petty cash box",
            "item": "Widget",
            "group": "Starter Kit",
        },
    )


def online_ground(country: str = "US", **settings: Any) -> Ground:
    """A company online that says no where a real one may only drop what it does not know."""
    also = [
        ("Term", {"Name": "Old Terms", "Active": False, "Type": "STANDARD", "DueDays": 9}),
        ("Class", {"Name": "Old Class", "SubClass": False, "FullyQualifiedName": "Old Class", "Active": False}),
        *[("Term", {"Name": "Twice", "Active": True, "Type": "STANDARD", "DueDays": days}) for days in (8, 9)],
    ]
    some = office(
        country,
        also=also,
        custom_txn_numbers=True,
        features_refused=True,
        book_close_date="2026-02-15",
        custom_fields=["PO Number"],
        **{"automated_tax": None, **settings},
    )
    foreign = country != "US"

    def carry(request: Request) -> Response:
        # slowly enough for nobody to be told to slow down
        some.now += dt.timedelta(seconds=2)
        return some.carry(request)

    classed, departments = settings.get("class_per_line", True), settings.get("track_departments", False)
    faults = list(_ONLINE)
    faults += _CLASSES if classed else ["with_class", "with_line_class"]
    faults += ["unknown:department"] if departments else ["with_department"]
    faults += ["two_discounts"] if settings.get("allow_discount", True) else ["with_discount"]
    if foreign:
        faults += ["no_tax_code", "untaxed_line", "unknown:tax_code"]
    elif not settings.get("using_sales_tax", True):
        faults += ["with_tax"]
    return _ground(
        f"online in {country}",
        some.company,
        online,
        carry,
        Books("", id=some.company.realm_id),
        faults,
        customers=("Acme Gardens", "Birch & Sons", "O'Dell's Nursery", "Acme Gardens:Warehouse"),
        items=("Services", "Hours", "Gravel", "Design", "Fountain"),
        terms=("Net 15", "Net 30", "Due on receipt"),
        classes=("East", "West") if classed else (),
        departments=("Harbour",) if departments else (),
        tax_codes=("20.0% S", "5.0% R") if foreign else (),
        needs_tax_code=foreign,
        discounts=settings.get("allow_discount", True),
        messages=("Thank you", "Merci à tous, 谢谢 😀"),
        held="éßñ€’“漢😀",
        names={
            "old terms": "Old Terms",
            "old item": "Retired Service",
            "old class": "Old Class",
            "old customer": "Closed Shop (deleted)",
            "vendor": "BIRCH Supply",
            "employee": "Robin Sample",
            "category": "Garden",
            "twice": "Twice",
        },
    )


def _ground(
    title: str, company: Any, connector: Any, carry: Any, books: Books, faults: Sequence[str], **has: Any
) -> Ground:
    carrier = Carrier(connector, books, carry)
    limits = {limit.field: limit for limit in connector.limits_for(carrier.books)}
    world = World(title, carrier.books, limits, faults=faults, **has)
    known = [good_invoice(world, random.Random(place), f"T-{place}") for place in range(3)]
    assert all(isinstance(each, Posted) for each in carrier.post(known)), "the first ones are in the books"
    numbers = [each.number for each in known]
    return Ground(connector, carrier, replace(world, numbers=numbers), carrier.read(numbers), company)


MOST_PROBLEMS = 40
"""An invoice has some twenty texts, and a text may be too long and hold what the books cannot."""


@dataclass
class Person:
    """Somebody who takes the first way out that is offered, picks from the books' own lists, and writes anew only what
    nobody can offer: a number, a figure."""

    ground: Ground
    offered: int = 0
    written: int = 0

    def puts_right(self, document: Invoice) -> Invoice:
        """The invoice, when nothing stands in its way any more."""
        for _ in range(MOST_PROBLEMS):
            problems = self.ground.stops(document)
            if not problems:
                return document
            document = self._solved(document, problems[0])
        raise AssertionError(f"the ways out lead nowhere: {self.ground.stops(document)}")

    def _solved(self, document: Invoice, problem: Problem) -> Invoice:
        offer = offers(problem)[0]
        if offer.way is Way.EDIT:
            self.written += 1
            return summed(_WRITTEN[problem.code](document, problem))
        self.offered += 1
        if offer.way is Way.PICK:
            return self._picked(document, problem)
        if offer.way is Way.REDATE:
            assert self.ground.world.books.closing_date
            return replace(document, date=self.ground.world.books.closing_date + dt.timedelta(days=1))
        mend = mend_of(problem, offer.way)
        assert mend is not None
        changed = mended(document, mend)
        assert changed != document, problem
        return changed

    def _picked(self, document: Invoice, problem: Problem) -> Invoice:
        """The first of the books' list that fits there, by its id."""
        if problem.code == "tax_differs":
            way = mend_of(problem, Way.EXEMPT)
            assert way is not None
            return mended(document, way)
        path = problem.field.split("/")
        kind = _PICKED[path[-1]]
        at = int(path[1]) if path[0] == "lines" else 0
        names = self._names(kind, document.lines[at].kind if path[0] == "lines" else LineKind.CHARGE)
        there = self.ground.lists.by_name(kind, names[0])[0]
        picked = Reference(kind, names[0], books_id=there.books_id)
        change: dict[str, Any] = {path[-1] if path[0] == "lines" else path[0]: picked}
        if path[0] != "lines":
            return replace(document, **change)
        line = replace(document.lines[at], **change)
        return replace(document, lines=(*document.lines[:at], line, *document.lines[at + 1 :]))

    def _names(self, kind: Kind, line: LineKind) -> Sequence[str]:
        world = self.ground.world
        if line is LineKind.DISCOUNT:
            return (world.discount or world.items[0],)
        if line is LineKind.SUBTOTAL and world.subtotal:
            return (world.subtotal,)
        return {
            Kind.CUSTOMER: world.customers, Kind.ITEM: world.items, Kind.TERMS: world.terms, Kind.CLASS: world.classes,
            Kind.DEPARTMENT: world.departments, Kind.REP: world.reps, Kind.TAX_CODE: world.tax_codes,
        }[kind]  # fmt: skip


_PICKED = {
    "customer": Kind.CUSTOMER, "item": Kind.ITEM, "terms": Kind.TERMS, "accounting_class": Kind.CLASS,
    "department": Kind.DEPARTMENT, "rep": Kind.REP, "tax_code": Kind.TAX_CODE,
}  # fmt: skip
_NUMBERS = count(1)
Written = Callable[[Invoice, Problem], Invoice]


def _new_number(document: Invoice, _problem: Problem) -> Invoice:
    return replace(document, number=f"N{next(_NUMBERS)}")


def _new_figures(document: Invoice, problem: Problem) -> Invoice:
    """A plain amount, on the line that the problem names."""
    place = int(problem.field.split("/")[1]) if problem.field.startswith("lines/") else 0
    line = document.lines[place]
    amount = Money(-100 if line.kind is LineKind.DISCOUNT else 1000, document.currency)
    line = replace(line, quantity=None, unit_price=None, percent=None, amount=amount)
    return replace(document, lines=(*document.lines[:place], line, *document.lines[place + 1 :]))


def _moved(document: Invoice, problem: Problem) -> Invoice:
    place = int(problem.field.split("/")[1])
    rest = [line for at, line in enumerate(document.lines) if at != place]
    return replace(document, lines=(*rest, document.lines[place]))


def _without_line(document: Invoice, problem: Problem) -> Invoice:
    place = int(problem.field.split("/")[1])
    return replace(document, lines=tuple(line for at, line in enumerate(document.lines) if at != place))


def _missing(document: Invoice, problem: Problem) -> Invoice:
    if problem.field == "number":
        return _new_number(document, problem)
    if problem.field == "customer/name":
        return replace(document, customer=replace(document.customer, name=document.customer.name.split(":")[0]))
    if problem.field.endswith("description"):
        return _without_line(document, problem)
    return _new_figures(document, problem)


def _charging(document: Invoice, _problem: Problem) -> Invoice:
    line = Line(LineKind.CHARGE, item=Reference(Kind.ITEM, "Nothing yet"), amount=Money(1000, document.currency))
    return replace(document, lines=(line, *document.lines))


def _fewer_lines(document: Invoice, problem: Problem) -> Invoice:
    address = getattr(document, problem.field)
    return replace(document, **{problem.field: replace(address, line2=None, line3=None, line4=None, line5=None)})


def _in_the_books_currency(document: Invoice, problem: Problem) -> Invoice:
    currency = next(each for each in ("USD", "GBP") if f"kept in {each}" in problem.detail)
    lines = tuple(replace(line, amount=line.amount and Money(line.amount.minor, currency)) for line in document.lines)
    return replace(document, currency=currency, lines=lines, tax=None)


def _taxed(document: Invoice, _problem: Problem) -> Invoice:
    return replace(document, lines=tuple(replace(line, taxable=None) for line in document.lines))


_WRITTEN: Mapping[str, Written] = {
    "too_long": _new_number,
    "duplicate_number": _new_number,
    "missing": _missing,
    "decimals": _new_figures,
    "too_large": _new_figures,
    "discount_sign": _new_figures,
    "credit": _new_figures,
    "is_a_credit": _new_figures,
    "line_order": _moved,
    "amount_differs": _new_figures,
    "no_charge": _charging,
    "address_lines": _fewer_lines,
    "currency": _in_the_books_currency,
    "one_discount": _without_line,
    "one_tax_code": _taxed,
    "email": lambda document, _: replace(document, email=None),
    "sales_tax_off": lambda document, _: replace(document, tax=None),
    "discounts_off": _without_line,
}
