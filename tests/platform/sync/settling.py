"""How a world ends: the sky clears, people answer what they are asked, and everything must arrive, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from dray.billing import deciding, not_sent
from dray.billing.models import Invoice, Receipt
from dray.connections import brakes, lifecycle
from tests.platform.sync import bookkeeping
from tests.platform.sync.world import JUDGE, World

ROUNDS = 16


def settle(world: World, storm: Sequence[Sequence[str]] = ()) -> None:
    """Patient people until nothing moves any more, in fine weather once the storm is over, which has one sky for each
    round. AssertionError where something did not arrive."""
    for place in world.places:
        place.delayed = None
        place.office.now += dt.timedelta(minutes=31)
    _let_go(world)
    skies = [*storm, *[()] * ROUNDS]
    for sky in skies:
        for tenant in range(len(world.places)):
            world.answer(tenant)
            _decide(world, tenant)
            world.send(tenant, most=10_000)
            world.run(tenant, sky)
            bookkeeping.check(world)
        if all(_left(world, tenant) == [] for tenant in range(len(world.places))):
            break
    for tenant in range(len(world.places)):
        assert not (left := _left(world, tenant)), f"company {tenant}: {left[:3]}"
    _compare_totals(world)


def _let_go(world: World) -> None:
    """No brake is on, no connection paused, no invoice set aside."""
    for tenant, place in enumerate(world.places):
        office = place.office
        with office.session() as session:
            connection = world.connection(tenant, session)
            for brake in brakes.covering(session, connection, office.connector.version):
                brakes.release(
                    session, brakes.Reach(brakes.Scope(brake.scope), brake.subject), at=office.now, actor="operator"
                )
            lifecycle.resume(session, connection, at=office.now, actor="admin")
            marked = session.scalars(select(Invoice.public_id).where(Invoice.not_sent.is_not(None))).all()
            not_sent.unmark(session, marked, at=office.now, actor="clerk")
            session.commit()


def _decide(world: World, tenant: int) -> None:
    """Look at each invoice that waits for a person, and say what is true."""
    place = world.places[tenant]
    there = {record["TxnID"]: record for record in place.there()}
    by_mark = {record.get("ExternalGUID", "").strip("{}").casefold(): txn for txn, record in there.items()}
    for public_id in world.found(tenant, "needs_attention", "checking", "draft"):
        problem, mark = world.problem(tenant, public_id), place.mark_of[public_id]
        its_own = by_mark.get(mark) or place.typed.get(mark)
        code = problem.get("code")
        if code in ("already_there", "unproved", "may_be_elsewhere", "may_still_arrive", "arrived", "not_confirmed"):
            if its_own in there:
                _say(world, tenant, "same", public_id, {"books_id": str(its_own)})
            elif code != "not_confirmed":
                _say(world, tenant, "elsewhere", public_id)
        elif code in ("twin", "unclear"):
            if its_own in there:
                _say(world, tenant, "same", public_id, {"books_id": str(its_own)})
            elif code == "unclear":
                _say(world, tenant, "none", public_id)
            else:
                place.anyway.add(mark)
                _say(world, tenant, "anyway", public_id)


def _say(world: World, tenant: int, what: str, public_id: str, there: dict[str, str] | None = None) -> None:
    office = world.places[tenant].office
    with office.session() as session:
        acting: dict[str, Any] = {"actor": "admin", "at": office.now}
        if what == "none":
            deciding.none_of_these(session, public_id, **acting)
            return
        acting |= {"connection": world.connection(tenant, session), "judge": JUDGE}
        if what == "same":
            deciding.it_is_already_there(session, public_id, there or {}, **acting)
        elif what == "anyway":
            deciding.post_anyway(session, public_id, **acting)
        else:
            deciding.send_elsewhere(session, public_id, **acting)


def _left(world: World, tenant: int) -> list[tuple[str, str, Any]]:
    with world.places[tenant].office.session() as session:
        statement = select(Invoice.number, Invoice.state, Invoice.problems).where(Invoice.state != "synced")
        return [tuple(row) for row in session.execute(statement)]


def _compare_totals(world: World) -> None:
    """All that the books hold is what the receipts say, but for what nobody here knows any more."""
    for place in world.places:
        with place.office.session() as session:
            ours = dict(session.execute(select(Receipt.books_id, Receipt.total_minor)).all())
            known = {place.mark_of[each] for each in session.scalars(select(Invoice.public_id))}
        said = there = Decimal(0)
        for record in place.there():
            mark = record.get("ExternalGUID", "").strip("{}").casefold()
            if record["TxnID"] in ours:
                said += Decimal(ours[record["TxnID"]] or 0) / 100
            else:
                assert mark not in known, f"{record['RefNumber']} is in the books and nobody knows"
                continue
            there += Decimal(record["Subtotal"]) + Decimal(record.get("SalesTaxTotal", "0"))
        assert said == there, f"the books hold {there}, the receipts say {said}"
