"""`dray simulate qbo`, its server, and the file in which it keeps its companies."""

import io
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from dray_qbo.simulator import App, Company, Faults, Intuit, Limits, Server, exact, simulate
from dray_qbo.simulator.server import post
from dray_qbo.simulator.webhooks import signature
from tests.connectors.qbo.simulator.online import invoice, online


class Run:
    """Runs the command, and does something while it serves."""

    def __init__(self, work: Callable[[dict[str, str]], object]) -> None:
        self.work = work
        self.out, self.err = io.StringIO(), io.StringIO()
        self.said: dict[str, str] = {}

    def __call__(self, *argv: str) -> int:
        return simulate(argv, out=self.out, err=self.err, wait=self.wait)

    def wait(self, _seconds: float) -> bool:
        lines = [line.partition("=") for line in self.out.getvalue().splitlines()]
        self.said = {name: value for name, joint, value in lines if joint}
        self.work(self.said)
        return True


def test_the_command_says_what_dray_has_to_know_and_keeps_the_company(tmp_path: Path) -> None:
    file = tmp_path / "online.json"

    def look(said: dict[str, str]) -> None:
        discovery = requests.get(said["DRAY_QBO_ENVIRONMENT"], timeout=5).json()
        assert discovery["token_endpoint"].startswith(said["DRAY_QBO_API_URL"])
        assert "Larkspur Test Company" in requests.get(said["DRAY_QBO_API_URL"], timeout=5).text

    run = Run(look)
    assert (
        run(
            "--bind",
            "127.0.0.1:0",
            "--company",
            str(file),
            "--realm",
            "11",
            "12",
            "--custom-numbers",
            "--item",
            "Mowing",
            "--vendor",
            "Marsh Mill",
        )
        == 0
    )
    assert "Larkspur Test Company is realm 12." in run.out.getvalue()
    kept = exact.read(file.read_text(encoding="utf-8"))
    assert [company["realm_id"] for company in kept["companies"]] == ["11", "12"]
    assert kept["companies"][0]["settings"]["custom_txn_numbers"] is True
    company = Company.from_plain(kept["companies"][1])
    assert company.holder_of("Item", "mowing")
    assert company.holder_of("Customer", "Marsh Mill") == ("Vendor", "55")
    again = Run(lambda said: None)
    assert again("--bind", "127.0.0.1:0", "--company", str(file)) == 0
    assert "Larkspur Test Company is realm 11." in again.out.getvalue()


@pytest.mark.parametrize(
    ("argv", "status", "reason"),
    [
        (["--fault", "sunshine"], 1, "sunshine is not a fault"),
        (["--bind", "nowhere"], 1, "nowhere is not HOST:PORT."),
        (["--country", "XX"], 2, ""),
        (["--help"], 0, ""),
    ],
)
def test_wrong_words_are_named(argv: list[str], status: int, reason: str) -> None:
    run = Run(lambda said: pytest.fail("it served"))
    assert run(*argv) == status
    assert reason in run.err.getvalue()


@pytest.mark.parametrize("content", ["{}", "[]", "no JSON", '{"companies": [{}], "grants": {}}', '{"realm_id": "1"}'])
def test_a_file_that_holds_no_company_is_refused_and_left_alone(content: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, encoding="utf-8")
    run = Run(lambda said: pytest.fail("it served"))
    assert run("--bind", "127.0.0.1:0", "--company", str(file)) == 1
    assert run.err.getvalue() == f"{file} holds no pretend companies of QuickBooks Online.\n"
    assert file.read_text(encoding="utf-8") == content


def test_an_address_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        run = Run(lambda said: pytest.fail("it served"))
        assert run("--bind", address) == 1
    assert f"{address} cannot be used" in run.err.getvalue()


def test_what_is_interrupted_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "online.json"

    def interrupt(_said: dict[str, str]) -> None:
        raise KeyboardInterrupt

    run = Run(interrupt)
    assert run("--bind", "127.0.0.1:0", "--company", str(file)) == 0
    assert "Stopped." in run.out.getvalue()
    assert file.exists()


