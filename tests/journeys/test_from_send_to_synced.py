"""The first whole journey: a billing system posts and sends, the Web Connector calls, the invoices are locked."""

import subprocess
import sys
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from dray.billing import send
from dray.billing.models import Customer, Invoice, InvoiceLine, Receipt
from dray.connections.models import Connection
from dray_tenants.scope import ScopedSession
from tests.journeys.installation import Api, Door, Installation, books, invoice, web_connector


def test_a_served_installation_takes_invoices_into_the_books_and_locks_them(installation: Installation) -> None:
    door = installation.door()
    books().save(installation.home / "books.json")
    with installation.served() as address:
        api = Api(address, door.token)
        status, posted = api.call("POST", "/invoices", {"invoices": [invoice(number) for number in range(1, 8)]})
        assert status == 200, posted
        ids = [answer["invoice"]["id"] for answer in posted["invoices"]]
        status, sent = api.call("POST", "/invoices/send", {"ids": ids})
        assert status == 200, sent
        assert {result["state"] for result in sent["results"]} == {"pending_sync"}
        _simulate(installation, door)
        for public_id in ids:
            _, accepted = api.call("GET", f"/invoices/{public_id}")
            assert (accepted["state"], accepted["locked"]) == ("synced", True)
            assert accepted["books"]["total"] == "425.00"
            assert accepted["books"]["number"] == accepted["number"]
        status, refused = api.call("PATCH", f"/invoices/{ids[0]}", {"memo": "changed"})
        assert status == 409, refused
        status, refused = api.call("DELETE", f"/invoices/{ids[0]}")
        assert status == 409, refused
        _, timeline = api.call("GET", f"/invoices/{ids[0]}/timeline")
        assert "locked" in str(timeline)


def test_ten_thousand_invoices_arrive_once_and_to_the_cent(installation: Installation) -> None:
    count = 10_000 if "sqlite" in installation.environment["DRAY_DATABASE_URL"] else 2_000
    door = installation.door()
    total = _write_and_send(installation, door, count)
    company = books()
    connector = web_connector(installation.app(), door, company)
    reports = [connector.run_once()]
    while reports[-1].sent:
        assert reports[-1].code is None, reports[-1].status
        reports.append(connector.run_once())
    there = list(company.transactions["Invoice"].values())
    assert len(there) == len({record["RefNumber"] for record in there}) == count
    assert len({record["ExternalGUID"] for record in there}) == count
    assert sum(Decimal(record["Subtotal"]) for record in there) == Decimal(total) / 100
    with ScopedSession(installation.parts.engines) as session, session.tenant(door.tenant_id):
        receipts = session.scalars(select(Receipt.total_minor)).all()
        assert (len(receipts), sum(minor or 0 for minor in receipts)) == (count, total)
        assert set(session.scalars(select(Invoice.state))) == {"synced"}
    assert sum(report.sent for report in reports) < count * 0.1


def _simulate(installation: Installation, door: Door) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "dray", "simulate", "qbd", "--qwc", str(door.file), "--password-stdin", "--once",
            "--company", str(installation.home / "books.json"),
        ],
        input=f"{door.password}\n",
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _write_and_send(installation: Installation, door: Door, count: int) -> int:
    """So many drafts of two lines, sent; their total in cents."""
    now = installation.parts.clock()
    with ScopedSession(installation.parts.engines) as session, session.tenant(door.tenant_id):
        customers: list[dict[str, Any]] = [
            {"public_id": f"cus_{number}", "name": f"Customer {number}", "name_key": f"customer {number}",
             "created_at": now, "updated_at": now}
            for number in range(20)
        ]  # fmt: skip
        session.execute(insert(Customer), customers)
        keys = session.scalars(select(Customer.id)).all()
        rows: list[dict[str, Any]] = [
            {"public_id": f"inv_{number}", "number": f"N{number}", "number_key": f"n{number}", "state": "draft",
             "customer_id": keys[number % len(keys)], "date": now.date(), "currency": "USD", "version": 1,
             "subtotal_minor": 1999 + number, "total_minor": 1999 + number, "created_at": now, "updated_at": now}
            for number in range(count)
        ]  # fmt: skip
        session.execute(insert(Invoice), rows)
        written = session.execute(select(Invoice.id, Invoice.subtotal_minor)).all()
        lines = [
            {"invoice_id": row.id, "position": position, "kind": "charge", "item": name, "amount_minor": minor,
             "quantity": Decimal(1), "unit_price": Decimal(minor) / 100, "description": "30 yd roll-off"}
            for row in written
            for position, name, minor in ((1, "Roll-off haul", 1000), (2, "Tonnage", row.subtotal_minor - 1000))
        ]  # fmt: skip
        session.execute(insert(InvoiceLine), lines)
        session.commit()
        connection = session.scalars(select(Connection)).one()
        results = send.send(
            session,
            {row["public_id"]: 1 for row in rows},
            connection=connection,
            judge=installation.parts.judge_for(session, connection),
            actor="clerk",
            at=now,
        )
    assert {result.done for result in results} == {True}
    return sum(row["total_minor"] for row in rows)
