"""What answers to questions teach: links between our names and the books', doubts settled, figures of receipts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from dray.billing import differences, postings, problems
from dray.billing.differences import Difference, Seen
from dray.billing.models import Customer
from dray.billing.posting_models import Posting
from dray.billing.postings import Accepted, Change
from dray.billing.receipt_models import Receipt
from dray.billing.states import Move, PostingState
from dray.billing.timeline import LOOKED_UP
from dray.connections import links
from dray.connections.links import Key, LinkState
from dray.connections.models import Link
from dray.sync import changes, comparing, findings, outbox, pulling, receipt_rule
from dray.sync.models import SyncBatch
from dray.sync.planning import Planner
from dray.sync.posting import NUMBER
from dray.sync.recognition import Likeness, Recognised, named, recognise
from dray.sync.steps import resolve_customers
from dray_sdk import Absent, Entry, Fix, Found, Invoice, Kind, Outcome
from dray_tenants.scope import Scoped

ASK_AGAIN_AFTER = dt.timedelta(minutes=10)
"""When the books did not answer whether they hold a twin, the invoice waits so long before they are asked again."""

_SUBJECTS = ("posting", "is", "twin_of", "reread", "receipt")
"""What an operation may be about, beside a name: the key of its subject, with the id of the posting or receipt, or
the ids of several that one question serves."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Applies the outcomes of finds. `details` go with every timeline entry; `actor` is who did it."""

    session: Scoped
    planner: Planner
    details: Mapping[str, Any]
    at: dt.datetime
    actor: str

    def learn(self, row: SyncBatch, outcomes: Sequence[Outcome], about: SyncBatch | None) -> None:
        """Take in one answer, subject by subject."""
        pulling.take(self.session, row, outcomes, self.at)
        changes.take(self.session, self.planner.connection, row, outcomes)
        about_what: dict[str, dict[int, list[Outcome]]] = {name: defaultdict(list) for name in _SUBJECTS}
        sought: dict[int, set[str | None]] = defaultdict(set)
        for subject, outcome in zip(row.subjects or [], outcomes, strict=True):
            name = next((name for name in _SUBJECTS if name in subject), None)
            if name is not None:
                subjects = subject[name]
                for one in subjects if isinstance(subjects, list) else (subjects,):
                    about_what[name][one].append(outcome)
                    sought[one].add(subject.get("by"))
            elif "key" in subject:
                self._link(Key(Kind(subject["kind"]), subject["key"]), subject["name"], outcome)
        for posting_id, said in about_what["is"].items():
            self._confirm(posting_id, said[0])
        for receipt_id, figures in about_what["receipt"].items():
            self._read_figures(receipt_id, figures[0])
        self._settle_doubts(about_what["posting"])
        self._judge_twins(about_what["twin_of"], sought)
        if reread := {receipt_id: outcomes[0] for receipt_id, outcomes in about_what["reread"].items()}:
            scene = self.planner
            comparing.take(
                self.session, scene.connection, scene.exchange, reread, row.sent_at, at=self.at, actor=self.actor
            )
        if about is not None:
            about.looked_at = self.at

    # ---- names

    def _link(self, key: Key, name: str, outcome: Outcome) -> None:
        state, values = self._judge_name(key, name, outcome)
        links.record(self.session, self.planner.connection.id, key, name=name, state=state, at=self.at, values=values)

    def _judge_name(self, key: Key, name: str, outcome: Outcome) -> tuple[LinkState, dict[str, Any]]:
        if isinstance(outcome, Absent):
            return LinkState.ABSENT, {"books_id": None}
        if not isinstance(outcome, Found):
            return LinkState.UNKNOWN, {}
        entries = named(key.kind, name, outcome.candidates)
        if not entries:
            return LinkState.ABSENT, {"books_id": None}
        if len(entries) > 1:
            return LinkState.UNCLEAR, {"problem": findings.several(key.kind, name, len(entries))}
        if key.kind is Kind.CUSTOMER and (problem := self._customer_conflict(key, name, entries[0])):
            return LinkState.UNCLEAR, {"problem": problem}
        return LinkState.LINKED, {"books_id": entries[0].books_id, "books_name": entries[0].name}

    def _customer_conflict(self, key: Key, name: str, entry: Entry) -> dict[str, Any] | None:
        """A first link by name alone is made unasked only where one of ours and one of theirs carry the name and
        nothing contradicts. Somebody else's invoices on the wrong account are worse than a question."""
        ours = self.session.scalar(select(Customer).where(Customer.public_id == key.value))
        if ours is None:
            return None
        namesakes = self.session.scalar(
            select(func.count())
            .select_from(Customer)
            .where(Customer.name_key == ours.name_key, Customer.parent_id.is_not_distinct_from(ours.parent_id))
        )
        if namesakes and namesakes > 1 and not self._is_chosen(key):
            return problems.refusal(
                "customer_namesakes",
                f"{namesakes} of your customers are called “{name}”, and the books have one. Rename the others here, "
                "so that each has a name of its own, then send again.",
                "customer",
                Fix("edit", "Rename a customer"),
            )
        taken = self.session.scalar(
            select(Link.name).where(
                Link.connection_id == self.planner.connection.id,
                Link.kind == key.kind.value,
                Link.books_id == entry.books_id,
                Link.key != key.value,
            )
        )
        if taken is not None:
            return problems.refusal(
                "customer_taken",
                f"The books' customer “{entry.name}” already belongs to your customer “{taken}”. Rename this one here, "
                "and a new customer is made in the books.",
                "customer",
                Fix("edit", "Rename the customer"),
            )
        return findings.contradiction(ours, name, entry)

    def _is_chosen(self, key: Key) -> bool:
        """Whether a person said what this is called there: then it is no matter who else has our name."""
        statement = select(Link.chosen_by).where(
            Link.connection_id == self.planner.connection.id, Link.kind == key.kind.value, Link.key == key.value
        )
        return self.session.scalar(statement) is not None

    # ---- doubts

    def _settle_doubts(self, by_posting: Mapping[int, list[Outcome]]) -> None:
        if not by_posting:
            return
        statement = select(Posting.id, Posting.document, Posting.problem, Posting.take_back).where(
            Posting.id.in_(list(by_posting)), Posting.state == PostingState.IN_DOUBT.value
        )
        rows = self.session.execute(statement).all()
        documents = resolve_customers(self.planner, [outbox.read_document(row.document) for row in rows])
        taken = self._known_as_others(by_posting)
        changes: dict[Move, list[Change]] = defaultdict(list)
        for (posting_id, _, problem, wanted_back), document in zip(rows, documents, strict=True):
            not_these = frozenset((problem or {}).get("not_these", ()))
            recognised = _recognised(document, by_posting[posting_id], taken | not_these)
            if recognised is None:
                continue
            if recognised.likeness is Likeness.OURS and recognised.entry is not None:
                receipt = _receipt(recognised.entry)
                told = {**self.details, "found": LOOKED_UP}
                changes[Move.ACCEPTED].append(Change(posting_id, told, receipt=receipt))
            elif recognised.likeness is Likeness.NONE:
                via = Move.TAKEN_BACK if wanted_back else Move.PROVED_ABSENT
                changes[via].append(Change(posting_id, {**self.details, "sought": document.number}))
            elif not _asked_already(problem, recognised):
                self._ask_a_person(posting_id, document, recognised, not_these)
                changes[Move.STILL_UNKNOWN].append(
                    Change(posting_id, {**self.details, "detail": findings.unclear(document, recognised)})
                )
        for move, some in changes.items():
            moved = postings.move(self.session, move, some, at=self.at, actor=self.actor)
            if move is Move.ACCEPTED:
                self._heed_receipts(moved)

    def _heed_receipts(self, posting_ids: Sequence[int]) -> None:
        receipt_rule.heed(self.session, self.planner.connection, posting_ids, at=self.at, actor=self.actor)

    def _known_as_others(self, by_posting: Mapping[int, list[Outcome]]) -> frozenset[str]:
        """The ids, of all that was found, that the books gave to other invoices of ours: none of them is a doubt's."""
        found = {
            entry.books_id
            for outcomes in by_posting.values()
            for outcome in outcomes
            if isinstance(outcome, Found)
            for entry in outcome.candidates
        }
        statement = (
            select(Receipt.books_id)
            .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
            .where(Receipt.books_id.in_(found), Posting.connection_id == self.planner.connection.id)
        )
        return frozenset(self.session.scalars(statement))

    def _ask_a_person(
        self, posting_id: int, document: Invoice, recognised: Recognised, not_these: frozenset[str]
    ) -> None:
        problem = problems.refusal("unclear", findings.unclear(document, recognised), "")
        there = [findings.shown(entry) for entry in recognised.considered]
        both = {"candidates": there, "not_these": sorted(not_these)}
        self.session.execute(update(Posting).where(Posting.id == posting_id).values(problem={**problem, **both}))

    # ---- what a person said

    def _confirm(self, posting_id: int, outcome: Outcome) -> None:
        """A person says which one it is: the books confirm it, or the person is asked again."""
        row = self.session.execute(
            select(Posting.state, Posting.is_already, Posting.invoice_id).where(Posting.id == posting_id)
        ).one()
        state, said = PostingState(row.state), row.is_already or {}
        entries = outcome.candidates if isinstance(outcome, Found) else ()
        taken = self._known_as_others({posting_id: [outcome]})
        free = [entry for entry in entries if entry.kind is Kind.INVOICE and entry.books_id not in taken]
        if len(free) == 1:
            via = Move.FOUND_THERE if state is PostingState.QUEUED else Move.ACCEPTED
            change = Change(posting_id, {**self.details, "found": LOOKED_UP}, receipt=_receipt(free[0]))
            moved = postings.move(self.session, via, [change], at=self.at, actor=self.actor)
            self.planner.exchange.accepted += len(moved)
            self._heed_receipts(moved)
            differences.forget(self.session, [row.invoice_id])
        elif not isinstance(outcome, Found | Absent):
            self._wait(posting_id)
        elif state is PostingState.QUEUED:
            problem = findings.not_confirmed(said, free, entries)
            change = Change(posting_id, self.details, problem=problem)
            postings.move(self.session, Move.JUDGED_IMPOSSIBLE, [change], at=self.at, actor=self.actor)
        else:
            self.session.execute(update(Posting).where(Posting.id == posting_id).values(is_already=None, problem=None))

    def _wait(self, posting_id: int) -> None:
        again = self.at + ASK_AGAIN_AFTER
        self.session.execute(update(Posting).where(Posting.id == posting_id).values(not_before=again))

    # ---- twins

    def _judge_twins(self, twins_of: Mapping[int, list[Outcome]], sought: Mapping[int, set[str | None]]) -> None:
        """What has no twin in the books may leave; what has one, or could be one, waits for a person's word. Nothing
        leaves before it was sought by its number and by customer and day both; `sought` says how in this answer."""
        if not twins_of:
            return
        statement = select(Posting.id, Posting.document, Posting.number_looked_for_at).where(
            Posting.id.in_(list(twins_of)), Posting.state == PostingState.QUEUED.value
        )
        rows = self.session.execute(statement).all()
        documents = resolve_customers(self.planner, [outbox.read_document(row.document) for row in rows])
        taken = self._known_as_others(twins_of)
        clear: list[int] = []
        number_free: list[int] = []
        later: list[int] = []
        twins: list[Change] = []
        ours: dict[int, Entry] = {}
        for (posting_id, _, number_looked_for_at), document in zip(rows, documents, strict=True):
            recognised = _recognised(document, twins_of[posting_id], taken)
            ways = sought[posting_id]
            if recognised is None:
                later.append(posting_id)
            elif recognised.likeness is Likeness.NONE:
                both = None in ways and (NUMBER in ways or number_looked_for_at is not None)
                (clear if both else number_free).append(posting_id)
            elif recognised.marked and recognised.entry is not None:
                ours[posting_id] = recognised.entry
                twins.append(Change(posting_id, self.details, problem=findings.already_there(recognised.entry)))
            else:
                twins.append(Change(posting_id, self.details, problem=findings.twin(document, recognised)))
        if clear:
            self.session.execute(update(Posting).where(Posting.id.in_(clear)).values(looked_for_at=self.at))
        if number_free:
            asked = update(Posting).where(Posting.id.in_(number_free)).values(number_looked_for_at=self.at)
            self.session.execute(asked)
        if later:
            again = self.at + ASK_AGAIN_AFTER
            self.session.execute(update(Posting).where(Posting.id.in_(later)).values(not_before=again))
        moved = postings.move(self.session, Move.JUDGED_IMPOSSIBLE, twins, at=self.at, actor=self.actor)
        self.planner.exchange.refused += len(moved)
        self._record_already_there({posting_id: ours[posting_id] for posting_id in moved if posting_id in ours})

    def _record_already_there(self, found: Mapping[int, Entry]) -> None:
        invoices = self.session.execute(select(Posting.id, Posting.invoice_id).where(Posting.id.in_(list(found))))
        seen = [
            Seen(
                invoice_id,
                Difference.ALREADY_THERE,
                found[posting_id].books_id,
                found[posting_id].number,
                found[posting_id].total,
                found[posting_id].balance,
            )
            for posting_id, invoice_id in invoices
        ]
        connection = self.planner.connection
        differences.record(self.session, connection.id, connection.name, seen, at=self.at, actor=self.actor)

    # ---- figures

    def _read_figures(self, receipt_id: int, outcome: Outcome) -> None:
        values: dict[str, Any] = {"read_at": self.at}
        if isinstance(outcome, Found) and len(outcome.candidates) == 1:
            read = _receipt(outcome.candidates[0])
            values |= {
                "number": read.number,
                "total_minor": read.total_minor,
                "tax_minor": read.tax_minor,
                "balance_minor": read.balance_minor,
                "revision": read.revision,
            }
        told = update(Receipt).where(Receipt.id == receipt_id).values(values).returning(Receipt.posting_id)
        self._heed_receipts(self.session.scalars(told).all())


def _recognised(document: Invoice, outcomes: Sequence[Outcome], taken: frozenset[str]) -> Recognised | None:
    """What all the answers about one document say together; None where one of the questions was not answered."""
    candidates: list[Entry] = []
    for outcome in outcomes:
        match outcome:
            case Found():
                candidates += (entry for entry in outcome.candidates if entry.books_id not in taken)
            case Absent():
                pass
            case _:
                return None
    return recognise(document, candidates)


def _asked_already(problem: Mapping[str, Any] | None, recognised: Recognised) -> bool:
    """Whether a person was shown these very entries."""
    shown = {each["books_id"] for each in (problem or {}).get("candidates", ())}
    return shown == {entry.books_id for entry in recognised.considered}


def _receipt(entry: Entry) -> Accepted:
    return Accepted(
        books_id=entry.books_id,
        number=entry.number,
        total_minor=entry.total.minor if entry.total else None,
        tax_minor=entry.tax.minor if entry.tax else None,
        balance_minor=entry.balance.minor if entry.balance else None,
        revision=entry.revision,
    )
