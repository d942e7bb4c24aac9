"""However long Dray runs, its tables stay as large as what is under way and a month of the past."""

from __future__ import annotations

import base64
import datetime as dt
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dray.connections import removal
from dray.connections.models import Connection
from dray.housekeeping import drop_old_exchanges, drop_the_old, finish_removals
from dray.installation import Dray, compose
from dray.settings import read_settings
from dray.sync.models import Exchange, SyncBatch, Transcript
from dray_sdk import Answer, Failure, Request
from dray_tenants.database import Engines
from tests.platform.sync.office import Office

RECORD = 40
"""More objects than the pretend company file holds for one invoice, which it keeps for ever."""


@pytest.fixture
def office(migrated_database_url: str) -> Iterator[Office]:
    with Engines(migrated_database_url) as engines:
        yield Office(engines)


@pytest.fixture
def parts(office: Office, migrated_database_url: str, tmp_path: Path) -> Iterator[Dray]:
    keys = {"DRAY_SECRET_KEY": "s" * 40, "DRAY_VAULT_KEYS": "k1:" + base64.b64encode(bytes(32)).decode()}
    settings = read_settings({**keys, "DRAY_HOME": str(tmp_path), "DRAY_DATABASE_URL": migrated_database_url})
    parts = compose(settings, clock=lambda: office.now)
    with parts.engines:
        yield parts


def sizes(office: Office) -> tuple[int, int, int]:
    with office.session() as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Exchange, SyncBatch, Transcript)
        )


def test_tables_and_memory_stay_flat_however_many_sessions(office: Office, parts: Dray) -> None:
    customer = office.customer("Bramble Creek Builders")
    seen: list[tuple[int, int, int]] = []
    held: list[int] = []
    for _ in range(4):
        for _ in range(10):
            office.now += dt.timedelta(hours=75)
            office.send([office.invoice(customer)])
            office.run()
        drop_the_old(parts)
        seen.append(sizes(office))
        office.handed_out.clear()
        gc.collect()
        held.append(len(gc.get_objects()) - RECORD * len(office.books()))
    assert set(office.states().values()) == {"synced"}
    assert len(office.books()) == 40
    assert max(seen[1:]) <= seen[0]
    assert held[-1] - held[1] < 2_000


def test_what_is_in_doubt_is_kept_for_as_long_as_it_is(office: Office, parts: Dray) -> None:
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer)])

    def lose(request: Request, ask: Callable[[], Answer | Failure]) -> Answer | Failure | None:
        return None if b"<InvoiceAddRq" in request.body else ask()

    office.run(around=lose)
    office.now += dt.timedelta(days=90)
    drop_the_old(parts)
    with office.session() as session:
        assert session.scalars(select(SyncBatch.state).where(SyncBatch.contents.is_not(None))).all() == ["sent"]
    office.run()
    assert set(office.states().values()) == {"synced"}


def test_an_exchange_that_asked_nothing_goes_after_two_days(office: Office, parts: Dray) -> None:
    assert office.open() is not None
    drop_the_old(parts)
    assert sizes(office)[0] == 1
    office.now += dt.timedelta(days=2, minutes=1)
    assert drop_the_old(parts).exchanges == 1
    assert sizes(office) == (0, 0, 0)


def test_a_piece_is_bounded(office: Office, parts: Dray) -> None:
    for _ in range(7):
        assert office.open() is not None
    office.now += dt.timedelta(days=3)
    assert drop_old_exchanges(parts, most=4) == (0, 4)
    assert drop_old_exchanges(parts, most=4) == (0, 3)


def test_a_removal_that_died_is_finished_in_the_background(
    office: Office, parts: Dray, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer) for _ in range(3)])

    def crash(*_: object, **__: object) -> int:
        raise SystemExit

    with monkeypatch.context() as patch, office.session() as session:
        patch.setattr(removal, "give_back", crash)
        with pytest.raises(SystemExit):
            removal.remove_connection(session, session.scalars(select(Connection)).one(), at=office.now, actor="olga")
    assert set(office.states().values()) == {"pending_sync"}
    assert finish_removals(parts) == 3
    assert finish_removals(parts) == 0
    assert set(office.states().values()) == {"draft"}
