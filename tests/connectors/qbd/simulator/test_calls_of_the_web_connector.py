"""What the pretend Web Connector calls, in which order and bytes, and what it cannot stand."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from dray_qbd.simulator import Company, Faults, soap
from dray_qbd.simulator.webconnector import Habits
from tests.connectors.qbd.simulator.asking import invoice, line, message_set, quickbooks
from tests.connectors.qbd.simulator.pretend_server import (
    FILE,
    OWNER,
    PASSWORD,
    READ_CUSTOMERS,
    PretendServer,
    Series,
    connector,
    envelope,
)

OPENING = ["serverVersion", "clientVersion", "authenticate"]


def test_a_session_goes_from_server_version_to_close_connection() -> None:
    server = PretendServer(receiveResponseXML=Series(50, 100), closeConnection="2 answers")
    report = connector(server).run_once()
    assert server.operations == [
        *OPENING,
        "sendRequestXML",
        "receiveResponseXML",
        "sendRequestXML",
        "receiveResponseXML",
        "closeConnection",
    ]
    assert (report.status, report.sent, report.received, report.code) == ("2 answers", 2, 2, None)
    assert report.calls == server.operations


def test_the_bytes_of_every_call_are_those_of_dot_net(reference_data: Path) -> None:
    calls = {
        "01-serverVersion": {},
        "02-clientVersion": {"strVersion": "2.3.0.215"},
        "03-authenticate-open-file": {"strUserName": "acct_7f3", "strPassword": "s3cret"},
        "10-receiveResponseXML-hresult": None,
        "09-sendRequestXML-later": None,
        "08-receiveResponseXML-ok": None,
        "12-connectionError": None,
        "13-closeConnection": None,
    }
    for file, known in calls.items():
        recorded = (reference_data / f"qbd/soap/{file}.request.http").read_bytes().replace(b"\r\n", b"\n")
        head, _, body = recorded.partition(b"\n\n")
        call = etree.fromstring(body)[0][0]
        operation = etree.QName(call).localname
        arguments = known if known is not None else {etree.QName(one).localname: one.text or "" for one in call}
        assert soap.request(operation, list(arguments.items())) == body.rstrip(b"\n"), file
        said = [tuple(row.split(": ", 1)) for row in head.decode().splitlines()[1:4]]
        assert list(soap.headers(operation)) == said, file


def test_a_call_brings_no_cookie_and_takes_no_compression() -> None:
    server = PretendServer()
    connector(server).run_once()
    for environ in server.environs:
        assert environ["HTTP_EXPECT"] == "100-continue"
        assert "HTTP_COOKIE" not in environ
        assert "HTTP_ACCEPT_ENCODING" not in environ


def test_company_data_comes_with_the_first_request_alone() -> None:
    server = PretendServer(receiveResponseXML=Series(1, 100))
    web_connector = connector(server)
    web_connector.add()
    web_connector.run_once()
    first, second = server.told("sendRequestXML", "strHCPResponse")
    assert second == ""
    batch = etree.fromstring(first)[0]
    assert [response.tag for response in batch] == ["HostQueryRs", "CompanyQueryRs", "PreferencesQueryRs"]
    stamps = {ret.findtext("DataExtName"): ret.findtext("DataExtValue") for ret in batch.iter("DataExtRet")}
    assert stamps["FileID"] == FILE
    assert str(stamps["AppLock"]).startswith("LOCKED:OFFICE-PC:")
    assert "98-7654321" in first
    assert server.told("sendRequestXML", "qbXMLCountry") == ["US", "US"]
    assert server.told("sendRequestXML", "qbXMLMajorVers") == ["16", "16"]
    assert server.told("sendRequestXML", "strCompanyFileName")[0].endswith("Larkspur.qbw")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("none", "No data exchange required"),
        ("NONE", "No data exchange required"),
        ("nvu", "Invalid password for username"),
        ("Busy", "Application Busy"),
    ],
)
def test_a_word_in_any_case_ends_the_session_at_once(answer: str, status: str) -> None:
    server = PretendServer(authenticate=["t", answer])
    report = connector(server).run_once()
    assert server.operations == [*OPENING, "closeConnection"]
    assert report.status == status


def test_some_web_connectors_do_not_close_an_idle_session() -> None:
    server = PretendServer(authenticate=["t", "none"])
    connector(server, habits=Habits(closes_when_idle=False)).run_once()
    assert server.operations == OPENING


def test_a_postponed_update_is_dropped_even_with_work_to_do() -> None:
    server = PretendServer(authenticate=["t", "", "120", "300"])
    report = connector(server).run_once()
    assert server.operations == [*OPENING, "closeConnection"]
    assert (report.status, report.postponed, report.minimum) == ("Update postponed by application.", 120, 300)


def test_white_space_around_a_word_makes_it_a_path() -> None:
    server = PretendServer(authenticate=["t", "\n none \n"])
    connector(server).run_once()
    assert "connectionError" in server.operations


def test_an_empty_request_asks_for_the_last_error_and_closes() -> None:
    server = PretendServer(sendRequestXML="", getLastError="This is another company file.")
    report = connector(server).run_once()
    assert server.operations == [*OPENING, "sendRequestXML", "getLastError", "closeConnection"]
    assert report.status == "This is another company file."


def test_no_op_waits_and_asks_again() -> None:
    waits: list[float] = []
    server = PretendServer(sendRequestXML=Series("", "", READ_CUSTOMERS), getLastError="NoOp")
    connector(server, sleep=waits.append).run_once()
    assert waits == [5.0, 5.0]
    assert server.operations[-2:] == ["receiveResponseXML", "closeConnection"]


def test_an_interactive_session_is_declined() -> None:
    server = PretendServer(
        sendRequestXML="", getLastError="Interactive mode", getInteractiveURL="https://x", interactiveRejected="ok"
    )
    connector(server).run_once()
    assert server.operations[-3:] == ["getInteractiveURL", "interactiveRejected", "closeConnection"]


def test_a_negative_number_asks_for_the_last_error() -> None:
    server = PretendServer(receiveResponseXML=-1, getLastError="Something is wrong")
    report = connector(server).run_once()
    assert server.operations[-3:] == ["receiveResponseXML", "getLastError", "closeConnection"]
    assert report.status == "Something is wrong"


def test_what_quickbooks_cannot_parse_is_reported_with_its_code() -> None:
    server = PretendServer(sendRequestXML="NoOp")
    connector(server).run_once()
    assert server.told("receiveResponseXML", "response") == [""]
    assert server.told("receiveResponseXML", "hresult") == ["0x80040400"]
    assert server.told("receiveResponseXML", "message") == [
        "QuickBooks found an error when parsing the provided XML text stream."
    ]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (
            {"authenticate": envelope("authenticate", '<string xmlns="urn:a">t</string><string xmlns="urn:a" />')},
            "QBWC1012",
        ),
        ({"authenticate": ["only a ticket"]}, "QBWC1012"),
        ({"authenticate": b"<html><body>Sorry"}, "QBWC1012"),
        ({"receiveResponseXML": "50.0"}, "QBWC1042"),
        ({"receiveResponseXML": " 50"}, "QBWC1042"),
        ({"receiveResponseXML": ""}, "QBWC1042"),
        ({"sendRequestXML": b"not xml"}, "QBWC1041"),
        ({"closeConnection": b"not xml"}, "QBWC1044"),
        ({"receiveResponseXML": -1, "getLastError": b"not xml"}, "QBWC1043"),
    ],
)
def test_an_answer_that_dot_net_cannot_read_ends_the_run_with_its_code(answers: dict[str, Any], code: str) -> None:
    assert connector(PretendServer(**answers)).run_once().code == code


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/soap+xml", "application/xml", ""])
def test_another_content_type_is_not_read(content_type: str) -> None:
    server = PretendServer()
    server.content_type = content_type
    report = connector(server).run_once()
    assert report.code == "QBWC1036"
    assert "but expected 'text/xml'" in report.status


@pytest.mark.parametrize("status", ["302 Found", "308 Permanent Redirect", "404 Not Found", "429 Slow", "503 Busy"])
def test_another_status_than_200_is_not_followed_nor_read(status: str) -> None:
    server = PretendServer()
    server.status = status
    report = connector(server).run_once()
    assert report.code == "QBWC1036"
    assert len(server.calls) == 1


def test_unknown_versions_and_operations_are_only_written_down() -> None:
    server = PretendServer()
    del server.answers["serverVersion"], server.answers["clientVersion"]
    report = connector(server, faults=Faults(unknown_operation=1)).run_once()
    assert server.operations[:4] == ["getServerVersion", *OPENING]
    assert report.code is None
    assert "no such operation" in str(report.trace)


@pytest.mark.parametrize("answer", ["W:There is a newer version", "E:Too old"])
def test_a_warning_or_error_about_the_version_stops_before_anything(answer: str) -> None:
    server = PretendServer(clientVersion=answer)
    report = connector(server).run_once()
    assert server.operations == OPENING[:2]
    assert (report.code, report.status) == ("QBWC1037", answer[2:])


@pytest.mark.parametrize(
    ("fault", "hresult"),
    [("dialog", "0x80040414"), ("closed", "0x80040416"), ("wrong_file", "0x8004040A"), ("starting", "0x80040424")],
)
def test_a_quickbooks_that_takes_no_session_is_reported(fault: str, hresult: str) -> None:
    server = PretendServer(connectionError="DONE")
    report = connector(server, faults=Faults.parse([fault])).run_once()
    assert server.operations == [*OPENING, "connectionError"]
    assert server.told("connectionError", "hresult") == [hresult]
    assert report.code == "QBWC1013"


def test_another_path_is_tried_and_not_for_ever() -> None:
    company = Company.sample()
    server = PretendServer(authenticate=["t", r"C:\old\books.qbw"], connectionError="")
    assert connector(server, quickbooks(company)).run_once().code is None
    assert server.operations.count("connectionError") == 1
    stubborn = PretendServer(authenticate=["t", r"C:\old\books.qbw"], connectionError=r"C:\other.qbw")
    assert connector(stubborn, quickbooks(company)).run_once().code == "QBWC1013"
    assert stubborn.operations.count("connectionError") == 3


def test_a_closed_quickbooks_opens_the_file_that_is_named() -> None:
    company = Company.sample()
    server = PretendServer(authenticate=["t", company.settings.path])
    assert connector(server, quickbooks(company, Faults(closed=1))).run_once().code is None


def test_the_password_and_the_messages_are_not_in_the_log() -> None:
    server = PretendServer()
    report = connector(server).run_once()
    assert server.told("authenticate", "strPassword") == [PASSWORD]
    assert PASSWORD not in str(report.trace)
    assert "98-7654321" not in str(report.trace)
    assert "QBWebConnector.SOAPWebService.do_authenticate()" in str(report.trace)


POST = message_set(invoice("1", line("Widget")), newMessageSetID="a1")


def test_a_lost_receive_has_posted_and_the_server_never_hears_of_it() -> None:
    books = quickbooks(faults=Faults(lost_receive=1))
    server = PretendServer(sendRequestXML=POST)
    report = connector(server, books).run_once()
    assert server.operations == [*OPENING, "sendRequestXML"]
    assert (report.code, report.invoices, len(books.company.transactions["Invoice"])) == ("QBWC1042", 1, 1)


def test_a_lost_answer_to_receive_was_heard_by_the_server() -> None:
    server = PretendServer(sendRequestXML=POST)
    report = connector(server, faults=Faults(lost_receive_answer=1)).run_once()
    assert server.operations[-1] == "receiveResponseXML"
    assert report.code == "QBWC1042"


def test_a_lost_reply_has_posted_nothing() -> None:
    books = quickbooks(faults=Faults(lost_reply=1))
    server = PretendServer(sendRequestXML=POST)
    connector(server, books).run_once()
    assert server.operations == [*OPENING, "sendRequestXML"]
    assert not books.company.transactions


def test_a_doubled_request_or_answer_posts_once() -> None:
    books = quickbooks(faults=Faults(duplicate_send=1, duplicate_receive=1))
    server = PretendServer(sendRequestXML=POST)
    connector(server, books).run_once()
    assert server.operations[3:] == ["sendRequestXML"] * 2 + ["receiveResponseXML"] * 2 + ["closeConnection"]
    assert len(books.company.transactions["Invoice"]) == 1
    assert len(set(server.bodies[3:5])) == 1


@pytest.mark.parametrize("calls", [1, 3, 4, 5])
def test_a_killed_web_connector_makes_no_further_call(calls: int) -> None:
    server = PretendServer()
    web_connector = connector(server, faults=Faults(abandoned=calls))
    web_connector.run_once()
    assert len(server.calls) == calls
    web_connector.run_once()
    assert server.operations[-1] == "closeConnection"


def test_a_quickbooks_that_dies_in_a_set_is_reported() -> None:
    books = quickbooks(faults=Faults(die_in_set=1))
    server = PretendServer(sendRequestXML=POST)
    connector(server, books).run_once()
    assert server.told("receiveResponseXML", "hresult") == ["0x80010105"]
    assert len(books.company.transactions["Invoice"]) == 1


def test_the_locks_owner_is_the_machine() -> None:
    books = quickbooks()
    connector(PretendServer(), books, machine="BACK-OFFICE").run_once()
    assert str(books.stamped(OWNER, "AppLock")).startswith("UNLOCKED:BACK-OFFICE:")
