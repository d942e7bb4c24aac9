"""The object that the entry point names keeps the interface's promises."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from dray_qbd import connector
from dray_qbd.qbwc_codes import QBWC
from dray_sdk import (
    INTERFACE,
    Answer,
    Batch,
    Connector,
    Create,
    DialsIn,
    Explains,
    Failure,
    Find,
    Identify,
    InDoubt,
    Judges,
    Kind,
    LocalProtocolError,
    Narrates,
    Operation,
    Password,
    Pull,
    Purpose,
    Request,
    Simulated,
    Update,
    Void,
)
from dray_sdk.records import Customer
from tests.connectors.qbd.drawn import BOOKS
from tests.connectors.qbd.front_desk import FrontDesk
from tests.connectors.qbd.test_soap_messages import call, operation
from tests.connectors.qbd.test_writing_for_quickbooks import KEY, plain

ROOT = Path(__file__).parents[3]
CODE = ROOT / "connectors" / "qbd" / "dray_qbd"


@pytest.mark.parametrize("facet", [Connector, DialsIn, Judges, Explains, Narrates, Simulated])
def test_every_facet_is_there(facet: type) -> None:
    assert isinstance(connector, facet)


def test_it_says_what_it_is() -> None:
    assert (connector.interface, connector.name, connector.mount) == (INTERFACE, "qbd", "qbwc")
    assert connector.title == "QuickBooks Desktop"
    assert connector.authorization == Password()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert connector.version == project["version"]
    assert project["entry-points"]["dray.connectors"]["qbd"] == "dray_qbd:connector"


def test_whatever_is_declared_can_be_asked_and_nothing_else() -> None:
    declared = connector.capabilities
    operations: list[Operation] = [Create(plain()), Create(Customer("Acme")), Identify()]
    operations += [Find(kind, books_id="1-1") for kind in declared.finds]
    operations += [Pull(kind) for kind in declared.pulls]
    for one in operations:
        assert connector.encode(Batch(KEY, (one,)), BOOKS).body
    refused: list[Operation] = [Update(Customer("Acme")), Void(Kind.INVOICE, "1-1"), Pull(Kind.INVOICE)]
    refused += [Find(kind, books_id="1-1") for kind in Kind if kind not in declared.finds]
    for one in refused:
        with pytest.raises(LocalProtocolError):
            connector.encode(Batch(KEY, (one,)), BOOKS)
    assert declared.creates_when_missing <= declared.creates
    assert declared.resolves <= set(declared.finds)
    assert not declared.updates | declared.voids


def test_one_outcome_per_operation_whatever_comes_back() -> None:
    batch = Batch(KEY, (Create(plain()), Create(plain(number="2")), Create(Customer("Acme"))))
    for response in (Answer(b""), Answer(b"<x/>", 500), Failure("timeout")):
        for purpose in Purpose:
            found = connector.decode(batch, Request(purpose, b""), response)
            assert [type(one) for one in found] == [InDoubt] * 3


def test_an_undeclared_answer_never_becomes_a_success_by_default() -> None:
    batch = Batch(KEY, (Create(plain()),))
    assert isinstance(connector.decode(batch, Request(Purpose.WRITE, b""), Answer(b"<QBXML/>"))[0], InDoubt)


@pytest.mark.parametrize("escapes", [0, 1, 2])
def test_secrets_and_personal_data_are_taken_out_of_transcripts(reference_data: Path, escapes: int) -> None:
    about = (reference_data / "qbd/responses/hcp-first-sendRequestXML.QBPro2014.xml").read_text()
    about = about.replace("</CompanyRet>", "<SSN>078-05-1120</SSN></CompanyRet>")
    sent = f"<a><strUserName>qb_1</strUserName><strPassword>ABCD-EFGH</strPassword>{about}</a>"
    for _ in range(escapes):
        sent = sent.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    kept = connector.redaction.body(sent.encode()).decode()
    for secret in ("ABCD-EFGH", "12-3456789", "078-05-1120", "P.O. Box", "Anytown"):
        assert secret not in kept
    assert "qb_1" in kept
    assert "myCompany" in kept


def test_the_first_calls_company_data_is_taken_out_whole(reference_data: Path) -> None:
    about = (reference_data / "qbd/responses/hcp-first-sendRequestXML.QBPro2014.xml").read_text()
    asked = call(operation("sendRequestXML", ticket=FrontDesk.ticket, strHCPResponse=about))
    kept = connector.redaction.body(asked.body)
    assert b"myCompany" not in kept
    assert FrontDesk.ticket.encode() in kept


def test_codes_of_the_web_connector_are_all_there() -> None:
    known = {int(code.removeprefix("QBWC")) for code in QBWC}
    assert known >= {*range(1000, 1047), 1048, 1051, 1085} - {1047}


IMPURE = {
    "socket",
    "time",
    "random",
    "secrets",
    "os",
    "subprocess",
    "urllib.request",
    "requests",
    "sqlite3",
    "threading",
}


def test_the_translator_touches_no_clock_socket_or_chance() -> None:
    for path in sorted(CODE.rglob("*.py")):
        if "simulator" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
            assert not names & IMPURE, path
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), path
