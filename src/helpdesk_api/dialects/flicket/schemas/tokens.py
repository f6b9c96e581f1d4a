"""Tokens on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field


class TokenOut(BaseModel):
    """A token to send as `Authorization: Bearer ...`."""

    token: str = Field(examples=["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"])
