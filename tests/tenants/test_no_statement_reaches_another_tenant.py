"""Every door of a session is tried with another tenant's rows, on both engines."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Executable,
    Integer,
    Select,
    Table,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
    union,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import (
    Bundle,
    DeclarativeBase,
    aliased,
    column_property,
    configure_mappers,
    joinedload,
    selectinload,
    subqueryload,
    undefer,
)

from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession, TenantOwned, Unscoped, WrongTenant
from tests.tenants.warehouse import BLUE, RED, Parcel, Warehouse, visits

parcels: Any = Parcel.__table__
Other = aliased(Parcel)
Wrapped = aliased(Parcel, select(Parcel).subquery())
in_a_cte = select(Parcel).cte("chosen")

READS: dict[str, Executable] = {
    "entity": select(Parcel.label),
    "whole entity": select(Parcel).with_only_columns(Parcel.label),
    "alias": select(Other.label),
    "alias of a subquery": select(Wrapped.label),
    "subquery": select(select(Parcel).subquery().c.label),
    "common table expression": select(in_a_cte.c.label),
    "join": select(Parcel.label).join(Parcel.warehouse),
    "join the other way": select(Parcel.label).select_from(Warehouse).join(Warehouse.parcels),
    "outer join": select(Parcel.label).outerjoin(Warehouse, Warehouse.id == Parcel.warehouse_id),
    "named in WHERE alone": select(Parcel.label).where(Parcel.warehouse_id == Warehouse.id),
    "exists": select(Parcel.label).where(exists().where(Warehouse.id == Parcel.warehouse_id)),
    "has": select(Parcel.label).where(Parcel.warehouse.has(Warehouse.name != "")),
    "union": union(select(Parcel.label), select(Other.label)),
    "group": select(Parcel.label).group_by(Parcel.label).having(func.count(Parcel.id) > 0),
    "in": select(Parcel.label).where(Parcel.warehouse_id.in_(select(Warehouse.id))),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_read_gives_the_rows_of_the_tenant_in_scope(session: ScopedSession, read: Executable) -> None:
    with session.tenant(RED):
        assert sorted(session.scalars(read)) == ["r1", "r2"]
    with session.tenant(BLUE):
        assert sorted(session.scalars(read)) == ["b1"]
    with session.tenant(RED):
        assert sorted(session.scalars(read)) == ["r1", "r2"]


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_read_without_a_scope_raises(session: ScopedSession, read: Executable) -> None:
    with pytest.raises(Unscoped):
        session.scalars(read)


def test_a_bundle_is_scoped(session: ScopedSession) -> None:
    chosen: Select[Any] = select(Bundle("b", Parcel.label))
    with session.tenant(BLUE):
        assert [tuple(row) for row in session.scalars(chosen)] == [("b1",)]


def test_a_count_inside_another_read_is_scoped(session: ScopedSession) -> None:
    counted = select(func.count()).select_from(select(Parcel).subquery())
    inner = select(func.count(Parcel.id)).scalar_subquery()
    with session.tenant(BLUE):
        assert session.scalar(counted) == 1
        assert session.scalar(select(Warehouse.id.is_not(None), inner).with_only_columns(inner)) == 1
        assert session.scalar(select(literal(1)).where(exists(select(Parcel.id).where(Parcel.label == "r1")))) is None


def test_a_parcel_cannot_be_joined_to_another_tenants_warehouse(session: ScopedSession) -> None:
    with session.tenant(BLUE):
        pairs = session.execute(select(Parcel.label, Warehouse.name).join(Warehouse, Warehouse.name != "")).all()
    assert [tuple(pair) for pair in pairs] == [("b1", "of 2")]


REFUSED: dict[str, Callable[[], Executable]] = {
    "bare table": lambda: select(parcels),
    "bare table beside a class": lambda: select(Warehouse).where(Warehouse.id == parcels.c.warehouse_id),
    "bare table in a subquery": lambda: select(Warehouse).where(Warehouse.id.in_(select(parcels.c.warehouse_id))),
    "bare column in a subquery": lambda: select(Warehouse, select(parcels.c.label).limit(1).scalar_subquery()),
    "bare table joined": lambda: select(Warehouse).join(parcels, parcels.c.warehouse_id == Warehouse.id),
    "alias of a bare table": lambda: select(Parcel.id).where(Parcel.id == parcels.alias("a").c.id),
    "bare column beside an alias of its class": lambda: select(Other.id, parcels.c.label),
    "bare table in a common table expression": lambda: select(select(parcels).cte("c").c.label),
    "bare table exists": lambda: select(literal(1)).where(exists(select(parcels.c.id))),
    "bare union": lambda: union(select(parcels.c.id), select(parcels.c.id)),
    "bare update": lambda: update(parcels).values(label="x"),
    "bare delete": lambda: delete(parcels),
    "bare insert": lambda: insert(parcels).values(tenant_id=BLUE, label="x"),
    "class read by a bare write": lambda: insert(visits).from_select(["note"], select(Parcel.label)),
    "class read by a bare update": lambda: update(visits).values(note=select(Parcel.label).limit(1).scalar_subquery()),
    "table by written name": lambda: select(literal_column("label")).select_from(table("parcels")),
    "text": lambda: text("select label from parcels"),
    "text with columns": lambda: text("select label from parcels").columns(Parcel.label),
    "class from text": lambda: select(Parcel).from_statement(text("select * from parcels")),
    "text fragment": lambda: select(Warehouse.id).where(text("1 = 1")),
    "literal column": lambda: select(Warehouse.id, literal_column("(select max(label) from parcels)")),
    "class from a write": lambda: select(Parcel).from_statement(update(Parcel).values(label="x").returning(Parcel)),
    "write in a common table expression": lambda: select(
        update(Parcel).values(label="x").returning(Parcel.id).cte().c.id
    ),
    "write beside a read": lambda: select(Warehouse.id).add_cte(delete(Parcel).cte()),
    "written suffix": lambda: select(Parcel.label).suffix_with("union select label from parcels"),
    "written prefix": lambda: insert(Parcel).prefix_with("OR REPLACE").values(id=1, label="x"),
    "joined update": lambda: update(Parcel).values(label="x").where(Parcel.warehouse_id == Warehouse.id),
    "joined delete": lambda: delete(Parcel).where(Parcel.warehouse_id == Warehouse.id),
    "written common table expression": lambda: select(select(parcels.c.id).cte("a").alias("b").c.id),
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("scope", [RED, None], ids=["in a scope", "without one"])
def test_what_cannot_be_scoped_is_refused(
    session: ScopedSession, statement: Callable[[], Executable], scope: int | None
) -> None:
    if scope is None:
        with pytest.raises(Unscoped):
            session.execute(statement())
        return
    with session.tenant(scope), pytest.raises(Unscoped):
        session.execute(statement())


def test_a_class_and_its_bare_table_are_told_apart_when_sql_is_cached(session: ScopedSession) -> None:
    def reading(label: Any) -> Executable:
        return select(Warehouse.id).where(exists().where(label == "r1"))

    with session.tenant(RED):
        for _ in range(2):
            assert len(session.scalars(reading(Parcel.label)).all()) == 1
            with pytest.raises(Unscoped):
                session.scalars(reading(parcels.c.label))


def test_an_expression_mapped_as_a_column_is_scoped_or_refused(session: ScopedSession) -> None:
    class Yards(DeclarativeBase):
        pass

    class Yard(TenantOwned, Yards):
        __table__ = Table(
            "warehouses",
            Yards.metadata,
            *(Column(c.name, c.type, primary_key=c.primary_key) for c in Warehouse.__table__.c),
        )
        held = column_property(
            select(func.count(Parcel.id))
            .where(Parcel.warehouse_id != __table__.c.id * 0)
            .correlate(__table__)
            .scalar_subquery()
        )

    with session.tenant(BLUE):
        assert session.scalars(select(Yard)).one().held == 1

    class Lot(TenantOwned, Yards):
        __table__ = Table("lots", Yards.metadata, Column("id", Integer, primary_key=True), Column("tenant_id", Integer))
        held = column_property(select(func.count(parcels.c.id)).scalar_subquery())

    try:
        with pytest.raises(Unscoped, match=r"Lot\.held reads parcels"):
            configure_mappers()
    finally:
        Yards.registry.dispose()


def test_text_runs_where_the_caller_says_why(session: ScopedSession) -> None:
    assert session.scalar(text("select 1").execution_options(unscoped_sql="a test of the option")) == 1
    assert session.connection(execution_options={"unscoped_sql": "a test"}).scalar(text("select 1")) == 1
    with pytest.raises(Unscoped):
        session.connection()


def test_directory_tables_need_no_scope(session: ScopedSession) -> None:
    session.execute(insert(visits).values(note="x"))
    assert session.scalars(select(visits.c.note)).all() == ["x"]


def labels(session: ScopedSession) -> dict[int, list[str]]:
    with session.every_tenant("to see what the test did"):
        rows = session.execute(select(Parcel.tenant_id, Parcel.label).order_by(Parcel.label)).all()
    return {tenant: [label for owner, label in rows if owner == tenant] for tenant in (RED, BLUE)}


@pytest.mark.parametrize("sync", ["auto", "fetch", False])
def test_an_update_changes_the_rows_of_the_tenant_in_scope(session: ScopedSession, sync: Any) -> None:
    changed = update(Parcel).values(label=Parcel.label + "!").execution_options(synchronize_session=sync)
    with session.tenant(RED):
        session.execute(changed)
    assert labels(session) == {RED: ["r1!", "r2!"], BLUE: ["b1"]}
    with session.tenant(BLUE):
        session.execute(changed)
    assert labels(session) == {RED: ["r1!", "r2!"], BLUE: ["b1!"]}


def test_an_update_reads_only_the_tenants_rows_in_its_subqueries(session: ScopedSession) -> None:
    latest = select(func.min(Other.label)).scalar_subquery()
    with session.tenant(RED):
        session.execute(update(Parcel).values(label=latest + "-" + Parcel.label))
    assert labels(session) == {RED: ["r1-r1", "r1-r2"], BLUE: ["b1"]}


def test_a_delete_removes_the_rows_of_the_tenant_in_scope(session: ScopedSession) -> None:
    with session.tenant(RED):
        session.execute(delete(Parcel).where(Parcel.label != ""))
    assert labels(session) == {RED: [], BLUE: ["b1"]}


@pytest.mark.parametrize("write", [update(Parcel).values(label="x"), delete(Parcel), insert(Parcel).values(label="x")])
def test_a_write_needs_one_tenant(session: ScopedSession, write: Executable) -> None:
    with pytest.raises(Unscoped):
        session.execute(write)
    with session.every_tenant("a test"), pytest.raises(Unscoped):
        session.execute(write)


def test_a_row_cannot_be_moved_to_another_tenant(session: ScopedSession) -> None:
    with session.tenant(RED):
        for value in (BLUE, Parcel.tenant_id + 1):
            with pytest.raises(WrongTenant):
                session.execute(update(Parcel).values(tenant_id=value))
        parcel = session.scalars(select(Parcel)).first()
        assert parcel is not None
        parcel.tenant_id = BLUE
        with pytest.raises(WrongTenant):
            session.flush()
        session.rollback()


def test_an_update_by_a_list_of_keys_is_refused(session: ScopedSession) -> None:
    with session.tenant(RED), pytest.raises(Unscoped):
        session.execute(update(Parcel), [{"id": 3, "label": "x"}])


ROWS: dict[str, Callable[[dict[str, Any]], tuple[Executable, Any]]] = {
    "values": lambda row: (insert(Parcel).values(**row), None),
    "parameters": lambda row: (insert(Parcel), row),
    "rows": lambda row: (insert(Parcel), [row, {**row, "label": "second"}]),
    "rows with values": lambda row: (insert(Parcel).values(warehouse_id=None), [row]),
    "values of attributes": lambda row: (insert(Parcel).values({getattr(Parcel, k): v for k, v in row.items()}), None),
    "returning": lambda row: (insert(Parcel).returning(Parcel.id), [row]),
}


@pytest.mark.parametrize("statement", ROWS.values(), ids=ROWS.keys())
def test_an_insert_gets_the_tenant_in_scope(session: ScopedSession, statement: Any) -> None:
    with session.tenant(BLUE):
        session.execute(*statement({"label": "new"}))
    found = labels(session)
    assert "new" in found[BLUE]
    assert found[RED] == ["r1", "r2"]


@pytest.mark.parametrize("statement", ROWS.values(), ids=ROWS.keys())
def test_an_insert_that_names_another_tenant_is_refused(session: ScopedSession, statement: Any) -> None:
    with session.tenant(BLUE), pytest.raises(WrongTenant):
        session.execute(*statement({"label": "new", "tenant_id": RED}))
    assert labels(session) == {RED: ["r1", "r2"], BLUE: ["b1"]}


def test_many_rows_of_values_name_their_tenant(session: ScopedSession) -> None:
    with session.tenant(BLUE):
        session.execute(insert(Parcel).values([{"label": "b2", "tenant_id": BLUE}, {"label": "b3", "tenant_id": BLUE}]))
        for tenant in ({}, {"tenant_id": RED}):
            with pytest.raises(WrongTenant):
                session.execute(insert(Parcel).values([{"label": "b4", "tenant_id": BLUE}, {"label": "b5", **tenant}]))
    assert labels(session) == {RED: ["r1", "r2"], BLUE: ["b1", "b2", "b3"]}


def test_an_insert_from_a_select_copies_the_tenants_rows(session: ScopedSession) -> None:
    copies = select(Parcel.tenant_id, Parcel.label + "+")
    with session.tenant(RED):
        session.execute(insert(Parcel).from_select(["tenant_id", "label"], copies))
        session.execute(
            insert(Parcel).from_select(["tenant_id", "label"], select(literal(RED), Parcel.label + "*").limit(1))
        )
        for foreign in (select(literal(BLUE), Parcel.label), select(Parcel.tenant_id + 1, Parcel.label)):
            with pytest.raises(WrongTenant):
                session.execute(insert(Parcel).from_select(["tenant_id", "label"], foreign))
        with pytest.raises(WrongTenant):
            session.execute(insert(Parcel).from_select(["label"], select(Parcel.label)))
    assert labels(session)[BLUE] == ["b1"]
    assert len(labels(session)[RED]) == 5


def test_an_upsert_cannot_meet_another_tenants_row(session: ScopedSession) -> None:
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    upsert = dialect.insert(Parcel)
    with session.tenant(BLUE):
        with pytest.raises(WrongTenant):
            session.execute(
                upsert.on_conflict_do_update(index_elements=["id"], set_={"label": "x"}), [{"id": 1, "label": "y"}]
            )
        for label in ("b1", "r1"):
            session.execute(
                upsert.on_conflict_do_update(
                    index_elements=["tenant_id", "label"], set_={"label": upsert.excluded.label + "!"}
                ),
                [{"label": label}],
            )
    assert labels(session) == {RED: ["r1", "r2"], BLUE: ["b1!", "r1"]}


def test_objects_get_the_tenant_in_scope_when_they_are_written(session: ScopedSession) -> None:
    with session.tenant(BLUE):
        parcel = Parcel(label="b2")
        session.add_all([parcel, Parcel(label="b3")])
        session.flush()
        assert parcel.tenant_id == BLUE
        session.add(Parcel(label="r3", tenant_id=RED))
        with pytest.raises(WrongTenant):
            session.flush()
        session.rollback()
    session.add(Parcel(label="nobody's"))
    with pytest.raises(Unscoped):
        session.flush()


def test_the_bulk_methods_are_refused(session: ScopedSession) -> None:
    with session.tenant(BLUE):
        for bulk in (session.bulk_save_objects, session.bulk_insert_mappings, session.bulk_update_mappings):
            with pytest.raises(Unscoped):
                bulk(Parcel, [{"label": "x", "tenant_id": RED}])


def test_a_reference_to_another_tenants_row_cannot_be_stored(session: ScopedSession) -> None:
    with session.every_tenant("a test"):
        theirs = session.scalars(select(Warehouse.id).where(Warehouse.tenant_id == RED)).one()
    with session.tenant(BLUE):
        session.add(Parcel(label="b2", warehouse_id=theirs))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


# ---- what a session already holds --------------------------------------------------------------------------------


def red_parcel(session: ScopedSession) -> Parcel:
    with session.tenant(RED):
        return session.scalars(select(Parcel).where(Parcel.label == "r1")).one()


def test_get_does_not_find_what_the_session_holds_of_another_tenant(session: ScopedSession) -> None:
    held = red_parcel(session)
    with session.tenant(RED):
        assert session.get(Parcel, held.id) is held
    with session.tenant(BLUE):
        assert session.get(Parcel, held.id) is None
        assert session.get(Parcel, held.id, populate_existing=True) is None
        with pytest.raises(InvalidRequestError):
            session.get_one(Parcel, held.id)
    with pytest.raises(Unscoped):
        session.get(Parcel, held.id)
    with session.every_tenant("a test"):
        assert session.get(Parcel, held.id) is held


def test_an_object_of_another_tenant_cannot_be_refreshed(session: ScopedSession) -> None:
    held = red_parcel(session)
    with session.tenant(BLUE), pytest.raises((InvalidRequestError, WrongTenant)):
        session.refresh(held)
    session.expire(held)
    with session.tenant(BLUE), pytest.raises((InvalidRequestError, WrongTenant)):
        _ = held.label
    session.expire(held)
    with pytest.raises(Unscoped):
        _ = held.label


def test_a_relationship_of_another_tenants_object_is_not_read(session: ScopedSession) -> None:
    held = red_parcel(session)
    with session.tenant(BLUE), pytest.raises(WrongTenant):
        _ = held.warehouse
    with pytest.raises(Unscoped):
        _ = held.warehouse
    with session.tenant(RED):
        assert held.warehouse is not None
        house = held.warehouse
        session.expire(house, ["parcels"])
    with session.tenant(BLUE), pytest.raises(WrongTenant):
        _ = house.parcels


def test_an_object_of_another_tenant_cannot_be_written(session: ScopedSession) -> None:
    held = red_parcel(session)
    with session.tenant(BLUE):
        held.label = "taken"
        with pytest.raises(WrongTenant):
            session.flush()
        session.rollback()
    held = red_parcel(session)
    with session.tenant(BLUE):
        session.delete(held)
        with pytest.raises(WrongTenant):
            session.flush()
        session.rollback()
    assert labels(session) == {RED: ["r1", "r2"], BLUE: ["b1"]}


@pytest.mark.parametrize("forgotten", [["label"], ["tenant_id"], None], ids=["loaded", "tenant expired", "expired"])
def test_an_object_of_another_tenant_cannot_be_taken_over(session: ScopedSession, forgotten: list[str] | None) -> None:
    held = red_parcel(session)
    session.expire(held, forgotten)
    with session.tenant(BLUE), pytest.raises((WrongTenant, InvalidRequestError)):  # noqa: PT012
        held.tenant_id = BLUE
        held.warehouse_id = None
        session.flush()
    session.rollback()
    assert labels(session) == {RED: ["r1", "r2"], BLUE: ["b1"]}


def test_what_was_changed_in_a_scope_is_written_under_it(session: ScopedSession) -> None:
    with session.tenant(RED):
        parcel = session.scalars(select(Parcel).where(Parcel.label == "r1")).one()
        parcel.label = "changed"
        with session.tenant(BLUE):
            assert session.scalars(select(Parcel.label)).all() == ["b1"]
        parcel.label += "!"
    session.commit()
    assert labels(session)[RED] == ["changed!", "r2"]


def test_a_detached_object_of_another_tenant_cannot_be_merged_over(session: ScopedSession) -> None:
    held = red_parcel(session)
    session.expunge(held)
    held.label = "taken"
    with session.tenant(BLUE):
        session.merge(held)
        with pytest.raises((WrongTenant, IntegrityError)):
            session.flush()
        session.rollback()
    assert labels(session)[RED] == ["r1", "r2"]


@pytest.mark.parametrize("load", [joinedload, selectinload, subqueryload])
def test_relationships_load_the_tenants_rows_however_they_are_loaded(session: ScopedSession, load: Any) -> None:
    """Even where a row names another tenant's row, which the foreign key would otherwise refuse."""
    with session.tenant(RED):
        for _ in range(2):
            house = session.scalars(select(Warehouse).options(load(Warehouse.parcels))).unique().one()
            assert sorted(p.label for p in house.parcels) == ["r1", "r2"]
            session.expire_all()
            assert sorted(p.label for p in house.parcels) == ["r1", "r2"]
    session.expunge_all()
    with session.every_tenant("a test"):
        houses = session.scalars(select(Warehouse).options(load(Warehouse.parcels)).order_by(Warehouse.id)).unique()
        assert [sorted(p.label for p in h.parcels) for h in houses] == [["r1", "r2"], ["b1"]]


