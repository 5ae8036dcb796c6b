"""Refused logons: an account that was refused is not tried again until its secret has changed (rules.md).

What is kept of the secret is a 16-bit mark under scrypt and a salt: enough to see that it changed, no use for guessing it.
"""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa

from jcad.errors import AuthenticationFailed
from jcad.model import Secret
from jcad.store import tables
from jcad.store.database import Database
from jcad.store.journal import utc_now


class Refusals:
    """The accounts that were refused, each with the mark of the secret that was."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(self, account: str, secret: Secret, reason: str) -> None:
        """Keep that this account was refused with this secret."""
        salt = secrets.token_hex(16)
        row = {
            "account": account.casefold(),
            "salt": salt,
            "mark": _mark(secret, salt),
            "reason": reason,
            "at": utc_now(),
        }
        with self._database.write() as connection:
            connection.execute(tables.refusal.delete().where(tables.refusal.c.account == account.casefold()))
            connection.execute(tables.refusal.insert().values(row))

    def check(self, account: str, secret: Secret) -> None:
        """Raise AuthenticationFailed when this account was refused with this secret, without trying it."""
        query = sa.select(tables.refusal).where(tables.refusal.c.account == account.casefold())
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is not None and _mark(secret, row["salt"]) == row["mark"]:
            raise AuthenticationFailed(
                f"{account} was refused at {row['at']} ({row['reason']}), and its password has not changed since. "
                "It was not tried again: every try may lock the account.",
                account=account,
                code="not tried",
                hint="Correct the password, or unlock the account and run again with --retry-auth.",
            )

    def forget(self, account: str) -> None:
        """Drop what is kept of an account, once it was let in or somebody asked for it."""
        with self._database.write() as connection:
            connection.execute(tables.refusal.delete().where(tables.refusal.c.account == account.casefold()))


def _mark(secret: Secret, salt: str) -> str:
    text = secret.reveal().encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=2).hex()
