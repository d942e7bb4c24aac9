"""The .qwc file is one that the Web Connector takes, whatever the tenant is called."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from urllib.parse import urlsplit

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


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
HOSTILE = st.sampled_from(
    [
        '"O\'Brien" & <Sons>',
        "]]>",
        "<!--",
        "&amp;",
        "x" * 200,
        "\u05e9\u05dc\u05d5\u05dd",
        "\u202eevil\u202c",
        "\0",
        "",
        "  ",
    ]
)
NAMES = ANYTHING | HOSTILE | st.builds(lambda one, other: one + other, ANYTHING, HOSTILE)
NEEDED = ("AppName", "AppID", "AppURL", "AppDescription", "AppSupport", "UserName", "OwnerID", "FileID", "QBType")
CHOICES = {
    "QBType": {"QBFS", "QBPOS"},
    "Style": {"Document", "DocWrapped", "RPC"},
    "IsReadOnly": {"false"},
    "PersonalDataPref": {"pdpNotNeeded"},
    "UnattendedModePref": {"umpRequired", "umpOptional"},
}


@given(NAMES, NAMES, st.lists(NAMES, max_size=3).map(tuple), st.integers(-3, 10_000))
def test_every_rule_of_the_guide_holds_whatever_a_tenant_is_called(
    product: str, description: str, reach: tuple[str, ...], minutes: int
) -> None:
    wanted = replace(INVITATION, product=product, description=description, help=reach, every_minutes=minutes)
    file = connector.invite(wanted)
    text = file.content.decode("utf-8")  # UTF-8, and no mark before it
    assert text.startswith("<?xml")
    root = etree.fromstring(file.content)
    assert "<!DOCTYPE" not in text.partition("<QBWCXML>")[0]
    names = [str(child.tag) for child in root]
    assert len(names) == len(set(names))
    assert set(NEEDED) <= set(names)
    found = values(wanted)
    for name, allowed in CHOICES.items():
        assert found[name] in allowed
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", found["OwnerID"])
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", found["FileID"])
    url, support = urlsplit(found["AppURL"]), urlsplit(found["AppSupport"])
    assert (url.scheme, url.hostname) == ("https", support.hostname)
    assert [each.tag for each in root.iterfind("Scheduler/*")] == ["RunEveryNMinutes"]
    assert int(found["Scheduler"]) >= 1
    assert 0 < len(found["AppName"]) <= 60
    assert 0 < len(found["AppDescription"]) <= 80
    for name in ("AppName", "AppDescription"):
        assert found[name] == " ".join(found[name].split())
        assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in found[name])
    assert (found["AppURL"], found["UserName"]) == (INVITATION.endpoint, INVITATION.user_name)
    assert re.fullmatch(r"[a-zA-Z0-9_-]+\.qwc", file.name)


def test_where_to_get_help_is_told_as_far_as_there_is_room() -> None:
    def told(*reach: str, description: str = "QuickBooks") -> str:
        return values(replace(INVITATION, description=description, help=reach))["AppDescription"]

    assert told("+1 555 0100", "help@dray.example") == "QuickBooks. Help: +1 555 0100, help@dray.example"
    assert told("+1 555 0100", "x" * 60) == "QuickBooks. Help: +1 555 0100"
    assert told("+1 555 0100", description="x" * 75) == "x" * 75
    assert told() == "QuickBooks"


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
