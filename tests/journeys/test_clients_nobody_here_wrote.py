"""zeep and a proxy that Mono makes carry a whole session against the real server, and the invoice arrives."""

import base64
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import zeep

from dray.connections.opening import OWNER_ID
from dray_qbd.simulator.quickbooks import QuickBooks
from tests.ground.services import program
from tests.journeys.installation import Api, Installation, books, invoice

ABOUT = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">'
    f'<HostQueryRq requestID="0"/><CompanyQueryRq requestID="1"><OwnerID>{OWNER_ID}</OwnerID></CompanyQueryRq>'
    '<PreferencesQueryRq requestID="2"/></QBXMLMsgsRq></QBXML>'
)

PROGRAM = r"""
using System;
using System.IO;
class Session {
  static int Main(string[] a) {
    var c = new QBWebConnectorSvc();
    c.Url = a[0];
    c.serverVersion();
    c.clientVersion("34.0.10018.91");
    string[] r = c.authenticate(a[1], a[2]);
    if (r[1] != "") { Console.WriteLine("no work: " + r[1]); return 1; }
    string about = File.ReadAllText("about.xml");
    int percent = 0;
    while (percent < 100) {
      string request = c.sendRequestXML(r[0], about, "C:\\QB\\Cedar.qbw", "US", 16, 0);
      about = "";
      if (request == "") { Console.WriteLine("stopped: " + c.getLastError(r[0])); break; }
      Console.WriteLine("<<<" + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(request)));
      string answer = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Console.ReadLine()));
      percent = c.receiveResponseXML(r[0], answer, "", "");
      if (percent < 0) { Console.WriteLine("stopped: " + c.getLastError(r[0])); break; }
    }
    Console.WriteLine("closed: " + c.closeConnection(r[0]));
    return 0;
  }
}
"""


def test_zeep_carries_an_invoice_into_the_books(installation: Installation) -> None:
    door, quickbooks = installation.door(), QuickBooks(books())
    with installation.served() as address:
        sent = _send_one(Api(address, door.token))
        client: Any = zeep.Client(f"{door.qwc.app_url}?wsdl").service  # type: ignore[no-untyped-call]
        client.serverVersion()
        client.clientVersion("2.3.0.215")
        ticket, path = client.authenticate(door.qwc.user_name, door.password)
        assert not path
        about: str | None = quickbooks.process(ABOUT)
        percent = 0
        while percent < 100:
            request = client.sendRequestXML(ticket, about, r"C:\QB\Cedar.qbw", "US", 16, 0)
            assert request, client.getLastError(ticket)
            about = ""
            percent = client.receiveResponseXML(ticket, quickbooks.process(request), "", "")
        assert client.closeConnection(ticket).startswith("OK")
        _, accepted = Api(address, door.token).call("GET", f"/invoices/{sent}")
        assert accepted["state"] == "synced"
        again = client.authenticate(door.qwc.user_name, door.password)
        assert again[1] == "none"


@pytest.mark.mono
def test_a_proxy_that_mono_makes_carries_an_invoice_into_the_books(installation: Installation, tmp_path: Path) -> None:
    for name in ("wsdl", "mcs", "mono"):
        program(name)
    door, quickbooks = installation.door(), QuickBooks(books())
    with installation.served() as address:
        sent = _send_one(Api(address, door.token))
        with urllib.request.urlopen(f"{door.qwc.app_url}?wsdl") as answer:
            (tmp_path / "service.wsdl").write_bytes(answer.read())
        (tmp_path / "about.xml").write_text(quickbooks.process(ABOUT))
        (tmp_path / "Session.cs").write_text(PROGRAM)
        for command in (
            ["wsdl", "-l:CS", "-out:Proxy.cs", "service.wsdl"],
            ["mcs", "-r:System.Web.Services", "-out:session.exe", "Session.cs", "Proxy.cs"],
        ):
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        said = _converse(tmp_path, door.qwc.app_url, door.qwc.user_name, door.password, quickbooks)
        assert said[-1].startswith("closed: OK"), said
        _, accepted = Api(address, door.token).call("GET", f"/invoices/{sent}")
        assert accepted["state"] == "synced"


def _send_one(api: Api) -> str:
    status, posted = api.call("POST", "/invoices", invoice(1))
    assert status == 201, posted
    status, sent = api.call("POST", "/invoices/send", {"ids": [posted["id"]]})
    assert (status, sent["results"][0]["state"]) == (200, "pending_sync"), sent
    return str(posted["id"])


def _converse(directory: Path, url: str, user: str, password: str, quickbooks: QuickBooks) -> list[str]:
    """Run the C# program; the pretend QuickBooks answers what it prints."""
    said: list[str] = []
    with subprocess.Popen(
        ["mono", "session.exe", url, user, password],
        cwd=directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            if line.startswith("<<<"):
                answer = quickbooks.process(base64.b64decode(line[3:]).decode())
                process.stdin.write(base64.b64encode(answer.encode()).decode() + "\n")
                process.stdin.flush()
    return said
