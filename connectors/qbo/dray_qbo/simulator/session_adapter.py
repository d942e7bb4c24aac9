"""A transport for `requests` that calls a WSGI application in this process: no port, no thread."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from werkzeug.test import EnvironBuilder, run_wsgi_app

from dray_qbo.simulator.answers import Cut, Hung

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class WsgiAdapter(BaseAdapter):
    """Mount it: `session.mount("https://quickbooks.example", WsgiAdapter(application(intuit)))`.

    A call that never gets an answer raises requests' ReadTimeout, a broken one its ConnectionError, half an answer its
    ChunkedEncodingError, all at once and without waiting.
    """

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__()
        self.app = app

    def send(self, request: requests.PreparedRequest, *_args: Any, **_settings: Any) -> requests.Response:
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        address = urlsplit(str(request.url))
        environ = EnvironBuilder(
            path=address.path,
            base_url=f"{address.scheme}://{address.netloc}",
            query_string=address.query,
            method=str(request.method),
            headers=list(request.headers.items()),
            data=content,
        ).get_environ()
        try:
            chunks, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        except Hung as hung:
            raise requests.exceptions.ReadTimeout("no answer", request=request) from hung
        except Cut as cut:
            raise requests.exceptions.ConnectionError("connection reset", request=request) from cut
        answer = b"".join(chunks)
        if len(answer) < int(headers.get("Content-Length", len(answer))):
            raise requests.exceptions.ChunkedEncodingError("half of the answer", request=request)
        response = requests.Response()
        response.status_code = int(status.partition(" ")[0])
        response.reason = status.partition(" ")[2]
        response.headers.update(headers)
        response.raw = io.BytesIO(answer)
        response.url = str(request.url)
        response.request = request
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        return response

    def close(self) -> None:
        """Holds nothing."""
