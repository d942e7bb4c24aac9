"""Every guard stands where it is said to, and the tests that notice its absence exist.

That they do notice is proved by `make guards`, which takes each guard out in turn; here it is only kept from rotting.
"""

import re

import pytest

from ops.guards import GUARDS, ROOT, Guard


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.promise)
def test_a_guard_stands_where_it_is_said_to_and_its_tests_exist(guard: Guard) -> None:
    code = (ROOT / guard.where).read_text(encoding="utf-8")
    assert code.count(guard.stands) == 1, "the code changed: say in ops/guards.py how this guard is taken out now"
    assert guard.fallen != guard.stands
    for test in guard.noticed_by:
        path, _, name = test.partition("::")
        assert re.search(rf"^def {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), test
