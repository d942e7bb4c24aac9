"""Books whose connector declares no search by id are never asked for an invoice by id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from dray.connections.models import ConnectionStatus
from dray_qbd.connector import QuickBooksDesktop
from dray_sdk import Capabilities, Kind
from tests.platform.sync.office import Office

ABLE = QuickBooksDesktop.capabilities
BY_NUMBER = MappingProxyType({**ABLE.finds, Kind.INVOICE: frozenset({"number", "customer", "date"})})


class NumbersAlone(QuickBooksDesktop):
    """The same, but it knows no ids of invoices, and reads no lists."""

    capabilities: Capabilities = replace(ABLE, finds=BY_NUMBER, pulls=frozenset())


def _days_later(office: Office, clerk: Callable[[int], list[str]]) -> tuple[list[bytes], Any]:
    clerk(2)
    office.run()
    office.handed_out.clear()
    with office.session() as session:
        due = session.scalars(
            select(ConnectionStatus.due_at).where(ConnectionStatus.connection_id == office.connection_id)
        ).one()
    office.now += dt.timedelta(days=3)
    office.run()
    return office.handed_out, due


def test_they_are_not_asked_and_not_due_for_it(office: Office, clerk: Callable[[int], list[str]]) -> None:
    office.connector = NumbersAlone()
    asked, due = _days_later(office, clerk)
    assert set(office.states().values()) == {"synced"}
    assert [body for body in asked if b"<TxnID>" in body] == []
    assert due is None


def test_others_are_asked_as_ever(office: Office, clerk: Callable[[int], list[str]]) -> None:
    asked, due = _days_later(office, clerk)
    assert [body for body in asked if b"<TxnID>" in body]
    assert due is not None
