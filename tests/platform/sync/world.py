"""A small world that everything can go wrong in: companies, clerks, books, computers, crashes, backups put back.

The same steps are drawn by a property test, which shrinks what fails, and by the soak, which goes on for as long as
asked. After each step `bookkeeping.check` looks at everything; `settling.settle` ends a world: everything that anybody
wanted sent must then be in the books, once.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from dray.backup.making import back_up
from dray.backup.restoring import restore
from dray.billing import amending, deciding, documents, not_sent, unpend
from dray.billing.given import GivenLine, NotNow
from dray.billing.models import Invoice, Posting
from dray.connections import binding, brakes, lifecycle, opening, questions, removal
from dray.connections.models import Connection
from dray.connections.removal import StillOnTheirWay
from dray_qbd.simulator.company import Company
from dray_sdk import Answer, Failure, Request
from dray_tenants.database import Engines
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession
from tests.platform.sync import weather as skies
from tests.platform.sync.office import PASSWORD, Office, hashed
from tests.platform.sync.weather import Crash, Delayed

CUSTOMERS = ("A", "B", "C")
JUDGE = lambda document: ()  # noqa: E731


@dataclass
class Place:
    """One company of the world: its office, and what the world knows better than the database.

    `ever`: every mark that an invoice of this company ever had. `forgotten`: marks of which a restore, or a removal by
    force, may have made the database forget what it knew. `vanished`: books' ids that an older copy of the company file
    does not have. `typed`: mark → books' id of what somebody typed into QuickBooks in its place. `anyway`: marks that
    somebody said to post all the same.
    """

    office: Office
    customers: list[str]
    mark_of: dict[str, str] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)
    typed: dict[str, str] = field(default_factory=dict)
    anyway: set[str] = field(default_factory=set)
    delayed: Delayed | None = None
    older: str | None = None
    doors: int = 1

    def tenant_id(self) -> str:
        """The public id of the company, from which marks are made."""
        with ScopedSession(self.office.engines) as session:
            return session.scalars(select(Tenant.public_id).where(Tenant.id == self.office.tenant_id)).one()

    def there(self) -> list[dict[str, str]]:
        """Every invoice in the company file."""
        return list(self.office.company.transactions.get("Invoice", {}).values())


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup of the database, and which ways in the computers used at that time."""

    file: Path
    doors: tuple[tuple[int, str, str], ...]