def test_every_tenant_reads_what_a_scope_has_loaded(session: ScopedSession) -> None:
    held = red_parcel(session)
    with session.every_tenant("a test"):
        assert held.warehouse is not None
        assert len(held.warehouse.parcels) == 2
        session.expire_all()
        assert held.label == "r1"


def test_options_of_a_statement_are_kept(session: ScopedSession) -> None:
    with session.tenant(RED):
        assert len(session.scalars(select(Parcel).options(undefer(Parcel.label))).all()) == 2
        assert session.scalars(select(Parcel).where(Parcel.label == "r1"), {"unused": 1}).one().label == "r1"


def test_query_is_scoped(session: ScopedSession) -> None:
    with session.tenant(BLUE):
        assert session.query(Parcel).count() == 1
        assert session.query(Parcel).update({"label": "x"}) == 1
        assert session.query(Parcel).delete() == 1
    assert labels(session) == {RED: ["r1", "r2"], BLUE: []}


# ---- scopes ------------------------------------------------------------------------------------------------------


def test_scopes_nest_and_come_back(session: ScopedSession) -> None:
    seen = select(Parcel.label).order_by(Parcel.label)
    with session.tenant(RED):
        with session.tenant(BLUE):
            assert session.scalars(seen).all() == ["b1"]
            with session.every_tenant("a test"):
                assert session.scalars(seen).all() == ["b1", "r1", "r2"]
            assert session.scalars(seen).all() == ["b1"]
        assert session.scalars(seen).all() == ["r1", "r2"]
        assert session.tenant_id == RED
    assert session.tenant_id is None