def test_a_company_is_the_same_after_saving(tmp_path: Path) -> None:
    books = online(custom_txn_numbers=True, custom_fields=["Crew"])
    made = books.post("invoice", invoice(DocNumber="A-1"), requestid="r1")
    books.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    gone = books.post("invoice", invoice())
    books.post("invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    books.company.save(tmp_path / "company.json")
    company = Company.load(tmp_path / "company.json")
    assert exact.write(company.to_plain()) == exact.write(books.company.to_plain())
    other = online(company)
    assert other.refused("customer", {"DisplayName": "birch supply"}) == [("6240", "")]
    assert other.refused("invoice", invoice(DocNumber="a-1")) == [("6140", "")]
    assert other.post("invoice", invoice(), requestid="r1")["Id"] == made["Id"]
    assert other.get("query", query="select count(*) from Invoice") == {"totalCount": 1}


def test_one_company_alone_can_be_given_to_the_command(tmp_path: Path) -> None:
    Company.sample("77").save(tmp_path / "company.json")
    run = Run(lambda said: None)
    assert run("--bind", "127.0.0.1:0", "--company", str(tmp_path / "company.json")) == 0
    assert "is realm 77." in run.out.getvalue()


# ---- over a real socket ----


def served(fault: str, ask: Callable[[Server, dict[str, str]], Any]) -> tuple[Any, Intuit]:
    intuit = Intuit(limits=Limits.none(), faults=Faults.parse([fault] if fault else []))
    headers = {"Authorization": f"Bearer {intuit.connect().access}", "Accept": "application/json"}
    with Server(intuit, hold=0.0) as server:
        return ask(server, headers), intuit


def _post(server: Server, headers: dict[str, str]) -> requests.Response:
    (realm_id,) = server.intuit.realms
    return requests.post(f"{server.url}/v3/company/{realm_id}/invoice", json=invoice(), headers=headers, timeout=10)


def count(intuit: Intuit) -> int:
    return sum(1 for realm in intuit.realms.values() for _ in realm.company.all("Invoice"))


def test_the_server_answers() -> None:
    answer, intuit = served("", _post)
    assert (answer.status_code, count(intuit)) == (200, 1)


@pytest.mark.parametrize(
    ("fault", "done"), [("reset_before", 0), ("reset_after", 1), ("timeout_before", 0), ("timeout_after", 1)]
)
def test_the_server_really_gives_no_answer(fault: str, done: int) -> None:
    def ask(server: Server, headers: dict[str, str]) -> None:
        with pytest.raises(requests.exceptions.ConnectionError):
            _post(server, headers)

    assert count(served(fault, ask)[1]) == done


def test_the_server_sends_webhooks_by_itself() -> None:
    arrived = threading.Event()
    taken: list[tuple[str, bytes]] = []

    @Request.application
    def receive(request: Request) -> Response:
        taken.append((request.headers["intuit-signature"], request.get_data()))
        arrived.set()
        return Response()

    receiver = make_server("127.0.0.1", 0, receive)
    thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
    thread.start()
    try:
        app = App(webhook_url=f"http://127.0.0.1:{receiver.server_port}/webhooks/qbo")
        intuit = Intuit(limits=Limits.none(), app=app)
        headers = {"Authorization": f"Bearer {intuit.connect().access}", "Accept": "application/json"}
        with Server(intuit, tick=0.01) as server:
            _post(server, headers)
            assert arrived.wait(10)
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
    ((sent, content),) = taken
    assert sent == signature(content, app.verifier)


def test_an_address_where_nobody_listens_takes_no_webhook(free_port: int) -> None:
    assert post(f"http://127.0.0.1:{free_port}/webhooks/qbo", {}, b"[]") == 0


def test_the_server_really_gives_half_an_answer() -> None:
    def ask(server: Server, headers: dict[str, str]) -> None:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            _post(server, headers)

    assert count(served("truncated", ask)[1]) == 1
