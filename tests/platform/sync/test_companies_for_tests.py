"""A test company holds sample books only, whoever says what, and can be emptied; a real one never."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from dray import emptying
from dray.connections import binding
from dray.connections.binding import NotConfirmable
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth.application import holds_samples_only
from dray.migrations.tables import METADATA
from dray.settings import read_settings
from dray_qbd.simulator.company import Company
from dray_qbo import connector as online
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.platform.cli.shell import KEYS
from tests.platform.sync.office import Office

UNSCOPED = {"unscoped_sql": "a test counts every table"}


def office_of(engines: Engines, *, is_sample: bool) -> Office:
    return Office(engines, company=Company.sample("Cedar Ridge Hauling", is_sample=is_sample), test=True)


def send(office: Office, many: int) -> None:
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer) for _ in range(many)])


def test_real_books_are_not_taken_and_nothing_leaves(engines: Engines) -> None:
    office = office_of(engines, is_sample=False)
    send(office, 1)
    office.run()
    assert set(office.states().values()) == {"pending_sync"}
    assert office.handed_out == []
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        trouble = session.scalars(select(ConnectionStatus.trouble)).one() or {}
        assert trouble["code"] == "real_books"
        assert "this is a test company: it holds sample books only" in trouble["sentence"]
        seen = binding.seen_books(connection)
        assert seen is not None
        for for_testing in (True, False):
            with pytest.raises(NotConfirmable, match="is no sample company"):
                binding.confirm_books(session, connection, seen, at=office.now, actor="ann", for_testing=for_testing)


def test_sample_books_are_taken_unasked_and_everything_that_was_tried_goes(engines: Engines) -> None:
    office = office_of(engines, is_sample=True)
    send(office, 3)
    office.run()
    assert set(office.states().values()) == {"synced"}
    with office.session() as session:
        deleted = emptying.empty(session, at=office.now, actor="ann")
        session.commit()
    assert (deleted["invoices"], deleted["connections"], deleted["customers"]) == (3, 1, 1)
    assert emptying.told({"invoices": 3, "connections": 1}) == "3 invoices, 1 connection went"
    with office.session() as session:
        for table in METADATA.sorted_tables:
            if "tenant_id" in table.c and table.name not in emptying.KEPT:
                rows = select(func.count()).select_from(table).where(table.c.tenant_id == office.tenant_id)
                assert session.scalar(rows, execution_options=UNSCOPED) == 0, table.name
    assert office.desk().last_words(office.ticket) != ""  # a caller in mid-session hears that it is over


def test_a_real_company_is_never_emptied(office: Office, clerk: Callable[[int], list[str]]) -> None:
    clerk(2)
    office.run()
    with office.session() as session, pytest.raises(emptying.NoTestCompany, match="Nothing was deleted"):
        emptying.empty(session, at=office.now, actor="ann")
    assert len(office.states()) == 2


@pytest.mark.parametrize("test", [False, True])
def test_no_company_becomes_another_kind(engines: Engines, test: bool) -> None:
    office = Office(engines, test=test)
    with ScopedSession(engines) as session:
        flip = text("UPDATE tenants SET test = :test WHERE id = :id")
        with pytest.raises(DBAPIError, match="a test company stays one"):
            session.execute(flip, {"test": not test, "id": office.tenant_id}, execution_options=UNSCOPED)


@pytest.mark.parametrize(
    ("environment", "samples"),
    [
        ("", True),
        ("sandbox", True),
        ("production", False),
        ("https://developer.intuit.com/.well-known/openid_configuration/", False),
        ("http://localhost:8001/.well-known/openid_configuration", True),
        ("nonsense", False),
    ],
)
def test_what_an_environment_holds_is_known_from_its_name(
    tmp_path_factory: pytest.TempPathFactory, environment: str, samples: bool
) -> None:
    home = str(tmp_path_factory.mktemp("home"))
    settings = read_settings({**KEYS, "DRAY_HOME": home, "DRAY_QBO_ENVIRONMENT": environment})
    assert holds_samples_only(settings, online) is samples
