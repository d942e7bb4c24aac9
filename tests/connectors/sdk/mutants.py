"""For each rule a connector that breaks it, and it alone. Each is the specimen with one thing made wrong."""

from __future__ import annotations

import datetime as dt
import html
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar

from dray_sdk import (
    Batch,
    Books,
    Call,
    Capabilities,
    Change,
    Create,
    Customer,
    Desk,
    Entry,
    Explanation,
    Failure,
    Find,
    InDoubt,
    Invitation,
    InvitationFile,
    Invoice,
    Kind,
    Limit,
    LocalProtocolError,
    Money,
    NotRun,
    Operation,
    Outcome,
    Posted,
    Pulled,
    Purpose,
    Redaction,
    Refused,
    Remedy,
    Reply,
    Request,
    Response,
)
from dray_sdk.testing.rules.outside import PASSWORD
from tests.connectors.sdk.specimen import CAPABILITIES, Core, Dialled, Repeating, Specimen

MUTANTS: dict[str, type[Core]] = {}
"""The rule → what breaks it."""

M = TypeVar("M", bound=type[Core])


def breaks(rule: str) -> Callable[[M], M]:
    """Enter a mutant under the rule that must catch it."""

    def enter(mutant: M) -> M:
        assert rule not in MUTANTS
        MUTANTS[rule] = mutant
        return mutant

    return enter


# ---- declaring


@breaks("its_name_and_settings_are_well_formed")
class WithoutVersion(Specimen):
    version = ""


@breaks("its_capabilities_agree")
class MakesWhatItCannotMake(Specimen):
    capabilities: Capabilities = replace(CAPABILITIES, creates_when_missing=frozenset({Kind.ITEM}))


@breaks("its_limits_are_well_formed")
class NamelessLimit(Specimen):
    limits: tuple[Limit, ...] = (*Specimen.limits, Limit("customer/phone", "", 20))


@breaks("every_code_is_explained")
class KnowsEverything(Specimen):
    def explain(self, code: str, text: str = "") -> Explanation | None:
        return super().explain(code) or Explanation(code, "Something happened.", Remedy.NOBODY, "Wait.")


# ---- encoding


@breaks("the_same_batch_gives_the_same_bytes")
class Counts(Specimen):
    def __init__(self) -> None:
        self.numbers = count()

    def encode(self, batch: Batch, books: Books) -> Request:
        request = super().encode(batch, books)
        return replace(request, path=f"/batch?n={next(self.numbers)}")


@breaks("encoding_touches_nothing")
class RollsDice(Specimen):
    def encode(self, batch: Batch, books: Books) -> Request:
        random.random()
        return super().encode(batch, books)


@breaks("the_key_travels")
class KeyOfItsOwn(Specimen):
    def key(self, batch: Batch) -> str:
        return sha256(batch.key.encode()).hexdigest()[:20]


@breaks("what_is_not_declared_is_a_bug_of_ours")
class TakesEverything(Specimen):
    def item(self, operation: Operation) -> dict[str, Any]:
        try:
            return super().item(operation)
        except LocalProtocolError:
            return {"do": "identify"}


@breaks("a_request_says_its_purpose")
class CallsFindsWrites(Specimen):
    def encode(self, batch: Batch, books: Books) -> Request:
        request = super().encode(batch, books)
        return replace(request, purpose=Purpose.WRITE if request.purpose is Purpose.FIND else request.purpose)


@breaks("a_request_carries_no_credential")
class CarriesAToken(Specimen):
    def encode(self, batch: Batch, books: Books) -> Request:
        return replace(super().encode(batch, books), headers={"Authorization": "Bearer none"})


# ---- posting


@breaks("an_invoice_arrives_as_it_was_sent")
class TurnsLinesRound(Specimen):
    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return super().invoice(replace(invoice, lines=invoice.lines[::-1]))


@breaks("money_is_exact")
class Floats(Specimen):
    def amount(self, amount: Money | None) -> str:
        return f"{int(float(str(amount)) * 100) / 100:.2f}"


@breaks("no_text_is_altered")
class LatinOnly(Specimen):
    def text(self, description: str | None) -> str | None:
        return (description or "").encode("latin-1", "replace").decode("latin-1")


