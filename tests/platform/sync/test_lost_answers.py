"""Whatever is lost between here and the books: each invoice arrives once, or is known not to have arrived."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from dray.billing.models import Posting
from dray.billing.timeline import story
from dray.connections.models import Connection
from dray.sync import receipt
from dray.sync.batches import BatchState
from dray.sync.models import SyncBatch
from dray.sync.turn import Turn
from dray_sdk import Answer, Failure, Request
from dray_tenants.database import Engines
from tests.platform.sync.office import Office

Clerk = Callable[[int], list[str]]
Ask = Callable[[], Answer | Failure]


def posts(request: Request) -> bool:
    return b"<InvoiceAddRq" in request.body


def lose_after(request: Request, ask: Ask) -> Answer | Failure | None:
    """QuickBooks does it, and nobody hears of it."""
    answer = ask()
    return None if posts(request) else answer


def lose_before(request: Request, ask: Ask) -> Answer | Failure | None:
    """It never gets to QuickBooks."""
    return None if posts(request) else ask()


def settle(office: Office) -> None:
    for _ in range(12):
        office.run()


def test_a_lost_answer_posts_once(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run(around=lose_after)
    assert office.states() == {"1001": "sending"}
    office.run()
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1
    with office.session() as session:
        invoice_id = session.scalars(select(Posting.invoice_id)).one()
        told = [happening.kind for happening in story(session, invoice_id)]
    assert told == ["sent", "claim", "answer_lost", "accepted"]


def test_a_request_that_never_arrived_is_proved_absent_and_posts_once(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run(around=lose_before)
    office.run()
    settle(office)
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1
    with office.session() as session:
        invoice_id = session.scalars(select(Posting.invoice_id)).one()
        told = [happening.kind for happening in story(session, invoice_id)]
    assert told == ["sent", "claim", "answer_lost", "proved_absent", "claim", "accepted"]


def test_a_second_try_has_another_key(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run(around=lose_before)
    settle(office)
    with office.session() as session:
        keys = session.scalars(select(SyncBatch.key).where(SyncBatch.purpose == "write")).all()
    assert len(set(keys)) == len(keys) >= 2


def test_each_operation_of_a_set_that_died_in_the_middle_is_settled_by_itself(office: Office, clerk: Clerk) -> None:
    clerk(15)
    died: list[bool] = []

    def die(request: Request, ask: Ask) -> Answer | Failure | None:
        if posts(request) and request.body.count(b"<InvoiceAddRq") == 4 and not died:
            died.append(True)
            office.faults.die_in_set = 2
        return ask()

    office.run(around=die)
    settle(office)
    assert died
    assert Counter(office.states().values()) == {"synced": 15}
    assert len(office.books()) == len(set(office.books())) == 15


def test_books_that_forget_their_message_sets_are_read_instead(office: Office, clerk: Clerk) -> None:
    clerk(3)
    office.run(around=lose_after)
    office.faults.forget_message_sets = 1
    settle(office)
    assert set(office.states().values()) == {"synced"}
    assert len(office.books()) == 3


def test_the_recovery_form_of_an_answer_is_read_and_its_figures_fetched(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run(around=lose_after)
    office.faults.recovery_form = 1
    office.run()
    from dray.billing.models import Receipt

    with office.session() as session:
        assert session.scalars(select(Receipt.total_minor)).one() == 42500
    assert len(office.books()) == 1


def test_a_doubt_is_asked_about_before_anything_new_is_posted(office: Office, clerk: Clerk) -> None:
    ids = clerk(2)
    office.run(around=lose_after)
    asked: list[str] = []

    def note(request: Request, ask: Ask) -> Answer | Failure | None:
        asked.append(request.purpose.value)
        return ask()

    office.run(around=note)
    assert asked[0] == "ask"
    assert len(ids) == len(office.books()) == 2


def test_another_computer_proves_nothing_until_the_first_ones_time_is_over(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run(around=lose_before)
    office.run(machine="BACK-OFFICE")
    assert office.states() == {"1001": "checking"}
    assert office.books() == []
    for _ in range(4):
        office.run(machine="BACK-OFFICE")
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1


def test_the_same_ticket_gets_the_same_bytes_until_it_answers(office: Office, clerk: Clerk) -> None:
    clerk(1)
    ticket = office.open()
    assert ticket is not None
    office.introduce(ticket)
    posted = False
    while not posted:
        request = office.desk().next(ticket)
        assert request is not None
        assert office.desk().next(ticket) == request
        posted = posts(request)
        office.desk().receive(ticket, office.ask(request.body))
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1


def test_an_answer_delivered_twice_changes_nothing(office: Office, clerk: Clerk) -> None:
    clerk(1)

    ticket = office.open()
    assert ticket is not None
    office.introduce(ticket)
    while (request := office.desk().next(ticket)) is not None:
        answer = office.ask(request.body)
        first = office.desk().receive(ticket, answer)
        assert office.desk().receive(ticket, answer) == first
        if first == 100:
            break
    office.desk().close(ticket)
    assert office.states() == {"1001": "synced"}
    with office.session() as session:
        invoice_id = session.scalars(select(Posting.invoice_id)).one()
        assert [happening.kind for happening in story(session, invoice_id)] == ["sent", "claim", "accepted"]


def test_a_late_answer_to_a_session_that_was_overtaken_is_used_and_ends_it(office: Office, clerk: Clerk) -> None:
    clerk(1)
    old = office.open()
    assert old is not None
    office.introduce(old)
    while (request := office.desk().next(old)) is not None and not posts(request):
        office.desk().receive(old, office.ask(request.body))
    assert request is not None
    answer = office.ask(request.body)
    new = office.open()
    assert new is not None
    office.introduce(new)
    assert office.states() == {"1001": "checking"}
    assert office.desk().receive(old, answer) == -1
    assert office.states() == {"1001": "synced"}
    office.desk().close(new)
    settle(office)
    assert len(office.books()) == 1


def test_an_answer_that_was_stored_is_read_after_a_crash(
    office: Office, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk(1)
    real = receipt.interpret
    crashes = [True]

    def crash_once(turn: Turn, row: SyncBatch) -> None:
        if row.writes and crashes:
            crashes.pop()
            raise SystemExit
        real(turn, row)

    monkeypatch.setattr(receipt, "interpret", crash_once)
    # Customers are written first; the crash takes whichever write comes first.
    with pytest.raises(SystemExit):
        office.run()
    with office.session() as session:
        assert BatchState.ANSWERED.value in session.scalars(select(SyncBatch.state)).all()
    office.run()
    settle(office)
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1
    assert len([name for name in office.company.lists["Customer"].values() if "Bramble" in name["Name"]]) == 1


def test_a_customer_whose_creation_was_lost_is_not_made_twice(office: Office, clerk: Clerk) -> None:
    clerk(2)

    def lose(request: Request, ask: Ask) -> Answer | Failure | None:
        answer = ask()
        return None if b"<CustomerAddRq" in request.body else answer

    office.run(around=lose)
    settle(office)
    assert set(office.states().values()) == {"synced"}
    assert len([name for name in office.company.lists["Customer"].values() if "Bramble" in name["Name"]]) == 1


def test_something_alike_in_the_books_is_left_for_a_person(office: Office, clerk: Clerk) -> None:
    """The number is there under another mark: neither ours nor surely absent. Nothing more is posted."""
    clerk(1)
    office.run(around=lose_before)
    customer = next(key for key, record in office.company.lists["Customer"].items() if "Bramble" in record["Name"])
    office.ask(
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError"><InvoiceAddRq>'
        f"<InvoiceAdd><CustomerRef><ListID>{customer}</ListID></CustomerRef><RefNumber>1001</RefNumber>"
        "<InvoiceLineAdd><ItemRef><FullName>Consulting</FullName></ItemRef><Amount>9.00</Amount></InvoiceLineAdd>"
        "</InvoiceAdd></InvoiceAddRq></QBXMLMsgsRq></QBXML>".encode()
    )
    settle(office)
    assert office.states() == {"1001": "checking"}
    assert len(office.books()) == 1
    with office.session() as session:
        problem = session.scalars(select(Posting.problem)).one()
    assert problem is not None
    assert "1001" in problem["candidates"][0]["text"]


@pytest.mark.parametrize("seed", range(4))
def test_any_mix_of_losses_posts_everything_once(engines: Engines, seed: int) -> None:
    office = Office(engines, seed=seed + 10)
    chance = random.Random(seed)
    customers = [office.customer(f"Customer {number}") for number in range(4)]
    sent: list[str] = []

    def weather(request: Request, ask: Ask) -> Answer | Failure | None:
        match chance.randrange(9):
            case 0:
                return None
            case 1:
                ask()
                return None
            case 2:
                office.faults.die_in_set = chance.randrange(1, 4)
                return ask()
            case 3:
                office.faults.forget_message_sets = 1
                return ask()
            case 4:
                office.faults.unexpected = 1
                return ask()
            case _:
                return ask()

    for _ in range(14):
        new = [office.invoice(chance.choice(customers), f"{chance.randrange(1, 900)}.00") for _ in range(3)]
        office.send(new)
        sent += new
        office.run(around=weather)
    for name in ("die_in_set", "forget_message_sets", "unexpected"):
        setattr(office.faults, name, 0)
    for _ in range(8):
        office.run()
    assert Counter(office.states().values()) == {"synced": len(sent)}
    assert len(office.books()) == len(set(office.books())) == len(sent)


def test_the_batch_falls_to_one_after_a_lost_answer(office: Office, clerk: Clerk) -> None:
    clerk(12)

    def lose_a_large_one(request: Request, ask: Ask) -> Answer | Failure | None:
        answer = ask()
        return None if request.body.count(b"<InvoiceAddRq") >= 4 else answer

    office.run(around=lose_a_large_one)
    sizes: list[int] = []

    def note(request: Request, ask: Ask) -> Answer | Failure | None:
        if posts(request):
            sizes.append(request.body.count(b"<InvoiceAddRq"))
        return ask()

    office.run(around=note)
    assert sizes[0] == 1
    with office.session() as session:
        assert session.scalars(select(Connection.batch_size)).one() > 1
    assert len(office.books()) == 12


def test_what_quickbooks_remembers_of_lost_answers_is_cleared_there_in_time(office: Office) -> None:
    """Every write clears one set and leaves one; what a lost answer leaves besides goes with what is read back."""
    customer = office.customer("Bramble Creek Builders")
    for _ in range(4):
        office.send([office.invoice(customer)])
        office.run(around=lose_after)
        office.run()
    assert len(office.company.message_sets) > 1
    for _ in range(6):
        office.now += dt.timedelta(hours=25)
        office.run()
    assert set(office.states().values()) == {"synced"}
    assert office.company.message_sets == {}
