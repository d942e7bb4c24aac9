"""Every kind of letter that Dray writes goes through a real mail server that refuses first, and says what to do."""

from __future__ import annotations

import datetime as dt
import inspect
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from dray.alerts import letters
from dray.alerts.causes import Cause
from dray.alerts.letters import Through
from dray.mail import texts
from dray.mail.letters import Letter
from dray.mail.outbox import Sent, post
from dray_tenants.scope import ScopedSession
from tests.ground.databases import MigratedTemplate
from tests.platform.mail.mail_desk import NOW, Desk
from tests.platform.mail.mail_server import open_post_office

AWKWARD: Final = "Müller & Söhne <“Ö”>, 株式会社"
VALUES: Final[dict[str, Any]] = {
    "address": "https://dray.example/somewhere?a=1&b=2",
    "url": "https://dray.example",
    "page": "https://dray.example/connections/con_1",
    "at": NOW,
    "due": NOW + dt.timedelta(days=30),
    "days": 7,
    "minutes": 60,
}
TOLD: Final = frozenset(Cause) - {Cause.DIGEST}


@pytest.fixture
def desk(tmp_path: Path, migrated_template: MigratedTemplate, free_port: int) -> Iterator[Desk]:
    """On SQLite: what a letter says is the same on both."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    desk = Desk(tmp_path, f"sqlite:///{tmp_path / 'dray.db'}", free_port)
    yield desk
    desk.parts.engines.dispose()


def kinds() -> list[Letter]:
    """One of each, with texts that are hard on mail."""
    writers = [getattr(texts, name) for name in texts.__all__]
    writers += [letters.to_contact, letters.trial]
    found = [
        writer(**{name: VALUES.get(name, AWKWARD) for name in inspect.signature(writer).parameters})
        for writer in writers
    ]
    came = Through(sent=5, accepted=3, refused=1, taken_back=1, refusals=(AWKWARD,))
    found += [letters.alert("Dray", VALUES["url"], AWKWARD, cause, AWKWARD, AWKWARD) for cause in sorted(TOLD)]
    return [*found, letters.digest("Dray", VALUES["url"], AWKWARD, came)]


def test_every_kind_arrives_after_the_server_said_not_now(desk: Desk) -> None:
    every = kinds()
    assert len(every) > 14
    with ScopedSession(desk.parts.engines) as session:
        for at, letter in enumerate(every):
            post(session, desk.parts.vault.keys, f"person{at}@paper.example", letter, now=desk.now)
        session.commit()
    with open_post_office(desk.port) as office:
        office.on_letter = ["451 not now"] * len(every)
        assert desk.send() == Sent(put_off=len(every))
        assert office.taken == []
        desk.wait(minutes=5)
        assert desk.send() == Sent(sent=len(every))
    assert len(office.taken) == len(every)
    for letter, arrived in zip(every, office.taken, strict=True):
        # The standard library drops a space where it breaks a long line between two encoded words.
        assert "".join(arrived["Subject"].split()) == "".join(letter.subject.split())
        plain = arrived.get_body(("plain",))
        assert plain is not None
        said = plain.get_content().replace("\r\n", "\n")
        assert all(" ".join(part.split()) in " ".join(said.split()) for part in letter.paragraphs)
        assert letter.button == "" or (letter.button in said and letter.address in said)
        assert "failed" not in said.lower()
        assert "error occurred" not in said.lower()
