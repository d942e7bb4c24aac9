"""The rules under which the Web Connector takes a .qwc file."""

from pathlib import Path

import pytest

from dray_qbd.simulator import AddRefused, Company, Faults, Qwc, WebConnector, WsgiTransport
from tests.connectors.qbd.simulator.asking import quickbooks
from tests.connectors.qbd.simulator.pretend_server import FILE, OWNER, PretendServer, connector, qwc, qwc_text

OTHER = "{11111111-2222-3333-4444-555555555555}"


def refused(text: str, server: PretendServer | None = None, company: Company | None = None) -> str:
    try:
        WebConnector(WsgiTransport(server or PretendServer()), quickbooks(company), Qwc.read(text), "").add()
    except AddRefused as refusal:
        return refusal.code
    return "added"


def test_a_good_file_is_added_its_pages_fetched_and_the_company_stamped() -> None:
    books, server = quickbooks(), PretendServer()
    connector(server, books).add()
    assert server.fetched == ["/qbwc/k3/support", "/qbwc/k3"]
    assert server.calls == []
    assert books.stamped(OWNER, "FileID") == FILE


def test_intuits_own_samples_are_read(reference_data: Path) -> None:
    files = sorted((reference_data / "qbd/qwc").glob("*.qwc"))
    assert len(files) == 3
    for file in files:
        assert Qwc.read(file.read_bytes()).auth_flags == 0xF


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"AppSupport": "https://help.example/x"}, "QBWC1000"),
        ({"AppURL": "https://10.0.0.1/q", "AppSupport": "https://10.0.0.1/s"}, "QBWC1001"),
        ({"AppSupport": "https://10.0.0.1/s"}, "QBWC1002"),
        ({"AppURL": "http://dray.example/q", "AppSupport": "http://dray.example/s"}, "QBWC1051"),
        ({"OwnerID": "57F3B9B1-86F1-4FCC-B1EE-566DE1813D20"}, "QBWC1039"),
        ({"FileID": "{nonsense}"}, "QBWC1039"),
        ({"QBType": "QBXX"}, "QBWC1039"),
        ({"IsReadOnly": "true"}, "QBWC1039"),
        ({"AuthFlags": "0x1"}, "QBWC1034"),
        *(({name: "-"}, "QBWC1039") for name in ("AppName", "AppID", "AppURL", "AppSupport", "UserName", "FileID")),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_code(changes: dict[str, str], code: str) -> None:
    assert refused(qwc_text(**changes)) == code


def test_localhost_needs_no_https() -> None:
    books = quickbooks()
    local = qwc(AppURL="http://localhost:8000/q", AppSupport="http://localhost:8000/s", AuthFlags="0x8")
    WebConnector(WsgiTransport(PretendServer()), books, local, "").add()
    assert books.stamped(OWNER, "FileID") == FILE


@pytest.mark.parametrize(
    ("page", "status", "code"),
    [
        ("/qbwc/k3/support", "404 Not Found", "QBWC1003"),
        ("/qbwc/k3/support", "302 Found", "QBWC1003"),
        ("/qbwc/k3", "401 Unauthorized", "QBWC1048"),
        ("/qbwc/k3", "405 Method Not Allowed", "QBWC1048"),
    ],
)
def test_a_page_that_does_not_answer_is_named(page: str, status: str, code: str) -> None:
    server = PretendServer()
    server.pages[page] = status
    assert refused(qwc_text(), server) == code


def test_a_stamped_pair_is_refused_a_second_time_and_a_new_file_id_is_taken() -> None:
    books = quickbooks()
    web_connector = connector(PretendServer(), books)
    web_connector.add()
    with pytest.raises(AddRefused, match="Unique OwnerID/FileID pair value required"):
        web_connector.add()
    web_connector.add(qwc(FileID=OTHER))
    assert books.stamped(OWNER, "FileID") == OTHER


def test_a_quickbooks_with_a_dialog_open_takes_no_application() -> None:
    with pytest.raises(AddRefused) as refusal:
        connector(PretendServer(), faults=Faults(dialog=1)).add()
    assert refusal.value.code == "QBWC1022"


def test_the_schedule_is_read() -> None:
    assert qwc().every_seconds == 300
    assert Qwc.read(qwc_text().replace("RunEveryNMinutes", "RunEveryNSeconds")).every_seconds == 5


def test_something_else_than_a_qwc_is_refused() -> None:
    assert refused("<html/>") == "QBWC1039"
    assert refused("hello") == "QBWC1039"
