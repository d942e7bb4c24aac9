"""Figures, problems, months and alerts read the same on both engines."""

import datetime as dt
from zoneinfo import ZoneInfo

from dray.alerts.causes import Cause
from dray.alerts.noticing import notice
from dray.billing import counts
from dray.billing.states import Move
from dray.dashboard import figures, happened, queue
from dray.dashboard.happened import Span
from dray.inbox import dismissing, reading
from dray.months import closing
from dray.months import figures as months
from dray_tenants.scope import ScopedSession
from tests.platform.shop import ACTOR, NOW, Shop

DAY = Span(NOW - dt.timedelta(hours=12), NOW + dt.timedelta(hours=12))


def filled(shop: Shop) -> None:
    shop.connect()
    for number in ("1", "2", "3", "4"):
        shop.invoice(number)
    ids = [shop.invoice(number) for number in ("5", "6", "7")]
    shop.post(ids[0])
    shop.send(*ids[1:])
    shop.move(Move.CLAIM, ids[1])
    shop.move(Move.REFUSED, ids[1])


def test_figures_count_what_happened(shop: Shop, other_shop: Shop) -> None:
    filled(shop)
    with shop.session() as session:
        told = figures.read(session, zone=ZoneInfo("UTC"), now=NOW)
        assert (told.today.accepted, told.today.refused) == (1, 1)
        assert told.accepted == 1
        waiting = {each.state: each.invoices for each in queue.read(session, counts.counts(session), frozenset())}
        assert (waiting["pending_sync"], waiting["needs_attention"]) == (1, 1)
        assert list(queue.waiting_by_connection(session).values()) == [1]
        assert [each.number for each in happened.accepted(session, DAY)] == ["5"]
        assert [each.number for each in happened.refused(session, DAY)] == ["6"]
    with other_shop.session() as session:
        assert figures.read(session, zone=ZoneInfo("UTC"), now=NOW).today.accepted == 0


def test_problems_are_grouped_and_set_aside(shop: Shop) -> None:
    filled(shop)
    with shop.session() as session:
        (group,) = reading.read(session, now=NOW).groups
        assert group.cause.key == "refused~3140~lines/*/item"
        press = dismissing.dismiss(session, group.troubles, "seen", at=NOW, actor=ACTOR)
        session.commit()
        assert reading.read(session, now=NOW).groups == []
        dismissing.take_back(session, press, differences=False, at=NOW, actor=ACTOR)
        assert reading.read(session, now=NOW).count == 1


def test_a_month_and_its_list_say_the_same(shop: Shop) -> None:
    filled(shop)
    with shop.session() as session:
        month = months.read(session, dt.date(2026, 11, 1))
        drawn = closing.draw(session, dt.date(2026, 11, 1))
        assert month.as_json() == drawn.month.as_json()
        assert month.invoices == 7


def test_what_needs_somebody_is_noticed_over_all_tenants(shop: Shop, other_shop: Shop) -> None:
    filled(shop)
    with ScopedSession(shop.engines, read_only=True) as session, session.every_tenant("test"):
        noticed = notice(session, now=NOW)
    assert [(each.tenant_id, each.cause) for each in noticed] == [(shop.tenant_id, Cause.REFUSALS)]
