from sqlalchemy import MetaData, Table, UniqueConstraint

from dray_tenants.models import DIRECTORY_TABLES, AuditEntry, Secret, tables_without_a_side
from tests.tenants.warehouse import Warehouses


def test_every_table_is_tenant_owned_or_a_directory() -> None:
    assert tables_without_a_side(Secret.metadata) == []
    assert tables_without_a_side(Warehouses.metadata) == []
    stray = Table("stray", MetaData())
    assert tables_without_a_side(stray.metadata) == [stray]
    both = Table("both", MetaData(), info={"directory": True, "tenant_owned": True})
    assert tables_without_a_side(both.metadata) == [both]


def test_the_named_directory_tables_are_those_of_this_package() -> None:
    marked = {name for name, table in Secret.metadata.tables.items() if table.info.get("directory")}
    assert set(DIRECTORY_TABLES) <= marked


def test_a_tenant_owned_table_can_be_referred_to_with_its_tenant() -> None:
    for owned in (Secret, AuditEntry):
        uniques = [c for c in owned.__table__.constraints if isinstance(c, UniqueConstraint)]  # type: ignore[attr-defined]
        assert [names for c in uniques if (names := [column.name for column in c.columns]) == ["tenant_id", "id"]] == [
            ["tenant_id", "id"]
        ]
