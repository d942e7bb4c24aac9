"""The audit log: plain sentences, filters, pages, and the seals."""

import ast
import datetime as dt
import re

import pytest
from sqlalchemy import select, update

from dray.web.people.audit_sentences import KINDS, SENTENCES, sentence
from dray.webhooks.events import TEST, TYPES
from dray_tenants import audit
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Role
from tests.ground.tree import sources, syntax
from tests.platform.web.stage import Browsing, Stage

OWNER = "denise.okafor@harlan.example"
ENTRY = re.compile(r"<b>([^<]+)</b> ([^<]+)\.\s*<details>")


@pytest.fixture
def owner(stage: Stage) -> Browsing:
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/audit")
    return page


def note(
    stage: Stage, count: int, *, actor: str = OWNER, action: str = "token.created", tenant: int | None = None
) -> None:
    with stage.session(tenant) as session:
        for at in range(count):
            audit.record(session, actor=actor, action=action, subject="x", now=stage.now, details={"name": f"T{at}"})
            session.flush()
        session.commit()


def told(page: Browsing, address: str = "/audit") -> list[str]:
    return [f"{who} {did}" for who, did in ENTRY.findall(page.get(address).text)]


def test_every_action_that_the_code_records_has_a_sentence() -> None:
    kinds = "|".join(KINDS)
    form = re.compile(rf"({kinds})\.[a-z_]+")
    actions = {
        node.value
        for package in ("dray", "dray_tenants")
        for path in sources(package)
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and form.fullmatch(node.value)
    }
    assert actions - {*TYPES, TEST, *SENTENCES} == set()
    assert len(actions) > 60


def test_every_action_is_of_a_kind_that_can_be_asked_for() -> None:
    assert {action.partition(".")[0] for action in SENTENCES} == set(KINDS)


def test_what_was_sent_is_told_by_how_many_and_not_by_its_id() -> None:
    sent = {"connection": "con_1", "invoices": ["inv_1", "inv_2"]}
    assert sentence("invoices.sent", "sending:snd_1", sent) == "sent 2 invoices"
    assert sentence("invoices.unpended", "invoices", {"invoices": ["inv_1"]}) == "took back 1 invoice from the line"


def test_an_action_without_a_sentence_and_an_entry_without_a_detail_break_nothing() -> None:
    assert sentence("rocket.set_off", "roc_1", {}) == "rocket: set off (roc_1)"
    assert sentence("odd", "roc_1", {}) == "odd (roc_1)"
    assert sentence("token.created", "tok_1", {}) == "made the API token “–”"
    assert sentence("token.created", "t", {"name": "{0.__class__}"}) == "made the API token “{0.__class__}”"


def test_pages_lead_on_and_back_without_losing_or_doubling_an_entry(stage: Stage, owner: Browsing) -> None:
    note(stage, 120)
    every, address = [], "/audit"
    for _ in range(3):
        every += told(owner, address)
        older = re.search(r'href="(/audit\?before=\d+)" rel="next"', owner.html)
        address = older[1] if older else ""
    assert address == ""
    assert every == [f"{OWNER} made the API token “T{at}”" for at in reversed(range(120))]
    newer = re.search(r'href="(/audit\?after=\d+)" rel="prev"', owner.html)
    assert newer is not None
    assert told(owner, newer[1]) == every[50:100]
    newest = re.search(r'href="(/audit\?after=\d+)" rel="prev"', owner.html)
    assert newest is not None
    assert told(owner, newest[1]) == every[:50]
    assert 'rel="prev"' not in owner.html


def test_filters_narrow_by_who_what_and_when(stage: Stage, owner: Browsing) -> None:
    note(stage, 1, actor="ann@harlan.example")
    note(stage, 1, action="person.renamed")
    stage.now += dt.timedelta(days=2)
    note(stage, 1, actor="100%_sure")
    owner = stage.browse(OWNER)
    assert len(told(owner)) == 3
    assert told(owner, "/audit?who=ANN") == ["ann@harlan.example made the API token “T0”"]
    assert told(owner, "/audit?who=%25_") == ["100%_sure made the API token “T0”"]
    assert told(owner, "/audit?who=0_s") == []
    assert "No entry is like that" in owner.html
    assert told(owner, "/audit?what=person") == [f"{OWNER} changed the name on their account to “T0”"]
    day = stage.now.date().isoformat()
    assert told(owner, f"/audit?from={day}") == ["100%_sure made the API token “T0”"]
    assert len(told(owner, f"/audit?to={(stage.now.date() - dt.timedelta(days=1)).isoformat()}")) == 2
    for odd in ("what=nonsense", "from=nonsense", "before=nonsense", "before=-1", "to=0001-01-01", "from=9999-12-31"):
        assert len(told(owner, f"/audit?{odd}")) == 3, odd


def test_days_are_those_of_the_companys_zone(stage: Stage, owner: Browsing) -> None:
    stage.now = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)  # still the 19th in Chicago
    note(stage, 1)
    owner = stage.browse(OWNER)
    assert len(told(owner, "/audit?from=2026-11-19&to=2026-11-19")) == 1
    assert told(owner, "/audit?from=2026-11-20") == []


def test_a_whole_chain_is_said_to_be_whole_and_the_look_is_recorded(stage: Stage, owner: Browsing) -> None:
    note(stage, 3)
    assert "not yet sealed" in owner.get("/audit").text
    with stage.session() as session:
        audit.seal(session, stage.tenant)
        session.commit()
    assert "not yet sealed" not in owner.get("/audit").text
    said = owner.press("/audit/verify", follow=True).text
    assert "All 3 sealed entries are as written" in said
    assert "had the audit log verified: whole" in said


def test_an_altered_entry_is_found(stage: Stage, owner: Browsing) -> None:
    note(stage, 3)
    with stage.session() as session:
        audit.seal(session, stage.tenant)
        session.execute(update(AuditEntry).where(AuditEntry.sequence == 2).values(actor="nobody"))
        session.commit()
    said = owner.press("/audit/verify", follow=True).text
    assert "The record was altered: at entry 2" in said


def test_nothing_of_another_company_is_shown(stage: Stage, owner: Browsing) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    note(stage, 2, actor="sam@prairie.example", tenant=other)
    note(stage, 1)
    assert len(told(owner)) == 1
    with stage.session(other) as session:
        theirs = session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()
    for at in theirs:
        assert "prairie" not in owner.get(f"/audit?before={at + 1}").text
        assert "prairie" not in owner.get(f"/audit?after={at - 1}").text
    assert told(owner, "/audit?who=sam") == []


def test_what_people_are_called_is_text_and_no_markup(stage: Stage, owner: Browsing) -> None:
    note(stage, 1, actor="<script>alert(1)</script>")
    assert "<script>alert" not in owner.get("/audit").text
