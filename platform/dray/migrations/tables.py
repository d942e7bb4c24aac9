"""Every table of Dray in one place: what migrations create and tests compare with."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

import dray.billing.models
import dray.connections.models
import dray.sync.models
import dray_tenants.models
from dray_tenants.database import Base

MODULES: Final = (dray_tenants.models, dray.connections.models, dray.billing.models, dray.sync.models)
"""The modules that define tables. A new one is added here; a test finds any that is missing."""

METADATA: Final[MetaData] = Base.metadata
