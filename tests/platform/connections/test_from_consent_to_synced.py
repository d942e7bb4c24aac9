"""The whole way: somebody signs in to the books, sends an invoice, and the worker takes it there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push
from dray.billing.models import Invoice
from dray.billing.send import send
from dray.connections.models import Connection
from dray.sync.dialling_rounds import dialler_of, who_is_due
from tests.platform.connections.online import ACTOR, LARKSPUR, Online


def pend(online: Online, made: str, number: str) -> None:
    """An invoice that waits for these books."""
    given = GivenInvoice(
        customer=GivenCustomer(name="Bramble Creek Builders"),
        date=dt.date(2026, 11, 19),
        number=number,
        lines=[GivenLine(item="Services", quantity=Decimal(2), unit_price=Decimal("42.50"))],
    )
    with online.session() as session:
        pushed = push(session, given, at=online.clock(), actor=ACTOR)
        session.commit()
        connection = session.scalars(select(Connection).where(Connection.public_id == made)).one()
        (result,) = send(
            session,
            {pushed.id or "": None},
            connection=connection,
            judge=lambda document: (),
            actor=ACTOR,
            at=online.clock(),
        )
        assert result.done


def work(online: Online) -> None:
    """The worker, until nothing is due."""
    # nobody waits here: what would be waited is added to the clock
    dialler = replace(dialler_of(online.parts), pause=lambda seconds: online.clock.pass_(seconds=seconds))
    for _ in range(12):
        for tenant_id, connection_id in who_is_due(dialler):
            dialler.turn(tenant_id, connection_id)
        online.clock.pass_(seconds=2)


def states(online: Online) -> dict[str, str]:
    with online.session() as session:
        return dict(session.execute(select(Invoice.number, Invoice.state).order_by(Invoice.number)).all())


def there(online: Online) -> int:
    """How many invoices of this customer the company has."""
    entities = online.intuit.realms[LARKSPUR].company.entities
    (customer,) = [
        each["Id"] for each in entities["Customer"].values() if each["DisplayName"] == "Bramble Creek Builders"
    ]
    return sum(each["CustomerRef"]["value"] == customer for each in entities["Invoice"].values())


def test_what_is_sent_after_signing_in_arrives_and_waits_while_nobody_is_signed_in(online: Online) -> None:
    made = online.connect()
    pend(online, made, "INV-1")
    work(online)
    assert states(online) == {"INV-1": "synced"}
    # a token that the books take no longer, though it should be good, is renewed on the way
    online.intuit.grants.expire_access()
    pend(online, made, "INV-2")
    work(online)
    assert states(online) == {"INV-1": "synced", "INV-2": "synced"}
    # a person ends it there: what is sent waits, and goes on when somebody signs in again
    online.intuit.grants.disconnect(LARKSPUR)
    online.intuit.grants.expire_access()
    pend(online, made, "INV-3")
    work(online)
    assert states(online)["INV-3"] in ("pending_sync", "checking")
    assert online.trouble(made) == "login_ended"
    online.come_back(online.consent(online.set_out(again=made)))
    online.clock.pass_(minutes=5)
    work(online)
    assert states(online) == {"INV-1": "synced", "INV-2": "synced", "INV-3": "synced"}
    assert online.trouble(made) == ""
    assert there(online) == 3
