"""Whatever does much does it in pieces that are short, and lets go of the database between two of them."""

from collections.abc import Callable

import pytest

from dray.billing import haste, taking_back
from dray.billing.invoices import push_many
from dray.billing.unpend import unpend
from dray_tenants.database import Engines
from tests.platform.shop import ACTOR, NOW, Shop, given


class Clock:
    """Time that passes when somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(haste, "time", clock)
    return clock


@pytest.mark.parametrize("cost", [0.00001, 0.0001, 0.0004, 0.001, 0.01])
def test_no_piece_takes_long_however_slow_the_machine_is(clock: Clock, cost: float) -> None:
    held = []
    done: list[int] = []
    for some in haste.in_turns(range(2_500), 250):
        clock.now += cost * len(some)
        held.append(cost * len(some))
        done += some
    assert done == list(range(2_500))
    assert max(held[4:]) <= max(2 * haste.ENOUGH, cost * 25)
    assert clock.now == pytest.approx(sum(held) + haste.BREATH * (len(held) - 1))


def test_pieces_grow_again_when_the_machine_is_free_again(clock: Clock) -> None:
    sizes = []
    for number, some in enumerate(haste.in_turns(range(3_000), 250)):
        sizes.append(len(some))
        clock.now += 1.0 if number < 3 else 0.001
    assert sizes[:6] == [250, 125, 62, 31, 62, 124]
    assert max(sizes[6:]) == 250


@pytest.fixture
def breaths(engines: Engines, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many connections for writing were held at each breath."""
    shop.connect()
    for room in ("send", "unpend", "invoices", "taking_back"):
        monkeypatch.setattr(f"dray.billing.{room}.PIECE", 2)
    monkeypatch.setattr(haste, "ENOUGH", 3600)
    held: list[int] = []
    monkeypatch.setattr(haste, "let_others_write", lambda: held.append(engines.write.pool.checkedout()))  # type: ignore[attr-defined]
    return held


def test_nothing_is_held_between_two_pieces(shop: Shop, breaths: list[int]) -> None:
    with shop.session() as session:
        pushed = push_many(session, [given(f"INV-{number}") for number in range(5)], at=NOW, actor=ACTOR)
    ids = [str(each.id) for each in pushed]
    assert breaths == [0, 0], "pushing"

    def taken_back(some: list[str]) -> None:
        with shop.session() as session:
            unpend(session, some, actor=ACTOR, at=NOW)

    def marked_and_unmarked(some: list[str]) -> None:
        with shop.session() as session:
            marking, _ = taking_back.mark(session, some, "Cash sale", at=NOW, actor=ACTOR)
        with shop.session() as session:
            taking_back.unmark(session, marking, at=NOW, actor=ACTOR)

    works: dict[str, Callable[[list[str]], object]] = {
        "send": lambda some: shop.send(*some),
        "unpend": taken_back,
        "not sent": marked_and_unmarked,
    }
    for name, work in works.items():
        breaths.clear()
        work(ids)
        assert breaths == [0] * (4 if name == "not sent" else 2), name
