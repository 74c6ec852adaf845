"""The server's tables. Every key of synced data begins with the scope, so that a grid can live on any machine whole.

`op` is the log of what devices sent and what became of it; `record` is the state the log leads to: an envelope
and the values as JSON text, so that a newer ledger needs no new table.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

VERSION = 2
metadata = sa.MetaData()


def id_text(raw: bytes) -> str:
    """A UUID as text; parsing it into an object first took a fifth of a pull."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Id(sa.types.TypeDecorator[str]):
    """UUID text in the program; 16 bytes in SQLite, uuid in PostgreSQL."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """The type each database stores it as."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.Uuid(as_uuid=False))
        return dialect.type_descriptor(sa.LargeBinary(16))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Text to what the database takes."""
        return value if value is None or dialect.name == "postgresql" else bytes.fromhex(value.replace("-", ""))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """What the database gives to text."""
        return value if value is None or dialect.name == "postgresql" else id_text(value)


def _table(name: str, *parts: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts, sqlite_with_rowid=False)


def _key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True)


def _need(name: str, kind: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **more)


server = _table(
    "server",
    _key("one", sa.Integer),
    _need("version", sa.Integer),
    _need("server_id", sa.Text),
    _need("epoch", sa.Text),
)
division = _table(
    "division",
    _key("code", sa.Text),
    _need("name", sa.Text),
    _need("level", sa.Text),
    _need("parent", sa.Text),
)
scope = _table(
    "scope",
    _key("scope", sa.Text),
    _need("name", sa.Text),
    _need("community", sa.Text),
    _need("seq", sa.BigInteger, server_default="0"),
)
actor = _table(
    "actor",
    _key("id", sa.Text),
    _need("name", sa.Text),
    _need("grant_rev", sa.Integer, server_default="1"),
)
post = _table(
    "post",
    _key("id", sa.Text),
    _need("actor_id", sa.Text),
    _need("role", sa.Text),
    # What all grid codes inside begin with; one grid's whole code where it is a grid.
    _need("area", sa.Text),
    # Days, both included; empty where there is no end.
    _need("since", sa.Text, server_default=""),
    _need("until", sa.Text, server_default=""),
    _need("duties", sa.Text, server_default="[]"),
    _need("unit", sa.Text, server_default=""),
    _need("building", sa.Text, server_default=""),
    _need("granted_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
    sa.Index("post_by_actor", "actor_id"),
    sa.Index("post_by_area", "area"),
)
invite = _table(
    "invite",
    _key("selector", sa.Text),
    _key("secret_hash", sa.Text),
    _need("scope", sa.Text),
    _need("actor_id", sa.Text),
    _need("expires_at", sa.BigInteger),
    sa.Column("public_key", sa.LargeBinary),
    sa.Column("device_id", sa.Text),
)
device = _table(
    "device",
    _key("id", sa.Text),
    _need("actor_id", sa.Text),
    _need("tag", sa.Text),
    _need("name", sa.Text),
    _need("public_key", sa.LargeBinary),
    _need("enrolled_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
)
device_tag = _table(
    "device_tag",
    _key("community", sa.Text),
    _key("tag", sa.Text),
    _need("device_id", sa.Text),
)
challenge = _table(
    "challenge",
    _key("nonce", sa.Text),
    _need("device_id", sa.Text),
    _need("expires_at", sa.BigInteger),
)
session = _table(
    "session",
    _key("token_hash", sa.LargeBinary),
    _need("device_id", sa.Text),
    _need("expires_at", sa.BigInteger),
)
chain = _table(
    "chain",
    _key("scope", sa.Text),
    _key("device_id", sa.Text),
    _key("incarnation", sa.Integer),
    _need("last_n", sa.BigInteger),
)
op = _table(
    "op",
    _key("scope", sa.Text),
    _key("op_id", Id),
    _need("device_id", sa.Text),
    _need("incarnation", sa.Integer),
    _need("n", sa.BigInteger),
    _need("hash", sa.Text),
    sa.Column("record", Id),
    _need("outcome", sa.Text),
    _need("result", sa.Text),
    _need("body", sa.Text),
    _need("received_at", sa.BigInteger),
    sa.Column("settled_rev", sa.BigInteger),
)
_unapplied = op.c.outcome.in_(("held", "rejected"))
sa.Index("op_unapplied", op.c.scope, op.c.record, sqlite_where=_unapplied, postgresql_where=_unapplied)
_settled = op.c.settled_rev.is_not(None)
sa.Index("op_settled", op.c.scope, op.c.settled_rev, sqlite_where=_settled, postgresql_where=_settled)
record = _table(
    "record",
    _key("scope", sa.Text),
    _key("id", Id),
    _need("ledger", sa.Text),
    _need("rev", sa.BigInteger),
    _need("created_rev", sa.BigInteger),
    _need("status", sa.Text),
    _need("deleted", sa.Boolean),
    sa.Column("number", sa.Text),
    _need("fields", sa.Text),
    _need("marks", sa.Text),
    _need("actor_id", sa.Text),
    _need("changed_at", sa.BigInteger),
    sa.Index("record_feed", "scope", "rev", unique=True),
    sa.Index("record_number", "scope", "number", "ledger"),
)
move = _table(
    "move",
    _key("scope", sa.Text),
    _key("record", Id),
    _key("rev", sa.BigInteger),
    _need("event", sa.Text),
    _need("source", sa.Text),
    _need("target", sa.Text),
    _need("actor_id", sa.Text),
    _need("made_at", sa.BigInteger),
    _need("reason", sa.Text),
)
conflict = _table(
    "conflict",
    _key("scope", sa.Text),
    _key("record", Id),
    _key("field", sa.Text),
    _key("author", sa.Text),
    _need("op_id", Id),
    _need("code", sa.Text),
    _need("base_rev", sa.BigInteger),
    _need("theirs", sa.Text),
    _need("mine", sa.Text),
    _need("their_author", sa.Text),
    _need("opened_at", sa.BigInteger),
)
# Registrations that were merged into another one, by the movement that tells of it; `standing` until it is taken back.
merge = _table(
    "merge",
    _key("scope", sa.Text),
    _key("movement", Id),
    _need("dropped", Id),
    _need("kept", Id),
    _need("standing", sa.Boolean),
)
# What one grid has to tell another: written with what caused it, applied in a transaction of the other grid.
letter = _table(
    "letter",
    _key("scope", sa.Text),
    _key("id", Id),
    _need("target", sa.Text),
    _need("move", Id),
    _need("kind", sa.Text),
    # Emptied once it has arrived: the words of a person who moved lie in no third place.
    _need("body", sa.Text),
    _need("actor_id", sa.Text),
    _need("written_at", sa.BigInteger),
    sa.Column("delivered_at", sa.BigInteger),
)
_underway = letter.c.delivered_at.is_(None)
sa.Index("letter_underway", letter.c.target, sqlite_where=_underway, postgresql_where=_underway)
letter_read = _table(
    "letter_read",
    _key("scope", sa.Text),
    _key("letter", Id),
    _need("read_at", sa.BigInteger),
)
# Who is awaited in a grid, and who was: `carried` names the fields she came with, for the record.
arrival = _table(
    "arrival",
    _key("scope", sa.Text),
    _key("move", Id),
    _need("source", sa.Text),
    _need("person", Id),
    _need("movement", Id),
    _need("state", sa.Text),
    _need("sealed", sa.Text),
    _need("before", sa.Text),
    _need("carried", sa.Text),
    _need("sent_by", sa.Text),
    _need("received_at", sa.BigInteger),
    _need("settled_by", sa.Text),
    sa.Column("settled_at", sa.BigInteger),
)
_open = arrival.c.settled_at.is_(None)
sa.Index("arrival_open", arrival.c.scope, sqlite_where=_open, postgresql_where=_open)
escrow_key = _table(
    "escrow_key",
    _key("fingerprint", sa.Text),
    _need("public_key", sa.LargeBinary),
    _need("made_at", sa.BigInteger),
)
escrow_box = _table(
    "escrow_box",
    _key("device_id", sa.Text),
    _need("fingerprint", sa.Text),
    _need("database", sa.Text),
    _need("box", sa.LargeBinary),
    _need("received_at", sa.BigInteger),
)
escrow_release = _table(
    "escrow_release",
    _key("device_id", sa.Text),
    _key("n", sa.Integer),
    _need("released_at", sa.BigInteger),
    _need("by_actor", sa.Text),
    _need("reason", sa.Text),
    _need("fingerprint", sa.Text),
)
reference_data = _table(
    "reference_data",
    _key("kind", sa.Text),
    _key("key", sa.Text),
    _need("version", sa.Integer),
    _need("source", sa.Text),
    _need("body", sa.Text),
    _need("digest", sa.Text),
    _need("changed_at", sa.BigInteger),
    _need("changed_by", sa.Text),
)
