"""From Pending sync to Synced, through the desk, with a pretend QuickBooks at the other end."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import select

from dray.billing.models import Invoice, Posting, Receipt
from dray.billing.timeline import story
from dray.connections.models import Connection, ConnectionStatus
from dray.sync.models import Exchange, SyncBatch, Transcript
from dray_sdk import Answer, Failure
from dray_tenants.scope import ScopedSession
from tests.platform.sync.office import Office

Clerk = Callable[[int], list[str]]


def test_what_is_sent_is_accepted_and_locked(office: Office, clerk: Clerk) -> None:
    clerk(3)
    assert set(office.states().values()) == {"pending_sync"}
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert sorted(number for number, _ in office.books()) == ["1001", "1002", "1003"]
    with office.session() as session:
        receipts = session.scalars(select(Receipt)).all()
        assert {(receipt.total_minor, receipt.balance_minor) for receipt in receipts} == {(42500, 42500)}
        told = [happening.kind for happening in story(session, receipts[0].invoice_id)]
    assert told == ["sent", "claim", "accepted"]


def test_nothing_due_is_told_at_once_and_costs_no_exchange(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    assert office.open() is None
    assert office.open() is None
    with office.session() as session:
        assert len(session.scalars(select(Exchange)).all()) == 1
        status = session.scalars(select(ConnectionStatus)).one()
        assert status.idle_polls == 2
        assert status.idle_since == office.now


def test_the_first_contact_binds_the_books_and_asks_once(office: Office) -> None:
    office.run()
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        assert connection.state == "active"
        assert connection.books is not None
        assert connection.books["name"] == "Cedar Ridge Hauling"
    assert office.run() == 0


def test_one_bad_invoice_holds_up_none_of_the_others(office: Office) -> None:
    customer = office.customer("Bramble Creek Builders")
    good = [office.invoice(customer) for _ in range(3)]
    bad = office.invoice(customer, item="No such item")
    more = [office.invoice(customer) for _ in range(3)]
    office.send([*good, bad, *more])
    office.run()
    assert Counter(office.states().values()) == {"synced": 6, "needs_attention": 1}
    with office.session() as session:
        problems = session.scalars(select(Invoice.problems).where(Invoice.public_id == bad)).one()
    assert problems is not None
    assert "no item named “No such item”" in problems[0]["detail"]


def test_an_item_that_was_missing_is_looked_for_again_when_the_invoice_is_sent_again(office: Office) -> None:
    customer = office.customer("Bramble Creek Builders")
    invoice = office.invoice(customer, item="Tonnage")
    office.send([invoice])
    office.run()
    assert office.states() == {"1001": "needs_attention"}
    office.ask(
        b'<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError"><ItemServiceAddRq>'
        b"<ItemServiceAdd><Name>Tonnage</Name><SalesOrPurchase><AccountRef><FullName>Sales</FullName></AccountRef>"
        b"</SalesOrPurchase></ItemServiceAdd></ItemServiceAddRq></QBXMLMsgsRq></QBXML>"
    )
    office.send([invoice])
    office.run()
    assert office.states() == {"1001": "synced"}


def test_a_structural_refusal_is_narrowed_down_to_the_culprit(office: Office) -> None:
    customer = office.customer("Bramble Creek Builders")
    ids = [office.invoice(customer) for _ in range(40)]
    culprit = office.invoice(customer, memo="swallow me not")
    office.send([*ids[:17], culprit, *ids[17:]])

    def choke(request: object, ask: Callable[[], Answer | Failure]) -> Answer | Failure:
        if b"swallow me not" in request.body:  # type: ignore[attr-defined]
            return Failure("0x80040400", "QuickBooks found an error when parsing the provided XML text stream.")
        return ask()

    office.run(around=choke)
    assert Counter(office.states().values()) == {"synced": 40, "needs_attention": 1}
    assert len(set(office.books())) == len(office.books()) == 40


def test_a_lock_in_the_books_delays_and_refuses_nothing(office: Office, clerk: Clerk) -> None:
    office.faults.locked = 1
    clerk(1)
    office.run()
    assert office.states() == {"1001": "pending_sync"}
    for _ in range(12):
        office.run()
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1


def test_batches_grow_from_one_as_answers_come_back_whole(office: Office, clerk: Clerk) -> None:
    clerk(40)
    office.run()
    with office.session() as session:
        sizes = session.scalars(
            select(SyncBatch.operations).where(SyncBatch.purpose == "write").order_by(SyncBatch.id)
        ).all()
        assert sizes[:4] == [1, 2, 4, 8]
        assert max(sizes) <= 20


def test_what_a_batch_held_is_dropped_once_it_is_settled(office: Office, clerk: Clerk) -> None:
    clerk(5)
    office.run()
    with office.session() as session:
        for row in session.scalars(select(SyncBatch)):
            assert row.state == "settled"
            assert row.contents is row.request is row.answer is None


def test_transcripts_are_kept_without_what_nobody_may_keep(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    with office.session() as session:
        rows = session.scalars(select(Transcript).order_by(Transcript.id)).all()
        assert {row.direction for row in rows} == {"in", "out"}
        assert any("write" in row.label for row in rows)


def test_a_posted_document_is_what_was_sent_whatever_is_edited_later(office: Office) -> None:
    public_id = office.customer("Bramble Creek Builders")
    office.send([office.invoice(public_id)])
    with ScopedSession(office.engines) as session, session.tenant(office.tenant_id):
        from dray.billing.models import Customer

        session.scalars(select(Customer)).one().name = "Another Name Entirely"
        session.commit()
    office.run()
    names = [record["Name"] for record in office.company.lists["Customer"].values()]
    assert "Bramble Creek Builders" in names
    assert "Another Name Entirely" not in names
    with office.session() as session:
        assert session.scalars(select(Posting.state)).one() == "posted"


def test_the_books_forget_a_message_set_whose_result_is_safe(office: Office, clerk: Clerk) -> None:
    clerk(30)
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert len(office.company.message_sets) == 1
    with office.session() as session:
        assert session.scalars(select(Connection.to_forget)).one() == list(office.company.message_sets)
