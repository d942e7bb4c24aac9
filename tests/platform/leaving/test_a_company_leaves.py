"""A company takes everything along and leaves; what is kept of it still verifies, and its neighbour notices nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from dray.backup.archive import Reader
from dray.backup.making import back_up
from dray.billing.models import Customer, Invoice
from dray.connections import brakes, opening
from dray.connections.brakes import Reach, Scope
from dray.connections.models import Install
from dray.desks import TenantSeal
from dray.installation import Dray, compose
from dray.leaving import deleting, departing, exporting, lists
from dray.leaving.departing import GRACE, LeavingAlready, TooLate
from dray.leaving.models import Departure, Export
from dray.mail.models import Mail
from dray.migrations.tables import METADATA
from dray.settings import read_settings
from dray.sync.desk import CLOSED_AGAIN
from dray_sdk import Denied, NoWork
from dray_tenants import audit, login
from dray_tenants.database import make_engine
from dray_tenants.members import add_member
from dray_tenants.models import ApiToken, Tenant, User
from dray_tenants.roles import Role
from dray_tenants.row_security import act_as_owner
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from dray_tenants.vault import SealBroken
from tests.platform.cli.shell import KEYS
from tests.platform.shop import NOW, Shop
from tests.platform.web.stage import PASSWORD, QUICK

ANN = "ann@paperworks.example"
BOTH = "both@stonemill.example"
HEARD = "Your company left on 24 November 2026. Take this row out of the Web Connector."


class Company(Shop):
    """A shop whose Web Connector has a password."""

    password = ""


class Time:
    """What the clock says."""

    now = NOW


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def parts(migrated_database_url: str, tmp_path: Path, time: Time) -> Iterator[Dray]:
    settings = read_settings({**KEYS, "DRAY_HOME": str(tmp_path), "DRAY_DATABASE_URL": migrated_database_url})
    parts = compose(settings, clock=lambda: time.now)
    with parts.engines:
        yield parts


@pytest.fixture
def leaver(parts: Dray) -> Company:
    return furnished(parts, "paperworks", ANN, BOTH)


@pytest.fixture
def neighbour(parts: Dray) -> Company:
    return furnished(parts, "stonemill", BOTH)


def furnished(parts: Dray, slug: str, *emails: str) -> Company:
    """A company with a key, people, books that call in, a secret, customers and invoices, one of them accepted."""
    shop = Company(parts.engines, slug)
    with ScopedSession(parts.engines) as session:
        tenant = session.scalars(select(Tenant).where(Tenant.id == shop.tenant_id)).one()
        tenant.data_key = parts.vault.new_data_key(tenant.public_id)
        for email in emails:
            user = session.scalar(select(User).where(User.email == email))
            user = user or create_user(session, email, PASSWORD, now=NOW, hasher=QUICK)
            add_member(session, tenant, user, Role.OWNER, now=NOW)
            login.start(session, user, ip="127.0.0.1", user_agent="test", now=NOW)
        with session.tenant(tenant.id):
            connector = parts.registry.enabled["qbd"]
            books = opening.open_connection(
                session, connector, "Main books", at=NOW, actor=ANN, randomness=secrets.token_bytes
            )
            shop.password = parts.passwords.mint(session, books, at=NOW, actor=ANN)
            parts.vault.put(session, tenant, "something", b"of " + slug.encode(), now=NOW)
        session.commit()
    for number in ("1", "2", "3"):
        shop.invoice(number)
    shop.post(shop.invoice("4"))
    shop.send(shop.invoice("5"))
    with shop.session() as session:
        parent, child = Customer(**named("Whole Mill")), Customer(**named("=Part"))
        session.add(child)
        session.flush()
        session.add(parent)
        session.flush()
        child.parent_id = parent.id
        session.commit()
    return shop


def named(name: str) -> dict[str, Any]:
    return {"public_id": f"cus_{secrets.token_hex(8)}", "name": name, "name_key": name.lower()} | {
        "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def tenant_of(session: ScopedSession, shop: Company) -> Tenant:
    return session.scalars(select(Tenant).where(Tenant.id == shop.tenant_id)).one()


def ask(parts: Dray, shop: Company) -> None:
    with shop.session() as session:
        departing.ask(session, parts, tenant_of(session, shop), actor=ANN)
        session.commit()


def knock(parts: Dray, shop: Company) -> object:
    """What the company's Web Connector hears."""
    with ScopedSession(parts.engines, read_only=True) as session:
        install = session.scalars(select(Install).where(Install.tenant_id == shop.tenant_id)).one()
    return parts.desk_for("qbd", install.public_id).open(install.user_name, shop.password)


