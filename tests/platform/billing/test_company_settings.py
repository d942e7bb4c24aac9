"""What a company decides for all its invoices, and for nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from dray.billing import company_settings
from dray.billing.given import Unacceptable
from dray.billing.models import Invoice
from dray.billing.settings import settings_of
from dray_tenants.models import AuditEntry
from tests.platform.shop import ACTOR, NOW, Shop


def change(shop: Shop, **changes: object) -> None:
    with shop.session() as session:
        wanted = replace(company_settings.read(session), **changes)  # type: ignore[arg-type]
        company_settings.change(session, wanted, at=NOW, actor=ACTOR)
        session.commit()


def number_of(shop: Shop, invoice: str) -> tuple[str, str]:
    with shop.session() as session:
        row = session.execute(select(Invoice.number, Invoice.currency).where(Invoice.public_id == invoice)).one()
        return row.number, row.currency


def test_the_next_number_and_the_currency_hold_for_new_invoices_of_this_company_alone(
    shop: Shop, other_shop: Shop
) -> None:
    before = shop.invoice()
    other_shop.invoice()
    change(shop, next_number=5000, currency="EUR")
    assert number_of(shop, before) == ("1001", "USD")
    assert number_of(shop, shop.invoice()) == ("5000", "EUR")
    assert number_of(other_shop, other_shop.invoice()) == ("1002", "USD")


def test_a_number_that_is_in_use_is_passed_over_when_counting_begins_again_below_it(shop: Shop) -> None:
    shop.invoice("7")
    change(shop, next_number=7)
    assert number_of(shop, shop.invoice()) == ("8", "USD")


def test_the_default_connection_is_one_of_ones_own(shop: Shop, other_shop: Shop) -> None:
    own, others = shop.connect(), other_shop.connect()
    change(shop, connection=own)
    with pytest.raises(Unacceptable):
        change(shop, connection=others)
    with shop.session() as session:
        assert company_settings.read(session).connection == own
        assert settings_of(session).default_connection_id is not None


def test_what_changed_is_on_record_and_nothing_when_nothing_did(shop: Shop) -> None:
    change(shop, tolerance_minor=5)
    change(shop, tolerance_minor=5)
    with shop.session() as session:
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert entry.details == {"tolerance_minor": {"before": 0, "after": 5}}
