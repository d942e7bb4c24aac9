"""The invented company is always the same, fills the lists with something of everything, and is nobody's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dray.cli import demo_company
from dray.cli.demo import ALREADY_SENT, seed
from dray.installation import compose
from dray.settings import read_settings
from tests.platform.cli.shell import PASSWORD, Shell

TODAY = dt.date(2026, 11, 24)


def test_it_is_the_same_every_time() -> None:
    assert list(demo_company.invoices(TODAY)) == list(demo_company.invoices(TODAY))


def test_every_item_that_is_charged_is_sold_by_the_pretend_books() -> None:
    charged = {line.item for each in demo_company.invoices(TODAY) for line in each.lines if line.item}
    assert charged <= set(demo_company.ITEMS)


def test_numbers_are_used_once_and_addresses_belong_to_nobody() -> None:
    made = list(demo_company.invoices(TODAY))
    assert len({each.number for each in made}) == len(made)
    mails = [each.customer.email for each in made if each.customer.email]
    assert all(address.endswith(".example") for mail in mails for address in mail.split(", "))
    assert any(", " in mail for mail in mails)


def test_the_seed_leaves_drafts_a_line_and_what_would_not_go(small_shell: Shell, tmp_path: Path) -> None:
    parts = compose(read_settings(small_shell.environment))
    with parts.engines:
        stage = seed(parts, tmp_path, PASSWORD)
        assert stage.invitation.exists()
        with pytest.raises(Exception, match="holds a demo already"):
            seed(parts, tmp_path, PASSWORD)

    def count(state: str) -> int:
        return len(
            small_shell.json("invoice", "list", "--tenant", "demo", "--state", state, "--limit", "500")["invoices"]
        )

    assert ALREADY_SENT // 2 < count("pending_sync") <= ALREADY_SENT + 1
    assert count("draft") > 40
    result = small_shell.run("invoice", "send", "--tenant", "demo", "--all")
    assert result.exit_code == 1
    for words in ("41", "11", "quantity × price"):
        assert words in result.stderr
