# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What MySQL says when network namespaces do not work, as cause and remedy. Pure.

Source: the messages of MySQL 9.7, each brought about on a host; the manual has two of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any, NamedTuple, Optional

from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument


class Host(NamedTuple):
    """What is known of the host.

    :param server: whether mysqld has CAP_SYS_ADMIN as a file capability; None if that is not known.
    :param client: the same of mysql.
    :param namespaces: the names of the namespaces that the host has; None if that is not known.
    """

    server: Optional[bool] = None
    client: Optional[bool] = None
    namespaces: Optional[Sequence[str]] = None

    def there(self) -> str:
        """The namespaces, in words."""
        if self.namespaces is None:
            return "Look with: ip netns."
        return f"This host has {', '.join(sorted(self.namespaces))}." if self.namespaces else "This host has none."


Told = tuple[str, str]

_LOST = (
    "mysqld may not enter a namespace: it has no CAP_SYS_ADMIN. It was never granted, or mysqld was reinstalled or"
    " upgraded since, which loses it."
)
_GRANT = "Grant it: run the role mysql_netns again, or setcap cap_sys_admin+ep {0}. Then start the server."
_DROPPED = (
    "root started it with user=mysql: mysqld drops the file's capability when it becomes mysql. Or its unit forbids it:"
    " NoNewPrivileges, RestrictNamespaces, a CapabilityBoundingSet without CAP_SYS_ADMIN, or a profile of AppArmor or"
    " SELinux"
)
_START = (
    "Start mysqld as mysql itself, not as root with user=mysql: User=mysql in its unit. Or give the unit"
    " AmbientCapabilities=CAP_SYS_ADMIN too (mysql_netns_capability: ambient), which needs no capability of the file."
)


def _setns(match: re.Match[str], host: Host) -> Told:
    if match[1] != "Operation not permitted":
        return f"The kernel refused the namespace: {match[1]}.", f"Is it a network namespace? {host.there()}"
    if host.server is False:
        return _LOST, _GRANT.format("mysqld")
    if host.server is True:
        return f"mysqld has CAP_SYS_ADMIN and did not keep it. {_DROPPED}.", _START
    return f"{_LOST} Or it was dropped: {_DROPPED}.", f"{_GRANT.format('mysqld')} If it has it: {_START}"


def _unknown(match: re.Match[str], host: Host) -> Told:
    remedy = f"{host.there()} Build the lab, or correct the name. If it comes after boot, order the server behind it:"
    return f"There is no namespace {match[1]} in /run/netns.", f"{remedy} mysql_netns_after."


def _wildcard(_match: re.Match[str], _host: Host) -> Told:
    cause = "A wildcard (*, 0.0.0.0, ::) is followed by a namespace. A wildcard cannot have one."
    return cause, "List the addresses of the namespace instead, e.g. 192.0.2.2/red."


def _several(_match: re.Match[str], _host: Host) -> Told:
    cause = "A wildcard is listed beside other addresses. It has to be the only one."
    return cause, "Omit the others, or list addresses without the wildcard."


def _admin(match: re.Match[str], _host: Host) -> Told:
    cause = f"admin_address is {match[1]}. It takes one address and no wildcard."
    return cause, "Name one address, e.g. 192.0.2.2/red."


def _name(_match: re.Match[str], _host: Host) -> Told:
    cause = (
        "A host name does not resolve here (MySQL does not read /etc/netns/NAME/hosts), or that of an admin_address"
        " resolves to more than one address."
    )
    return cause, "Write the IP address instead of the name."


def _bind(match: re.Match[str], _host: Host) -> Told:
    if match[1] == "Cannot assign requested address":
        cause = "An address does not exist in its namespace (on the host itself, if it has none)."
        return cause, "Compare with: ip -n NAME address. Is the lab built?"
    if match[1] == "Address already in use":
        cause = "The port is already used by another server in that namespace, or an address is listed twice."
        return cause, "Find it with: ip netns exec NAME ss -ltnp."
    return f"The server cannot listen: {match[1]}.", "See the lines before it in the log."


def _plugin(match: re.Match[str], _host: Host) -> Told:
    cause = f"X Plugin does not listen on {match[1]}. The server starts all the same, without it: {match[2]}."
    return cause, "Correct mysqlx_bind_address; the lines before it say what its namespace lacks."


