"""A backup holds everything, goes back whole or not at all, and what was forgotten by it is never posted twice."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection as Link
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from dray.backup import aftermath, making, restoring
from dray.backup.archive import ArchiveBroken, Reader, kind_of, type_of
from dray.backup.making import NotMade, back_up
from dray.backup.models import Backup
from dray.backup.restoring import NotRestored, restore
from dray.billing import deciding
from dray.billing.locks import LOCKS
from dray.billing.models import BookState, Customer, Invoice, InvoiceLine, Posting, Receipt, StateCount
from dray.connections.models import Connection, ConnectionStatus
from dray.migrations import newest
from dray.migrations.tables import METADATA
from dray.sync.models import SyncBatch
from dray_sdk import Answer, Failure, Request
from dray_tenants import audit
from dray_tenants.database import Engines, make_engine
from dray_tenants.models import AuditEntry, WebSession
from dray_tenants.row_security import act_as_owner, unprotected_tables
from tests.ground.databases import MigratedTemplate
from tests.platform.sync.office import Office

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
Ask = Callable[[], Answer | Failure]


@pytest.fixture
def office(engines: Engines) -> Office:
    return Office(engines)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "night.dray"


def sent(office: Office, count: int, name: str = "Bramble Creek Builders") -> list[str]:
    customer = office.customer(name)
    ids = [office.invoice(customer) for _ in range(count)]
    office.send(ids)
    return ids


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as its owner sees them."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                act_as_owner(connection)
            return {
                table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
                for table in METADATA.sorted_tables
                if table.name != "backups"
            }
    finally:
        engine.dispose()


def put_back(url: str, file: Path) -> None:
    restore(url, file, at=NOW, replace=True)


def until_all_has_landed(office: Office) -> None:
    """What a computer took before the restore cannot arrive any more."""
    office.now = max(office.now, NOW) + dt.timedelta(minutes=30)


@pytest.fixture
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore that doubts nothing, so that what was written can be compared with what is read."""
    monkeypatch.setattr(aftermath, "settle", lambda *_, **__: None)


def test_every_column_of_every_table_has_a_kind_that_reads_back_as_itself() -> None:
    for table in METADATA.sorted_tables:
        for column in table.columns:
            assert kind_of(type_of(kind_of(column.type))) == kind_of(column.type)


def test_everything_comes_back_exactly(office: Office, migrated_database_url: str, file: Path, as_it_was: None) -> None:
    sent(office, 3)
    office.run()
    sent(office, 2, "Elm Street Deli")
    before = everything(migrated_database_url)
    manifest = back_up(migrated_database_url, file, at=NOW)
    assert manifest.rows == sum(map(len, before.values()))
    sent(office, 1, "Another")
    office.run()
    assert everything(migrated_database_url) != before
    put_back(migrated_database_url, file)
    assert everything(migrated_database_url) == before


def test_a_child_that_was_made_before_its_parent_comes_back(
    office: Office, migrated_database_url: str, file: Path, as_it_was: None
) -> None:
    child = office.customer("North Yard")
    parent = office.customer("Bramble Creek Builders")
    with office.session() as session:
        rows = {row.public_id: row for row in session.scalars(select(Customer))}
        rows[child].parent_id = rows[parent].id
        session.commit()
    back_up(migrated_database_url, file, at=NOW)
    put_back(migrated_database_url, file)
    with office.session() as session:
        found = session.scalars(select(Customer).where(Customer.public_id == child)).one()
        assert found.parent_id is not None