@breaks("limits_hold_at_the_edge")
class OneTooMany(Specimen):
    def is_over(self, text: str, limit: Limit) -> bool:
        return len(text) > limit.maximum + 1


@breaks("a_customer_arrives_and_is_found")
class EscapesTwice(Specimen):
    def customer_name(self, customer: Customer) -> str:
        return html.escape(customer.name)


# ---- answers


@breaks("decode_never_raises")
class Raises(Specimen):
    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        if not isinstance(response, Failure):
            json.loads(response.body or b"{}")
        return super().decode(batch, request, response)


@breaks("what_is_not_understood_is_in_doubt")
class NothingMeansNo(Specimen):
    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        if not isinstance(response, Failure) and not response.body and response.status == 200:
            return (NotRun(),) * len(batch.operations)
        return super().decode(batch, request, response)


@breaks("a_cut_answer_is_never_a_success")
class ReadsHalves(Specimen):
    def answers(self, batch: Batch, request: Request, body: bytes) -> dict[str, dict[str, Any]]:
        whole = super().answers(batch, request, body)
        if whole or batch.key.encode() not in body:
            return whole
        found = re.findall(rb'\{"id": "(\d+)", "did": "written", "ref": "(\w+)"', body)
        return {key.decode(): {"did": "written", "ref": ref.decode()} for key, ref in found}


@breaks("an_answer_to_something_else_is_never_a_success")
class TakesAnyAnswer(Specimen):
    def answers(self, batch: Batch, request: Request, body: bytes) -> dict[str, dict[str, Any]]:
        found = super().answers(batch, request, body)
        if found or b'"identified"' not in body or not body.endswith(b"}"):
            return found
        return {key: {"did": "written", "ref": "?"} for key in batch.ids()}


@breaks("answers_are_matched_by_their_ids")
class MatchesByOrder(Specimen):
    def answers(self, batch: Batch, request: Request, body: bytes) -> dict[str, dict[str, Any]]:
        if not super().answers(batch, request, body):
            return {}
        return dict(zip(batch.ids(), json.loads(body)["items"], strict=False))


@breaks("no_answer_proves_nothing")
class TakesSilenceForNo(Specimen):
    def failed(self, failure: Failure) -> Outcome:
        return NotRun(None, failure.code)


@breaks("an_unknown_status_is_in_doubt")
class RefusesTheUnknown(Specimen):
    def unknown(self, operation: Operation, answer: dict[str, Any] | None) -> Outcome:
        if isinstance(operation, Create) and answer and answer["did"] == "brewed":
            return Refused("brewed", "It was brewed.")
        return super().unknown(operation, answer)


@breaks("who_is_told_to_wait_waits")
class DoubtsWhenToldToWait(Specimen):
    def of_status(self, status: int) -> Outcome:
        return InDoubt("429") if status == 429 else super().of_status(status)


@breaks("an_ended_login_disconnects")
class KnocksForEver(Specimen):
    def of_status(self, status: int) -> Outcome:
        return super().of_status(429 if status == 401 else status)


@breaks("a_refusal_keeps_the_books_own_words")
class SaysItItsOwnWay(Specimen):
    def refused(self, code: str, text: str) -> Outcome:
        return Refused("", "Something went wrong.")


@breaks("an_answer_read_twice_says_the_same")
class Remembers(Specimen):
    def __init__(self) -> None:
        self.read: list[Response] = []

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        outcomes = super().decode(batch, request, response)
        seen = any(response is one for one in self.read)
        self.read.append(response)
        return (InDoubt(),) * len(outcomes) if seen else outcomes


# ---- losing


@breaks("a_lost_answer_posts_once")
class TakesADuplicateForARefusal(Specimen):
    def outcome(self, operation: Operation, answer: dict[str, Any] | None, request: Request) -> Outcome:
        found = super().outcome(operation, answer, request)
        if request.purpose is Purpose.ASK and isinstance(found, Posted):
            return Refused("duplicate", "It is there already.")
        return found


