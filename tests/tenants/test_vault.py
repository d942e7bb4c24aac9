import base64
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dray_tenants import second_factor
from dray_tenants.connector_passwords import HashKeys, add_hash_key
from dray_tenants.models import Secret, Tenant
from dray_tenants.scope import Unscoped, WrongTenant
from dray_tenants.vault import MasterKeys, SealBroken, Vault, VaultKeyUnknown
from tests.tenants.company import NEW_KEY, NOW, OLD_KEY, Company


def test_a_secret_comes_back_and_is_not_in_the_database(company: Company) -> None:
    with company.session() as session, session.begin():
        red = company.tenant(session, company.red)
        with session.tenant(red.id):
            company.vault.put(session, red, "token", b"very secret", now=NOW)
            company.vault.put(session, red, "token", b"very secret, renewed", now=NOW + timedelta(1))
            stored = session.scalars(select(Secret)).one()
            assert b"secret" not in stored.sealed
            assert stored.updated_at == NOW + timedelta(1)
            assert company.vault.get(session, red, "token") == b"very secret, renewed"
            assert company.vault.get(session, red, "other") is None
            assert company.vault.delete(session, red, "token")
            assert not company.vault.delete(session, red, "token")
            assert company.vault.get(session, red, "token") is None


def test_a_secret_of_one_tenant_is_not_another_ones(company: Company) -> None:
    with company.session() as session, session.begin():
        red, blue = company.tenant(session, company.red), company.tenant(session, company.blue)
        with session.tenant(red.id):
            company.vault.put(session, red, "token", b"red", now=NOW)
        with session.tenant(blue.id):
            assert company.vault.get(session, blue, "token") is None
            for ask in (company.vault.get, company.vault.delete):
                with pytest.raises(WrongTenant):
                    ask(session, red, "token")
            with pytest.raises(WrongTenant):
                company.vault.put(session, red, "token", b"x", now=NOW)
        with pytest.raises(Unscoped):
            company.vault.get(session, red, "token")


def test_what_is_sealed_opens_only_for_its_tenant_and_purpose(company: Company) -> None:
    with company.session() as session:
        red, blue = company.tenant(session, company.red), company.tenant(session, company.blue)
        sealed = company.vault.seal(red, "batch", b"bytes")
        assert company.vault.open(red, "batch", sealed) == b"bytes"
        altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
        for tenant, purpose, box in (
            (red, "other", sealed),
            (blue, "batch", sealed),
            (red, "batch", altered),
            (red, "batch", b""),
            (red, "batch", b"\x01short"),
            (red, "batch", b"\x02" + sealed[1:]),
        ):
            with pytest.raises(SealBroken):
                company.vault.open(tenant, purpose, box)
        assert company.vault.seal(red, "batch", b"bytes") != sealed


def test_a_data_key_put_into_another_tenants_row_is_not_taken(company: Company) -> None:
    with company.session() as session, session.begin():
        red, blue = company.tenant(session, company.red), company.tenant(session, company.blue)
        sealed = company.vault.seal(red, "batch", b"bytes")
        blue.data_key = red.data_key
        with pytest.raises(SealBroken):
            company.vault.open(blue, "batch", sealed)
        with pytest.raises(SealBroken):
            company.vault.seal(blue, "batch", b"bytes")
        with pytest.raises(SealBroken):
            Vault(company.vault.keys).open(blue, "batch", sealed)
        session.rollback()


def test_master_keys_rotate(company: Company) -> None:
    both = Vault(MasterKeys.parse(f"{NEW_KEY}, {OLD_KEY}"))
    new = Vault(MasterKeys.parse(NEW_KEY))
    with company.session() as session, session.begin():
        red = company.tenant(session, company.red)
        sealed = company.vault.seal(red, "batch", b"bytes")
        add_hash_key(session, company.vault, now=NOW)
        digest = HashKeys.load(session, company.vault).digest("pw")
        ann = company.user(session, "ann@example.com")
        code_secret = second_factor.begin(session, company.vault.keys, ann, now=NOW, issuer="Dray").secret
        with pytest.raises(VaultKeyUnknown, match="k1"):
            new.open(red, "batch", sealed)
        assert both.reseal(session, limit=1) == 3
        assert both.reseal(session, limit=10) == 1
        assert both.reseal(session, limit=10) == 0
        session.expire_all()
        assert new.open(red, "batch", sealed) == b"bytes"
        assert HashKeys.load(session, new).matches("pw", digest)
        begun = second_factor.enrolment(session, new.keys, ann, issuer="Dray")
        assert begun is not None
        assert begun.secret == code_secret


def test_open_data_keys_are_remembered_within_a_bound(company: Company) -> None:
    vault = Vault(company.vault.keys, remembered=1)
    with company.session() as session:
        red, blue = company.tenant(session, company.red), company.tenant(session, company.blue)
        for tenant in (red, blue, red):
            assert vault.open(tenant, "p", vault.seal(tenant, "p", b"x")) == b"x"
            assert len(vault._open_keys) == 1


def test_a_tenant_without_a_data_key_seals_nothing(company: Company) -> None:
    with company.session() as session, session.begin():
        session.execute(update(Tenant).values(data_key=None))
        with pytest.raises(SealBroken, match="no data key"):
            company.vault.seal(company.tenant(session, company.red), "p", b"x")


KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "key 1 is not written"),
        (KEY, "key 1 is not written"),
        (f"a:{KEY},{KEY}", "key 2 is not written"),
        (f"a:{KEY},a:{KEY}", "two vault keys are called a"),
        ("a:c2hvcnQ=", "has 5 bytes and needs 32"),
        ("a:?", "a is not base64"),
    ],
)
def test_master_keys_that_cannot_be_read_are_named_and_not_shown(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        MasterKeys.parse(text)
    assert KEY not in str(caught.value)
    assert KEY not in repr(MasterKeys.parse(f"a:{KEY}"))
