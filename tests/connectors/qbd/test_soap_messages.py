"""SOAP 1.1 is read liberally and written to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dray_qbd import connector, soap
from dray_sdk import Call, Request, Stop
from dray_sdk.wire import Purpose
from tests.connectors.qbd.front_desk import FrontDesk

URL = "https://app.example.com/qbwc/in_1"
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
    "%s</soap:Body></soap:Envelope>"
)


def call(inside: str) -> Call:
    return Call("POST", URL, "in_1", body=(ENVELOPE % inside).encode())


def operation(name: str, **parameters: str) -> str:
    values = "".join(f"<{key}>{soap.escape(value)}</{key}>" for key, value in parameters.items())
    return f'<{name} xmlns="http://developer.intuit.com/">{values}</{name}>'


def result(body: bytes) -> list[str]:
    found = etree.fromstring(body)[0][0][0]
    return [child.text or "" for child in found] if len(found) else [found.text or ""]


# ---- the guide's own samples

SAMPLES = {
    "01-serverVersion": {"1.0.0": connector.version},
    "02-clientVersion": {},
    "03-authenticate-open-file": {},
    "04-authenticate-none": {"85b41bee-5cd9-427a-a61b-83964f1eb426": "00000000-0000-0000-0000-000000000000"},
    "05-authenticate-nvu": {"85b41bee-5cd9-427a-a61b-83964f1eb426": "00000000-0000-0000-0000-000000000000"},
    "08-receiveResponseXML-ok": {},
    "10-receiveResponseXML-hresult": {"-101": "50"},
    "11-getLastError": {},
    "12-connectionError": {},
    "13-closeConnection": {"OK - 3 invoices sent": "OK"},
    "14-getInteractiveURL": {"https://app.example.com/quickbooks/interactive": ""},
    "15-interactiveDone": {},
    "16-interactiveRejected": {"Interactive session was not allowed": ""},
}


def wire(path: Path) -> tuple[dict[str, str], bytes]:
    head, _, body = path.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
    return dict(line.split(": ", 1) for line in head.decode().splitlines()[1:]), body


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_call_is_answered_byte_for_byte_as_dot_net_expects(reference_data: Path, name: str) -> None:
    folder = reference_data / "qbd" / "soap"
    headers, body = wire(folder / f"{name}.request.http")
    wanted_headers, wanted = wire(folder / f"{name}.response.http")
    for theirs, ours in SAMPLES[name].items():
        wanted = wanted.replace(theirs.encode(), ours.encode())
    work = [] if "none" in name else [Request(Purpose.FIND, b"<QBXML/>")] * 2
    desk = FrontDesk("acct_7f3", "s3cret", requests=work)
    desk.sentence = "Invoice INV-1001 could not be read by QuickBooks. See https://app.example.com/quickbooks"

    reply = connector.serve(Call("POST", URL, "in_1", headers=headers, body=body), desk)

    assert reply.status == 200
    assert reply.media_type == wanted_headers["Content-Type"]
    assert reply.body == wanted


def test_the_first_request_carries_what_quickbooks_gets_escaped_once(reference_data: Path) -> None:
    document = b'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="13.0"?>\n<QBXML>&#233;</QBXML>'
    desk = FrontDesk(requests=[Request(Purpose.FIND, document)])

    reply = connector.serve(call(operation("sendRequestXML", ticket=desk.ticket)), desk)

    assert b'&lt;?qbxml version="13.0"?&gt;\n&lt;QBXML&gt;&amp;#233;&lt;/QBXML&gt;' in reply.body
    assert result(reply.body) == [document.decode()]


# ---- reading


@pytest.mark.parametrize(
    "inside",
    [
        '<q:getLastError xmlns:q="http://developer.intuit.com/"><q:ticket>T</q:ticket></q:getLastError>',
        '<getLastError xmlns="http://developer.intuit.com/"><!-- x --><ticket>T</ticket></getLastError>',
        (
            '\n  <q1:getLastError soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" '
            'xmlns:q1="http://developer.intuit.com/"><ticket xsi:type="xsd:string">T</ticket></q1:getLastError>\n'
        ),
        '<getLastError xmlns="http://developer.intuit.com/"><ticket><![CDATA[T]]></ticket></getLastError>',
    ],
)
def test_prefixes_comments_rpc_style_and_cdata_read_alike(inside: str) -> None:
    desk = FrontDesk()
    assert connector.serve(call(inside), desk).status == 200
    assert desk.told == [("last_words", "T")]


def test_a_parameter_that_was_left_out_or_closed_at_once_is_empty() -> None:
    for inside in (
        operation("receiveResponseXML", ticket="T"),
        operation("receiveResponseXML", ticket="T", message=""),
    ):
        desk = FrontDesk()
        reply = connector.serve(call(inside.replace("<message></message>", "<message />")), desk)
        assert result(reply.body) == ["-1"]


def test_the_body_is_believed_where_the_soap_action_disagrees() -> None:
    asked = Call("POST", URL, "in_1", headers={"SOAPAction": '"http://developer.intuit.com/closeConnection"'},
                 body=call(operation("serverVersion")).body)  # fmt: skip
    desk = FrontDesk()
    assert result(connector.serve(asked, desk).body) == [connector.version]
    assert desk.told == []


def test_a_text_of_twenty_megabytes_is_refused_and_one_of_fifteen_is_read() -> None:
    desk = FrontDesk()
    desk.requests = [Request(Purpose.FIND, b"<QBXML/>")]
    for megabytes, status in ((15, 200), (20, 500)):
        asked = call(operation("receiveResponseXML", ticket=desk.ticket, response="x" * (megabytes * 2**20)))
        assert connector.serve(asked, desk).status == status
    assert len(desk.responses) == 1


# ---- what is no call


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "Client"),
        (b"not xml at all", "Client"),
        (b"<a>", "Client"),
        (b"<html><body>hello</body></html>", "VersionMismatch"),
        (ENVELOPE.encode() % b"", "Client"),
        (ENVELOPE.encode() % b'<authenticate xmlns="http://elsewhere.example/"/>', "Client"),
        (ENVELOPE.encode() % b"<authenticate/>", "Client"),
        (ENVELOPE.encode() % b'<dropTables xmlns="http://developer.intuit.com/"/>', "Client"),
        (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            + (ENVELOPE.split("?>", 1)[1] % operation("getLastError", ticket="T")).encode(),
            "Client",
        ),
        (
            (ENVELOPE % operation("getLastError", ticket="T"))
            .replace('encoding="utf-8"?>', 'encoding="utf-16"?><!DOCTYPE lolz [<!ENTITY lol "lol">]>')
            .encode("utf-16"),
            "Client",
        ),
        (
            (
                b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>'
                b'<serverVersion xmlns="http://developer.intuit.com/"/></e:Body></e:Envelope>'
            ),
            "VersionMismatch",
        ),
    ],
)
def test_what_is_no_call_gets_a_fault_and_touches_nothing(body: bytes, code: str) -> None:
    desk = FrontDesk()
    reply = connector.serve(Call("POST", URL, "in_1", body=body), desk)
    assert (reply.status, reply.media_type) == (500, "text/xml; charset=utf-8")
    fault = etree.fromstring(reply.body).find(".//{http://schemas.xmlsoap.org/soap/envelope/}Fault")
    assert fault is not None
    assert fault.findtext("faultcode") == f"soap:{code}"
    assert [len(detail) for detail in fault.iterfind("detail")] == [0]
    assert desk.told == []


@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: (ENVELOPE % text).encode("utf-8", "replace"))
    )
)
def test_hostile_bytes_never_raise_and_never_reach_the_desk(body: bytes) -> None:
    desk = FrontDesk()
    reply = connector.serve(Call("POST", URL, "in_1", body=body), desk)
    assert reply.status in (200, 500)
    etree.fromstring(reply.body)
    assert desk.told == []


@given(
    st.sampled_from(["authenticate", "sendRequestXML", "receiveResponseXML", "connectionError", "getLastError",
                     "closeConnection", "getInteractiveURL", "interactiveDone", "isInteractiveDone", "getServerVersion",
                     "interactiveRejected"]),
    st.dictionaries(
        st.sampled_from(["ticket", "strHCPResponse", "response", "hresult", "message", "strUserName", "wcTicket"]),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80),
    ),
)  # fmt: skip
def test_any_values_of_parameters_get_an_answer_inside_the_protocol(name: str, parameters: dict[str, str]) -> None:
    reply = connector.serve(call(operation(name, **parameters)), FrontDesk())
    assert reply.status == 200
    etree.fromstring(reply.body)


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_a_value_arrives_as_it_was_without_what_xml_cannot_hold(text: str) -> None:
    held = "".join(
        char
        for char in text
        if char in "\t\n\r" or 0x20 <= ord(char) < 0xD800 or 0xE000 <= ord(char) not in (0xFFFE, 0xFFFF)
    )
    assert result(soap.respond("getLastError", text)) == [held]


# ---- what people see


def test_a_person_who_opens_the_address_reads_plain_words() -> None:
    desk = FrontDesk()
    reply = connector.serve(Call("GET", URL, "in_1"), desk)
    assert (reply.status, reply.media_type) == (200, "text/html; charset=utf-8")
    assert b"It works" in reply.body
    assert desk.told == []


def test_other_methods_are_told_what_is_taken() -> None:
    reply = connector.serve(Call("DELETE", URL, "in_1"), FrontDesk())
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_stop_ends_the_session_with_an_empty_request(reference_data: Path) -> None:
    about = (reference_data / "qbd/responses/hcp-first-sendRequestXML.QBPro2014.xml").read_text()
    desk = FrontDesk(requests=[Request(Purpose.FIND, b"<QBXML/>")], stop="This is another company file.")
    reply = connector.serve(call(operation("sendRequestXML", ticket=desk.ticket, strHCPResponse=about)), desk)
    assert result(reply.body) == [""]
    assert desk.calls == ["introduce"]
    assert isinstance(desk.introduce(desk.ticket, None), Stop)  # type: ignore[arg-type]
