"""What the person sees. Plain HTML that works without a script; every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dray_sdk import Reply

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""


def page(title: str, body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    content = _FRAME.format(title=escape(title), body=body).encode()
    return Reply(status, content, "text/html; charset=utf-8", headers or {})


def sign_in(sentence: str) -> Reply:
    """The browser itself asks for name and password (RFC 7617): they travel in a header, which no transcript keeps."""
    return page(
        "Sign in", paragraph(sentence), 401, {"WWW-Authenticate": 'Basic realm="Journal files", charset="UTF-8"'}
    )


def begin() -> Reply:
    chosen = '<p><label><input type="radio" name="format" value="{0}"{2}> {1}</label></p>'
    formats = chosen.format("csv", "A journal in CSV", " checked") + chosen.format(
        "iif", "IIF, for QuickBooks Desktop", ""
    )
    return page("Invoices to import", form({"action": "begin"}, formats + button("See what is waiting")))


def file(ticket: str, asked: Mapping[str, Any]) -> Reply:
    count = len(asked["ids"])
    known = {"ticket": ticket, "key": asked["key"]}
    take = form({**known, "action": "file"}, button(f"Save {asked['file']['name']}"))
    done = form({**known, "action": "answer", "said": "imported"}, button("I have imported it"))
    words = '<p><label>What did your books say? <input name="words" required maxlength="400"></label></p>'
    no = form({**known, "action": "answer", "said": "refused"}, words + button("They refused the whole file"))
    unsure = form({**known, "action": "answer", "said": "unsure"}, button("Some of it arrived, or I am not sure"))
    later = form({**known, "action": "answer", "said": "later"}, button("Not now: keep them waiting"))
    intro = paragraph(f"{count} invoices are in this file. Save it, import it into your books, then say what happened.")
    return page("Import this file", intro + take + done + no + unsure + later)


def was_it_imported(ticket: str, asked: Mapping[str, Any]) -> Reply:
    known = {"ticket": ticket, "key": asked["key"], "action": "answer"}
    buttons = form({**known, "said": "imported"}, button("Yes, all of it"))
    buttons += form({**known, "said": "unsure"}, button("No, or I am not sure"))
    name = f"invoices-{asked['key'][:8]}"
    said = paragraph(f"You took the file {name} and did not say what became of it. Is it in your books?")
    return page("An earlier file", said + buttons)


def questions(ticket: str, asked: Mapping[str, Any], sentence: str = "") -> Reply:
    rows = "".join(map(_question, asked["questions"]))
    known = {"ticket": ticket, "key": asked["key"], "action": "answer", "said": "looked"}
    intro = "Look these up in your books. Fill in a row only where your books hold such an invoice already."
    return page("Are these in your books?", paragraph(sentence or intro) + form(known, rows + button("That is all")))


def over(sentence: str) -> Reply:
    return page("Done", paragraph(sentence) + form({"action": "again"}, button("Look again")))


def form(hidden: Mapping[str, str], inside: str) -> str:
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    return f'<form method="post">{fields}{inside}</form>'


def button(label: str) -> str:
    return f"<p><button>{escape(label)}</button></p>"


def paragraph(sentence: str) -> str:
    return f"<p>{escape(sentence)}</p>"


def _question(one: Mapping[str, str]) -> str:
    if "number" in one:
        legend = f"An invoice with the number {one['number']}"
    else:
        legend = f"Any invoice to {one['customer']} of {one['date']}"
    labels: Sequence[tuple[str, str]] = (
        ("number", "Number"),
        ("customer", "Customer"),
        ("date", "Date"),
        ("total", "Total"),
    )
    inputs = "".join(
        f'<label>{label} <input name="{one["id"]}.{name}"{_kind(name)}></label> ' for name, label in labels
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{inputs}</fieldset>"


def _kind(name: str) -> str:
    return ' type="date"' if name == "date" else ""
