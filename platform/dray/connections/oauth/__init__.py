"""Connecting books that we call: OAuth 2 as a connector declares it, run once for all of them.

What belongs to one consent is one row (`models.Grant`) and one sealed secret, from the moment that somebody sets out
until its tokens are revoked. No other module here, and no page, sees a token.
"""
