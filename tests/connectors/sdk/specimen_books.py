"""The pretend books of the specimen, written without its code."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

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

TAX_NUMBER = "canary-12-3456789"
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


class SpecimenBooks:
    """In memory. `repeats`: a batch that is sent again is answered as the first time, and says that it is repeated."""

    books = Books("")
    holds: Mapping[Kind, Reference] = MappingProxyType(
        {
            Kind.CUSTOMER: Reference(Kind.CUSTOMER, "Acme Gardens", "cus_1", "c1"),
            Kind.ITEM: Reference(Kind.ITEM, "Services:Hours", books_id="i1"),
        }
    )
    mishaps = frozenset(Mishap)
    secrets: tuple[str, ...] = (TAX_NUMBER,)

    def __init__(self, *, repeats: bool = False) -> None:
        self.repeats = repeats
        names = [("customer", "c1", "Acme Gardens"), ("customer", "c2", "Birch"), ("customer", "c3", "Cedar")]
        names += [("item", "i1", "Services:Hours"), ("item", "i2", "Gravel"), ("item", "i3", "Mulch")]
        self.entries = [{"kind": kind, "ref": ref, "name": name, "revision": "1"} for kind, ref, name in names]
        self.sold: list[dict[str, Any]] = []
        self.remembered: dict[str, Any] = {}
        self.forgotten: set[str] = set()
        self.expired = False
        self.next: Mishap | None = None

    def carry(self, request: Request) -> Response:
        mishap, self.next = self.next, None
        if mishap in (Mishap.THROTTLED, Mishap.SIGNED_OUT):
            return Answer(b"", 429 if mishap is Mishap.THROTTLED else 401)
        asked = json.loads(request.body)
        answer = self.asked(asked) if asked.get("ask") else self.done(asked, refuses=mishap is Mishap.REFUSED)
        if mishap is Mishap.FAILS_AFTER:
            return Answer(b"<h1>Oops</h1>", 500)
        items = answer.get("items", [])
        if mishap is Mishap.UNKNOWN_STATUS:
            items = [{"id": item["id"], "did": "brewed"} for item in items]
        if mishap is Mishap.REVERSED:
            items = items[::-1]
        if mishap is Mishap.DOUBLED:
            items = [items[0], *items]
        return Answer(json.dumps({**answer, "items": items}).encode())

    def invoices(self) -> tuple[Invoice, ...]:
        return tuple(
            Invoice(
                number=one["number"],
                date=dt.date.fromisoformat(one["date"]),
                customer=Reference(Kind.CUSTOMER, "Acme Gardens", books_id=one["customer"]),
                currency="USD",
                lines=tuple(
                    Line(LineKind.CHARGE, description=line["text"], amount=Money.parse(line["amount"], "USD"))
                    for line in one["lines"]
                ),
                subtotal=Money.parse(one["total"], "USD"),
                total=Money.parse(one["total"], "USD"),
            )
            for one in self.sold
        )

    def befall(self, mishap: Mishap) -> None:
        if mishap is Mishap.FORGETS:
            self.forgotten |= set(self.remembered)
            self.remembered.clear()
        elif mishap is Mishap.CURSOR_EXPIRED:
            self.expired = True
        else:
            self.next = mishap

    def call(self, door: Callable[[Call], Reply], invitation: InvitationFile, password: str) -> None:
        told = json.loads(invitation.content)

        def ask(**said: str) -> Any:
            body = json.dumps(said).encode()
            return json.loads(door(Call("POST", told["endpoint"], "in_1", body=body)).body)

        ticket = ask(call="open", user=told.get("user", ""), password=password).get("ticket")
        if not ticket:
            return
        ask(call="books", ticket=ticket, name="Specimen", ref="S-1")
        while body := ask(call="next", ticket=ticket)["body"]:
            answer = self.carry(Request(purpose=_any(), body=body.encode()))
            assert isinstance(answer, Answer)
            ask(call="receive", ticket=ticket, body=answer.body.decode())
        ask(call="close", ticket=ticket)

    def ring(self, secret: str) -> tuple[Mapping[str, str], bytes]:
        body = json.dumps({"books": "S-1", "kind": "customer", "id": "c1", "notice": "n-1"}).encode()
        return {"X-Specimen-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}, body

    # ---- inside

    def asked(self, asked: Any) -> dict[str, Any]:
        key = asked["key"]
        if key in self.remembered:
            return dict(self.remembered[key])
        if key in self.forgotten:
            return {"key": key, "forgotten": True}
        # an odd feature, for a mutant that uses it
        return self.done({"key": key, "items": asked["or_do"]}) if "or_do" in asked else {"key": key, "unknown": True}

    def done(self, asked: Any, *, refuses: bool = False) -> dict[str, Any]:
        key = asked["key"]
        if self.repeats and key in self.remembered:
            return {**self.remembered[key], "repeated": True}
        items = [{"id": item["id"], **self.item(item, refuses=refuses)} for item in asked["items"]]
        self.remembered[key] = {"key": key, "items": items}
        return dict(self.remembered[key])

    def item(self, item: Any, *, refuses: bool) -> dict[str, Any]:
        if refuses:
            return {"did": "refused", "code": "E7", "text": "The period is closed."}
        answered: dict[str, Any] = getattr(self, f"_{item['do']}")(item)
        return answered

    def _identify(self, _item: Any) -> dict[str, Any]:
        return {"did": "identified", "name": "Specimen", "ref": "S-1", "taxNumber": TAX_NUMBER}

    def _invoice(self, item: Any) -> dict[str, Any]:
        total = Money(sum(Money.parse(line["amount"], "USD").minor for line in item["lines"]), "USD")
        ref = f"v{len(self.sold) + 1}"
        self.sold.append({**item, "ref": ref, "total": str(total)})
        return {"did": "written", "ref": ref, "number": item["number"], "total": str(total), "revision": "1"}

    def _customer(self, item: Any) -> dict[str, Any]:
        ref = f"c{len(self.entries) + 1}"
        self.entries.append({"kind": "customer", "ref": ref, "name": item["name"], "revision": "1"})
        return {"did": "written", "ref": ref, "revision": "1"}

    def _change(self, item: Any) -> dict[str, Any]:
        (entry,) = (one for one in self.entries if one["ref"] == item["ref"])
        if entry["revision"] != item["revision"]:
            return {"did": "stale"}
        entry["revision"] = str(int(entry["revision"]) + 1)
        return {"did": "written", "ref": entry["ref"], "revision": entry["revision"]}

    def _void(self, item: Any) -> dict[str, Any]:
        (one,) = (one for one in self.sold if one["ref"] == item["ref"])
        one["total"] = "0.00"
        return {"did": "written", "ref": one["ref"], "total": "0.00"}

    def _delete(self, item: Any) -> dict[str, Any]:
        self.sold = [one for one in self.sold if one["ref"] != item["ref"]]
        return {"did": "written", "ref": item["ref"]}

    def _find(self, item: Any) -> dict[str, Any]:
        among = self.sold if item["kind"] == "invoice" else [one for one in self.entries if one["kind"] == item["kind"]]
        sought = {name: value for name, value in item.items() if name not in ("id", "do", "kind")}
        return {"did": "found", "entries": [one for one in among if sought.items() <= one.items()]}

    def _pull(self, item: Any) -> dict[str, Any]:
        if self.expired and (item["page"] or item["since"]):
            return {"did": "expired"}
        among = [one for one in self.entries if one["kind"] == item["kind"]]
        begin = int(item["page"] or 0)
        end = begin + item["limit"]
        following = str(end) if end < len(among) else None
        return {"did": "page", "entries": among[begin:end], "next": following, "watermark": NOON.isoformat()}


def _any() -> Any:
    from dray_sdk import Purpose

    return Purpose.WRITE
