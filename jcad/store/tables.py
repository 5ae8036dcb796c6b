"""The store's tables (SQLAlchemy Core), written for SQLite and PostgreSQL alike. No I/O."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = 4

metadata = sa.MetaData()

meta = sa.Table(
    "jcad_meta",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

link = sa.Table(
    "jcad_link",
    metadata,
    sa.Column("cloud_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("guid", sa.String(36), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("disabled_here", sa.Boolean, nullable=False),
    sa.Column("unfinished", sa.Boolean, nullable=False),
)

seen = sa.Table(
    "jcad_seen",
    metadata,
    sa.Column("group_id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(64), primary_key=True),
)

run = sa.Table(
    "jcad_run",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("feature", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("started_at", sa.String(40), nullable=False),
    sa.Column("finished_at", sa.String(40)),
    sa.Column("operator", sa.Text, nullable=False),
)

step = sa.Table(
    "jcad_step",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey("jcad_run.number"), primary_key=True),
    sa.Column("action", sa.String(200), primary_key=True),
    sa.Column("intended_at", sa.String(40)),
    sa.Column("ended_at", sa.String(40)),
    sa.Column("outcome", sa.Text),
    sa.Column("verdict", sa.String(16), nullable=False, server_default=""),
)

spent = sa.Table(
    "jcad_spent",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey("jcad_run.number"), primary_key=True),
    sa.Column("action", sa.String(200), primary_key=True),
    sa.Column("guard", sa.String(32), primary_key=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""What unattended runs did, by the limit that it counts towards (schema 2). `at` is in seconds since 1970, UTC."""

installation = sa.Table(
    "jcad_installation",
    metadata,
    sa.Column("host", sa.String(255), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("agent_id", sa.String(64), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)
"""The agents that jcad installed (schema 3). `host` is in small letters; `by` is the administrator who ran the installer."""

connect_key = sa.Table(
    "jcad_connect_key",
    metadata,
    sa.Column("record", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
)
"""JumpCloud's records for which connect keys were made, and of which no agent is known yet (schema 4). No key is kept."""

lease = sa.Table(
    "jcad_lease",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("process", sa.Integer, nullable=False),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("since", sa.String(40), nullable=False),
    sa.Column("heartbeat", sa.Float, nullable=False),
)

refusal = sa.Table(
    "jcad_refusal",
    metadata,
    sa.Column("account", sa.String(256), primary_key=True),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("mark", sa.String(8), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)
