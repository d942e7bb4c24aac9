"""Whole sessions: by hand, through zeep, and through a proxy that Mono makes from our WSDL as .NET would."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from zeep.exceptions import Fault

from dray_qbd import connector
from dray_qbd.company import TOO_OLD
from dray_qbd.serve import NO_SESSION
from dray_qbd.wsdl import OPERATIONS, wsdl
from dray_sdk import Answer, Books, Call, Failure, Purpose, Request
from tests.connectors.qbd.front_desk import FrontDesk, served
from tests.connectors.qbd.test_soap_messages import URL, call, operation, result
from tests.ground.services import program

FIRST = Request(Purpose.FIND, b'<?xml version="1.0"?>\n<?qbxml version="13.0"?>\n<QBXML>one &amp; &#8364;</QBXML>')
SECOND = Request(Purpose.WRITE, b'<?xml version="1.0"?>\n<?qbxml version="13.0"?>\n<QBXML>two</QBXML>')
ANSWER = "<?xml version=\"1.0\" ?>\n<QBXML><QBXMLMsgsRs>Łódź & 'x'</QBXMLMsgsRs></QBXML>"


@pytest.fixture
def about(reference_data: Path) -> str:
    return (reference_data / "qbd/responses/hcp-first-sendRequestXML.QBPro2014.xml").read_text()


def ask(desk: FrontDesk, name: str, **parameters: str) -> list[str]:
    return result(connector.serve(call(operation(name, **parameters)), desk).body)


# ---- authenticate


def test_nothing_due_ends_the_session_and_costs_the_desk_one_question() -> None:
    desk = FrontDesk()
    ticket, word = ask(desk, "authenticate", strUserName=desk.user, strPassword=desk.password)
    assert word == "none"
    assert ask(desk, "closeConnection", ticket=ticket) == ["OK"]
    assert ask(desk, "getLastError", ticket=ticket) == [""]
    assert ask(desk, "sendRequestXML", ticket=ticket) == [""]
    assert desk.calls == ["open"]


def test_an_idle_caller_is_slowed_by_the_fourth_element() -> None:
    desk = FrontDesk(again_in=300)
    assert ask(desk, "authenticate", strUserName=desk.user, strPassword=desk.password) == [
        NO_SESSION,
        "none",
        "",
        "300",
    ]


def test_a_closed_way_in_says_so_where_the_web_connector_shows_it() -> None:
    desk = FrontDesk(again_in=3600, closed="This connection was closed on 2 March 2026.")
    ticket, word, wait, pause = ask(desk, "authenticate", strUserName=desk.user, strPassword=desk.password)
    assert (word, wait, pause) == ("none", "", "3600")
    assert ask(desk, "sendRequestXML", ticket=ticket) == [""]
    said = "This connection was closed on 2 March 2026. Remove it in the Web Connector."
    assert ask(desk, "closeConnection", ticket=ticket) == [said]
    desk.sentence = desk.closed
    assert ask(desk, "getLastError", ticket=ticket) == [said]


def test_a_wrong_password_is_nvu() -> None:
    desk = FrontDesk(requests=[FIRST])
    assert ask(desk, "authenticate", strUserName=desk.user, strPassword="wrong") == [NO_SESSION, "nvu"]
    assert ask(desk, "authenticate") == [NO_SESSION, "nvu"]


def test_work_to_do_gives_a_ticket_and_the_open_company_file() -> None:
    desk = FrontDesk(requests=[FIRST])
    assert ask(desk, "authenticate", strUserName=desk.user, strPassword=desk.password) == [desk.ticket, ""]


def test_the_version_of_the_web_connector_never_opens_a_window_there() -> None:
    for version in ("2.1.0.30", "34.0.10018.91", "", "no version"):
        assert ask(FrontDesk(), "clientVersion", strVersion=version) == [""]


# ---- which books


def test_the_first_request_introduces_the_books_and_the_computer(about: str) -> None:
    desk = FrontDesk(requests=[FIRST])
    sent = ask(
        desk, "sendRequestXML", ticket=desk.ticket, strHCPResponse=about, strCompanyFileName=r"C:\QB\Acme.qbw",
        qbXMLCountry="US", qbXMLMajorVers="13", qbXMLMinorVers="0",
    )  # fmt: skip
    assert sent == [FIRST.body.decode()]
    assert desk.calls == ["introduce", "next"]
    _, ticket, books, machine = desk.told[0]
    assert (ticket, machine) == (desk.ticket, "REDACTED")
    assert books == Books(
        "myCompany",
        id="00000ee-1111-ffff-cccc-5ff123456047",
        place=r"C:\QB\Acme.qbw",
        edition="QuickBooks Pro 2014",
        country="US",
        protocol="13.0",
        currency="USD",
        preferences={
            "class_tracking": "off",
            "multicurrency": "off",
            "account_numbers": "off",
            "accounts_required": "on",
            "automatic_login": "off",
            "sales_tax": "off",
            "file_mode": "SingleUser",
            "owner_id": "512349b1-1111-2222-3333-000de1813d20",
        },
    )
    for private in ("12-3456789", "P.O. Box", "800-123", "myname@", "Anytown"):
        assert private not in repr(desk.told)


def test_tax_defaults_closing_date_currency_and_sample_are_read(about: str) -> None:
    about = (
        about.replace("<IsSampleCompany>false", "<IsSampleCompany>true")
        .replace(
            "</AccountingPreferences>",
            "<ClosingDate>2023-12-31</ClosingDate></AccountingPreferences>",
        )
        .replace(
            "<IsMultiCurrencyOn>false</IsMultiCurrencyOn>",
            "<IsMultiCurrencyOn>true</IsMultiCurrencyOn>"
            "<HomeCurrencyRef><ListID>1-1</ListID><FullName>Canadian Dollar</FullName></HomeCurrencyRef>",
        )
        .replace(
            "<TimeTrackingPreferences>",
            "<SalesTaxPreferences><DefaultItemSalesTaxRef><ListID>3-3</ListID><FullName>San Domingo</FullName>"
            "</DefaultItemSalesTaxRef><DefaultTaxableSalesTaxCodeRef><ListID>4-4</ListID><FullName>Tax</FullName>"
            "</DefaultTaxableSalesTaxCodeRef><DefaultNonTaxableSalesTaxCodeRef><ListID>5-5</ListID>"
            "<FullName>Non</FullName></DefaultNonTaxableSalesTaxCodeRef></SalesTaxPreferences>"
            "<TimeTrackingPreferences>",
        )
    )
    desk = FrontDesk()
    ask(desk, "sendRequestXML", ticket=desk.ticket, strHCPResponse=about)
    books = desk.told[0][2]
    assert isinstance(books, Books)
    assert books.sample
    assert books.closing_date == dt.date(2023, 12, 31)
    assert books.currency == "CAD"
    assert books.preferences["sales_tax"] == "on"
    assert books.preferences["tax_item"] == "San Domingo"
    assert (books.preferences["taxable_code"], books.preferences["taxable_code_id"]) == ("Tax", "4-4")
    assert (books.preferences["nontaxable_code"], books.preferences["nontaxable_code_id"]) == ("Non", "5-5")


def test_a_quickbooks_that_is_too_old_gets_nothing_and_a_sentence(about: str) -> None:
    desk = FrontDesk(requests=[FIRST])
    old = about.replace("<SupportedQBXMLVersion>13.0</SupportedQBXMLVersion>", "")
    assert ask(desk, "sendRequestXML", ticket=desk.ticket, strHCPResponse=old) == [""]
    assert desk.calls == ["introduce", "trouble"]
    assert desk.told[-1] == ("trouble", desk.ticket, "0x80040423", TOO_OLD)


@pytest.mark.parametrize("about", ["nonsense", "<QBXML/>", "<QBXML><QBXMLMsgsRs/></QBXML>", "<!DOCTYPE a><a/>"])
def test_an_unreadable_introduction_hands_out_nothing(about: str) -> None:
    desk = FrontDesk(requests=[FIRST])
    assert ask(desk, "sendRequestXML", ticket=desk.ticket, strHCPResponse=about) == [""]
    assert desk.calls == ["trouble"]


def test_later_requests_introduce_nothing() -> None:
    desk = FrontDesk(requests=[FIRST])
    assert ask(desk, "sendRequestXML", ticket=desk.ticket, strHCPResponse="") == [FIRST.body.decode()]
    assert desk.calls == ["next"]


# ---- answers


def test_an_answer_arrives_as_the_bytes_of_its_text() -> None:
    desk = FrontDesk(requests=[FIRST, SECOND])
    assert ask(desk, "receiveResponseXML", ticket=desk.ticket, response=ANSWER) == ["50"]
    assert desk.responses == [Answer(ANSWER.encode())]


def test_an_hresult_is_a_failure() -> None:
    desk = FrontDesk(requests=[FIRST])
    assert ask(desk, "receiveResponseXML", ticket=desk.ticket, hresult="0x80040400", message="found an error") == [
        "100"
    ]
    assert desk.responses == [Failure("0x80040400", "found an error")]


def test_an_answer_beside_an_hresult_is_not_thrown_away() -> None:
    desk = FrontDesk(requests=[FIRST])
    ask(desk, "receiveResponseXML", ticket=desk.ticket, response=ANSWER, hresult="0x80040402")
    assert desk.responses == [Answer(ANSWER.encode())]


def test_trouble_at_the_books_is_told_and_ends_the_session() -> None:
    desk = FrontDesk()
    assert ask(desk, "connectionError", ticket="T", hresult="0x80040408", message="Could not start QuickBooks.") == [
        "done"
    ]
    assert desk.told == [("trouble", "T", "0x80040408", "Could not start QuickBooks.")]


# ---- clients that we did not write


def test_the_wsdl_names_every_operation_at_the_address_that_was_called() -> None:
    reply = connector.serve(Call("GET", URL + "?", "in_1", query="WSDL"), FrontDesk())
    assert (reply.status, reply.media_type) == (200, "text/xml; charset=utf-8")
    assert reply.body == wsdl(URL + "?")
    root = etree.fromstring(wsdl("https://a.example/x?a=1&b=\"'<>"))
    address = root.find(".//{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert address is not None
    assert address.get("location") == "https://a.example/x?a=1&b=\"'<>"
    assert set(OPERATIONS) >= {"serverVersion", "clientVersion", "authenticate", "sendRequestXML", "receiveResponseXML"}


def dialled(url: str) -> Any:
    return zeep.Client(f"{url}?wsdl")  # type: ignore[no-untyped-call]


def test_zeep_completes_a_session(about: str) -> None:
    desk = FrontDesk(requests=[FIRST, SECOND])
    with served(desk) as url:
        client = dialled(url).service
        assert client.serverVersion() == connector.version
        assert not client.clientVersion("2.3.0.215")
        ticket, company_file = client.authenticate(desk.user, desk.password)
        assert not company_file
        sent = client.sendRequestXML(ticket, about, r"C:\QB\Acme.qbw", "US", 16, 0)
        assert sent == FIRST.body.decode()
        assert client.receiveResponseXML(ticket, ANSWER, "", "") == 50
        assert client.sendRequestXML(ticket, "", r"C:\QB\Acme.qbw", "US", 16, 0) == SECOND.body.decode()
        assert client.receiveResponseXML(ticket, "", "0x80040400", "No.") == 100
        assert not client.getInteractiveURL(ticket, "session")
        assert client.interactiveDone(ticket) == "DONE"
        assert not client.interactiveRejected(ticket, "no")
        assert client.connectionError(ticket, "0x80040408", "Could not start QuickBooks.") == "done"
        assert client.getLastError(ticket) == desk.sentence
        assert client.closeConnection(ticket) == "OK"
    assert desk.responses == [Answer(ANSWER.encode()), Failure("0x80040400", "No.")]


def test_zeep_reads_a_fault() -> None:
    with served(FrontDesk()) as url:
        client = dialled(url)
        answer = client.transport.post(url, b"<x/>", {})
        with pytest.raises(Fault) as raised:
            client.service._binding.process_reply(client, client.service._binding.get("serverVersion"), answer)
    assert raised.value.code == "soap:VersionMismatch"


PROGRAM = """
using System;
class Session {
  static void Say(string what, object value) { Console.WriteLine(what + "=" + value); }
  static int Main(string[] a) {
    var c = new QBWebConnectorSvc();
    c.Url = a[0];
    Say("server", c.serverVersion());
    Say("client", c.clientVersion("34.0.10018.91"));
    string[] r = c.authenticate(a[1], a[2]);
    Say("elements", r.Length);
    Say("word", r[1]);
    string about = System.IO.File.ReadAllText(a[3]);
    Say("first", c.sendRequestXML(r[0], about, "C:\\\\QB\\\\Acme.qbw", "US", 16, 0).Length);
    Say("percent", c.receiveResponseXML(r[0], System.IO.File.ReadAllText(a[4]), "", ""));
    Say("second", c.sendRequestXML(r[0], "", "C:\\\\QB\\\\Acme.qbw", "US", 16, 0));
    Say("percent", c.receiveResponseXML(r[0], null, "0x80040400", "No."));
    Say("last", c.getLastError(r[0]));
    Say("interactive", c.interactiveDone(r[0]));
    Say("closed", c.closeConnection(r[0]));
    string[] none = c.authenticate(a[1], "wrong");
    Say("nvu", none[1]);
    try { c.Url = a[0] + "?wsdl"; c.sendRequestXML(null, "<", null, null, 0, 0); Say("null", "taken"); }
    catch (System.Web.Services.Protocols.SoapException e) { Say("fault", e.Code.Name); }
    return 0;
  }
}
"""


@pytest.mark.mono
def test_a_proxy_that_mono_makes_completes_a_session(about: str, tmp_path: Path) -> None:
    for name in ("wsdl", "mcs", "mono"):
        program(name)

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    desk = FrontDesk(requests=[FIRST, SECOND])
    with served(desk) as url:
        (tmp_path / "service.wsdl").write_bytes(wsdl(url))
        (tmp_path / "about.xml").write_text(about)
        (tmp_path / "answer.xml").write_text(ANSWER, encoding="utf-8")
        (tmp_path / "Session.cs").write_text(PROGRAM)
        run("wsdl", "-l:CS", "-out:Proxy.cs", "service.wsdl")
        run("mcs", "-r:System.Web.Services", "-out:session.exe", "Session.cs", "Proxy.cs")
        said = run("mono", "session.exe", url, desk.user, desk.password, "about.xml", "answer.xml")

    assert said.splitlines() == [
        f"server={connector.version}",
        "client=",
        "elements=2",
        "word=",
        f"first={len(FIRST.body)}",
        "percent=50",
        *f"second={SECOND.body.decode()}".splitlines(),
        "percent=100",
        f"last={desk.sentence}",
        "interactive=DONE",
        "closed=OK",
        "nvu=nvu",
        "null=taken",
    ]
    assert desk.responses == [Answer(ANSWER.encode()), Failure("0x80040400", "No.")]
