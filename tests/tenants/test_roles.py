import pytest

from dray_tenants.roles import GRANTS, Right, Role, StaffRole, allows, may_hand_out

WRONG_BOOKS = {
    Right.BIND_BOOKS,
    Right.POST_ANYWAY,
    Right.PROVE_BY_HAND,
    Right.SET_TOLERANCE,
    Right.REMOVE_CONNECTION,
}


def test_every_role_is_in_the_table_and_every_right_belongs_to_somebody() -> None:
    assert set(GRANTS) == {*Role, *StaffRole}
    assert set().union(*GRANTS.values()) == set(Right)


@pytest.mark.parametrize("right", sorted(WRONG_BOOKS))
def test_what_can_put_invoices_into_wrong_books_needs_an_admin(right: Right) -> None:
    assert {role for role in Role if allows(role, right)} == {Role.OWNER, Role.ADMIN}


def test_a_bookkeeper_reads_decides_differences_and_dates_and_nothing_else() -> None:
    assert GRANTS[Role.BOOKKEEPER] == {Right.VIEW, Right.DECIDE_DIFFERENCES, Right.CHANGE_DATES}
    assert not allows(Role.BOOKKEEPER, Right.WRITE_INVOICES)


def test_everybody_may_read_and_only_an_owner_ends_the_tenant() -> None:
    assert all(allows(role, Right.VIEW) for role in GRANTS)
    assert {role for role in GRANTS if allows(role, Right.DELETE_TENANT)} == {Role.OWNER}


def test_support_staff_write_and_send_no_invoice() -> None:
    for staff in StaffRole:
        assert not GRANTS[staff] & {Right.WRITE_INVOICES, Right.SEND, Right.POST_ANYWAY, Right.BIND_BOOKS, Right.IMPORT}


def test_nobody_hands_out_more_than_they_have() -> None:
    handed_out = {role: {other for other in Role if may_hand_out(role, other)} for role in GRANTS}
    assert handed_out == {
        Role.OWNER: set(Role),
        Role.ADMIN: set(Role) - {Role.OWNER},
        Role.BOOKKEEPER: set(),
        Role.BILLING: set(),
        Role.VIEWER: set(),
        StaffRole.AGENT: set(),
        StaffRole.OPERATOR: set(Role) - {Role.OWNER},
    }
