"""What no transcript may keep."""

from __future__ import annotations

from dray_sdk.facets import DialsIn
from dray_sdk.operations import Create, Find, Identify, Pull
from dray_sdk.testing.pretend import CallsUs
from dray_sdk.testing.rules.outside import PASSWORD, session
from dray_sdk.testing.stage import Bench, rule
from dray_sdk.testing.verdicts import demand, not_shown, short
from dray_sdk.wire import Answer


@rule
def no_secret_is_left_in_a_transcript(bench: Bench) -> None:
    """What `redaction` leaves of requests, answers and calls holds none of the secrets that were planted, and neither
    does an outcome: passwords, tokens, tax numbers."""
    stage = bench.stage()
    able = bench.connector.capabilities
    outcomes = [*stage.ask(Identify()), *stage.ask(Create(stage.documents.invoice("1001")))]
    outcomes += [
        stage.one(Find(kind, name=one.name)) for kind, one in stage.pretend.holds.items() if kind in able.finds
    ]
    outcomes += [stage.one(Pull(kind)) for kind in sorted(able.pulls)]
    redaction = bench.connector.redaction
    raw, kept = b"", b""
    for exchanged in stage.exchanged:
        bodies = [exchanged.request.body]
        headers = [exchanged.request.headers]
        if isinstance(exchanged.response, Answer):
            bodies.append(exchanged.response.body)
            headers.append(exchanged.response.headers)
        raw += b" ".join(bodies) + repr(headers).encode()
        kept += b" ".join(redaction.body(body) for body in bodies)
        kept += repr([redaction.header_fields(some) for some in headers]).encode()
    secrets = list(stage.pretend.secrets)
    if isinstance(bench.connector, DialsIn) and isinstance(stage.pretend, CallsUs):
        secrets.append(PASSWORD)
        for call, reply in session(bench, PASSWORD)[1]:
            raw += call.body + reply.body
            kept += redaction.body(call.body) + redaction.body(reply.body)
            kept += repr(redaction.header_fields(call.headers)).encode()
    if not any(secret.encode() in raw for secret in secrets):
        not_shown("no secret that the pretend books name ever crossed the wire")
    for secret in secrets:
        demand(
            secret.encode() not in kept,
            f"the secret {secret!r} stands in a transcript. Name the element, member or header that holds it in "
            "`redaction`",
        )
        demand(secret not in repr(outcomes), f"the secret {secret!r} is in an outcome: {short(outcomes)}")
