"""The application behind a real address, for tests with a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.platform.web.stage import PASSWORD, Stage


class Silent(WSGIRequestHandler):
    """Logs nothing: the application does."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  werkzeug's name
        """Say nothing."""


@dataclass(frozen=True)
class Site:
    """The running application: its address, and the stage behind it."""

    stage: Stage
    address: str

    def sign_in(self, page: Page, email: str) -> None:
        """Sign somebody in, by the form."""
        page.goto(f"{self.address}/login")
        page.get_by_label("Work email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/overview")


@contextmanager
def running(stage: Stage, port: int = 0) -> Iterator[Site]:
    """Serve the stage's application in threads of this process; port 0 is any free one."""
    server = make_server("127.0.0.1", port, stage.app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(stage, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
