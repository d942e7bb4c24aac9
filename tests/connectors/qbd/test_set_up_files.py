"""The .qwc file is one that the Web Connector takes, whatever the tenant is called."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dray_qbd import connector
from dray_sdk import Invitation, LocalProtocolError

INVITATION = Invitation(
    install="in_7f3k2m",
    product="Dray for Larkspur",
    description="Takes Larkspur's invoices to QuickBooks",
    endpoint="https://app.example.com/qbwc/in_7f3k2m",
    support_url="https://app.example.com/qbwc/in_7f3k2m/support",
    user_name="qb_7f3k2m",
    owner_id="57f3b9b1-86f1-4fcc-b1ee-566de1813d20",
    file_id="{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}",
)


def values(invitation: Invitation) -> dict[str, str]:
    content = connector.invite(invitation).content
    root = etree.fromstring(content)
    assert root.tag == "QBWCXML"
    return {str(child.tag): "".join(map(str, child.itertext())) for child in root}


def test_every_element_is_there_as_the_guide_wants_it() -> None:
    assert values(INVITATION) == {
        "AppName": "Dray for Larkspur",
        "AppID": "",
        "AppURL": "https://app.example.com/qbwc/in_7f3k2m",
        "AppDescription": "Takes Larkspur's invoices to QuickBooks",
        "AppSupport": "https://app.example.com/qbwc/in_7f3k2m/support",
        "UserName": "qb_7f3k2m",
        "OwnerID": "{57F3B9B1-86F1-4FCC-B1EE-566DE1813D20}",
        "FileID": "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}",
        "QBType": "QBFS",
        "Style": "Document",
        "Scheduler": "10",
        "IsReadOnly": "false",
        "PersonalDataPref": "pdpNotNeeded",
        "UnattendedModePref": "umpOptional",
        "AppUniqueName": "dray-in_7f3k2m",
    }
    file = connector.invite(INVITATION)
    assert (file.name, file.media_type) == ("dray-for-larkspur.qwc", "application/x-qwc")
    assert not file.content.startswith(b"\xef\xbb\xbf")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.text(max_size=200))
def test_any_name_makes_a_file_that_can_be_read(product: str, description: str) -> None:
    description = description.encode("utf-8", "ignore").decode()
    found = values(replace(INVITATION, product=product, description=description))
    assert 0 < len(found["AppName"]) <= 60
    assert len(found["AppDescription"]) <= 80
    assert "\u202e" not in found["AppName"]
    assert found["AppName"] == " ".join(found["AppName"].split())


@pytest.mark.parametrize("name", ['"O\'Brien" & <Sons>', "שלום בע״מ", "x" * 200, "株式会社", "\u202eevil\u202c"])
def test_hostile_tenant_names_keep_the_file_whole(name: str) -> None:
    file = connector.invite(replace(INVITATION, product=name, description=name))
    assert file.name.endswith(".qwc")
    assert file.name.isascii()
    assert not set(file.name) & set('/"')
    shown = values(replace(INVITATION, product=name))["AppName"]
    assert shown == name.strip("\u202e\u202c")[:60]


def test_two_connections_never_replace_each_other() -> None:
    other = replace(INVITATION, install="in_other")
    assert values(INVITATION)["AppUniqueName"] != values(other)["AppUniqueName"]


def test_localhost_may_be_plain_http() -> None:
    local = replace(INVITATION, endpoint="http://localhost:8000/qbwc/a", support_url="http://localhost:8000/qbwc/a/s")
    assert values(local)["AppURL"] == "http://localhost:8000/qbwc/a"


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://app.example.com/qbwc/a"},
        {"endpoint": "https://192.0.2.1/qbwc/a", "support_url": "https://192.0.2.1/s"},
        {"endpoint": "https://[2001:db8::1]/qbwc/a", "support_url": "https://[2001:db8::1]/s"},
        {"support_url": "https://elsewhere.example.com/support"},
        {"support_url": "mailto:help@app.example.com"},
        {"owner_id": "no guid"},
        {"file_id": ""},
        {"user_name": " "},
        {"user_name": "two\nlines"},
    ],
)
def test_what_the_web_connector_would_refuse_there_is_refused_here(wrong: dict[str, str]) -> None:
    with pytest.raises(LocalProtocolError):
        connector.invite(replace(INVITATION, **wrong))  # type: ignore[arg-type]
