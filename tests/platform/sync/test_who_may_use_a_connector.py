"""A connector that an operator offers to chosen companies only: asked where it is connected and where it runs."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dray.connections import offers, opening
from dray.connections.offers import NotOffered
from dray_qbd import connector
from dray_tenants.companies import create_tenant
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession
from dray_tenants.vault import MasterKeys, Vault
from tests.platform.cli.shell import KEYS
from tests.platform.sync.office import Office

VAULT = Vault(MasterKeys.parse(KEYS["DRAY_VAULT_KEYS"]))


def other_company(office: Office) -> int:
    with ScopedSession(office.engines) as session:
        tenant: Tenant = create_tenant(session, VAULT, name="Prairie", slug="prairie", now=office.now)
        session.commit()
        return tenant.id


def offered(office: Office, tenants: Iterable[int] | None) -> None:
    with ScopedSession(office.engines) as session:
        if tenants is None:
            offers.offer_to_all(session, connector.name, at=office.now)
        else:
            offers.offer(session, connector.name, tenants, at=office.now, actor="olga")
        session.commit()


def connect(office: Office, tenant_id: int) -> None:
    with ScopedSession(office.engines) as session, session.tenant(tenant_id):
        opening.open_connection(
            session, connector, "Second", at=office.now, actor="ann", randomness=office.random.randbytes
        )
        session.commit()


def test_who_may_not_use_it_cannot_connect_and_nothing_leaves_until_they_may_again(
    office: Office,
) -> None:
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer)])
    office.run()
    prairie = other_company(office)
    offered(office, [prairie])
    office.send([office.invoice(customer) for _ in range(2)])
    before = len(office.handed_out)
    for _ in range(2):
        office.run()
    assert sorted(office.states().values()) == ["pending_sync", "pending_sync", "synced"]
    assert not any(b"<InvoiceAddRq" in body for body in office.handed_out[before:])
    with pytest.raises(NotOffered, match="QuickBooks Desktop is not offered to your company"):
        connect(office, office.tenant_id)
    connect(office, prairie)

    offered(office, [prairie, office.tenant_id])
    office.run()
    assert set(office.states().values()) == {"synced"}
    offered(office, None)
    connect(office, office.tenant_id)


def test_it_says_whom_it_is_offered_to(office: Office) -> None:
    prairie = other_company(office)
    offered(office, [prairie, office.tenant_id])
    with ScopedSession(office.engines) as session:
        assert offers.chosen(session) == {connector.name: ["cedar-1", "prairie"]}
        with session.tenant(office.tenant_id):
            assert offers.withheld(session, [connector.name, "another"]) == frozenset()
    offered(office, [])
    with ScopedSession(office.engines) as session:
        assert offers.chosen(session) == {connector.name: []}
        with session.tenant(office.tenant_id):
            assert offers.withheld(session, [connector.name, "another"]) == {connector.name}
            assert offers.withheld_since(session, connector.name) == office.now
