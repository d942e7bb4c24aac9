"""What each call of the Web Connector means to people who watch a set-up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dray_qbd import connector, soap
from dray_qbd.narration import MEANINGS
from dray_qbd.serve import _OPERATIONS
from dray_sdk import Call
from tests.connectors.qbd.test_soap_messages import ENVELOPE, operation


def call(name: str, **parameters: str) -> bytes:
    return (ENVELOPE % operation(name, **parameters)).encode()


def told(body: bytes) -> str:
    return connector.narrate(Call("POST", "https://dray.example/qbwc/in_1", "in_1", body=body)).sentence


def test_every_operation_has_a_meaning() -> None:
    assert set(MEANINGS) == set(_OPERATIONS)


def test_the_version_is_told_and_no_password() -> None:
    said = connector.narrate(Call("POST", "u", "in_1", body=call("clientVersion", strVersion="34.0.10.5")))
    assert (said.name, said.program, said.sentence) == ("clientVersion", "34.0.10.5", "Web Connector 34.0.10.5.")
    secret = "ABCD-EFGH-JKMN-PQRS-TVWX"
    assert secret not in str(connector.narrate(Call("POST", "u", "i", body=call("authenticate", strPassword=secret))))


def test_looking_at_the_address_is_the_check_of_the_certificate() -> None:
    assert connector.narrate(Call("GET", "u", "in_1")).name == "certificate check"
    assert connector.narrate(Call("GET", "u", "in_1", query="WSDL")).name == "description"


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    assert told(body)


def test_what_there_is_not_is_said() -> None:
    assert told(call("formatDisk")) == "Called something that there is not."
    assert soap.INTUIT.encode() in call("formatDisk")
