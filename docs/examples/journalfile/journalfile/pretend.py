"""A pretend bookkeeper: reads the file as their books would, and remembers which files they imported."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from dray_sdk import (
    Answer,
    Books,
    Call,
    InvitationFile,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Reference,
    Reply,
    Request,
    Response,
)
from dray_sdk.testing import Mishap


class PretendBookkeeper:
    """Imports what they are given."""

    holds: Mapping[Kind, Reference] = MappingProxyType(
        {Kind.CUSTOMER: Reference(Kind.CUSTOMER, "Acme Gardens", "cus_1")}
    )
    mishaps = frozenset({Mishap.REFUSED, Mishap.THROTTLED, Mishap.UNKNOWN_STATUS, Mishap.FAILS_AFTER, Mishap.FORGETS})
    secrets: tuple[str, ...] = ()

    def __init__(self, wanted: str = "csv") -> None:
        self.books = Books("Journal files", id="in_1", preferences=MappingProxyType({"format": wanted}))
        self.kept: list[Invoice] = []
        self.imported: set[str] = set()
        self.next: Mishap | None = None

    def befall(self, mishap: Mishap) -> None:
        if mishap is Mishap.FORGETS:
            self.imported.clear()
        else:
            self.next = mishap

    def invoices(self) -> tuple[Invoice, ...]:
        return tuple(self.kept)

    def carry(self, request: Request) -> Response:
        mishap, self.next = self.next, None
        asked = json.loads(request.body)
        if mishap is Mishap.THROTTLED:
            return _json(asked, later=True)
        if mishap is Mishap.REFUSED:
            return _json(asked, refused="Period 3 is closed.")
        if "file" in asked:
            self.take(asked["key"], asked["file"]["name"], asked["file"]["text"])
        if mishap is Mishap.FAILS_AFTER:
            return Answer(b"<html>the browser went away</html>")
        if mishap is Mishap.UNKNOWN_STATUS:
            return _json(asked, brewed=True)
        return _json(asked, **self.said(asked))

    def take(self, key: str, name: str, text: str) -> None:
        """Import a file."""
        invoices = _read_iif(text) if name.endswith("iif") else _read_csv(text)
        # imported twice, an invoice is there twice: their books take it all the same
        self.kept += invoices
        self.imported.add(key)

    def said(self, asked: Any) -> dict[str, Any]:
        """What they answer."""
        if "questions" in asked:
            there = {one["id"]: found for one in asked["questions"] if (found := self.found(one))}
            return {"of": [one["id"] for one in asked["questions"]], "there": there}
        if "who" in asked:
            return {"name": self.books.name, "id": self.books.id}
        return {"imported": asked["ids"]} if asked["key"] in self.imported else {"unsure": True}

    def found(self, one: Mapping[str, str]) -> dict[str, str] | None:
        for kept in self.kept:
            same_sale = (kept.customer.name, kept.date.isoformat()) == (one.get("customer"), one.get("date"))
            if kept.number == one.get("number") or same_sale:
                about = {"number": kept.number, "customer": kept.customer.name, "date": kept.date.isoformat()}
                return {**about, "total": str(kept.total), "currency": kept.currency}
        return None

    def call(self, door: Callable[[Call], Reply], invitation: InvitationFile, password: str) -> None:
        """One visit with a browser: sign in, answer each page, until nothing more is waiting."""
        told = invitation.content.decode()
        (endpoint,) = re.findall(r"browser: (\S+)", told)
        (user,) = re.findall(r"User name: (\S+)", told)
        credential = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {credential}"}

        def press(**fields: str) -> Reply:
            return door(Call("POST", endpoint, endpoint.rpartition("/")[2], "", headers, urlencode(fields).encode()))

        reply = press(action="begin", format="csv")
        while fields := dict(re.findall(r'type="hidden" name="(ticket|key)" value="([^"]+)"', reply.body.decode())):
            said = "looked"
            if b"Import this file" in reply.body:
                taken = press(action="file", **fields)
                (name,) = re.findall(r'filename="([^"]+)"', taken.headers["Content-Disposition"])
                self.take(fields["key"], name, taken.body.decode())
            if b"said" in reply.body and b'value="imported"' in reply.body:
                said = "imported" if fields["key"] in self.imported else "unsure"
            reply = press(action="answer", said=said, **fields)


def _json(asked: Any, **said: Any) -> Answer:
    return Answer(json.dumps({"key": asked["key"], **said}).encode())


def _read_csv(text: str) -> list[Invoice]:
    journals: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        journals.setdefault(row["Journal"], []).append(row)
    made = []
    for number, (head, *rest) in journals.items():
        lines = [
            (row["Description"], row["Credit"] or f"-{row['Debit']}") for row in rest if row["Credit"] or row["Debit"]
        ]
        when = dt.date.fromisoformat(head["Date"])
        made.append(_invoice(number, when, head["Name"], head["Currency"], head["Debit"], lines))
    return made


def _read_iif(text: str) -> list[Invoice]:
    rows = [line.split("\t") for line in text.encode("cp1252").decode("cp1252").split("\r\n")]
    made: list[Invoice] = []
    for at, row in enumerate(rows):
        if row[0] != "TRNS":
            continue
        _trns, _kind, date, _account, name, amount, number, _memo = row
        end = next(place for place in range(at, len(rows)) if rows[place][0] == "ENDTRNS")
        lines = [(split[7], str(-Money.parse(split[5], "USD"))) for split in rows[at + 1 : end]]
        when = dt.datetime.strptime(date, "%m/%d/%Y").replace(tzinfo=dt.UTC).date()
        made.append(_invoice(number, when, name, "USD", amount, lines))
    return made


def _invoice(number: str, date: dt.date, name: str, currency: str, total: str, lines: list[tuple[str, str]]) -> Invoice:
    charged = [Line(LineKind.CHARGE, description=text, amount=Money.parse(amount, currency)) for text, amount in lines]
    money, booked = Money.parse(total, currency), sum(line.amount.minor for line in charged if line.amount)
    if booked != money.minor:
        raise ValueError(f"journal {number} does not balance: {money} against {booked}")
    customer = Reference(Kind.CUSTOMER, name)
    return Invoice(number, date, customer, currency, tuple(charged), subtotal=money, total=money)