@breaks("a_forgotten_batch_posts_once")
class TakesForgettingForNo(Specimen):
    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        if not isinstance(response, Failure) and b'"forgotten": true' in response.body:
            return (Refused("forgotten", "Nothing is known of it."),) * len(batch.operations)
        return super().decode(batch, request, response)


@breaks("recover_never_posts")
class AsksByDoing(Specimen):
    def recover(self, batch: Batch, books: Books) -> Request | None:
        items = json.loads(self.encode(batch, books).body)["items"]
        return Request(Purpose.ASK, json.dumps({"key": batch.key, "ask": True, "or_do": items}).encode())


@breaks("the_same_bytes_again_post_once")
class HearsTheSameOtherwise(Repeating):
    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        outcomes = super().decode(batch, request, response)
        if isinstance(response, Failure) or b'"repeated": true' not in response.body:
            return outcomes
        return tuple(replace(one, warning="again") if isinstance(one, Posted) else one for one in outcomes)


# ---- reading


@breaks("the_books_say_who_they_are")
class NamelessBooks(Specimen):
    def read_books(self, name: str, ref: str) -> Books:
        return replace(super().read_books(name, ref), name="")


@breaks("every_declared_find_finds")
class MissesIds(Specimen):
    def sought(self, find: Find) -> dict[str, Any]:
        if find.kind is Kind.INVOICE and find.books_id:
            return {"ref": find.books_id.upper()}
        return super().sought(find)


@breaks("what_the_lists_hold_is_found")
class ForgetsParents(Specimen):
    def entry(self, kind: Kind, one: dict[str, Any]) -> Entry:
        entry = super().entry(kind, one)
        return replace(entry, name=entry.name.rpartition(":")[2]) if kind is Kind.ITEM and entry.name else entry


@breaks("a_change_minds_the_revision")
class CallsStaleRefused(Specimen):
    def stale(self) -> Outcome:
        return Refused("stale", "Somebody changed it.")


@breaks("a_voided_invoice_keeps_its_number")
class DeletesForVoid(Specimen):
    def void_verb(self) -> str:
        return "delete"


@breaks("paged_pulls_miss_nothing")
class LosesTheLastOfAPage(Specimen):
    def pulled(self, records: tuple[Entry, ...], page: str | None, at: dt.datetime) -> Outcome:
        return Pulled(records[:-1] if page else records, page=page, watermark=at)


@breaks("an_expired_cursor_is_said")
class TakesExpiredForEmpty(Specimen):
    def expired(self) -> Outcome:
        return InDoubt("expired")


# ---- outside


@breaks("hostile_calls_get_a_reply")
class FallsOverGarbage(Dialled):
    def serve(self, call: Call, desk: Desk) -> Reply:
        json.loads(call.body)
        return super().serve(call, desk)


@breaks("a_refusal_speaks_the_callers_protocol")
class RefusesWithoutAWord(Dialled):
    def refuse(self, sentence: str) -> Reply:
        return Reply(500, b"error", "text/plain")


@breaks("an_invitation_leads_here")
class InvitesAnew(Dialled):
    def invite(self, invitation: Invitation) -> InvitationFile:
        made = super().invite(invitation)
        return replace(made, content=made.content[:-1] + b', "made": "%d"}' % next(_MADE))


_MADE = count()


@breaks("a_whole_session_posts")
class NeverIntroduces(Dialled):
    def introduced(self, said: dict[str, str], ticket: str, desk: Desk) -> bool:
        return True


@breaks("a_wrong_password_gets_nothing")
class HasABackDoor(Dialled):
    def opened(self, said: dict[str, str], desk: Desk) -> Any:
        return desk.open(said.get("user", ""), PASSWORD)


@breaks("only_what_was_signed_is_believed")
class BelievesAnySignature(Specimen):
    def verify(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        return bool(secret) and any(name.lower().endswith("signature") for name in headers)


@breaks("a_webhook_tells_the_same_twice")
class FallsOverAWebhook(Specimen):
    def changes(self, body: bytes) -> tuple[Change, ...]:
        json.loads(body)
        return super().changes(body)


@breaks("no_secret_is_left_in_a_transcript")
class KeepsTaxNumbers(Specimen):
    redaction: Redaction = Redaction(members=frozenset({"password"}))
