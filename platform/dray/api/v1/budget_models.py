"""The table of how many requests each tenant's programs made in the present minute."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base
from dray_tenants.scope import TenantOwned


class ApiBudget(TenantOwned, Base):
    """One row a tenant: the minute that it last called in, counted since 1970, and how many requests of it are given
    out to the processes that serve the API."""

    __tablename__ = "api_budgets"

    minute: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("tenant_id"),)
