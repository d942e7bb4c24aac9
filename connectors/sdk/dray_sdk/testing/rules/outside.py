"""Calls from outside: sessions that the books begin, and webhooks."""

from __future__ import annotations

from collections.abc import Callable

from dray_sdk.errors import RemoteProtocolError
from dray_sdk.facets import DialsIn, Invitation, InvitationFile
from dray_sdk.outcomes import Posted
from dray_sdk.testing.desk import MemoryDesk
from dray_sdk.testing.pretend import CallsUs, RingsUs
from dray_sdk.testing.rules.answers import GARBAGE
from dray_sdk.testing.stage import Bench, Stage, rule
from dray_sdk.testing.verdicts import Broken, demand, not_shown, short
from dray_sdk.webhooks import SendsWebhooks
from dray_sdk.wire import Call, Reply

USER, PASSWORD = "qb_conformance", "KQ7M-2RTX-9WDH-4PNC"
WEBHOOK_SECRET = "canary-webhook-secret-6f2d"  # noqa: S105  likewise
INVITATION = Invitation(
    install="in_conformance",
    product="Dray",
    description="Conformance",
    endpoint="https://dray.example/mount/in_conformance",
    support_url="https://dray.example/mount/in_conformance/support",
    user_name=USER,
    owner_id="{5D2F1B7C-90AE-4A1E-8B57-2C6D1E0F9A31}",
    file_id="{0E4A6C1D-3B52-4F7E-9C18-7A5D2E6B8F40}",
)


def dialled(bench: Bench) -> DialsIn:
    """The connector as one that is dialled into, or the rule does not concern it."""
    connector: object = bench.connector
    if not isinstance(connector, DialsIn):
        not_shown("nobody dials in")
    return connector


def invitation_file(connector: DialsIn) -> InvitationFile:
    """What `invite` makes of an invitation that names everything."""
    return connector.invite(INVITATION)


@rule
def hostile_calls_get_a_reply(bench: Bench) -> None:
    """Hostile bytes never raise out of `serve`: whatever the call, the answer is a reply, and nothing is handed out."""
    connector = dialled(bench)
    stage = bench.stage()
    for body in GARBAGE:
        for method in ("POST", "GET", "PUT", "HEAD", ""):
            desk = MemoryDesk(stage, USER, PASSWORD, [stage.write()])
            call = Call(method, INVITATION.endpoint, INVITATION.install, "\x00", {"Content-Type": "text/xml"}, body)
            try:
                reply = connector.serve(call, desk)
            except Exception as error:
                raise Broken(f"serve raised {error!r} for {method} {short(body)}; answer with a refusal") from error
            demand(200 <= reply.status < 600, f"serve answered {short(reply)}")
            demand(not desk.handed_out, f"serve handed out work for {method} {short(body)}")


@rule
def a_refusal_speaks_the_callers_protocol(bench: Bench) -> None:
    """`refuse` gives a reply with the sentence in it, markup in the sentence included."""
    connector = dialled(bench)
    reply = connector.refuse("Dray is being updated. Try again in a minute.")
    demand(
        b"Try again in a minute" in reply.body,
        f"refuse leaves out the sentence that it was given, and says {short(reply.body)}",
    )
    demand(connector.refuse("a <b> & c").status >= 400, "a refusal has an HTTP status of 400 or more")


@rule
def an_invitation_leads_here(bench: Bench) -> None:
    """The invitation's file has a name and names the endpoint and the user; the same invitation gives the same file."""
    connector = dialled(bench)
    file = invitation_file(connector)
    demand(file.name and file.content, "invite makes an empty file, or one without a name")
    for part in (INVITATION.endpoint, USER):
        demand(part.encode() in file.content, f"the file of the invitation does not say {part}")
    demand(file == invitation_file(connector), "the same invitation gave two different files")


@rule
def a_whole_session_posts(bench: Bench) -> None:
    """A caller with the right password is handed the work, and its answers are taken; the session is closed."""
    desk, _calls = session(bench, PASSWORD)
    outcome = (desk.outcomes or [None])[-1]
    demand(
        outcome and isinstance(outcome[0], Posted),
        f"a whole session left the invoice unposted: {short(desk.outcomes)}; the desk was asked {desk.told}",
    )
    demand(desk.introduced is not None, "introduce was not called: the platform must know which books are open")
    demand("close" in desk.told, f"the session was not closed; the desk was asked {desk.told}")


