"""Databases of this package's tests."""

from collections.abc import Iterator

import pytest

from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.tenants.company import Company, founded
from tests.tenants.warehouse import stocked


@pytest.fixture
def engines(database_url: str) -> Iterator[Engines]:
    """The parcels of two tenants."""
    with stocked(database_url) as engines:
        yield engines


@pytest.fixture
def session(engines: Engines) -> Iterator[ScopedSession]:
    with ScopedSession(engines) as session:
        yield session


@pytest.fixture
def company(database_url: str) -> Iterator[Company]:
    """The tables of this package, with two tenants."""
    with founded(database_url) as company:
        yield company
