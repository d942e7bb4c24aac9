"""Every table of Dray in one place: what migrations create and tests compare with.

Tables are defined in modules whose names end in `models`; all of them are imported here, so that none is forgotten.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

from sqlalchemy import MetaData

import dray
import dray_tenants
from dray_tenants.database import Base


def _modules() -> Iterator[ModuleType]:
    for package in (dray_tenants, dray):
        home = Path(str(package.__file__)).parent
        for path in sorted(home.rglob("*models.py")):
            parts = path.relative_to(home.parent).with_suffix("").parts
            yield importlib.import_module(".".join(parts))


MODULES: Final = tuple(_modules())
METADATA: Final[MetaData] = Base.metadata