def rows(url: str, tenant_id: int) -> dict[str, int]:
    """Table → how many rows it has of this company, without those that have none."""
    engine = make_engine(url)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            act_as_owner(connection)
        found = {
            table.name: len(connection.execute(select(table.c.id).where(table.c.tenant_id == tenant_id)).all())
            for table in METADATA.sorted_tables
            if "tenant_id" in table.c
        }
    engine.dispose()
    return {name: count for name, count in found.items() if count}


def chained(parts: Dray, shop: Company) -> int:
    """The length of the company's chain, which is whole."""
    with ScopedSession(parts.engines) as session:
        while audit.seal(session, shop.tenant_id):
            session.commit()
        session.commit()
        assert audit.verify(session, shop.tenant_id) is None
        return audit.head(session, shop.tenant_id).sequence


def letters(parts: Dray) -> list[tuple[str, str]]:
    with ScopedSession(parts.engines, read_only=True) as session:
        found = session.scalars(select(Mail).order_by(Mail.id)).all()
        return [(row.recipient, row.subject) for row in found]


def test_leaving_closes_every_door_at_once_and_staying_opens_them(
    parts: Dray, leaver: Company, neighbour: Company
) -> None:
    ask(parts, leaver)
    with pytest.raises(LeavingAlready):
        ask(parts, leaver)
    heard = knock(parts, leaver)
    assert heard == NoWork(CLOSED_AGAIN, HEARD)
    assert knock(parts, neighbour) != heard
    assert letters(parts) == [(ANN, "Paperworks paperworks leaves Dray"), (BOTH, "Paperworks paperworks leaves Dray")]
    assert deleting.delete_due(parts) == 0
    with leaver.session() as session:
        departing.undo(session, parts, tenant_of(session, leaver), actor=ANN)
        session.commit()
        with pytest.raises(TooLate):
            departing.undo(session, parts, tenant_of(session, leaver), actor=ANN)
    assert not isinstance(knock(parts, leaver), NoWork | Denied), "what waits is handed out again"


def test_a_brake_of_the_operators_stays_when_a_company_stays(parts: Dray, leaver: Company) -> None:
    with leaver.session() as session:
        reach = Reach(Scope.TENANT, leaver.public_id)
        brakes.pull(session, reach, at=NOW, actor="operator", reason="looked into")
        session.commit()
    ask(parts, leaver)
    with leaver.session() as session:
        departing.undo(session, parts, tenant_of(session, leaver), actor=ANN)
        session.commit()
        assert [brake.reason for brake in brakes.pulled(session)] == ["looked into"]


def test_what_is_left_of_a_company_verifies_and_opens_nothing(
    parts: Dray, leaver: Company, neighbour: Company, time: Time, migrated_database_url: str, tmp_path: Path
) -> None:
    before = rows(migrated_database_url, neighbour.tenant_id)
    with leaver.session() as session:
        tenant = tenant_of(session, leaver)
        assert parts.vault.get(session, tenant, "something") == b"of paperworks"
        sealed = TenantSeal(session, leaver.tenant_id, parts.vault).seal(b"bytes on their way")
    ask(parts, leaver)
    entries = chained(parts, leaver)
    time.now = NOW + GRACE
    assert deleting.delete_due(parts) > 20
    assert rows(migrated_database_url, leaver.tenant_id).keys() == deleting.KEPT
    assert rows(migrated_database_url, neighbour.tenant_id) == before
    assert chained(parts, leaver) == entries + 1
    with leaver.session() as session:
        assert parts.vault.get(session, tenant_of(session, leaver), "something") is None
        with pytest.raises(SealBroken):
            TenantSeal(session, leaver.tenant_id, parts.vault).open(sealed)
        (departure,) = session.scalars(select(Departure)).all()
        assert departure.rows > 20
        assert departure.people is None
    with ScopedSession(parts.engines) as session:
        assert session.scalars(select(User.email)).all() == [BOTH], "who belongs elsewhere stays"
        assert tenant_of(session, leaver).name == "Deleted company"
    assert knock(parts, leaver) == NoWork(CLOSED_AGAIN, HEARD)
    assert deleting.delete_due(parts) == 0
    assert letters(parts)[-2:] == [
        (ANN, "Paperworks paperworks is deleted in Dray"), (BOTH, "Paperworks paperworks is deleted in Dray"),
    ]  # fmt: skip
    back_up(migrated_database_url, tmp_path / "after.dray", at=time.now)
    with Reader(tmp_path / "after.dray") as archive:
        archive.verify()
    neighbour.post(neighbour.invoice("9"))
    time.now += deleting.KEPT_AFTER
    assert deleting.delete_due(parts) > 0
    assert rows(migrated_database_url, leaver.tenant_id) == {}