@rule
def a_wrong_password_gets_nothing(bench: Bench) -> None:
    """A caller with a wrong password is handed nothing."""
    desk, _calls = session(bench, "wrong-" + PASSWORD)
    demand(
        not desk.handed_out, f"work was handed out to a caller with a wrong password; the desk was asked {desk.told}"
    )
    demand("open" in desk.told, "the password was never checked: ask desk.open")


def session(bench: Bench, password: str) -> tuple[MemoryDesk, list[tuple[Call, Reply]]]:
    """One session of pretend books that dial in, and every call of it."""
    connector = dialled(bench)
    stage = bench.stage()
    if not isinstance(stage.pretend, CallsUs):
        not_shown("the pretend books do not dial in: give them `call`")
    desk = MemoryDesk(stage, USER, PASSWORD, [stage.write()])
    calls: list[tuple[Call, Reply]] = []

    def door(call: Call) -> Reply:
        reply = connector.serve(call, desk)
        calls.append((call, reply))
        return reply

    stage.pretend.call(door, invitation_file(connector), password)
    return desk, calls


def _rung(bench: Bench) -> tuple[SendsWebhooks, Stage, Callable[[str], tuple[dict[str, str], bytes]]]:
    connector: object = bench.connector
    if not isinstance(connector, SendsWebhooks):
        not_shown("the books send no webhooks")
    stage = bench.stage()
    pretend: object = stage.pretend
    if not isinstance(pretend, RingsUs):
        not_shown("the pretend books send no webhooks: give them `ring`")

    def ring(secret: str) -> tuple[dict[str, str], bytes]:
        headers, body = pretend.ring(secret)
        return dict(headers), body

    return connector, stage, ring


@rule
def only_what_was_signed_is_believed(bench: Bench) -> None:
    """`verify` takes a webhook that was signed with the secret over these bytes, and no other: not with another secret,
    another body, without a signature, with an empty secret. It never raises."""
    connector, _stage, ring = _rung(bench)
    headers, body = ring(WEBHOOK_SECRET)
    shouted = {name.upper(): value for name, value in headers.items()}
    for good in (headers, shouted):
        demand(connector.verify(good, body, WEBHOOK_SECRET), f"verify refuses a webhook that was signed: {short(good)}")
    forged = {name: value[::-1] for name, value in headers.items()}
    emptied, _same = ring("")
    tries: list[tuple[str, dict[str, str], bytes, str]] = [
        ("signed with another secret", ring("another")[0], body, WEBHOOK_SECRET),
        ("with another body", headers, body + b" ", WEBHOOK_SECRET),
        ("without a signature", {}, body, WEBHOOK_SECRET),
        ("with a signature of other letters", forged, body, WEBHOOK_SECRET),
        ("with an empty secret", emptied, body, ""),
        ("with a signature outside ASCII", dict.fromkeys(headers, "é\udcff"), body, WEBHOOK_SECRET),
    ]
    for how, given, content, secret in tries:
        try:
            believed = connector.verify(given, content, secret)
        except Exception as error:
            raise Broken(f"verify raised {error!r} for a webhook {how}; it should say False") from error
        demand(not believed, f"verify believes a webhook {how}")


@rule
def a_webhook_tells_the_same_twice(bench: Bench) -> None:
    """`changes` tells what changed, the same each time, with the notice by which a repetition is known; a body in no
    known form raises RemoteProtocolError and nothing else."""
    connector, _stage, ring = _rung(bench)
    _headers, body = ring(WEBHOOK_SECRET)
    told = connector.changes(body)
    demand(told, f"changes finds nothing in {short(body)}")
    demand(told == connector.changes(body), "changes tells the same webhook in two ways")
    for change in told:
        demand(change.books and change.books_id and change.notice, f"{short(change)} lacks books, id or notice")
        demand(change.at is None or change.at.tzinfo, f"{short(change)} has a time without a zone")
    for garbage in GARBAGE:
        try:
            connector.changes(garbage)
        except RemoteProtocolError:
            continue
        except Exception as error:
            raise Broken(f"changes raised {error!r} for {short(garbage)}; raise RemoteProtocolError") from error
