"""What is asked at every request and every minute reads no table through, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from dray_tenants.database import Engines

ASKED = {
    "the login of a connection": (
        "SELECT * FROM oauth_grants WHERE tenant_id = 1 AND connection_id = 2 AND state IN ('live', 'ended')"
    ),
    "the answer to a state": "SELECT * FROM oauth_grants WHERE nonce = {nothing} AND tenant_id = 1",
    "what is unwanted": "SELECT * FROM oauth_grants WHERE state IN ('asked') AND ends_at <= '2026-11-25' LIMIT 100",
    "another login to the same books": "SELECT * FROM oauth_grants WHERE connector = 'qbo' AND books_id = '7'",
    "who has the books": "SELECT * FROM taken_books WHERE connector = 'qbo' AND books_id = '7' AND seat = 0",
    "what a connection holds": "SELECT * FROM taken_books WHERE tenant_id = 1 AND connection_id = 2",
}


@pytest.mark.parametrize("what", ASKED)
def test_it_is_found_by_an_index(engines: Engines, what: str) -> None:
    sqlite = engines.write.dialect.name == "sqlite"
    statement = ASKED[what].format(nothing="x''" if sqlite else "'\\x'::bytea")
    with engines.write.begin() as connection:
        if not sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}")).all()
    plan = " ".join(str(row[-1]) for row in rows)
    assert "USING INDEX" in plan if sqlite else "Index" in plan, plan
    assert "SCAN oauth" not in plan
    assert "Seq Scan" not in plan