def test_the_scope_outlives_commit_rollback_and_savepoints(session: ScopedSession) -> None:
    seen = select(Parcel.label).order_by(Parcel.label)
    with session.tenant(RED):
        session.commit()
        assert session.scalars(seen).all() == ["r1", "r2"]
        session.rollback()
        assert session.scalars(seen).all() == ["r1", "r2"]
        savepoint = session.begin_nested()
        with session.tenant(BLUE):
            assert session.scalars(seen).all() == ["b1"]
            savepoint.rollback()
            assert session.scalars(seen).all() == ["b1"]
        assert session.scalars(seen).all() == ["r1", "r2"]


def test_an_error_of_the_database_inside_a_scope_leaves_the_scope_whole(session: ScopedSession) -> None:
    seen = select(Parcel.label).order_by(Parcel.label)
    with session.tenant(RED):
        assert session.scalars(seen).all() == ["r1", "r2"]
        with pytest.raises(IntegrityError), session.begin_nested(), session.tenant(BLUE):
            session.execute(insert(Parcel), [{"label": "b1"}])
        assert session.scalars(seen).all() == ["r1", "r2"]


def test_a_read_only_session_cannot_write(engines: Engines) -> None:
    with ScopedSession(engines, read_only=True) as session, session.tenant(RED):
        assert session.get_bind() is engines.read
        assert len(session.scalars(select(Parcel)).all()) == 2
        with pytest.raises(Exception, match=r"readonly|read-only"):
            session.execute(update(Parcel).values(label="x"))


def test_a_reason_is_a_sentence_and_not_nothing(session: ScopedSession) -> None:
    with pytest.raises(ValueError, match="say why"), session.every_tenant(" "):
        pass
