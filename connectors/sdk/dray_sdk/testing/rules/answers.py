"""What comes back, or something like it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dray_sdk.facets import DialsIn, Explains
from dray_sdk.operations import Batch, Create, Identify
from dray_sdk.outcomes import Deferred, Disconnected, InDoubt, NotRun, Outcome, Posted, Refused
from dray_sdk.testing.engine import questions
from dray_sdk.testing.pretend import Mishap
from dray_sdk.testing.stage import Bench, Stage, rule
from dray_sdk.testing.verdicts import Broken, demand, not_shown, short
from dray_sdk.wire import Answer, Failure, NoAnswer, Request, Response

GARBAGE: tuple[bytes, ...] = (
    b"",
    b" \r\n\t ",
    b"\x00",
    b"\xff\xfe\xfd",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"ok"',
    b"0",
    b"OK",
    b"<html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>",
    b'<?xml version="1.0"?><answer status="0"/>',
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    b"<a>" * 3000,
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"9" * 10_000,
    b"1" + b"0" * 400 + b"E99999999",
    bytes(range(256)) * 8,
)
"""Bodies that answer nothing, in any protocol."""


def _posted(outcomes: Iterable[Outcome]) -> list[int]:
    return [place for place, outcome in enumerate(outcomes, 1) if isinstance(outcome, Posted)]


@rule
def decode_never_raises(bench: Bench) -> None:
    """`decode` never raises for what the other side sent, and gives one outcome per operation whatever that was."""
    stage = bench.stage()
    batch, request, answer = _answered(stage)
    responses: list[Response] = [Answer(body, status) for body in GARBAGE for status in (200, 204, 302, 400, 500)]
    responses += list(_cuts(answer))
    responses += [Failure(""), Failure("0x12345678", "nobody knows"), Failure(NoAnswer.UNANSWERED)]
    for response in responses:
        try:
            outcomes = bench.connector.decode(batch, request, response)
        except Exception as error:
            raise Broken(f"decode raised {error!r} for {short(response)}; it should say InDoubt") from error
        demand(
            len(outcomes) == len(batch.operations),
            f"decode gave {len(outcomes)} outcomes for {len(batch.operations)} operations, for {short(response)}",
        )


@rule
def what_is_not_understood_is_in_doubt(bench: Bench) -> None:
    """An answer that is not understood leaves every write of the batch in doubt: it is no success and no failure."""
    stage = bench.stage()
    batch = stage.write("1001", "1002")
    request = stage.encode(batch)
    for body in GARBAGE:
        outcomes = stage.decode(batch, request, Answer(body)) or ()
        wrong = [outcome for outcome in outcomes if not isinstance(outcome, InDoubt)]
        demand(not wrong, f"to {short(body)} decode says {short(wrong[:1])}; it proves nothing, so it is InDoubt")


@rule
def a_cut_answer_is_never_a_success(bench: Bench) -> None:
    """An answer that broke off, wherever, posts nothing."""
    stage = bench.stage()
    batch, request, answer = _answered(stage)
    for cut in _cuts(answer):
        posted = _posted(stage.decode(batch, request, cut) or ())
        demand(
            not posted,
            f"decode says Posted of operation {posted} although the answer broke off after {len(cut.body)} of "
            f"{len(answer.body)} bytes. Read an answer only when it is whole",
        )


@rule
def an_answer_to_something_else_is_never_a_success(bench: Bench) -> None:
    """An answer to another request posts nothing: one to a question, and where the books call us also one to another
    batch, for there no connection ties an answer to its request."""
    stage = bench.stage()
    batch = stage.write("1001", "1002")
    request = stage.encode(batch)
    others = [stage.batch(Identify())]
    others += [stage.batch(question) for question in questions(stage, stage.documents.invoice("1001"))]
    if isinstance(bench.connector, DialsIn):
        others.append(stage.write("1003", "1004"))
    for other in others:
        response = stage.carry(other, stage.encode(other))
        posted = _posted(stage.decode(batch, request, response) or ())
        demand(
            not posted,
            f"decode says Posted of operation {posted} for an answer to {short(other.operations)}. Compare the "
            "key, and the name of what is answered",
        )


@rule
def answers_are_matched_by_their_ids(bench: Bench) -> None:
    """An operation is answered by what bears its id, wherever that stands. What has no answer, or two, is in doubt."""
    stage = bench.stage()
    if bench.connector.capabilities.batch < 2:
        not_shown("these books take one operation at a time")
    whole = stage.write("1001", "1002")
    part = Batch(whole.key, whole.operations[:1])
    response = stage.carry(part, stage.encode(part))
    outcomes = stage.decode(whole, stage.encode(whole), response) or ()
    demand(
        2 not in _posted(outcomes),
        f"the answer holds only operation 1, and decode says {short(outcomes[1:])} of operation 2: match by id",
    )
    _matched_when_reversed(bench.stage())
    _matched_when_doubled(bench.stage())


def _matched_when_reversed(stage: Stage) -> None:
    if Mishap.REVERSED not in stage.pretend.mishaps:
        return
    stage.befall(Mishap.REVERSED)
    first, second = stage.documents.invoice("1001", "10.00"), stage.documents.invoice("1002", "20.00")
    outcomes = stage.decode_after(stage.batch(Create(first), Create(second)))
    for invoice, outcome in zip((first, second), outcomes, strict=True):
        demand(
            not isinstance(outcome, Posted) or outcome.total in (None, invoice.total),
            f"the answers came last one first, and decode gave invoice {invoice.number} of {invoice.total} the "
            f"outcome {short(outcome)}: match by id, never by order",
        )


def _matched_when_doubled(stage: Stage) -> None:
    if Mishap.DOUBLED not in stage.pretend.mishaps:
        return
    stage.befall(Mishap.DOUBLED)
    outcomes = stage.decode_after(stage.write("1001", "1002"))
    demand(
        1 not in _posted(outcomes),
        f"operation 1 was answered twice, and decode says {short(outcomes[:1])}; what has two answers is in doubt",
    )


@rule
def no_answer_proves_nothing(bench: Bench) -> None:
    """Where no answer came, or the carrier reports what nobody knows, a write is in doubt."""
    stage = bench.stage()
    batch = stage.write()
    request = stage.encode(batch)
    failures = [Failure(NoAnswer.UNANSWERED), Failure(NoAnswer.BROKEN_OFF), Failure("0x81234567", "Nobody knows.")]
    for failure in failures:
        outcomes = stage.decode(batch, request, failure) or ()
        wrong = [outcome for outcome in outcomes if not isinstance(outcome, InDoubt)]
        demand(not wrong, f"to {short(failure)} decode says {short(wrong[:1])}; the write may have been done: InDoubt")
    outcomes = stage.decode(batch, request, Failure(NoAnswer.UNREACHED)) or ()
    demand(not _posted(outcomes), "decode says Posted although the books were never reached")


@rule
def an_unknown_status_is_in_doubt(bench: Bench) -> None:
    """A status in no manual is in doubt, and so is an error that comes in place of an answer: the work may be done."""
    mishaps = (Mishap.UNKNOWN_STATUS, Mishap.FAILS_AFTER)
    shown = [mishap for mishap in mishaps if mishap in bench.stage().pretend.mishaps]
    if not shown:
        not_shown("the pretend books can bring about neither 'unknown_status' nor 'fails_after'")
    for mishap in shown:
        outcomes, stage = _after(bench, mishap)
        demand(
            isinstance(outcomes[0], InDoubt),
            f"after {mishap.value!r} decode says {short(outcomes[0])}; the books hold {stage.found_numbers()}. It is "
            "InDoubt: never a success and never a failure",
        )


@rule
def who_is_told_to_wait_waits(bench: Bench) -> None:
    """Told to come back later, an operation is `Deferred` by some seconds: nothing was done, nobody need look."""
    outcomes, stage = _after(bench, Mishap.THROTTLED)
    outcome = outcomes[0]
    demand(
        isinstance(outcome, Deferred) and outcome.delay > 0,
        f"told to come back later, decode says {short(outcome)}; it should be Deferred by some seconds",
    )
    demand(not stage.found_numbers(), "the pretend books were to do nothing, and hold the invoice: mend them")


@rule
def an_ended_login_disconnects(bench: Bench) -> None:
    """Where the books no longer admit us, a write that travelled alone is `Disconnected`: a person has to act."""
    outcomes, stage = _after(bench, Mishap.SIGNED_OUT)
    demand(
        isinstance(outcomes[0], Disconnected),
        f"the login is over, and decode says {short(outcomes[0])}; it should be Disconnected",
    )
    demand(not stage.found_numbers(), "the pretend books were to do nothing, and hold the invoice: mend them")


@rule
def a_refusal_keeps_the_books_own_words(bench: Bench) -> None:
    """What the books refuse is `Refused`, with their own code and text; a connector that explains codes knows it."""
    outcomes, _stage = _after(bench, Mishap.REFUSED)
    outcome = outcomes[0]
    demand(isinstance(outcome, Refused | NotRun), f"the books refused it, and decode says {short(outcome)}")
    if not isinstance(outcome, Refused):
        return
    demand(outcome.code and outcome.text, f"{short(outcome)} lacks the books' own code or text")
    connector: object = bench.connector
    if isinstance(connector, Explains):
        demand(connector.explain(outcome.code, outcome.text), f"explain knows nothing of {outcome.code!r}")


@rule
def an_answer_read_twice_says_the_same(bench: Bench) -> None:
    """An answer may be read again, after a crash, and says the same: `decode` remembers nothing."""
    stage = bench.stage()
    batch, request, answer = _answered(stage)
    first = stage.decode(batch, request, answer)
    other = stage.write("1003")
    stage.decode(other, stage.encode(other), stage.carry(other, stage.encode(other)))
    again = stage.decode(batch, request, answer)
    demand(first == again, f"the same answer was read as {short(first)} and then as {short(again)}")


def _answered(stage: Stage) -> tuple[Batch, Request, Answer]:
    """Two invoices, or one where only one travels, and the good answer to them."""
    batch = stage.write(*("1001", "1002")[: stage.connector.capabilities.batch])
    request = stage.encode(batch)
    response = stage.carry(batch, request)
    if not isinstance(response, Answer):
        raise Broken(f"the pretend books gave no answer in fine weather, but {short(response)}")
    return batch, request, response


def _cuts(answer: Answer) -> Iterator[Answer]:
    """The answer broken off at sixty-four places, and just before its end."""
    body = answer.body.rstrip()
    places = {len(body) * part // 64 for part in range(64)} | {len(body) - 1, len(body) - 2}
    for place in sorted(place for place in places if 0 <= place < len(body)):
        yield Answer(body[:place], answer.status, answer.headers)


def _after(bench: Bench, mishap: Mishap) -> tuple[tuple[Outcome, ...], Stage]:
    """What decode says of one invoice that the mishap befell."""
    stage = bench.stage()
    stage.befall(mishap)
    return stage.decode_after(stage.write()), stage