def test_one_engines_backup_goes_into_the_other(
    office: Office,
    migrated_database_url: str,
    file: Path,
    as_it_was: None,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    sent(office, 2)
    office.run()
    before = everything(migrated_database_url)
    back_up(migrated_database_url, file, at=NOW)
    if migrated_database_url.startswith("sqlite"):
        with request.getfixturevalue("postgres").database() as other:
            restore(other, file, at=NOW)
            assert everything(other) == before
    else:
        other = f"sqlite:///{tmp_path / 'other.db'}"
        restore(other, file, at=NOW)
        assert everything(other) == before


def test_a_database_that_was_put_back_is_locked_and_guarded_as_before(
    office: Office, migrated_database_url: str, file: Path
) -> None:
    sent(office, 1)
    office.run()
    back_up(migrated_database_url, file, at=NOW)
    put_back(migrated_database_url, file)
    engine = make_engine(migrated_database_url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                assert unprotected_tables(connection, METADATA) == []
            locks = _locks(connection)
        assert locks == len(LOCKS)
    finally:
        engine.dispose()
    office.run()
    sent(office, 1, "Elm Street Deli")
    office.run()
    assert set(office.states().values()) == {"synced"}
    with office.session() as session:
        locked = session.scalars(select(Invoice)).all()[0]
        locked.memo = "changed"
        with pytest.raises(DBAPIError, match="dray: locked"):
            session.flush()
        session.rollback()


def _locks(connection: Link) -> int:
    if connection.dialect.name == "sqlite":
        statement = "select count(*) from sqlite_master where type = 'trigger' and name like 'lock%'"
    else:
        statement = "select count(*) from pg_trigger where tgname like 'lock%'"
    return int(connection.execute(text(statement)).scalar_one())


def test_a_damaged_or_cut_archive_touches_nothing(office: Office, migrated_database_url: str, file: Path) -> None:
    sent(office, 2)
    back_up(migrated_database_url, file, at=NOW)
    before = everything(migrated_database_url)
    content = file.read_bytes()
    for damaged in (content[: len(content) // 2], b"", b"not an archive", _changed(file)):
        bad = file.with_name("bad.dray")
        bad.write_bytes(damaged)
        with pytest.raises(ArchiveBroken):
            put_back(migrated_database_url, bad)
        assert everything(migrated_database_url) == before


def _changed(file: Path) -> bytes:
    """A whole ZIP, in which one amount is another."""
    other = file.with_name("changed.dray")
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(name, body.replace(b"42500", b"42600") if name == "tables/invoices.jsonl" else body)
    return other.read_bytes()


def test_a_restore_that_breaks_in_the_middle_leaves_everything_as_it_was(
    office: Office, migrated_database_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(office, 2)
    back_up(migrated_database_url, file, at=NOW)
    office.run()
    before = everything(migrated_database_url)

    def crash(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(aftermath, "settle", crash)
    with pytest.raises(SystemExit):
        put_back(migrated_database_url, file)
    assert everything(migrated_database_url) == before


def test_a_database_with_something_in_it_is_replaced_only_when_asked(
    office: Office, migrated_database_url: str, file: Path
) -> None:
    sent(office, 1)
    back_up(migrated_database_url, file, at=NOW)
    before = everything(migrated_database_url)
    with pytest.raises(NotRestored, match="not empty"):
        restore(migrated_database_url, file, at=NOW)
    assert everything(migrated_database_url) == before


def test_a_newer_backup_is_refused(
    office: Office, migrated_database_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(migrated_database_url, file, at=NOW)
    monkeypatch.setattr(restoring, "newest", lambda: "0000")
    with pytest.raises(NotRestored, match="newer release"):
        put_back(migrated_database_url, file)


def test_a_backup_replaces_no_file_and_leaves_none_behind_when_it_breaks(
    office: Office, migrated_database_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("precious")
    with pytest.raises(NotMade, match="is there already"):
        back_up(migrated_database_url, file, at=NOW)
    assert file.read_text() == "precious"

    def crash(*_: object) -> Iterator[tuple[object, ...]]:
        raise SystemExit

    monkeypatch.setattr(making, "_rows", crash)
    folder = file.parent / "empty"
    folder.mkdir()
    with pytest.raises(SystemExit):
        back_up(migrated_database_url, folder / "x.dray", at=NOW)
    assert list(folder.iterdir()) == []
    with pytest.raises(NotMade, match="cannot be written"):
        back_up(migrated_database_url, folder / "missing" / "x.dray", at=NOW)


def test_a_backup_is_one_moment_while_people_work(
    office: Office, migrated_database_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two tables somebody sends: the backup knows either all of it or nothing."""
    sent(office, 1)
    real = making._rows
    seen: list[bool] = []

    def rows(connection: Link, table: object) -> Iterator[tuple[object, ...]]:
        if str(table) == "postings" and not seen:
            seen.append(True)
            sent(office, 2, "Elm Street Deli")
        yield from real(connection, table)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "_rows", rows)
    back_up(migrated_database_url, file, at=NOW)
    with Reader(file) as reader:
        counts = {table.name: table.rows for table in reader.manifest.tables}
    assert (counts["invoices"], counts["postings"], counts["invoice_lines"]) == (1, 1, 1)
    with office.session() as session:
        assert session.scalar(select(func.count()).select_from(Posting)) == 3


def test_the_archive_is_for_its_owner_alone_and_that_it_was_made_is_noted(
    office: Office, migrated_database_url: str, file: Path
) -> None:
    back_up(migrated_database_url, file, at=NOW)
    assert file.stat().st_mode & 0o077 == 0
    with office.session() as session:
        (row,) = session.scalars(select(Backup)).all()
    assert (row.made_at, row.file, row.revision, row.bytes) == (NOW, str(file), newest(), file.stat().st_size)
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("manifest.json"))["dray_backup"] == 1


# ---- what the books remember and the database forgot


def test_what_was_sent_after_the_backup_is_shown_as_there_and_never_posted_twice(
    office: Office, migrated_database_url: str, file: Path
) -> None:
    waiting = sent(office, 3)
    deli = office.customer("Elm Street Deli")
    drafts = [office.invoice(deli) for _ in range(2)]
    back_up(migrated_database_url, file, at=NOW)
    office.send(drafts)
    office.run()
    office.run()
    assert len(office.books()) == 5
    put_back(migrated_database_url, file)
    assert sorted(office.states().values()) == ["draft", "draft", "pending_sync", "pending_sync", "pending_sync"]
    until_all_has_landed(office)
    office.send(drafts)
    office.run()
    office.run()
    assert len(office.books()) == 5
    assert set(office.states().values()) == {"needs_attention"}
    with office.session() as session:
        assert set(session.scalars(select(BookState.kind))) == {"already_there"}
        for public_id in (*waiting, *drafts):
            problem = (session.scalars(select(Invoice.problems).where(Invoice.public_id == public_id)).one() or [{}])[0]
            assert (problem["code"], problem["fix"]["action"]) == ("already_there", "it_is_already_there")
            connection = session.scalars(select(Connection)).one()
            result = deciding.it_is_already_there(
                session, public_id, {"books_id": problem["fix"]["value"]}, connection=connection,
                judge=lambda document: (), actor="ann", at=office.now,
            )  # fmt: skip
            assert result.done
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert len(office.books()) == 5
    with office.session() as session:
        assert session.scalars(select(BookState)).all() == []
        assert len(session.scalars(select(Receipt)).all()) == 5


def test_what_somebody_said_to_post_anyway_is_looked_for_again(
    office: Office, migrated_database_url: str, file: Path
) -> None:
    """Posting anyway was said before the backup, and done after it."""
    sent(office, 1)
    with office.session() as session:
        session.scalars(select(Posting)).one().anyway = True
        session.commit()
    back_up(migrated_database_url, file, at=NOW)
    office.run()
    put_back(migrated_database_url, file)
    until_all_has_landed(office)
    office.run()
    assert len(office.books()) == 1
    assert office.states() == {"1001": "needs_attention"}


@pytest.mark.parametrize("arrived", [True, False])
def test_what_was_on_its_way_is_in_doubt_and_settled(
    office: Office, migrated_database_url: str, file: Path, arrived: bool
) -> None:
    sent(office, 1)

    def lose(request: Request, ask: Ask) -> Answer | Failure | None:
        if b"<InvoiceAddRq" not in request.body:
            return ask()
        if arrived:
            ask()
        back_up(migrated_database_url, file, at=NOW)
        return None

    office.run(around=lose)
    put_back(migrated_database_url, file)
    assert office.states() == {"1001": "checking"}
    with office.session() as session:
        counts = dict(session.execute(select(StateCount.state, StateCount.invoices)).all())
        assert {state: count for state, count in counts.items() if count} == {"checking": 1}
        assert (
            session.scalars(select(SyncBatch.state).where(SyncBatch.writes > 0).order_by(SyncBatch.id)).all()[-1]
            == "lost"
        )
    until_all_has_landed(office)
    for _ in range(3):
        office.run()
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1


def test_nothing_leaves_until_what_the_database_forgot_can_no_longer_arrive(
    office: Office, migrated_database_url: str, file: Path
) -> None:
    """A computer took the invoice after the backup, and is held up. The restored database knows nothing of it."""
    sent(office, 1)
    back_up(migrated_database_url, file, at=NOW)
    held: list[tuple[str, bytes]] = []

    def hold(request: Request, ask: Ask) -> Answer | Failure | None:
        if b"<InvoiceAddRq" not in request.body:
            return ask()
        held.append((office.ticket, request.body))
        return None

    office.run(around=hold, machine="BACK-OFFICE")
    restored_at = office.now
    restore(migrated_database_url, file, at=restored_at, replace=True)
    office.run()
    office.run()
    assert office.books() == []
    ticket = office.open()
    assert ticket is not None
    office.introduce(ticket)
    assert office.desk().next(ticket) is not None
    office.desk().close(ticket)
    ((late, body),) = held
    answer = office.ask(body)
    assert office.desk().receive(late, answer) == -1
    assert len(office.books()) == 1
    office.now = restored_at + dt.timedelta(minutes=30)
    for _ in range(3):
        office.run()
    assert len(office.books()) == 1
    assert office.states() == {"1001": "needs_attention"}


def test_connections_say_that_they_were_put_back_and_are_due(
    office: Office, migrated_database_url: str, file: Path
) -> None:
    sent(office, 1)
    office.run()
    back_up(migrated_database_url, file, at=NOW)
    put_back(migrated_database_url, file)
    with office.session() as session:
        assert session.scalars(select(Connection.restored_at)).one() == NOW
        assert session.scalars(select(ConnectionStatus.due_at)).one() == NOW
        assert session.scalars(select(WebSession)).all() == []
        assert session.scalars(select(AuditEntry.action)).all()[-1] == "database.restored"
        audit.seal(session, office.tenant_id)
        assert audit.verify(session, office.tenant_id) is None


def test_a_conversation_of_before_the_restore_is_over(office: Office, migrated_database_url: str, file: Path) -> None:
    sent(office, 1)
    ticket = office.open()
    assert ticket is not None
    office.introduce(ticket)
    back_up(migrated_database_url, file, at=NOW)
    put_back(migrated_database_url, file)
    assert office.desk().next(ticket) is None
    assert office.desk().receive(ticket, Failure("0x80040402", "late")) == -1


def test_a_backup_goes_into_a_database_that_was_never_migrated(
    office: Office, migrated_database_url: str, file: Path, tmp_path: Path
) -> None:
    sent(office, 1)
    back_up(migrated_database_url, file, at=NOW)
    other = f"sqlite:///{tmp_path / 'fresh.db'}"
    assert restore(other, file, at=NOW).rows > 0
    engine = make_engine(other)
    try:
        with engine.begin() as connection:
            assert set(inspect(connection).get_table_names()) >= set(METADATA.tables)
            assert connection.scalar(select(func.count()).select_from(InvoiceLine.__table__)) == 1
    finally:
        engine.dispose()


def test_a_database_of_another_release_is_not_backed_up(
    migrated_template: MigratedTemplate, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "x.db")
    monkeypatch.setattr(making, "newest", lambda: "9999")
    with pytest.raises(NotMade, match="run `dray migrate`"):
        back_up(f"sqlite:///{tmp_path / 'x.db'}", file, at=NOW)
    assert not file.exists()
