"""What gets lost on the way, and comes out right all the same."""

from __future__ import annotations

from itertools import product

from dray_sdk.testing.engine import Engine, Weather, all_posted_once
from dray_sdk.testing.pretend import Mishap
from dray_sdk.testing.stage import Bench, rule
from dray_sdk.testing.verdicts import demand, not_shown
from dray_sdk.wire import Purpose

LOSSES = (Weather.FINE, Weather.NEVER_ARRIVES, Weather.ANSWER_LOST)
NUMBERS = ("1001", "1002", "1003", "1004")


@rule
def a_lost_answer_posts_once(bench: Bench) -> None:
    """Whatever is lost of the first three writes, and however many invoices travel together, each invoice is in the
    books once at the end, and known to be."""
    most = bench.connector.capabilities.batch
    for together in sorted({min(size, most) for size in (1, 2, 4)}):
        for weather in product(LOSSES, repeat=3):
            _run(bench, together, list(weather))


@rule
def a_forgotten_batch_posts_once(bench: Bench) -> None:
    """The same where the books have forgotten the batch by the time they are asked: that they know nothing of a batch
    proves nothing, and each invoice is looked up. Identical bytes are then not sent again."""
    if Mishap.FORGETS not in bench.stage().pretend.mishaps:
        not_shown("the pretend books forget no batches")
    for together in sorted({1, min(2, bench.connector.capabilities.batch)}):
        _run(bench, together, [Weather.ANSWER_LOST_AND_FORGOTTEN], repeats=False)


def _run(bench: Bench, together: int, weather: list[Weather], *, repeats: bool = True) -> None:
    stage = bench.stage()
    engine = Engine(stage, together, list(weather), repeats=repeats)
    # One customer and one day, but other amounts: without a mark of ours, twins would be for a person to tell apart.
    engine.send(stage.documents.invoice(number, f"{at}.25") for at, number in enumerate(NUMBERS, 401))
    engine.run()
    all_posted_once(engine, f"{', then '.join(weather)}; {together} together")


@rule
def recover_never_posts(bench: Bench) -> None:
    """`recover` asks what became of a batch: its purpose is `ask` and it posts nothing. It is None where the books keep
    no memory of batches, and only there."""
    stage = bench.stage()
    batch = stage.write()
    request = bench.connector.recover(batch, stage.books)
    if not bench.connector.capabilities.recovers:
        demand(request is None, "recover made a request, but capabilities.recovers is False")
        return
    if request is None:
        demand(False, "capabilities.recovers is True, but recover gave None for a batch of writes")
        return
    demand(request.purpose is Purpose.ASK, f"the purpose of recover's request is {request.purpose!r}, not ask")
    stage.carry(batch, request)
    demand(not stage.found_numbers(), "recover posted the invoice; it may only ask")


@rule
def the_same_bytes_again_post_once(bench: Bench) -> None:
    """Where `repeats_for` says so, the identical bytes are answered with the first answer and post nothing more."""
    if not bench.connector.capabilities.repeats_for:
        not_shown("these books promise nothing about identical bytes")
    stage = bench.stage()
    batch = stage.write()
    request = stage.encode(batch)
    first = stage.decode(batch, request, stage.carry(batch, request))
    again = stage.decode(batch, request, stage.carry(batch, request))
    demand(len(stage.found_numbers()) == 1, f"the same bytes twice made {stage.found_numbers()} in the books")
    demand(first == again, f"the same bytes were answered as {first} and then as {again}")