def _client(match: re.Match[str], host: Host) -> Told:
    if match[1] == "No such file or directory":
        cause = "The client's --network-namespace names a namespace that is not in /run/netns."
        return cause, f"{host.there()} Correct the name, or build the lab."
    if match[1] != "Operation not permitted":
        return f"The kernel refused the namespace to the client: {match[1]}.", f"Look at the name. {host.there()}"
    if host.client is True:
        cause = "mysql has CAP_SYS_ADMIN and cannot use it: a container, no_new_privs or a nosuid mount prevents it."
        return cause, "Run mysql as root, or outside of what prevents it."
    cause = (
        "The user who runs mysql may not enter a namespace: mysql has no CAP_SYS_ADMIN, or lost it when it was"
        " reinstalled or upgraded."
    )
    remedy = "Run mysql as root, or ip netns exec NAME mysql; or grant it (mysql_netns_client_capability: true)."
    return cause, remedy


def _platform(_match: re.Match[str], _host: Host) -> Told:
    return "This build of MySQL has no network namespaces.", "Use a build for Linux, MySQL 8.0.22 or later."


def _path(_match: re.Match[str], _host: Host) -> Told:
    return "The name of a namespace is too long.", "Give the namespace a shorter name."


#: what is looked for in a line: a code, the message, what it means
_KNOWN: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str], Host], Told]], ...] = (
    ("MY-013405", re.compile(r"\[MY-013405\]"), _platform),
    ("MY-013406", re.compile(r"\[MY-013406\].*Unknown network namespace '([^']*)'"), _unknown),
    ("MY-013407", re.compile(r"\[MY-013407\]"), _wildcard),
    ("MY-013408", re.compile(r"\[MY-013408\].*setns\(\) failed with error '([^']*)'"), _setns),
    ("MY-013409", re.compile(r"\[MY-013409\]"), _several),
    ("MY-013410", re.compile(r"\[MY-013410\]"), _path),
    ("MY-013291", re.compile(r"\[MY-013291\].*admin-address: '([^']*)'"), _admin),
    ("MY-010256", re.compile(r"\[MY-010256\]"), _name),
    ("MY-010262", re.compile(r"\[MY-010262\].*TCP/IP port: (.+)"), _bind),
    ("MY-013596", re.compile(r"\[MY-013596\].*Validation of value '([^']*)'.*failed: ([^.]*)"), _plugin),
    ("MY-013597", re.compile(r"\[MY-013597\].*Value '([^']*)'.*(X Plugin can't bind to it)"), _plugin),
    ("client", re.compile(r"Network namespace error: (.+)"), _client),
)
#: what a search through a log may look for, as an extended regular expression; the last two are a start of the server
PATTERN = "MY-(0134(0[5-9]|10)|013291|010256|010262|013596|013597|010116|015015)|Network namespace error"
_START_OF_SERVER = re.compile(r"\[MY-(010116|015015)\]")
_TIME = re.compile(r"^\S*[0-9]{4}-[0-9]{2}-[0-9]{2}T\S+ [0-9]+ ")


def findings(text: str | Sequence[str], host: Optional[Mapping[str, Any]] = None) -> list[dict[str, Any]]:
    """Find what concerns namespaces in a log of the server or in what a client said.

    :param text: the lines of one log, or those of several (list of str). What is older than the last start of the
        server in a log says nothing of the host as it is now, and does not count.
    :param host: what is known of the host: ``server``, ``client``, ``namespaces`` as in :class:`Host`.
    :returns: ``code`` (``client`` for a client's), ``line``, ``count``, ``cause`` and ``remedy`` of each message. One
        that is there several times is told once, with its last line.
    :raises InvalidArgument: if it is not a text.
    """
    texts = [text] if isinstance(text, str) else text
    if not isinstance(texts, (list, tuple)) or not all(isinstance(each, str) for each in texts):
        raise InvalidArgument("mysql_findings", "the text of a log", repr(text), "Give the log's lines as one string.")
    known = Host(**(host or {}))
    found: dict[str, dict[str, Any]] = {}
    for line in (line for each in texts for line in _since_the_last_start(each)):
        for code, pattern, tell in _KNOWN:
            match = pattern.search(line)
            if not match:
                continue
            key = _TIME.sub("", line)
            count = found.pop(key)["count"] if key in found else 0
            cause, remedy = tell(match, known)
            found[key] = {"code": code, "line": line, "count": count + 1, "cause": cause, "remedy": remedy}
    return list(found.values())


def _since_the_last_start(text: str) -> list[str]:
    lines_ = [line.strip() for line in text.splitlines()]
    starts = [number for number, line in enumerate(lines_) if _START_OF_SERVER.search(line)]
    return lines_[starts[-1] + 1 :] if starts else lines_


def lines(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Findings as lines for a person.

    :param told: the findings.
    """
    shown = []
    for each in told:
        times = f" ({each['count']} times, the last one here)" if each["count"] > 1 else ""
        shown += ["", f"{each['line']}{times}"]
        for word in ("cause", "remedy"):
            shown += wrap(each[word], 110, initial_indent=f"  {word + ':':<8}", subsequent_indent=" " * 10)
    return shown or ["Nothing in it concerns network namespaces."]
