# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of MySQL that come from addresses of namespaces: what to ask the server, and what to tell it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.netns.lab.plugins.module_utils._model import addressing
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument, Verification

from .server import PREFIX, entries_of, only_known, text_of

_ACCOUNT_OPTIONS = ("name", "host", "password", "priv")
_ACCOUNT_NAME_MAX = 32
#: the mark of an account that the role made, in its attributes
_MARK = '{"netns.lab": "mysql_netns"}'
_PRIV = re.compile(r"\s*([A-Za-z_ ,]+?)\s+ON\s+(\S+)\s*", re.IGNORECASE)
_LEVEL = re.compile(r"(\*|`(?:[^`]|``)+`|[A-Za-z0-9_$]+)\.(\*|`(?:[^`]|``)+`|[A-Za-z0-9_$]+)")

# what ALL means, by level: the server shows it as this list
_ON_TABLE = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "CREATE VIEW",
    "SHOW VIEW", "TRIGGER",
}  # fmt: skip
_ON_SCHEMA = _ON_TABLE | {
    "CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT",
}  # fmt: skip
_ON_ALL = _ON_SCHEMA | {
    "RELOAD", "SHUTDOWN", "PROCESS", "FILE", "SHOW DATABASES", "SUPER", "REPLICATION SLAVE", "REPLICATION CLIENT",
    "CREATE USER", "CREATE TABLESPACE", "CREATE ROLE", "DROP ROLE",
}  # fmt: skip


#: where a part of a statement, or of a file of options, may begin; the apostrophe of "can't" is none
_QUOTE = re.compile("(?<![A-Za-z])['\"`\u00ab\u00bb\u2018-\u201f]")


class Grant(NamedTuple):
    """Privileges on one level: the global one (``*``, ``*``), a schema, or a table."""

    privileges: frozenset[str]
    schema: str
    table: str

    def text(self) -> str:
        """As GRANT takes it."""
        schema, table = (name if name == "*" else f"`{name.replace('`', '``')}`" for name in self[1:])
        return f"{', '.join(sorted(self.privileges))} ON {schema}.{table}"

    @property
    def shown(self) -> frozenset[str]:
        """The privileges as the server lists them."""
        if self.privileges != {"ALL"}:
            return self.privileges
        return frozenset(_ON_ALL if self.schema == "*" else _ON_SCHEMA if self.table == "*" else _ON_TABLE)


class Account(NamedTuple):
    """An account that may come from one address."""

    where: str
    name: str
    host: str
    password: str
    grants: tuple[Grant, ...]

    @property
    def sql(self) -> str:
        """Its name in a statement."""
        return f"{quoted(self.name)}@{quoted(self.host)}"


def quoted(text: str) -> str:
    """A string of SQL, for an empty sql_mode.

    :param text: the text (str).
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _plain(where: str, value: Any, limit: int, shown: bool = True) -> str:
    """A text without control characters; a password is never shown."""
    if not isinstance(value, str) or not value or len(value) > limit or not value.isprintable():
        found = repr(value) if shown else "nothing" if value in (None, "") else "something else"
        remedy = "Give another one; write a number in quotes."
        raise InvalidArgument(where, f"1 to {limit} characters, all printable", found, remedy)
    return value


def _grant(where: str, value: Any) -> Grant:
    wanted = "privileges on a level, e.g. SELECT, INSERT ON shop.*"
    remedy = "Write it as in GRANT, without TO. Columns, routines and roles are not for this list."
    match = _PRIV.fullmatch(text_of(where, value, wanted))
    level = _LEVEL.fullmatch(match[2]) if match else None
    if not match or not level:
        raise InvalidArgument(where, wanted, repr(value), remedy)
    privileges = frozenset(" ".join(name.upper().split()) for name in match[1].split(","))
    schema, table = (name[1:-1].replace("``", "`") if name[0] == "`" else name for name in level.groups())
    if "" in privileges or (schema == "*" and table != "*"):
        raise InvalidArgument(where, wanted, repr(value), remedy)
    if privileges & {"ALL", "ALL PRIVILEGES"}:
        if len(privileges) > 1:
            raise InvalidArgument(where, wanted, repr(value), "Use ALL alone.")
        privileges = frozenset({"ALL"})
    return Grant(privileges, schema, table)


def _accounts(value: Any, state: str = "present") -> list[Account]:
    """The accounts. Nothing but name and host is asked of those that are to go."""
    found: dict[tuple[str, str], Account] = {}
    for place, entry in entries_of(f"{PREFIX}accounts", value):
        only_known(place, entry, _ACCOUNT_OPTIONS)
        name = _plain(f"{place}.name", entry.get("name"), _ACCOUNT_NAME_MAX)
        host = addressing.host_address(f"{place}.host", text_of(f"{place}.host", entry.get("host"), "an IP address"))
        password = ""
        if state == "present" or entry.get("password") not in (None, ""):
            password = _plain(f"{place}.password", entry.get("password"), 256, shown=False)
        priv = entry.get("priv") or []
        if isinstance(priv, str):
            priv = [priv]
        grants = tuple(_grant(f"{place}.priv[{index}]", text) for index, text in enumerate(priv))
        if (name, host) in found:
            earlier = f"{name}@{host}, which is already used by {found[name, host].where}"
            raise InvalidArgument(place, "an account given once", earlier, "Remove one of the two.")
        found[name, host] = Account(place, name, host, password, grants)
    return list(found.values())


_BEGIN = "SET SESSION sql_mode = '';\n"


# HEX: whatever a name holds, a row has one line and a field has no tab
_SELECTS = r"""
SELECT HEX(grantee), HEX('*'), HEX('*'), privilege_type
  FROM information_schema.user_privileges WHERE grantee IN ({grantees});
