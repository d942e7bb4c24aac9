"""A browser's calls turned into the desk's, and the desk's answers into pages. Nothing is remembered here: each page
carries its ticket and the key of what it asks, and the desk gives the same request again until it is answered."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from dray_sdk import (
    Answer,
    Books,
    Call,
    Denied,
    Desk,
    Invitation,
    InvitationFile,
    NoWork,
    Purpose,
    Reply,
    Request,
    Stop,
)
from journalfile import pages
from journalfile.files import FORMATS

_OVER = "That page is from an earlier visit. Look again to see what is waiting now."


def serve(call: Call, desk: Desk) -> Reply:
    name_and_password = _signed_in(call.headers)
    if name_and_password is None:
        return pages.sign_in("Sign in with the user name of your set-up file and the password that goes with it.")
    if call.method != "POST":
        return pages.begin()
    said = (
        dict(parse_qsl(call.body.decode("utf-8", "replace"), max_num_fields=1000)) if len(call.body) < 1_000_000 else {}
    )
    match said.get("action"):
        case "begin":
            return _begin(call, said, name_and_password, desk)
        case "file":
            return _file(said, desk)
        case "answer":
            return _answer(said, desk)
        case _:
            return pages.begin()


def refuse(sentence: str) -> Reply:
    return pages.page("Something is wrong at our end", pages.paragraph(sentence), 500)


def invite(invitation: Invitation) -> InvitationFile:
    text = (
        f"{invitation.product}: invoices to import into your books\r\n\r\n"
        f"Open this address in a browser: {invitation.endpoint}\r\n"
        f"User name: {invitation.user_name}\r\n"
        f"The password was shown to whoever made this file.\r\n\r\n"
        f"Help: {invitation.support_url}\r\n"
    )
    return InvitationFile("journal-files.txt", "text/plain; charset=utf-8", text.encode())


def _signed_in(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """User name and password of HTTP's Basic scheme (RFC 7617)."""
    given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, encoded = given.partition(" ")
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if scheme.lower() == "basic" and colon else None


def _begin(call: Call, said: Mapping[str, str], who: tuple[str, str], desk: Desk) -> Reply:
    opened = desk.open(*who)
    if isinstance(opened, Denied):
        return pages.sign_in("User name and password do not belong together here. Try again.")
    if isinstance(opened, NoWork):
        return pages.over(opened.closed or "Nothing is waiting.")
    chosen = said.get("format", "")
    wanted = {"format": chosen if chosen in FORMATS else "csv"}
    books = Books("Journal files", id=call.install, preferences=MappingProxyType(wanted))
    answer = desk.introduce(opened.value, books)
    if isinstance(answer, Stop):
        return pages.over(answer.sentence)
    return _next(opened.value, desk, books)


def _next(ticket: str, desk: Desk, books: Books | None = None) -> Reply:
    request = desk.next(ticket)
    if request is None:
        return pages.over(f"{desk.close(ticket)} Nothing more is waiting.")
    asked = json.loads(request.body)
    if request.purpose is Purpose.IDENTIFY and books is not None:
        known = {"key": asked["key"], "name": books.name, "id": books.id}
        desk.receive(ticket, Answer(json.dumps(known).encode()))
        return _next(ticket, desk)
    return _PAGES[_sort(asked)](ticket, asked)


_PAGES = {"file": pages.file, "imported": pages.was_it_imported, "questions": pages.questions}


def _sort(asked: Mapping[str, Any]) -> str:
    return next((name for name in _PAGES if name in asked), "questions")


def _file(said: Mapping[str, str], desk: Desk) -> Reply:
    _request, asked = _asked(said, desk)
    if "file" not in asked:
        return pages.over(_OVER)
    name = asked["file"]["name"]
    _write, encoding = FORMATS[name.rpartition(".")[2]]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Reply(200, asked["file"]["text"].encode(encoding, "strict"), "application/octet-stream", headers)


def _answer(said: Mapping[str, str], desk: Desk) -> Reply:
    """Take what the person says. A button pressed twice, or on an old page, names a key that is answered already."""
    request, asked = _asked(said, desk)
    if request is None:
        return pages.over(_OVER)
    answer = _understood(said, asked)
    if answer is None:
        return pages.questions(
            said["ticket"], asked, "Give number, customer, date and total in each row that you fill in."
        )
    if desk.receive(said["ticket"], Answer(json.dumps({"key": asked["key"], **answer}).encode())) < 0:
        return pages.over(desk.last_words(said["ticket"]))
    return _next(said["ticket"], desk)


def _asked(said: Mapping[str, str], desk: Desk) -> tuple[Request | None, Any]:
    """The request that the page was about, if that is still the one that waits for an answer."""
    request = desk.next(said.get("ticket", ""))
    asked = json.loads(request.body) if request is not None else {}
    return (request, asked) if request is not None and asked["key"] == said.get("key") else (None, {})


def _understood(said: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, Any] | None:
    match said.get("said"):
        case "imported" if "ids" in asked:
            return {"imported": asked["ids"]}
        case "refused" if said.get("words", "").strip():
            return {"refused": said["words"].strip()[:400]}
        case "later":
            return {"later": True}
        case "looked" if "questions" in asked:
            return _looked(said, asked)
        case _:
            return {"unsure": True}


def _looked(said: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the filled rows say; None where one is filled in half."""
    there: dict[str, dict[str, str]] = {}
    for one in asked["questions"]:
        row = {name: said.get(f"{one['id']}.{name}", "").strip() for name in ("number", "customer", "date", "total")}
        if any(row.values()):
            there[one["id"]] = {**row, "currency": one.get("currency", "USD")}
        if any(row.values()) and not all(row.values()):
            return None
    return {"of": [one["id"] for one in asked["questions"]], "there": there}
