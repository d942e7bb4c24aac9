"""The guards that keep every invoice from being lost, doubled or shown to another company, and the proof of each.

    python -m ops.guards [words]

Takes each guard out of a copy of the checkout, one at a time, and runs the tests that must fail then; with words, only
guards whose promise holds them. Ends with 1 where a test passed although its guard was gone. The table in
docs/guards.md is drawn from this file, and the suite checks that every guard stands where it is said to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SOURCES: Final = ("platform", "connectors/sdk", "connectors/qbd", "connectors/qbo", "tenants", "")
COPIED: Final = ("platform", "connectors", "tenants", "tests", "ops", "docs", "pyproject.toml", "Makefile", "README.md")

FAILED: Final = 1
"""What pytest ends with when tests ran and failed; anything else proves nothing."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A promise, the code that keeps it, and who notices when it does not.

    `stands` occurs exactly once in the file `where` (below the checkout); `fallen` in its place takes the guard out.
    `noticed_by` are tests as pytest names them, each of which fails then.
    """

    promise: str
    where: str
    stands: str
    fallen: str
    noticed_by: tuple[str, ...]


_SYNC: Final = "tests/platform/sync"
_BACKUP: Final = "tests/platform/backup/test_backup_and_restore.py"
_CALLED: Final = f"{_SYNC}/test_books_that_we_call.py"
_FILES: Final = f"{_SYNC}/test_company_files.py"
_LOST: Final = f"{_SYNC}/test_lost_answers.py"
_PAUSE: Final = f"{_SYNC}/test_pausing_and_braking.py"
_REMOVAL: Final = f"{_SYNC}/test_removing_connections.py"
_SESSIONS: Final = f"{_SYNC}/test_sessions.py"
_TELLS: Final = "tests/platform/inbound/test_books_that_tell.py"
_DOORS: Final = "tests/platform/doors/test_every_door_asks_for_its_right.py"
_TARGETS: Final = "tests/platform/web/test_several_books.py"
_VANISHED: Final = f"{_SYNC}/test_what_the_books_lost.py"

GUARDS: Final = (
    # ---- one invoice, one posting
    Guard(
        "What leaves is committed before it leaves, with its exact bytes",
        "platform/dray/sync/conversation.py",
        "            self.exchange.seen_at = turn.at\n        self.session.commit()\n        return request",
        "            self.exchange.seen_at = turn.at\n        return request",
        (f"{_LOST}::test_a_lost_answer_posts_once",),
    ),
    Guard(
        "An answer is stored before anybody reads it",
        "platform/dray/sync/conversation.py",
        "        self.session.commit()\n\n        leases.wait_for_turn",
        "\n        leases.wait_for_turn",
        (f"{_LOST}::test_an_answer_that_was_stored_is_read_after_a_crash",),
    ),
    Guard(
        "The same session hears the identical bytes until it answers",
        "platform/dray/sync/conversation.py",
        "        return self.shelf.request(row)",
        "        return None",
        (f"{_LOST}::test_the_same_ticket_gets_the_same_bytes_until_it_answers",),
    ),
    Guard(
        "An exchange that was overtaken writes nothing more",
        "platform/dray/sync/leases.py",
        "ConnectionStatus.lease == exchange.fence)\n        .values(lease_until=at + HOLDS_FOR,",
        "ConnectionStatus.lease >= 0)\n        .values(lease_until=at + HOLDS_FOR,",
        (f"{_SESSIONS}::test_a_new_session_of_the_same_computer_ends_the_old_one",),
    ),
    Guard(
        "A second computer waits while the first one speaks",
        "platform/dray/sync/leases.py",
        "    if _other_is_speaking(status, machine, at):",
        "    if False:",
        (f"{_SESSIONS}::test_a_second_computer_waits_while_the_first_is_speaking",),
    ),
    Guard(
        "A claim and an unpend never both win",
        "platform/dray/billing/postings.py",
        "            .where(Posting.id.in_(some), Posting.state == source.value)",
        "            .where(Posting.id.in_(some))",
        ("tests/platform/billing/test_two_at_once.py::test_a_claim_and_an_unpend_never_both_win",),
    ),
    Guard(
        "Nothing is posted before its twin was looked for in the books",
        "platform/dray/sync/posting.py",
        "        if one.searched:\n",
        "        if True:\n",
        (f"{_SYNC}/test_twins.py::test_a_twin_is_found_before_the_first_attempt",),
    ),
    Guard(
        "A doubt is settled before anything new is posted",
        "platform/dray/sync/planning.py",
        "        if (step := ask_about_doubts(self)) is not None:",
        "        if False and (step := ask_about_doubts(self)) is not None:",
        (f"{_LOST}::test_a_doubt_is_asked_about_before_anything_new_is_posted",),
    ),
    Guard(
        "“Not there” proves nothing while another computer may still deliver it",
        "platform/dray/sync/doubts.py",
        "machine is not None and machine == scene.exchange.machine and row.exchange_id != scene.exchange.id",
        "True",
        (f"{_LOST}::test_another_computer_proves_nothing_until_the_first_ones_time_is_over",),
    ),
    Guard(
        "Batches fall to one invoice after a lost answer",
        "platform/dray/sync/receipt.py",
        "        turn.settler.lose(row)\n        turn.connection.batch_size = 1",
        "        turn.settler.lose(row)",
        (f"{_LOST}::test_the_batch_falls_to_one_after_a_lost_answer",),
    ),
    Guard(
        "An answer that does not say what became of each invoice is a doubt",
        "platform/dray/guests.py",
        "    if len(outcomes) != len(batch.operations):",
        "    if False:",
        (f"{_SYNC}/test_connectors_that_break.py::test_what_it_cannot_read_is_in_doubt_and_posted_once",),
    ),
    Guard(
        "A connector that takes too long is not waited for",
        "platform/dray/guests.py",
        "        if not call.done.wait(self.seconds):",
        "        if not call.done.wait(self.seconds) and False:",
        (f"{_SYNC}/test_connectors_that_break.py::test_one_that_hangs_is_not_waited_for_and_the_others_go",),
    ),
    Guard(
        "An invoice that a connector breaks over holds up no other",
        "platform/dray/sync/setting_aside.py",
        "        turn.connection.batch_size = 1",
        "        turn.exchange.stopped = _next_run(broke)",
        (f"{_SYNC}/test_connectors_that_break.py::test_what_it_cannot_write_waits_alone_and_says_why",),
    ),
    Guard(
        "What a connector makes too large does not leave",
        "platform/dray/guests.py",
        "        if len(request.body) > LARGEST_REQUEST:",
        "        if False:",
        (f"{_SYNC}/test_connectors_that_break.py::test_what_it_cannot_write_waits_alone_and_says_why",),
    ),
    Guard(
        "Nothing leaves through a connector that is not offered to the company",
        "platform/dray/sync/permission.py",
        "    if withheld:",
        "    if False:",
        (
            f"{_SYNC}/test_who_may_use_a_connector.py::test_who_may_not_use_it_cannot_connect_and_nothing_leaves_until_they_may_again",
        ),
    ),
    Guard(
        "A test company takes no real books",
        "platform/dray/connections/binding.py",
        "    if for_tests and not (",
        "    if False and not (",
        (f"{_SYNC}/test_companies_for_tests.py::test_real_books_are_not_taken_and_nothing_leaves",),
    ),
    Guard(
        "A company with real books is never emptied",
        "platform/dray/emptying.py",
        "    if not company.test:",
        "    if False:",
        (f"{_SYNC}/test_companies_for_tests.py::test_a_real_company_is_never_emptied",),
    ),
    Guard(
        "The database itself refuses a change to what was accepted",
        "platform/dray/migrations/versions/0001_sqlite.sql",
        "lock_invoice_update BEFORE UPDATE ON invoices FOR EACH ROW WHEN OLD.state = 'synced' OR",
        "lock_invoice_update BEFORE UPDATE ON invoices FOR EACH ROW WHEN",
        ("tests/platform/billing/test_locks_of_the_database.py::test_no_sql_changes_what_was_accepted",),
    ),
    # ---- what a person wants
    Guard(
        "Nothing is handed out while paused",
        "platform/dray/sync/permission.py",
        '    if state == "paused":\n        return Hold.PAUSED',
        '    if state == "paused":\n        return None',
        (
            f"{_PAUSE}::test_the_caller_of_a_paused_connection_hears_why",
            f"{_PAUSE}::test_nothing_leaves_while_paused_and_everything_after",
        ),
    ),
    Guard(
        "Nor while any brake covers the connection",
        "platform/dray/sync/permission.py",
        "    if braked:",
        "    if False:",
        (f"{_PAUSE}::test_the_brake_stops_writes_within_a_poll_and_lets_go",),
    ),
    Guard(
        "What was handed out is not handed out again under the brake",
        "platform/dray/sync/conversation.py",
        "        if row.writes and self._hold() is not None:\n            # It left",
        "        if False:\n            # It left",
        (f"{_PAUSE}::test_what_was_handed_out_is_not_handed_out_again_under_the_brake",),
    ),
    Guard(
        "What waits behind a pause makes nobody due",
        "platform/dray/sync/conversation.py",
        "        may_leave = held in (None, Hold.QUESTION, Hold.RESTORED)",
        "        may_leave = True",
        (f"{_PAUSE}::test_a_paused_connection_is_not_due_for_what_waits",),
    ),
    Guard(
        "What is older than its connection is sent only knowingly",
        "platform/dray/web/invoices/sending.py",
        'and _is_there_already(session, public_id) and not request.form.get("sure"):',
        "and False:",
        (f"{_TARGETS}::test_what_is_older_than_the_connection_is_sent_by_itself_and_only_when_somebody_has_looked",),
    ),
    Guard(
        "“None of these” leaves out what was looked at, and nothing more",
        "platform/dray/sync/learning.py",
        "by_posting[posting_id], taken | not_these)",
        "by_posting[posting_id], taken)",
        (f"{_SYNC}/test_twins.py::test_a_doubt_that_is_none_of_what_is_there_goes_on_once_a_person_says_so",),
    ),
    Guard(
        "A file is judged whole before anything of it is kept",
        "platform/dray/imports/whole.py",
        "    if said or bad:",
        "    if said:",
        ("tests/platform/imports/test_whole_files.py::test_one_bad_row_keeps_all_others_out_and_leaves_nothing",),
    ),
    # ---- the right books
    Guard(
        "No removal while something is on its way",
        "platform/dray/connections/removal.py",
        "    if leaving and not force:",
        "    if False:",
        (f"{_REMOVAL}::test_removing_is_refused_while_something_is_on_its_way_and_changes_nothing",),
    ),
    Guard(
        "What a forced removal leaves unproved is marked",
        "platform/dray/billing/postings.py",
        '        values["unproved_at"] = at',
        "        pass",
        (f"{_REMOVAL}::test_forced_removal_marks_what_may_have_arrived_and_its_story_says_so",),
    ),
    Guard(
        "Known or suspected in one set of books, it goes to no other",
        "platform/dray/billing/elsewhere.py",
        "            elif (unproved_at is not None or state in _MAY_BE_THERE) and tried.get(invoice_id, 0) < key:",
        "            elif False:",
        (f"{_REMOVAL}::test_what_is_unproved_goes_to_no_other_books_without_an_administrators_word",),
    ),
    Guard(
        "No word sends elsewhere what may still arrive",
        "platform/dray/billing/elsewhere.py",
        "at - left_at < CARRIED_FOR:",
        "False:",
        (f"{_REMOVAL}::test_the_word_is_not_taken_while_a_computer_may_still_hold_it",),
    ),
    Guard(
        "What the books answer after a forced removal is proof",
        "platform/dray/sync/late_proof.py",
        "    if not invoices:\n        return",
        "    if True:\n        return",
        (f"{_REMOVAL}::test_an_answer_after_a_forced_removal_is_proof_and_locks_the_invoice",),
    ),
    Guard(
        "Nothing is put in line for a connection that is no more",
        "platform/dray/billing/send.py",
        '.where(Connection.id == connection.id)) == "removed":',
        '.where(Connection.id == connection.id)) == "":',
        (f"{_REMOVAL}::test_nothing_can_be_sent_to_a_removed_connection_even_by_a_page_that_was_open",),
    ),
    Guard(
        "An older copy of a company file asks one question",
        "platform/dray/connections/questions.py",
        "    return looked_at >= LEAST_LOOKED_AT and",
        "    return False and",
        (f"{_VANISHED}::test_an_older_copy_of_the_company_file_asks_one_question_and_stops_posting",),
    ),
    Guard(
        "Only what a person looked at is confirmed",
        "platform/dray/connections/binding.py",
        "    if seen_books(connection) != books_seen:",
        "    if False:",
        (f"{_FILES}::test_only_what_was_looked_at_is_confirmed",),
    ),
    Guard(
        "A sample company is for testing only",
        "platform/dray/connections/binding.py",
        "    if books_seen.sample and not for_testing and not is_for_tests(session):",
        "    if False:",
        (f"{_FILES}::test_a_sample_company_is_confirmed_for_testing_only",),
    ),
    Guard(
        "Books of another connection are never taken",
        "platform/dray/connections/binding.py",
        "    if books_seen.id and _bound_elsewhere(session, connection, books_seen.id):",
        "    if False:",
        (f"{_FILES}::test_books_of_another_connection_are_never_taken",),
    ),
    Guard(
        "Names are looked up again in a new company file",
        "platform/dray/connections/binding.py",
        "    links.doubt(session, connection.id)\n    _show(",
        "    _show(",
        (f"{_FILES}::test_names_are_looked_up_again_in_a_new_company_file",),
    ),
    Guard(
        "A new identity of ours is the same company",
        "platform/dray/connections/binding.py",
        "    if _same(bound, books) or _has_our_new_stamp(session, connection, bound, books):",
        "    if _same(bound, books):",
        (f"{_FILES}::test_a_new_identity_keeps_connection_queue_and_books",),
    ),
    Guard(
        "The old way in ends when the new one is used",
        "platform/dray/sync/desk.py",
        "            self._retire_others(notes, known.connection_id, at)",
        "            pass",
        (f"{_FILES}::test_the_old_way_in_works_until_the_new_one_is_used_and_then_says_so",),
    ),
    Guard(
        "Names that the books refuse are looked up again",
        "platform/dray/sync/stale_links.py",
        "    if not refused:\n        return",
        "    if True:\n        return",
        (f"{_VANISHED}::test_names_are_looked_up_again_when_the_books_refuse_one",),
    ),
    # ---- books that we call
    Guard(
        "What left is waited for as long as somebody may be carrying it",
        "platform/dray/sync/dialling_doubts.py",
        "    return left_at + dt.timedelta(seconds=connector.timing.carrier_over_after)",
        "    return left_at",
        (f"{_CALLED}::test_what_arrives_late_is_waited_for_before_anything_is_taken_for_absent",),
    ),
    Guard(
        "Identical bytes leave again only while all of them is in doubt and none is wanted back",
        "platform/dray/sync/dialling_doubts.py",
        "        and _still_in_doubt(scene.session, row) == row.operations\n",
        "",
        (
            f"{_CALLED}::test_a_doubt_that_somebody_wants_back_is_never_repeated",
            f"{_CALLED}::test_a_batch_of_which_anything_is_known_is_not_repeated",
        ),
    ),
    Guard(
        "Books are believed only what they signed",
        "platform/dray/inbound/webhooks.py",
        "            if not tells.verify(headers_of(environ), body, secret):",
        "            if False:",
        (
            f"{_TELLS}::test_a_wrong_or_missing_signature_is_refused_and_nothing_noted",
            f"{_TELLS}::test_the_same_words_in_other_bytes_are_not_what_was_signed",
        ),
    ),
    Guard(
        "News that come while the books are asked are not lost",
        "platform/dray/sync/comparing.py",
        "Receipt.wanted_at <= asked_at)",
        "Receipt.wanted_at.is_not(None))",
        (f"{_TELLS}::test_news_that_come_while_the_books_are_asked_are_looked_up_once_more",),
    ),
    Guard(
        "What one company's books tell makes no work for another",
        "platform/dray/sync/told.py",
        "status.connector == connector, status.books_id.in_(some)",
        "status.connector == connector",
        (f"{_TELLS}::test_the_books_of_one_company_make_no_work_for_another",),
    ),
    # ---- backups
    Guard(
        "A backup is one moment",
        "platform/dray/backup/making.py",
        'isolation_level="REPEATABLE READ"',
        'isolation_level="READ COMMITTED"',
        (f"{_BACKUP}::test_a_backup_is_one_moment_while_people_work",),
    ),
    Guard(
        "A damaged archive touches nothing",
        "platform/dray/backup/restoring.py",
        "        reader.verify()\n",
        "",
        (f"{_BACKUP}::test_a_damaged_or_cut_archive_touches_nothing",),
    ),
    Guard(
        "A database that holds something is replaced only when asked",
        "platform/dray/backup/restoring.py",
        "    if filled and not replace:",
        "    if False:",
        (f"{_BACKUP}::test_a_database_with_something_in_it_is_replaced_only_when_asked",),
    ),
    Guard(
        "After a restore everything that waits is looked for again",
        "platform/dray/backup/aftermath.py",
        "values(looked_for_at=null(), number_looked_for_at=null(), anyway=False, not_before=null())",
        "values(not_before=null())",
        (f"{_BACKUP}::test_what_somebody_said_to_post_anyway_is_looked_for_again",),
    ),
    Guard(
        "After a restore what was on its way is in doubt",
        "platform/dray/backup/aftermath.py",
        "    _doubt_what_was_on_its_way(connection, at)\n    postings",
        "    postings",
        (f"{_BACKUP}::test_what_was_on_its_way_is_in_doubt_and_settled",),
    ),
    Guard(
        "After a restore nothing leaves until what was forgotten can no longer arrive",
        "platform/dray/sync/permission.py",
        "    return restored_at is None or ",
        "    return True or ",
        (f"{_BACKUP}::test_nothing_leaves_until_what_the_database_forgot_can_no_longer_arrive",),
    ),
    Guard(
        "The locks of the database are back after a restore",
        "platform/dray/billing/locks.py",
        "    drop(connection)\n    yield\n    create(connection)",
        "    drop(connection)\n    yield",
        (f"{_BACKUP}::test_a_database_that_was_put_back_is_locked_and_guarded_as_before",),
    ),
    # ---- every company by itself
    Guard(
        "Every page asks for its right, the one written down",
        "platform/dray/web/access.py",
        "            if not viewer.can(right):",
        "            if False:",
        (f"{_DOORS}::test_every_door_opens_for_its_right_alone_and_for_no_other",),
    ),
    Guard(
        "Every query of the application is kept to its own company",
        "tenants/dray_tenants/scope.py",
        "    lambda owned: owned.tenant_id == _TENANT_PARAMETER,\n    include",
        "    lambda owned: owned.tenant_id >= _TENANT_PARAMETER - _TENANT_PARAMETER,\n    include",
        ("tests/platform/doors/test_another_company.py::test_what_is_anothers_is_as_if_it_never_was",),
    ),
    Guard(
        "PostgreSQL shows a company's rows to that company alone, whatever is asked",
        "tenants/dray_tenants/row_security.py",
        "USING ({rule}){with_check}",
        "USING (true){with_check}",
        ("tests/tenants/test_row_security.py::test_a_tenant_sees_and_changes_its_rows_alone",),
    ),
)


def document() -> str:
    """The table of docs/guards.md."""
    rows = [
        f"| {guard.promise} | `{_below_its_package(guard.where)}` | "
        + ", ".join(f"`{test.rpartition('::')[2]}`" for test in guard.noticed_by)
        + " |"
        for guard in GUARDS
    ]
    return "\n".join(["| guard | where | fails without it |", "| --- | --- | --- |", *rows])


def _below_its_package(where: str) -> str:
    return where.removeprefix("platform/dray/").removeprefix("tenants/")


def main(words: Sequence[str]) -> int:
    """Prove each guard, or those whose promise holds the words; 0 when every test noticed."""
    wanted = [guard for guard in GUARDS if " ".join(words).casefold() in guard.promise.casefold()]
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="dray-guards-") as directory:
        copy = Path(directory)
        for name in COPIED:
            _copy(ROOT / name, copy / name)
        for guard in wanted:
            for test in guard.noticed_by:
                noticed = _is_noticed(guard, test, copy)
                unnoticed += not noticed
                print(f"{'noticed' if noticed else 'NOT NOTICED'}: {guard.promise} ({test})", flush=True)
    print(f"{len(wanted)} guards, {unnoticed} not noticed")
    return 1 if unnoticed else 0


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    else:
        shutil.copy(source, target)


def _is_noticed(guard: Guard, test: str, copy: Path) -> bool:
    path = copy / guard.where
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(guard.stands, guard.fallen), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", test]
        roots = os.pathsep.join(str(copy / each) for each in SOURCES)
        environment = {**os.environ, "PYTHONPATH": roots, "PYTHONDONTWRITEBYTECODE": "1"}
        ended = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    finally:
        path.write_text(whole, encoding="utf-8")
    if ended.returncode not in (0, FAILED):
        print(ended.stdout[-2000:], ended.stderr[-2000:], file=sys.stderr)
    return ended.returncode == FAILED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