SELECT HEX(grantee), HEX(table_schema), HEX('*'), privilege_type
  FROM information_schema.schema_privileges WHERE grantee IN ({grantees});
SELECT HEX(grantee), HEX(table_schema), HEX(table_name), privilege_type
  FROM information_schema.table_privileges WHERE grantee IN ({grantees});
SELECT HEX(CONCAT('\'', user, '\'@\'', host, '\'')), 'mark'
  FROM information_schema.user_attributes
  WHERE CONCAT('\'', user, '\'@\'', host, '\'') IN ({grantees})
    AND JSON_VALUE(attribute, '$."netns.lab"') = 'mysql_netns';
"""


def account_query(accounts: Any, state: str = "present") -> str:
    """The statements that ask the server for accounts: which are there, whose they are, and what they may.

    :param accounts: a list of {name, host, password, priv}.
    :param state: as for :func:`account_changes`; accounts that are to go need no password.
    :returns: SQL, empty without accounts. Each row it brings has grantee, schema, table, privilege; or grantee and
        ``mark``.
    :raises InvalidArgument: for an account that cannot be.
    """
    grantees = ", ".join(quoted(_grantee(account)) for account in _accounts(accounts, state))
    if not grantees:
        return ""
    return _BEGIN + _SELECTS.format(grantees=grantees)


def _unhex(text: str) -> str:
    return bytes.fromhex(text).decode()


def _read(rows: str) -> tuple[dict[str, set[tuple[str, str, str]]], set[str]]:
    """What the server has: the privileges of each account, and which of them the role made."""
    has: dict[str, set[tuple[str, str, str]]] = {}
    marked = set()
    for line in rows.splitlines():
        fields = line.split("\t")
        grantee = _unhex(fields[0])
        if fields[1:] == ["mark"]:
            marked.add(grantee)
        else:
            has.setdefault(grantee, set()).add((_unhex(fields[1]), _unhex(fields[2]), fields[3]))
    return has, marked


def _grantee(account: Account) -> str:
    """An account as information_schema has it."""
    return f"'{account.name}'@'{account.host}'"


def account_changes(accounts: Any, rows: str, state: str = "present") -> list[dict[str, str]]:
    """The statements that bring accounts to what they are to be.

    :param accounts: a list of {name, host, password, priv}.
    :param rows: what the server answers to :func:`account_query`, by ``mysql --batch --skip-column-names``.
    :param state: ``present`` makes what is missing; ``absent`` drops what the role made.
    :returns: for each change ``what``, words without secrets, and ``sql``.
    :raises InvalidArgument: for an account that cannot be.
    :raises Verification: for an account of somebody else that lacks a privilege.
    """
    wanted = _accounts(accounts, state)
    has, marked = _read(rows)
    changes = []
    for account in wanted:
        key, title = _grantee(account), f"{account.name}@{account.host}"
        there = key in has
        if state == "absent":
            if key in marked:
                changes.append({"what": f"drop {title}", "sql": f"DROP USER {account.sql};\n"})
            continue
        if not there:
            # two texts side by side are one for SQL; ATTRIBUTE takes one only
            create = f"CREATE USER {account.sql} IDENTIFIED BY {quoted(account.password)} ATTRIBUTE {quoted(_MARK)};\n"
            changes.append({"what": f"create {title}", "sql": create})
        for grant in account.grants:
            have = {privilege for schema, table, privilege in has.get(key, ()) if (schema, table) == grant[1:]}
            missing = grant.shown - have - {"USAGE"}
            if not missing:
                continue
            if there and key not in marked:
                remedy = "Grant it yourself, or drop the account and let the role create it."
                raise Verification(
                    f"{account.where}", f"{grant.text()} for {title}",
                    f"an account that the role did not create, without {', '.join(sorted(missing))}", remedy,
                )  # fmt: skip
            grant_sql = f"GRANT {grant.text()} TO {account.sql};\n"
            changes.append({"what": f"grant {grant.text()} to {title}", "sql": grant_sql})
    return changes


def account_script(changes: Sequence[Mapping[str, str]]) -> str:
    """All statements of changes, as the client's standard input.

    :param changes: the changes, each with its statement.
    """
    return _BEGIN + "".join(change["sql"] for change in changes) if changes else ""


def without_secrets(text: str, accounts: Any) -> str:
    """What the client says when it fails, as far as it cannot hold a secret.

    The server repeats a part of the statement, at most 80 characters, which may begin or end within a password; the
    client repeats a line of its own options. Both stand in quotes, so of each line what is in front of them is kept:
    the number of the error and its words. The passwords themselves are blackened all the same.

    :param text: what the client said (str).
    :param accounts: the accounts as given.
    """
    kept = [_QUOTE.split(line, maxsplit=1) for line in text.splitlines()]
    # what goes on after a quotation mark may be the rest of a statement of several lines
    shown = kept[: next((number + 1 for number, parts in enumerate(kept) if len(parts) > 1), len(kept))]
    text = " ".join(f"{parts[0].rstrip()} [...]" if len(parts) > 1 else parts[0] for parts in shown)
    for account in sorted(_accounts(accounts, "absent"), key=lambda account: -len(account.password)):
        if account.password:
            for secret in (account.password, quoted(account.password)[1:-1]):
                text = text.replace(secret, "***")
    return text
