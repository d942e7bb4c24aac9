from collections.abc import Callable, Iterator

import pytest

from dray_tenants.database import Engines
from tests.platform.sync.office import Office


@pytest.fixture
def engines(migrated_database_url: str) -> Iterator[Engines]:
    with Engines(migrated_database_url) as engines:
        yield engines


@pytest.fixture
def office(engines: Engines) -> Office:
    return Office(engines)


@pytest.fixture
def clerk(office: Office) -> Callable[[int], list[str]]:
    """Writes and sends so many invoices to one customer; their ids."""

    def work(count: int) -> list[str]:
        customer = office.customer("Bramble Creek Builders")
        ids = [office.invoice(customer) for _ in range(count)]
        office.send(ids)
        return ids

    return work
