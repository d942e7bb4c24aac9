"""Of two thousand invoices with every kind of fault, what the books would refuse is found before anything leaves, no
good one is held up, and whoever takes the ways out that are offered gets every one of them into the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from dray_sdk import (
    Invoice,
    Kind,
    Money,
    Posted,
)
from tests.platform.twin.bad_invoices import cases
from tests.platform.twin.carrying import Lists, linked
from tests.platform.twin.grounds import Ground, Person, desktop_ground, online_ground

GROUNDS: Mapping[str, tuple[int, Callable[[], Ground]]] = {
    "a company file": (500, desktop_ground),
    "a company file without classes and sales tax": (
        500,
        lambda: desktop_ground(class_tracking=False, sales_tax=False),
    ),
    "a company online": (340, lambda: online_ground(class_per_txn=True, track_departments=True)),
    "a company online with all switched off": (
        330,
        lambda: online_ground(class_per_line=False, allow_discount=False, using_sales_tax=False),
    ),
    "a British company online": (330, lambda: online_ground("GB")),
}


@pytest.mark.parametrize("title", GROUNDS)
def test_what_books_would_refuse_is_found_and_mended_and_nothing_good_is_held_up(title: str) -> None:
    count, make = GROUNDS[title]
    ground = make()
    made = cases(ground.world, count, seed=count)
    documents = [_as_linked(case.document, ground.lists, place) for place, case in enumerate(made)]
    stops = [ground.stops(document) for document in documents]

    outcomes = ground.carrier.post(documents)

    good = [place for place, case in enumerate(made) if not case.fault]
    assert [(made[place], stops[place]) for place in good if stops[place]] == [], "false alarms"
    assert [(made[place], outcomes[place]) for place in good if not isinstance(outcomes[place], Posted)] == []
    assert all(
        foreseen in (None, outcome.tax or Money(0, foreseen.currency))
        for foreseen, outcome in zip(map(ground.foresees, documents), outcomes, strict=True)
        if isinstance(outcome, Posted) and foreseen is not None
    ), "a tax is foreseen to the cent or not at all"
    refused = [place for place, outcome in enumerate(outcomes) if not isinstance(outcome, Posted)]
    missed = [(made[place], outcomes[place]) for place in refused if not stops[place]]
    assert len(missed) * 100 <= len(refused), missed
    # the books are strict enough for that to say something, and what they would take wrongly is stopped too
    assert len(refused) > count // 3
    unnoticed = Counter(case.fault for case, found in zip(made, stops, strict=True) if case.fault and not found)
    assert not unnoticed

    person = Person(ground)
    mended_ones = [person.puts_right(documents[place]) for place in range(count) if stops[place]]
    after = ground.carrier.post([replace(each, number=f"M{place}") for place, each in enumerate(mended_ones)])
    still = [pair for pair in zip(mended_ones, after, strict=True) if not isinstance(pair[1], Posted)]
    assert not still
    assert person.offered > person.written, "most of it is mended by what is offered, not by writing anew"


def _as_linked(document: Invoice, lists: Lists, place: int) -> Invoice:
    """Half of what they name is known by its id already."""
    which = {Kind.CUSTOMER: place % 2 == 0, Kind.ITEM: place % 3 == 0, Kind.TERMS: place % 4 == 0}
    return linked(document, lists, which)
