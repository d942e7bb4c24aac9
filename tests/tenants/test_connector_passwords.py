import re

from dray_tenants.connector_passwords import ALPHABET, HashKeys, add_hash_key, connector_password
from tests.tenants.company import NOW, Company

KEYS = HashKeys({"new": b"n" * 32, "old": b"o" * 32})


def test_a_password_is_twenty_unambiguous_characters_in_groups_of_four() -> None:
    for _ in range(50):
        password = connector_password()
        assert re.fullmatch(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{4}}", password)
        assert not set("ILOU") & set(password)
    assert connector_password(lambda n: bytes(range(n))) == "0123-4567-89AB-CDEF-GHJK"


def test_a_digest_is_of_one_password_and_key() -> None:
    digest = KEYS.digest("ABCD-EFGH")
    assert digest.startswith("new:")
    assert KEYS.matches("ABCD-EFGH", digest)
    assert not KEYS.matches("ABCD-EFGJ", digest)
    assert not HashKeys({"new": b"x" * 32}).matches("ABCD-EFGH", digest)
    assert not KEYS.matches("ABCD-EFGH", "")
    assert "n" * 32 not in repr(KEYS)


def test_a_password_is_read_as_it_was_meant() -> None:
    digest = KEYS.digest("01AB-CDEF")
    for typed in ("01abcdef", "01ab cdef", "Oiab-cdef", "oLAB-CDEF "):
        assert KEYS.matches(typed, digest)


def test_old_digests_stay_good_when_a_key_is_added(company: Company) -> None:
    with company.session() as session, session.begin():
        first = add_hash_key(session, company.vault, now=NOW).name
        keys = HashKeys.load(session, company.vault)
        old = keys.digest("pw")
        second = add_hash_key(session, company.vault, now=NOW).name
        more = HashKeys.load(session, company.vault)
    assert list(more.by_name) == [second, first]
    assert more.matches("pw", old)
    assert more.digest("pw").startswith(second)
    assert keys.lacks(more.digest("pw"))
    assert not keys.matches("pw", more.digest("pw"))
    assert not more.lacks(old)
