"""A company is connected once, over all tenants, whoever is quicker."""

from __future__ import annotations

import secrets
import threading

import pytest

from dray.connections.oauth import confirming, taking
from dray.connections.oauth.authorizing import Who
from dray.connections.oauth.models import GrantState
from tests.platform.connections.online import LARKSPUR, MARIGOLD, Online


def test_of_two_who_confirm_at_once_one_has_the_company(online: Online) -> None:
    other = Who(online.company("prairie"), "rosalind@prairie.example", "another browser")
    grants = {who: online.come_back(online.consent(online.set_out(who)), who).grant for who in (online.who, other)}
    together, made, refused = threading.Barrier(2), [], []

    def confirm(who: Who) -> None:
        with online.session(who.tenant_id) as session:
            grant = confirming.pending(session, grants[who], who.actor, at=online.clock())
            assert grant is not None
            session.rollback()
            together.wait(20)
            grant = confirming.pending(session, grants[who], who.actor, at=online.clock(), lock=True)
            assert grant is not None
            try:
                confirming.confirm(
                    session,
                    grant,
                    online.connector,
                    "Main company",
                    at=online.clock(),
                    actor=who.actor,
                    randomness=secrets.token_bytes,
                )
                session.commit()
            except taking.BooksTaken as taken:
                session.rollback()
                refused.append(str(taken))
            else:
                made.append(who)

    threads = [threading.Thread(target=confirm, args=(who,)) for who in (online.who, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(refused) == 1
    assert "connected to another account already" in refused[0]
    loser = next(who for who in (online.who, other) if who is not made[0])
    assert online.grants(loser.tenant_id) == [GrantState.PENDING]


def test_another_company_is_free(online: Online) -> None:
    online.connect(LARKSPUR, "First")
    online.connect(MARIGOLD, "Second")
    third = online.come_back(online.consent(online.set_out(), LARKSPUR))
    with online.session() as session:
        grant = confirming.pending(session, third.grant, online.who.actor, at=online.clock(), lock=True)
        assert grant is not None
        with pytest.raises(taking.BooksTaken, match="as “First”"):
            confirming.confirm(
                session,
                grant,
                online.connector,
                "Third",
                at=online.clock(),
                actor=online.who.actor,
                randomness=secrets.token_bytes,
            )
