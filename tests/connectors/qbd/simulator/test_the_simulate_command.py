"""`dray simulate qbd`."""

import io
from pathlib import Path

import pytest

from dray_qbd.simulator import Company, Faults, WsgiTransport
from dray_qbd.simulator.command import simulate
from tests.connectors.qbd.simulator.asking import invoice, line, message_set
from tests.connectors.qbd.simulator.pretend_server import PASSWORD, PretendServer, qwc_text


class Run:
    def __init__(self, folder: Path, server: PretendServer) -> None:
        self.qwc = folder / "dray.qwc"
        self.qwc.write_text(qwc_text())
        self.company = folder / "company.json"
        self.server, self.out, self.err = server, "", ""
        self.waits: list[float] = []

    def __call__(self, *more: str, stop_after: int = 1) -> int:
        out, err = io.StringIO(), io.StringIO()

        def wait(seconds: float) -> None:
            self.waits.append(seconds)
            if len(self.waits) >= stop_after:
                raise KeyboardInterrupt

        try:
            return simulate(
                ["--qwc", str(self.qwc), "--password-stdin", "--company", str(self.company), *more],
                stdin=io.StringIO(PASSWORD + "\n"),
                out=out,
                err=err,
                transport=WsgiTransport(self.server),
                wait=wait,
            )
        finally:
            self.out, self.err = out.getvalue(), err.getvalue()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    posting = message_set(invoice("1", line("Widget")), newMessageSetID="a1")
    return Run(tmp_path, PretendServer(sendRequestXML=posting, closeConnection="OK - 1 invoice"))


def test_one_run_adds_the_application_posts_and_keeps_the_company(run: Run) -> None:
    assert run("--once") == 0
    assert "Added Dray to Larkspur Test Company." in run.out
    assert "OK - 1 invoice (1 taken, 1 answered, 1 invoices)" in run.out
    assert run.server.told("authenticate", "strPassword") == [PASSWORD]
    assert len(Company.load(run.company).transactions["Invoice"]) == 1
    assert list(run.company.parent.glob("*.new")) == []


def test_the_kept_company_goes_on_where_it_was(run: Run) -> None:
    run("--once")
    assert run("--once") == 0
    assert "is already in" in run.out
    assert len(Company.load(run.company).transactions["Invoice"]) == 1  # the set is remembered


def test_it_runs_until_it_is_stopped_and_saves_then(run: Run) -> None:
    assert run("--every", "30", stop_after=3) == 0
    assert run.waits == [30, 30, 30]
    assert "Stopped." in run.out
    assert run.company.exists()


def test_it_saves_when_it_is_stopped_even_if_there_was_nothing_to_do(run: Run) -> None:
    run.server.answers["authenticate"] = ["t", "none"]
    assert run() == 0
    assert Company.load(run.company).stamps


def test_the_schedule_of_the_file_and_the_wish_of_the_server_are_heeded(run: Run) -> None:
    run.server.answers["authenticate"] = ["t", "none", "", "900"]
    run()
    assert run.waits == [900]
    run.server.answers["authenticate"] = ["t", "none"]
    run()
    assert run.waits[-1] == 300


def test_faults_are_named_on_the_command_line(run: Run) -> None:
    assert run("--once", "--fault", "lost-receive", "locked:2") == 1
    assert "QBWC1042" in run.out
    assert run("--once", "--fault", "gremlins") == 1
    assert "gremlins is not a fault. There are: abandoned, clock_skew, closed" in run.err
    assert run("--once", "--fault", "locked:many") == 1


def test_a_refused_file_says_its_code(run: Run) -> None:
    run.server.pages["/qbwc/k3"] = "404 Not Found"
    assert run("--once") == 1
    assert run.err.startswith("QBWC1048: ")
    run.qwc.write_text("nothing")
    assert run("--once") == 1
    assert run.err.startswith("QBWC1039: ")
    run.qwc.unlink()
    assert run("--once") == 1


def test_a_company_file_that_is_something_else_is_left_as_it_is(run: Run) -> None:
    run.company.write_text("{}")
    assert run("--once") == 1
    assert run.company.read_text() == "{}"


def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(["--nonsense"]) == 2
    assert "usage" in capsys.readouterr().err


def test_another_address_is_called_for_all_pages(run: Run) -> None:
    assert run("--once", "--endpoint", "http://localhost:9/other") == 0
    assert {environ["HTTP_HOST"] for environ in run.server.environs} == {"localhost:9"}
    assert run.server.environs[-1]["PATH_INFO"] == "/other"


def test_every_fault_has_a_word_that_parses() -> None:
    for name in Faults.__slots__:
        assert getattr(Faults.parse([f"{name}:3"]), name) == 3
