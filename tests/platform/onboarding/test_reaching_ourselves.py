"""The public address, called as a Web Connector would: what is wrong is named before a customer meets it."""

from __future__ import annotations

import datetime as dt
import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import select
from werkzeug.serving import make_server

from dray.connections import opening
from dray.connections.models import Connection
from dray.installation import Dray
from dray.onboarding.models import SelfCheck
from dray.onboarding.reaching import NotReached, Seen, refuse_unreached
from dray.onboarding.self_check import look, record
from dray.registry import Registry
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Silent
from tests.platform.mail.certificates import certificate_for, serving
from tests.platform.web.stage import Stage

LONG_AGO = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


@pytest.fixture
def stage(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Stage]:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def registry(stage: Stage) -> Registry:
    found: Registry = stage.app.extensions["dray"].registry
    return found


def serve(stage: Stage, port: int, context: ssl.SSLContext | None = None) -> Iterator[None]:
    server = make_server("127.0.0.1", port, stage.app, threaded=True, request_handler=Silent, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def served(stage: Stage, free_port: int) -> Iterator[str]:
    parts = stage.app.extensions["dray"]
    address = f"http://localhost:{free_port}"
    settings = replace(parts.settings, public_url=address)
    stage.app.extensions["dray"] = replace(parts, settings=settings)
    mounts: Any = stage.app.wsgi_app
    while not hasattr(mounts, "doors"):
        mounts = mounts.others
    for door in mounts.doors.values():
        object.__setattr__(door, "parts", stage.app.extensions["dray"])
    running = serve(stage, free_port)
    next(running)
    yield address
    next(running, None)


def by_subject(found: Iterator[Seen]) -> dict[str, tuple[bool | None, str]]:
    return {each.subject: (each.well, each.sentence) for each in found}


def test_a_running_installation_answers_a_soap_client(served: str, registry: Registry) -> None:
    found = by_subject(look(served, registry, now=LONG_AGO))
    assert found["qbwc pages"][0] is True
    well, sentence = found["qbwc service"]
    assert well is True, sentence
    assert "serverVersion answers '0.1.0'" in sentence


def test_a_name_that_nobody_knows_is_a_fault(registry: Registry) -> None:
    found = by_subject(look("https://dray.invalid", registry, now=LONG_AGO))
    assert found["name"][0] is False


def test_nothing_that_answers_on_this_machine_is_only_noted(registry: Registry, free_port: int) -> None:
    assert by_subject(look(f"http://localhost:{free_port}", registry, now=LONG_AGO))["reach"][0] is None


def test_the_end_of_a_certificate_is_told_a_month_before(
    stage: Stage, registry: Registry, free_port: int, tmp_path: Path
) -> None:
    file = certificate_for("localhost", tmp_path)
    running = serve(stage, free_port, serving(file))
    next(running)
    address = f"https://localhost:{free_port}"
    try:
        untrusted = by_subject(look(address, registry, now=LONG_AGO))
        assert untrusted["certificate"][0] is False
        assert "QBWC1048" in untrusted["certificate"][1]
        ends = ends_of(file)
        for before, well in ((dt.timedelta(days=31), True), (dt.timedelta(days=29), None)):
            believed = ssl.create_default_context(cafile=str(file))
            first = next(look(address, registry, now=ends - before, trusted=believed))
            assert (first.subject, first.well) == ("certificate", well)
    finally:
        next(running, None)


def test_what_was_found_is_kept(stage: Stage, served: str) -> None:
    assert record(stage.app.extensions["dray"]) == 0
    with stage.unscoped() as session:
        kept = session.scalars(select(SelfCheck)).one()
    assert {each["subject"] for each in kept.findings} >= {"qbwc pages", "qbwc service"}


def parts_at(stage: Stage, address: str) -> Dray:
    """The installation, as if that were its public address."""
    parts: Dray = stage.app.extensions["dray"]
    return replace(parts, settings=replace(parts.settings, public_url=address))


def test_a_link_is_not_sent_while_nobody_could_follow_it(stage: Stage, free_port: int) -> None:
    away = parts_at(stage, f"http://127.0.0.1:{free_port}")
    with pytest.raises(NotReached, match=f"cannot reach http://127.0.0.1:{free_port} now. Reach: "):
        refuse_unreached(away)
    running = serve(stage, free_port)
    next(running)
    try:
        refuse_unreached(away)
    finally:
        next(running, None)
    refuse_unreached(parts_at(stage, f"http://localhost:{free_port}"))


@pytest.mark.parametrize(("age", "well", "looks"), [(14, True, False), (16, True, True), (14, False, True)])
def test_a_whole_look_of_just_now_is_believed_where_it_found_no_fault(
    stage: Stage, free_port: int, age: int, well: bool, looks: bool
) -> None:
    with stage.unscoped() as session:
        found = [{"subject": "reach", "well": well, "sentence": ""}]
        session.add(SelfCheck(at=stage.now - dt.timedelta(minutes=age), findings=found))
        session.commit()
    with pytest.raises(NotReached) if looks else nullcontext():
        refuse_unreached(parts_at(stage, f"http://127.0.0.1:{free_port}"))


def test_ways_in_of_a_former_address_are_counted(stage: Stage) -> None:
    with stage.session() as session:
        connection = session.scalars(select(Connection).where(Connection.public_id == stage.connect())).one()
        parts = stage.app.extensions["dray"]
        connector = parts.registry.enabled["qbd"]
        for url in ("https://old.example", "https://older.example"):
            address = replace(parts.address, public_url=url)
            opening.invitation(session, connection, connector, address, at=stage.now, actor="test")
        session.commit()
    with stage.unscoped() as session, session.every_tenant("test"):
        since = stage.now - dt.timedelta(days=30)
        assert opening.at_former_addresses(session, "https://older.example", since=since) == {}
        assert opening.at_former_addresses(session, "https://new.example", since=since) == {"https://older.example": 1}
        assert opening.at_former_addresses(session, "https://new.example", since=stage.now) == {}


def ends_of(file: Path) -> dt.datetime:
    return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
