"""Journal files as a connector: what it declares, what it cannot put into a file, and the object that is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from dray_sdk import (
    INTERFACE,
    Authorization,
    Batch,
    Books,
    Call,
    Capabilities,
    Desk,
    Explanation,
    Fix,
    Invitation,
    InvitationFile,
    Invoice,
    Kind,
    Limit,
    Lookup,
    Outcome,
    Password,
    Problem,
    Redaction,
    Remedy,
    Reply,
    Request,
    Response,
    Setting,
    Timing,
    too_long,
)
from journalfile import asking, sessions

if TYPE_CHECKING:
    from journalfile.pretend import PretendBookkeeper

NUMBER = Limit("number", "Invoice number", 40)
_REFUSED = Explanation(
    "refused", "Your books refused the file.", Remedy.BOOKKEEPER, "Read what they said, mend it, and send again."
)


class JournalFile:
    """Translates for a person who imports files. Holds no state."""

    interface: int = INTERFACE
    name: str = "journalfile"
    title: str = "Journal files"
    version: str = "0.1.0"
    mount: str = "journalfile"
    capabilities: Capabilities = Capabilities(
        creates=frozenset({Kind.INVOICE}),
        finds=MappingProxyType({Kind.INVOICE: frozenset({"number", "customer", "date"})}),
        batch=100,
        recovers=True,
        dialled_into=True,
    )
    authorization: Authorization = Password()
    settings: tuple[Setting, ...] = ()
    limits: tuple[Limit, ...] = (NUMBER,)
    timing: Timing = Timing(seconds_per_write=0.01)
    redaction: Redaction = Redaction(headers=frozenset({"Authorization"}))
    explanations: Mapping[str, Explanation] = MappingProxyType({"refused": _REFUSED})

    def encode(self, batch: Batch, books: Books) -> Request:
        return asking.encode(batch, books)

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        return asking.decode(batch, response)

    def recover(self, batch: Batch, books: Books) -> Request | None:
        return asking.recover(batch)

    def serve(self, call: Call, desk: Desk) -> Reply:
        return sessions.serve(call, desk)

    def refuse(self, sentence: str) -> Reply:
        return sessions.refuse(sentence)

    def invite(self, invitation: Invitation) -> InvitationFile:
        return sessions.invite(invitation)

    def limits_for(self, books: Books | None) -> tuple[Limit, ...]:
        return self.limits

    def judge(self, document: Invoice, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
        return tuple(_problems(document, iif=books is not None and books.preferences.get("format") == "iif"))

    def explain(self, code: str, text: str = "") -> Explanation | None:
        return self.explanations.get(code)

    def pretend(self) -> PretendBookkeeper:
        from journalfile.pretend import PretendBookkeeper  # noqa: PLC0415  only who tries it needs it

        return PretendBookkeeper()


def _problems(document: Invoice, *, iif: bool) -> Iterator[Problem]:
    if len(document.number) > NUMBER.maximum:
        yield too_long("number", "The number is too long for a file.", document.number[: NUMBER.maximum])
    if document.tax is None and any(line.taxable for line in document.lines):
        fix = Fix("edit", "Give the tax")
        yield Problem("tax_unknown", "tax", "A file computes no tax: say how much it is.", fix)
    for place, line in enumerate(document.lines):
        if line.percent is not None and line.amount is None:
            fix = Fix("edit", "Give the amount")
            yield Problem("percent", f"lines/{place}/percent", "A file computes no discount: give its amount.", fix)
    texts = [("number", document.number), ("customer/name", document.customer.name), ("memo", document.memo or "")]
    texts += [(f"lines/{place}/description", line.description or "") for place, line in enumerate(document.lines)]
    for field, text in texts:
        if wrong := _unwritable(text, iif=iif):
            fix = Fix("replace_text", "Write it another way")
            yield Problem("characters", field, f"This cannot stand in the file: {wrong}", fix)


def _unwritable(text: str, *, iif: bool) -> str:
    """The characters that the format has no way to write."""
    kept = "" if iif else "\r\n\t"
    strange = [
        char for char in text if (char < " " and char not in kept) or (iif and (char == '"' or not _in_windows(char)))
    ]
    return " ".join(dict.fromkeys(repr(char) for char in strange))


def _in_windows(char: str) -> bool:
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


connector = JournalFile()
