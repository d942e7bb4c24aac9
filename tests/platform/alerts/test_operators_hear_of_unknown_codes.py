"""A code that no connector can explain is noted without anybody's name, and told to the operators once."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from dray.alerts.operators import tell_operators
from dray.extensions import dray
from dray.mail.models import Mail
from dray.mail.outbox import letter_of
from dray.sync import unknown_codes
from dray.sync.models import UnknownCode
from dray_qbd import connector
from dray_sdk import Failure, InDoubt, Posted
from dray_tenants.roles import StaffRole
from dray_tenants.users import create_user
from tests.ground.databases import MigratedTemplate
from tests.platform.web.stage import PASSWORD, QUICK, Stage

CODES = [("0", ""), ("3100", "taken"), ("8717", "Acme of Dayton is odd"), ("Acme of Dayton, 12 Mill Street", "")]


@pytest.fixture
def stage(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Stage]:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def noted(stage: Stage) -> list[str]:
    with stage.session() as session:
        found = unknown_codes.note(session, connector, CODES, stage.now)
        session.commit()
        return found


def test_only_what_nobody_knows_is_noted_and_nobody_is_named(stage: Stage) -> None:
    assert unknown_codes.codes_in([Posted("1"), InDoubt("9", "x")], Failure("0x8004FFFF", "y")) == [
        ("", ""), ("9", "x"), ("0x8004FFFF", "y"),
    ]  # fmt: skip
    assert noted(stage) == ["8717"]
    stage.now += dt.timedelta(minutes=5)
    assert noted(stage) == ["8717"]
    with stage.unscoped() as session:
        (row,) = session.scalars(select(UnknownCode)).all()
        assert (row.code, row.times, row.last_at - row.first_at) == ("8717", 2, dt.timedelta(minutes=5))
        held = " ".join(str(getattr(row, column.name)) for column in UnknownCode.__table__.columns)
        assert "Acme" not in held


def test_every_operator_is_told_once_of_each_code(stage: Stage) -> None:
    with stage.app.app_context():
        parts = dray()
    with stage.unscoped() as session:
        for email, role in (("op@dray.example", StaffRole.OPERATOR), ("agent@dray.example", StaffRole.AGENT)):
            create_user(session, email, PASSWORD, now=stage.now, hasher=QUICK, staff=role)
        session.commit()
    assert tell_operators(parts) == 0
    noted(stage)
    assert tell_operators(parts) == 1
    assert tell_operators(parts) == 0
    with stage.unscoped() as session:
        (mail,) = session.scalars(select(Mail)).all()
        letter = letter_of(parts.vault.keys, mail)
    assert mail.recipient == "op@dray.example"
    assert letter is not None
    assert "8717 (qbd)" in letter.plain
    assert "Acme" not in letter.plain
