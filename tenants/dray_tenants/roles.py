"""Who may do what: rights, roles, and the one table between them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["GRANTS", "Right", "Role", "StaffRole", "allows", "may_hand_out"]


class Right(StrEnum):
    """One thing that a person or token may be allowed to do. The value is what is stored and shown to operators."""

    VIEW = "view"
    """Read everything of the tenant: customers, invoices, timelines, connections."""
    WRITE_INVOICES = "write_invoices"
    """Create and edit invoices and their prices, while they are Draft or Needs attention; delete Drafts."""
    SEND = "send"
    """Send invoices to the books, and send refused ones again."""
    UNPEND = "unpend"
    """Take a Pending sync invoice back before anything has left."""
    EDIT_CUSTOMERS = "edit_customers"
    """Create and edit customers, and choose which name in the books each of them is."""
    DECIDE_DIFFERENCES = "decide_differences"
    """Decide where books and Dray differ: keep ours, take theirs, acknowledge."""
    CHANGE_DATES = "change_dates"
    """Change the date of an invoice that is not yet sent, e.g. out of a closed period."""
    IMPORT = "import"
    """Import customers and invoices from files."""
    MARK_NOT_SENT = "mark_not_sent"
    """Mark an invoice as never to be sent (cash sale, billed elsewhere), and undo it."""
    MANAGE_CONNECTIONS = "manage_connections"
    """Create, pause, resume and invite connections; rotate their passwords."""
    BIND_BOOKS = "bind_books"
    """Say which company file or realm a connection belongs to, or that a moved file is the same company."""
    POST_ANYWAY = "post_anyway"
    """Post where a check warns that the books may be the wrong ones, or the invoice may be there already."""
    PROVE_BY_HAND = "prove_by_hand"
    """Settle an invoice in doubt by having looked into the books oneself."""
    SET_TOLERANCE = "set_tolerance"
    """Set how far the books' tax and totals may differ before an invoice is stopped."""
    REMOVE_CONNECTION = "remove_connection"
    """Remove or replace a connection."""
    MANAGE_PEOPLE = "manage_people"
    """Invite, change and remove members, up to one's own role."""
    MANAGE_TOKENS = "manage_tokens"
    """Mint and revoke API tokens."""
    VIEW_AUDIT = "view_audit"
    """Read and export the record of who did what."""
    FORGET_PEOPLE = "forget_people"
    """Make a customer who is a person unrecognisable, wherever the books have not accepted an invoice."""
    EXPORT = "export"
    """Take everything of the tenant along as files."""
    DELETE_TENANT = "delete_tenant"
    """Ask for the deletion of the tenant and everything it holds."""


class Role(StrEnum):
    """What a member is in one tenant."""

    OWNER = "owner"
    """Everything, deletion of the tenant included. A tenant always has one."""
    ADMIN = "admin"
    """Everything but deletion: among it all that can put invoices into wrong books."""
    BOOKKEEPER = "bookkeeper"
    """Reads everything, decides differences and dates; edits no price and sends nothing."""
    BILLING = "billing"
    """Writes and sends invoices, and looks after customers."""
    VIEWER = "viewer"
    """Reads."""


class StaffRole(StrEnum):
    """What a member of the support staff is; staff reach tenants through the console only."""

    AGENT = "agent"
    """Helps customers to connect: reads, provisions and invites connections, rotates their passwords."""
    OPERATOR = "operator"
    """Runs Dray: an agent who may also stop and remove, and manages people and tokens."""


_BOOKKEEPER: Final = frozenset({Right.VIEW, Right.DECIDE_DIFFERENCES, Right.CHANGE_DATES})
_BILLING: Final = frozenset(
    {
        Right.VIEW,
        Right.WRITE_INVOICES,
        Right.SEND,
        Right.UNPEND,
        Right.EDIT_CUSTOMERS,
        Right.CHANGE_DATES,
        Right.IMPORT,
        Right.MARK_NOT_SENT,
    }
)
_AGENT: Final = frozenset({Right.VIEW, Right.MANAGE_CONNECTIONS, Right.UNPEND})

GRANTS: Final[dict[Role | StaffRole, frozenset[Right]]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: frozenset(Right) - {Right.DELETE_TENANT},
    Role.BOOKKEEPER: _BOOKKEEPER,
    Role.BILLING: _BILLING,
    Role.VIEWER: frozenset({Right.VIEW}),
    StaffRole.AGENT: _AGENT,
    StaffRole.OPERATOR: _AGENT | {Right.MANAGE_PEOPLE, Right.MANAGE_TOKENS, Right.VIEW_AUDIT, Right.REMOVE_CONNECTION},
}
"""The whole table, role → rights. Support staff hold none of the rights that can put invoices into wrong books, except
that an operator may remove a connection."""


def allows(role: Role | StaffRole, right: Right) -> bool:
    """Whether `role` includes `right`."""
    return right in GRANTS[role]


def may_hand_out(role: Role | StaffRole, other: Role) -> bool:
    """Whether who has `role` may give `other` to somebody, or take it from them: it holds no right that they lack.

    An operator of the support staff manages people for a tenant and may hand out every role but owner.
    """
    if role is StaffRole.OPERATOR:
        return other is not Role.OWNER
    return allows(role, Right.MANAGE_PEOPLE) and GRANTS[other] <= GRANTS[role]