def test_a_deletion_that_dies_in_the_middle_is_gone_on_with(
    parts: Dray, leaver: Company, time: Time, migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(parts, leaver)
    time.now = NOW + GRACE
    whole, done = deleting._delete_some, []

    def dies(engine: Any, table: Any, tenant_id: int) -> int:
        done.append(table.name)
        if len(done) == 12:
            raise OSError("the machine stopped")
        return whole(engine, table, tenant_id)

    monkeypatch.setattr(deleting, "_delete_some", dies)
    with pytest.raises(OSError, match="stopped"):
        deleting.delete_due(parts)
    assert deleting.overdue(parts) == 1
    monkeypatch.setattr(deleting, "_delete_some", whole)
    deleting.delete_due(parts)
    assert rows(migrated_database_url, leaver.tenant_id).keys() == deleting.KEPT


def test_the_locks_are_back_when_a_company_is_gone(parts: Dray, leaver: Company, time: Time) -> None:
    neighbour = furnished(parts, "stonemill", BOTH)
    ask(parts, leaver)
    time.now = NOW + GRACE
    deleting.delete_due(parts)
    with neighbour.session() as session, pytest.raises(DBAPIError, match="takes no change"):
        session.execute(update(Invoice).where(Invoice.number == "4").values(memo="changed"))


def written(parts: Dray, shop: Company) -> zipfile.ZipFile:
    """The export of a company, as it is downloaded."""
    with shop.session() as session:
        export_id = exporting.begin(session, at=NOW, actor=ANN).id
        session.commit()
    while exporting.go_on_everywhere(parts):
        pass
    content = b"".join(exporting.stream(parts.engines, shop.tenant_id, export_id))
    return zipfile.ZipFile(io.BytesIO(content))


def test_an_export_holds_everything_with_the_ids_of_the_books(
    parts: Dray, leaver: Company, neighbour: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PIECE", 2)
    archive = written(parts, leaver)
    assert archive.testzip() is None
    names = archive.namelist()
    parted = sorted(name for name in names if name.startswith("invoices-"))
    found = [row for name in parted for row in csv.DictReader(io.StringIO(archive.read(name).decode()))]
    assert len(parted) == 3
    assert len(found) == 15, "five invoices of three lines"
    assert {row["number"] for row in found} == {"1", "2", "3", "4", "5"}
    (books_id,) = {row["books_id"] for row in found if row["number"] == "4"}
    assert books_id.startswith("B")
    customers = "".join(archive.read(name).decode() for name in names if name.startswith("customers-"))
    assert "'=Part" in customers, "a cell that begins like a formula is a text"
    everything = b"".join(map(archive.read, names))
    with neighbour.session() as session:
        theirs = session.scalars(select(Customer.public_id)).all()
    assert not any(public_id.encode() in everything for public_id in theirs)
    assert b"of paperworks" not in everything
    postings = [
        json.loads(line) for name in names if "data/postings" in name for line in archive.read(name).splitlines()
    ]
    assert {row["document"]["number"] for row in postings} == {"4", "5"}
    with leaver.session() as session:
        (row,) = session.scalars(select(Export)).all()
        assert (row.done, row.ready_at is not None) == (row.total, True)
        assert exporting.begin(session, at=NOW, actor=ANN).id != row.id


def test_an_export_is_dropped_after_a_week(parts: Dray, leaver: Company) -> None:
    written(parts, leaver)
    with leaver.session() as session:
        assert exporting.forget_old(session, at=NOW + dt.timedelta(days=6)) == 0
        assert exporting.forget_old(session, at=NOW + exporting.KEPT) > 0
        assert session.scalars(select(Export)).all() == []


def test_every_table_of_a_company_is_exported_or_left_out_with_a_reason() -> None:
    owned = {table.name for table in METADATA.sorted_tables if table.info.get("tenant_owned")}
    assert lists.LEFT_OUT.keys() <= owned
    assert {table.name for table in lists.tables()} == owned - lists.LEFT_OUT.keys()
    assert ApiToken.__tablename__ not in owned
