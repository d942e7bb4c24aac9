"""What pages call roles and rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dray_tenants.roles import Right, Role

__all__ = ["RIGHT_WORDS", "ROLE_WORDS", "RoleWord"]


@dataclass(frozen=True, slots=True)
class RoleWord:
    """A role's name, and what who has it does."""

    name: str
    does: str

    def __str__(self) -> str:
        return self.name


ROLE_WORDS: Final[Mapping[Role, RoleWord]] = {
    Role.OWNER: RoleWord("Owner", "Everything, also deleting the company here. There is always one."),
    Role.ADMIN: RoleWord(
        "Admin", "Everything but deleting the company: people, tokens, and which books invoices go to."
    ),
    Role.BILLING: RoleWord("Billing", "Writes and sends invoices, and looks after customers."),
    Role.BOOKKEEPER: RoleWord(
        "Bookkeeper", "Reads everything, decides differences and dates. Edits no price, sends nothing."
    ),
    Role.VIEWER: RoleWord("Viewer", "Reads everything, changes nothing."),
}
"""In the order in which pages offer them."""

RIGHT_WORDS: Final[Mapping[Right, str]] = {
    Right.VIEW: "See customers, invoices and connections",
    Right.WRITE_INVOICES: "Write and edit invoices",
    Right.SEND: "Send invoices to the books",
    Right.UNPEND: "Take a pending invoice back",
    Right.EDIT_CUSTOMERS: "Edit customers, and choose their name in the books",
    Right.IMPORT: "Import customers and invoices",
    Right.MARK_NOT_SENT: "Mark an invoice as not to be sent",
    Right.CHANGE_DATES: "Change the date of an unsent invoice",
    Right.DECIDE_DIFFERENCES: "Decide where books and Dray differ",
    Right.MANAGE_CONNECTIONS: "Make connections, and their passwords",
    Right.BIND_BOOKS: "Say which company file is the right one",
    Right.POST_ANYWAY: "Send in spite of a warning",
    Right.PROVE_BY_HAND: "Settle an invoice in doubt by hand",
    Right.SET_TOLERANCE: "Set how far totals may differ",
    Right.REMOVE_CONNECTION: "Remove or replace a connection",
    Right.MANAGE_PEOPLE: "Invite, change and remove people",
    Right.MANAGE_TOKENS: "Make and revoke API tokens",
    Right.VIEW_AUDIT: "Read the record of who did what",
    Right.FORGET_PEOPLE: "Forget a customer who is a person",
    Right.EXPORT: "Take everything along as files",
    Right.DELETE_TENANT: "Delete the company here",
}
"""In the order of the table of rights."""
