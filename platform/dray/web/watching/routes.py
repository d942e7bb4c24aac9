"""The addresses of everything by which people watch what becomes of their invoices."""

from __future__ import annotations

from flask import Blueprint

from dray.web.company.closures import add_closure_routes
from dray.web.help_articles import add_article_routes
from dray.web.watching.alerts import add_alert_routes
from dray.web.watching.happened import add_happened_routes
from dray.web.watching.months import add_month_routes
from dray.web.watching.overview import add_overview_routes
from dray.web.watching.problems import add_problem_routes
from dray.web.watching.webhooks import add_webhook_routes

__all__ = ["add_watching_routes"]


def add_watching_routes(web: Blueprint) -> None:
    """Add them."""
    add_overview_routes(web)
    add_happened_routes(web)
    add_problem_routes(web)
    add_month_routes(web)
    add_alert_routes(web)
    add_closure_routes(web)
    add_webhook_routes(web)
    add_article_routes(web)
