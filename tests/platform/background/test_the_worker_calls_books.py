"""The real way: a login that somebody made, HTTP to a pretend QuickBooks Online on a port, and the worker's jobs."""

import threading
from collections import Counter

from sqlalchemy import select

from dray.background import Job, Shift, Threads, run_once
from dray.cli.worker import jobs_of
from dray.connections.models import ConnectionStatus
from dray_tenants.scope import ScopedSession
from tests.platform.background.working import Works, until


def test_a_round_of_the_worker_takes_invoices_into_the_books(works: Works) -> None:
    works.send(3)
    run_once(jobs_of(works.online.parts), works.online.parts)
    assert works.states() == ["synced"] * 3
    assert works.there() == 3


def test_an_access_token_that_is_over_is_renewed_on_the_way(works: Works) -> None:
    works.send(1)
    works.online.intuit.grants.expire_access()
    run_once(jobs_of(works.online.parts), works.online.parts)
    assert works.states() == ["synced"]


def test_a_login_that_was_ended_there_shows_and_loses_nothing(works: Works) -> None:
    works.send(1)
    works.online.intuit.grants.disconnect("9130350000000001")
    run_once(jobs_of(works.online.parts), works.online.parts)
    assert works.states() == ["pending_sync"]
    with ScopedSession(works.online.parts.engines, read_only=True) as session:
        trouble = session.scalars(select(ConnectionStatus.trouble)).one()
    assert trouble is not None
    assert "no longer lets" in trouble["sentence"]


def test_threads_do_what_is_due_and_end_in_order(works: Works) -> None:
    works.send(40)
    stop = threading.Event()
    worker = threading.Thread(
        target=Threads(works.online.parts, jobs_of(works.online.parts), 4, glance=0.05).run, args=(stop,)
    )
    worker.start()
    try:
        until(lambda: "synced" in works.states())
    finally:
        stop.set()
        worker.join()
    assert set(works.states()) <= {"synced", "pending_sync"}
    assert works.there() == Counter(works.states())["synced"]


def test_a_job_that_breaks_ends_no_other(works: Works) -> None:
    done: list[str] = []
    stop = threading.Event()

    def breaks(_shift: Shift) -> None:
        raise RuntimeError("of all things")

    def goes_well(shift: Shift) -> None:
        done.append("well")
        shift.enqueue("asked for", 7)

    def asked_for(_shift: Shift, number: int) -> None:
        done.append(f"asked for {number}")
        stop.set()

    jobs = (
        Job("breaks", breaks, every=1),
        Job("goes well", goes_well, every=1),
        Job("asked for", asked_for, calls=True),
    )
    Threads(works.online.parts, jobs, 1, glance=0.01).run(stop)
    assert done == ["well", "asked for 7"]