@dataclass
class World:
    """Two companies in one database, each with a company file of its own. `url` names the owner of the tables."""

    engines: Engines
    url: str
    first: int = 1
    places: list[Place] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    locked: dict[str, tuple[str, int]] = field(default_factory=dict)
    last_seen: dict[str, str] = field(default_factory=dict)
    saved: Saved | None = None

    def __post_init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="dray-world-")
        for number in range(2):
            company = Company.sample(f"Hauling {number + 1}")
            office = Office(self.engines, company=company, seed=self.first + number)
            place = Place(office, [office.customer(f"Customer {name}") for name in CUSTOMERS])
            self.places.append(place)
            self._stamp(place)
        self._tenants = [place.tenant_id() for place in self.places]

    def close(self) -> None:
        """Take the files away."""
        self._directory.cleanup()

    # ---- what clerks do

    def write(self, tenant: int, customer: int, amount: int) -> None:
        """A clerk writes a draft; amounts and days repeat on purpose."""
        place = self.places[tenant]
        public_id = place.office.invoice(place.customers[customer % 3], f"{10 + amount % 4}.00")
        mark = documents.mark(self._tenants[tenant], public_id).strip("{}").casefold()
        place.mark_of[public_id] = mark
        place.ever.add(mark)

    def send(self, tenant: int, most: int = 50) -> None:
        """A clerk sends every draft and every refused invoice."""
        self.places[tenant].office.send(self.found(tenant, "draft", "needs_attention")[:most])

    def take_back(self, tenant: int, which: int) -> None:
        """A clerk takes back what has not left, or asks for what is in doubt."""
        office = self.places[tenant].office
        chosen = self._choose(tenant, which, "pending_sync", "checking")
        if chosen is None:
            return
        with office.session() as session:
            (result,) = unpend.unpend(session, [chosen], actor="clerk", at=office.now)
            if result.state == "checking":
                deciding.take_back(session, chosen, actor="clerk", at=office.now)

    def edit(self, tenant: int, which: int, amount: int) -> None:
        """A clerk changes an invoice, whichever it is: one that is not open takes no change."""
        office = self.places[tenant].office
        chosen = self._choose(tenant, which)
        if chosen is None:
            return
        line = GivenLine(item="Consulting", quantity=Decimal(1), unit_price=Decimal(20 + amount % 4))
        with office.session() as session:
            state = session.scalars(select(Invoice.state).where(Invoice.public_id == chosen)).one()
            try:
                amending.amend(
                    session, chosen, {"lines": [line]}, version=None, at=office.now, actor="clerk", by_person=True
                )
                session.commit()
            except NotNow:
                assert state not in ("draft", "needs_attention"), "an open invoice takes no change"
                self.done["an edit of a locked invoice"] += 1
                return
        assert state in ("draft", "needs_attention"), f"an invoice that is {state} was changed"

    def mark_not_sent(self, tenant: int, which: int) -> None:
        """A clerk marks an open invoice as not to be sent, or takes the mark away."""
        office = self.places[tenant].office
        chosen = self._choose(tenant, which, "draft", "needs_attention")
        if chosen is None:
            return
        with office.session() as session:
            marked = session.scalars(select(Invoice.not_sent).where(Invoice.public_id == chosen)).one()
            if marked:
                not_sent.unmark(session, [chosen], at=office.now, actor="clerk")
            else:
                not_sent.mark(session, [chosen], "cash sale", at=office.now, actor="clerk")
            session.commit()

    def type_by_hand(self, tenant: int, which: int) -> None:
        """A bookkeeper types a draft into QuickBooks, instead of waiting for it."""
        place = self.places[tenant]
        chosen = self._choose(tenant, which, "draft")
        if chosen is None or place.mark_of[chosen] in place.forgotten or place.mark_of[chosen] in place.typed:
            return
        with place.office.session() as session:
            number, minor = session.execute(
                select(Invoice.number, Invoice.total_minor).where(Invoice.public_id == chosen)
            ).one()
        body = (
            '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="continueOnError"><InvoiceAddRq>'
            "<InvoiceAdd><CustomerRef><FullName>Customer A</FullName></CustomerRef>"
            f"<TxnDate>{place.office.now.date()}</TxnDate><RefNumber>{number}</RefNumber><InvoiceLineAdd><ItemRef>"
            f"<FullName>Consulting</FullName></ItemRef><Amount>{Decimal(minor) / 100:.2f}</Amount></InvoiceLineAdd>"
            "</InvoiceAdd></InvoiceAddRq></QBXMLMsgsRq></QBXML>"
        )
        before = {record["TxnID"] for record in place.there()}
        place.office.ask(body.encode())
        for record in place.there():
            if record["TxnID"] not in before:
                place.typed[place.mark_of[chosen]] = record["TxnID"]
                self.done["typed by hand"] += 1

    # ---- what administrators and operators do

    def pause(self, tenant: int) -> None:
        """Pause, or resume."""
        office = self.places[tenant].office
        with office.session() as session:
            connection = self.connection(tenant, session)
            if not lifecycle.pause(session, connection, at=office.now, actor="admin"):
                lifecycle.resume(session, connection, at=office.now, actor="admin")
            session.commit()

    def brake(self, tenant: int, everywhere: bool) -> None:
        """Pull the brake, or release it."""
        office = self.places[tenant].office
        with office.session() as session:
            public_id = self.connection(tenant, session).public_id
            reach = brakes.EVERYWHERE if everywhere else brakes.Reach(brakes.Scope.CONNECTION, public_id)
            if not brakes.pull(session, reach, at=office.now, actor="operator"):
                brakes.release(session, reach, at=office.now, actor="operator")
            session.commit()

    def remove(self, tenant: int, force: bool) -> None:
        """Remove the connection and make another one for the same company file."""
        place, office = self.places[tenant], self.places[tenant].office
        with office.session() as session:
            suspects = session.scalars(
                select(Invoice.public_id).where(Invoice.state.in_(("sending", "checking")))
            ).all()
            try:
                removal.remove_connection(
                    session, self.connection(tenant, session), at=office.now, actor="operator", force=force
                )
            except StillOnTheirWay:
                assert suspects and not force, "a removal was refused for no reason"
                return
        assert force or not suspects, "removed while something was on its way"
        place.forgotten |= {place.mark_of[each] for each in suspects}
        self.done["a removal by force" if suspects else "a removal"] += 1
        place.doors += 1
        with office.session() as session:
            connection = opening.open_connection(
                session,
                office.connector,
                f"Books {place.doors}",
                at=office.now,
                actor="admin",
                randomness=office.random.randbytes,
            )
            opening.set_password(session, connection, hashed(PASSWORD), at=office.now, actor="admin")
            install = opening.install_of(session, connection)
            office.connection_id, office.install, office.user = connection.id, install.public_id, install.user_name
            session.commit()
        self._stamp(place)

    def answer(self, tenant: int) -> None:
        """An administrator looks at what is asked about the company file, and says that it is the right one."""
        office = self.places[tenant].office
        with office.session() as session:
            connection = self.connection(tenant, session)
            seen = binding.seen_books(connection)
            if seen is not None and seen.name == office.company.name:
                binding.confirm_books(session, connection, seen, at=office.now, actor="admin")
                self.done["a company file confirmed"] += 1
            if questions.asked(connection) is not None:
                questions.confirm_older_copy(session, connection, at=office.now, actor="admin")
                self.done["an older copy confirmed"] += 1
            session.commit()

    def save_database(self) -> None:
        """A backup of the database is made."""
        file = Path(self._directory.name) / f"{self.done['a backup']}.dray"
        back_up(self.url, file, at=self.places[0].office.now)
        self.saved = Saved(
            file, tuple((each.office.connection_id, each.office.install, each.office.user) for each in self.places)
        )
        self.done["a backup"] += 1

    def restore_database(self) -> None:
        """The backup is put back: everything since is forgotten here, and remembered by the books."""
        if self.saved is None:
            return
        self.engines.dispose()
        now = max(each.office.now for each in self.places)
        restore(self.url, self.saved.file, at=now, replace=True)
        for place, door in zip(self.places, self.saved.doors, strict=True):
            place.office.now = now
            place.office.connection_id, place.office.install, place.office.user = door
            place.forgotten |= place.ever
        self.last_seen.clear()
        self.locked.clear()
        self.done["a restored database"] += 1

    def save_books(self, tenant: int) -> None:
        """Somebody copies the company file."""
        self.places[tenant].older = self.places[tenant].office.company.to_json()

    def restore_books(self, tenant: int) -> None:
        """The copy is put in the place of the company file."""
        place = self.places[tenant]
        if place.older is None:
            return
        before = {record["TxnID"] for record in place.there()}
        place.office.company = place.office.quickbooks.company = Company.from_json(place.older)
        gone = before - {record["TxnID"] for record in place.there()}
        place.vanished |= gone
        place.typed = {mark: txn for mark, txn in place.typed.items() if txn not in gone}
        self.done["a restored company file"] += 1

    # ---- what computers do

    def wait(self, tenant: int, minutes: int) -> None:
        """Time passes."""
        self.places[tenant].office.now += dt.timedelta(minutes=minutes)

    def run(self, tenant: int, weather: Sequence[str], machine: str = "FRONT-DESK", draw: int = 0) -> None:
        """One run of the Web Connector, each of its requests in the weather given, and fine afterwards."""
        place, ahead = self.places[tenant], list(reversed(weather))
        office, held = place.office, self.held(tenant)
        if place.delayed is not None and place.delayed.machine == machine:
            place.delayed = None  # a computer that begins anew has let go of what it held

        def around(request: Request, ask: Callable[[], Answer | Failure]) -> Answer | Failure | None:
            assert not (held and skies.writes(request)), "an invoice was handed out while nothing may leave"
            kind = ahead.pop() if ahead else "fine"
            if kind in skies.WRITES_ONLY and not skies.writes(request):
                ahead.append(kind)
                kind = "fine"
            self.struck[kind] += 1
            if kind == "delayed":
                place.delayed = Delayed(machine, office.desk(), office.ticket, request.body, office.now)
                return None
            return skies.strike(office, kind, request, ask, draw)

        try:
            with skies.mortal(weather, draw):
                office.run(around=around, machine=machine, at_most=3000)
        except Crash:
            pass
        finally:
            skies.clear(office)

    def late(self, tenant: int) -> None:
        """The computer that was held up goes on where it stopped, whatever happened meanwhile; within half an hour."""
        place = self.places[tenant]
        held, place.delayed = place.delayed, None
        if held is not None and place.office.now - held.at < dt.timedelta(minutes=30):
            held.desk.receive(held.ticket, place.office.ask(held.body))

    def open_the_wrong_file(self, tenant: int) -> None:
        """The other company's file is open when the computer calls: nothing is handed out."""
        mine, other = self.places[tenant].office, self.places[1 - tenant].office
        for number in range(2):
            with self.places[number].office.session() as session:
                if self.connection(number, session).books_id is None:
                    return
        own = mine.company
        mine.company = mine.quickbooks.company = other.company
        try:
            assert mine.run() == 0, "something was handed out to another company's file"
        finally:
            mine.company = mine.quickbooks.company = own
        self.done["a wrong file"] += 1

    # ---- looking

    def connection(self, tenant: int, session: ScopedSession) -> Connection:
        """The connection that the company uses now."""
        office = self.places[tenant].office
        return session.scalars(select(Connection).where(Connection.id == office.connection_id)).one()

    def found(self, tenant: int, *states: str) -> list[str]:
        """The invoices in these states, the oldest first."""
        with self.places[tenant].office.session() as session:
            statement = select(Invoice.public_id).order_by(Invoice.id)
            return list(session.scalars(statement.where(Invoice.state.in_(states)) if states else statement))

    def held(self, tenant: int) -> bool:
        """Whether somebody paused the connection, or pulled a brake that covers it."""
        with self.places[tenant].office.session() as session:
            connection = self.connection(tenant, session)
            version = self.places[tenant].office.connector.version
            return connection.state == "paused" or bool(brakes.covering(session, connection, version))

    def problem(self, tenant: int, public_id: str) -> dict[str, object]:
        """What the last try of an invoice came to, as a person reads it."""
        with self.places[tenant].office.session() as session:
            invoice = session.scalars(select(Invoice).where(Invoice.public_id == public_id)).one()
            kept = session.scalars(
                select(Posting.problem).where(Posting.invoice_id == invoice.id).order_by(Posting.id.desc()).limit(1)
            ).first()
            shown = (invoice.problems or [{}])[0]
            return {**(kept or {}), **shown}

    def _choose(self, tenant: int, which: int, *states: str) -> str | None:
        found = self.found(tenant, *states)
        return found[which % len(found)] if found else None

    def _stamp(self, place: Place) -> None:
        """The Web Connector writes its mark into the company file when the set-up file is added."""
        with place.office.session() as session:
            connection = session.scalars(select(Connection).where(Connection.id == place.office.connection_id)).one()
            file_id = opening.install_of(session, connection).file_id
        place.office.quickbooks.stamp(opening.OWNER_ID, "FileID", file_id)
