"""What the audit page says of each action, as one sentence after the name of who did it."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any, Final

__all__ = ["KINDS", "SENTENCES", "icon_of", "sentence"]

SENTENCES: Final[Mapping[str, str]] = {
    "person.invited": "invited {email} as {role}",
    "person.invitation_renewed": "sent {email} a new invitation",
    "person.invitation_revoked": "ended the invitation of {email}",
    "person.joined": "joined as {role}",
    "person.role_changed": "changed the role of {email} from {before} to {after}",
    "person.removed": "removed {email}",
    "person.signed_in": "signed in from {ip}",
    "person.renamed": "changed the name on their account to “{name}”",
    "person.password_changed": "changed their password",
    "person.password_reset": "set a new password with a link by mail",
    "person.reset_link_made": "made a link with which {email} can set a new password",
    "person.email_change_asked": "asked to sign in as {after} from now on",
    "person.email_changed": "changed their address to {email}",
    "person.second_factor_on": "turned on the sign-in codes of {email}",
    "person.second_factor_off": "turned off the sign-in codes of {email}",
    "person.recovery_codes_made": "made new recovery codes",
    "person.recovery_code_used": "signed in with a recovery code; {left} are left",
    "person.session_ended": "signed out {browser} at {ip}",
    "person.sessions_ended": "signed out their {count} other browsers",
    "token.created": "made the API token “{name}”",
    "token.revoked": "revoked the API token “{name}”",
    "connection.opened": "made the connection “{name}”",
    "connection.invited": "downloaded the set-up file {file}",
    "connection.password_made": "made a new password for a connection",
    "connection.older_password_ended": "ended the older password of “{name}”",
    "connection.new_identity": "made a new set-up file for “{name}”, with another user name",
    "connection.link_made": "made a set-up link for “{name}”, for {email}",
    "connection.renamed": "renamed the connection “{before}” to “{name}”",
    "staff.access_opened": "of the support staff may look at the connections: {reason}",
    "staff.access_asked": "of the support staff asked to look at the connections for {minutes} minutes: {reason}",
    "staff.access_agreed": "let {email} of the support staff look at the connections for {minutes} minutes: {reason}",
    "staff.code_made": "made a code with which support staff may look at the connections",
    "staff.code_refused": "of the support staff tried a code that is not good",
    "staff.watches": "reads every call of “{name}” for an hour",
    "staff.care_kept": "looks after “{name}” from the support office: {who}, {until}",
    "staff.access_ended": "ended the access of {email} of the support staff",
    "closures.added": "is closed on {days}: {reason}",
    "closures.taken_away": "works on {days} after all: {reason}",
    "closures.followed": "is closed on the days of the calendar “{calendar}”",
    "closures.left": "works on the days of the calendar “{calendar}”",
    "connection.paused": "paused the connection “{name}”",
    "connection.paused_by_rule": "paused the connection “{name}” by its rule: {reason}",
    "connection.misplaced_ticked": "ticked off an invoice that was to be moved in the books of “{name}”",
    "connection.choices_changed": "changed what was chosen for the invoices of “{name}”",
    "connection.resumed": "resumed the connection “{name}”",
    "connection.signed_in": "signed in to {company} for “{name}”",
    "connection.signed_in_again": "signed in to {company} again for “{name}”",
    "connection.login_ended": "was told that the login of “{name}” is over",
    "connection.disconnected": "disconnected “{name}” from its books",
    "connection.shared": "allowed one more connection to the company of “{name}”",
    "connection.removed": "removed the connection “{name}”",
    "connection.books_confirmed": "confirmed that invoices go to {after}",
    "connection.link_chosen": "said that “{ours}” is “{theirs}” in the books of “{name}”",
    "connection.name_chosen": "said that “{ours}” is to be called “{theirs}” in the books of “{name}”",
    "connection.choice_forgotten": "took back that “{ours}” is “{theirs}” in the books of “{name}”",
    "connection.older_copy_confirmed": "confirmed that “{name}” is an older copy of its books",
    "settings.emptied": "emptied this test company: {invoices} invoices and {connections} connections went",
    "invoices.sent": "sent {how_many}",
    "invoices.unpended": "took back {how_many} from the line",
    "invoices.said_same": "said which invoices in the books are ours",
    "invoices.marked_not_sent": "marked {count} invoices as not to be sent: {reason}",
    "invoices.unmarked_not_sent": "took the mark “not to be sent” from {count} invoices",
    "invoice.said_additional": "said that {number} is charged beside {original}, from which it was copied",
    "routing.added": "added a rule for where invoices go: {rule}",
    "routing.dropped": "deleted the rule for where invoices go: {rule}",
    "routing.moved": "moved the rule for where invoices go: {rule}",
    "routing.start_set": "set the first day of {name} to {day}",
    "view.shared": "shared the view “{name}” with everybody",
    "import.started": "imported the file {file}: {new} new, {changed} changed, {bad} left out",
    "import.undone": "took back the import of the file {file}",
    "import.discarded": "discarded the file {file}",
    "brake.pulled": "stopped handing out invoices: {reach}",
    "brake.released": "let invoices be handed out again: {reach}",
    "invoice.created": "wrote the invoice {number}",
    "invoice.edited": "edited the invoice {number}",
    "invoice.deleted": "deleted the invoice {number}",
    "invoice.restored": "brought back the deleted invoice {number}",
    "invoice.amount_chosen": "settled the amount of line {line} of the invoice {number}",
    "invoice.decided": "settled what billing and a person said of {field}: kept {kept}",
    "invoice.fix_undone": "took back a fix that was applied to several invoices at once",
    "invoice.mended": "put right {field} of the invoice {number}, so that the books can take it",
    "rule.kept": "made a rule for {field} in {name} ({code}: {way})",
    "rule.dropped": "deleted a rule for {field} in {name} ({code}: {way})",
    "invoice.redated": "changed the date of an invoice from {before} to {date}",
    "invoice.said_same": "said which invoice in the books is this one",
    "invoice.said_anyway": "said to post an invoice, whatever the books hold that is like it",
    "invoice.said_elsewhere": "sent an invoice to other books",
    "invoice.said_take_back": "asked to make an invoice a draft again, as soon as the books are known not to have it",
    "invoice.said_none": "said that an invoice is none of those that the books hold",
    "customer.created": "added the customer “{name}”",
    "customer.changed": "edited the customer “{name}”",
    "customer.forgotten": "made a customer unrecognisable, also in {invoices} invoices that were not sent",
    "item.created": "added the item “{name}”",
    "item.changed": "edited the item “{name}”",
    "rate.added": "put a price of “{item}” on the rate card: {price} from {from}",
    "rate.changed": "changed the price of “{item}” on the rate card: {price} from {from}",
    "settings.changed": "changed the settings of the company",
    "export.asked": "asked for everything of the company as files",
    "export.taken": "downloaded everything of the company as files",
    "leaving.asked": "asked to delete the company, which happens on {due}",
    "leaving.undone": "took back that the company is to be deleted",
    "leaving.finished": "deleted the company: its key is destroyed",
    "alerts.chosen": "chose what {email} is told by mail",
    "alerts.quiet_hours": "changed the quiet hours, in which nobody is told anything",
    "month.closed": "kept the month {month} as it stood, with {invoices} invoices",
    "problems.set_aside": "set aside {problems} problems: {reason}",
    "problems.shown_again": "brought back {problems} problems that had been set aside",
    "webhook.created": "added a webhook to {url}",
    "webhook.secret_made": "made a new secret for a webhook",
    "webhook.stopped": "stopped a webhook: {reason}",
    "webhook.resumed": "let a webhook go on",
    "webhook.deleted": "deleted the webhook to {url}",
    "database.restored": "brought everything back from a backup of {made_at}",
    "audit.verified": "had the audit log verified: {finding}",
}
"""Action → sentence, with the names of its details."""

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("People", "users"),
    "token": ("API tokens", "key"),
    "connection": ("Connections", "plug"),
    "brake": ("Brakes", "stop"),
    "staff": ("Support staff", "help"),
    "invoice": ("Invoices", "invoice"),
    "invoices": ("Sending", "send"),
    "problems": ("Problems", "alert"),
    "month": ("Months", "check"),
    "import": ("Imports", "file"),
    "customer": ("Customers", "users"),
    "item": ("Items", "box"),
    "rate": ("Rate card", "chart"),
    "routing": ("Where invoices go", "plug"),
    "rule": ("Rules", "check"),
    "view": ("Views", "search"),
    "alerts": ("Alerts", "mail"),
    "closures": ("Days closed", "clock"),
    "webhook": ("Webhooks", "out"),
    "settings": ("Settings", "settings"),
    "export": ("Exports", "file"),
    "leaving": ("Leaving", "settings"),
    "database": ("Backups", "refresh"),
    "audit": ("Audit log", "book"),
}
"""First word of an action → (what pages call its kind, icon)."""


def sentence(action: str, subject: str, details: Mapping[str, Any]) -> str:
    """The sentence; for an action that is not in the table, its own words and what it was done to."""
    form = SENTENCES.get(action)
    if form is not None:
        return form.format_map(_Known(details))
    kind, _, did = action.partition(".")
    return f"{kind}: {did.replace('_', ' ')} ({subject})" if did else f"{action} ({subject})"


def icon_of(action: str) -> str:
    """The icon of the action's kind."""
    return KINDS.get(action.partition(".")[0], ("", "info"))[1]


class _Known(dict[str, Any]):
    """The details; one that an older entry lacks is shown as a dash and breaks no page."""

    def __missing__(self, key: str) -> str:
        return _how_many(self.get("invoices")) if key == "how_many" else "–"


def _how_many(invoices: object) -> str:
    count = len(invoices) if isinstance(invoices, Sized) else 0
    return f"{count:,} invoice{'' if count == 1 else 's'}"
