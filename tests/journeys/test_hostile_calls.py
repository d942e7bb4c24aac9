"""Whatever is sent to a Web Connector's address gets a proper SOAP answer or fault, and changes nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from dray_tenants.database import Base
from dray_tenants.scope import ScopedSession
from tests.journeys.installation import Door, Installation, web_connector

ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body>{}</soap:Body></soap:Envelope>"
)
INTUIT = "http://developer.intuit.com/"


def operation(name: str, **parameters: str) -> bytes:
    inside = "".join(f"<{key}>{value}</{key}>" for key, value in parameters.items())
    return ENVELOPE.format(f'<{name} xmlns="{INTUIT}">{inside}</{name}>').encode()


FAULTS = {
    "nothing": b"",
    "no XML": b"<",
    "no text": b"\xff\xfe\x00",
    "another document": b"<html><body>hello</body></html>",
    "a DOCTYPE": b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + operation("serverVersion"),
    "entities that grow": b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>' + operation("x"),
    "a file of ours": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    + operation("clientVersion", strVersion="&amp;b;"),
    "no body": b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>',
    "an empty body": ENVELOPE.format("").encode(),
    "an unknown operation": operation("dropAllTables"),
    "SOAP 1.2": operation("serverVersion").replace(
        b"schemas.xmlsoap.org/soap/envelope/", b"www.w3.org/2003/05/soap-envelope"
    ),
    "another namespace": operation("serverVersion").replace(b"developer.intuit.com", b"developer.example"),
    "too much": operation("receiveResponseXML", ticket="T", response="x" * (17 * 1024 * 1024)),
    "cut short": operation("authenticate", strUserName="u", strPassword="p")[:-40],
}
ANSWERS = {
    "a wrong name": (operation("authenticate", strUserName="nobody", strPassword="x"), b"<string>nvu</string>"),
    "no name": (operation("authenticate"), b"<string>nvu</string>"),
    "a wrong ticket": (operation("sendRequestXML", ticket="nothing", strHCPResponse="<a/>"), b"sendRequestXMLResult"),
    "an answer to nobody": (operation("receiveResponseXML", ticket="nothing", response="<QBXML/>"), b">-1<"),
    "trouble of nobody": (operation("connectionError", ticket="nothing", hresult="0x80040408"), b">done<"),
    "last words of nobody": (operation("getLastError", ticket="nothing"), b"getLastErrorResult"),
    "the end of nothing": (operation("closeConnection", ticket="nothing"), b">OK"),
    "an interactive call": (operation("interactiveDone", wcTicket="nothing"), b"interactiveDoneResult"),
}


@pytest.fixture
def door(installation: Installation) -> Door:
    return installation.door()


@pytest.fixture
def app(installation: Installation, door: Door) -> Flask:
    app = installation.app()
    web_connector(app, door).run_once()
    return app


def test_what_is_no_call_gets_a_fault_and_changes_nothing(app: Flask, installation: Installation, door: Door) -> None:
    before = everything(installation)
    for name, body in FAULTS.items():
        answer = app.test_client().post(path(door), data=body, content_type="text/xml; charset=utf-8")
        assert answer.status_code == 500, name
        assert answer.content_type == "text/xml; charset=utf-8", name
        assert b":Fault>" in answer.data, name
        assert b"<detail" in answer.data, name
        assert b"root:" not in answer.data, name
    assert everything(installation) == before


def test_what_belongs_to_nobody_gets_an_answer_and_changes_nothing(
    app: Flask, installation: Installation, door: Door
) -> None:
    before = everything(installation)
    for name, (body, wanted) in ANSWERS.items():
        answer = app.test_client().post(path(door), data=body, content_type="text/xml; charset=utf-8")
        assert (answer.status_code, answer.content_type) == (200, "text/xml; charset=utf-8"), name
        assert wanted in answer.data, name
    assert everything(installation) == before


def test_a_wrong_password_is_counted_and_changes_nothing_else(
    app: Flask, installation: Installation, door: Door
) -> None:
    before = everything(installation)
    body = operation("authenticate", strUserName=door.qwc.user_name, strPassword="wrong")
    answer = app.test_client().post(path(door), data=body, content_type="text/xml; charset=utf-8")
    assert b"<string>nvu</string>" in answer.data
    after = everything(installation)
    assert before.pop("connection_status") != after.pop("connection_status")
    assert before == after


def path(door: Door) -> str:
    return "/" + door.qwc.app_url.split("/", 3)[3]


def everything(installation: Installation) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with ScopedSession(installation.parts.engines, read_only=True, owner=True) as session:
        connection = session.connection(execution_options={"unscoped_sql": "a test compares the whole database"})
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }
