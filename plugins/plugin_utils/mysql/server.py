# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MySQL in network namespaces: what its manual allows, as checks of what the role ``mysql_netns`` is given. Pure.

Source: MySQL manual, "Network Namespace Support"; what the manual leaves open was tried with MySQL 9.7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple, Optional

from ansible_collections.netns.lab.plugins.module_utils._model import naming
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Dependency, InvalidArgument, Verification

Entry = Mapping[str, Any]

#: what a variable's name begins with; the messages name the variables of the role
PREFIX = "mysql_netns_"
#: the server's variables that take namespaces
VARIABLES = ("bind_address", "admin_address", "mysqlx_bind_address")

_WILDCARD_REMEDY = "A wildcard listens in the host's own namespace only. List the addresses of each namespace instead."
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
#: what a namespace's name may hold in a list of MySQL's: no comma, and nothing that a my.cnf reads as its own
_NAME_IN_LIST = re.compile(r"[A-Za-z0-9_.@+=~-]+")


class Address(NamedTuple):
    """An address that the server listens on.

    :param host: an IP address in its canonical form, a wildcard, or a host's name.
    :param netns: the namespace, empty for the host's own.
    """

    host: str
    netns: str

    @property
    def wildcard(self) -> bool:
        """Whether it stands for every address."""
        return self.host in ("*", "0.0.0.0", "::")  # noqa: S104 - it is compared, not bound

    def text(self) -> str:
        """As the server takes it."""
        return f"{self.host}/{self.netns}" if self.netns else self.host


def text_of(where: str, value: Any, wanted: str = "a string") -> str:
    """A value, seen to be a text that is not empty.

    :param where: the option, for an error (str).
    :param value: the value as given.
    :param wanted: what it should be, for an error (str).
    :raises InvalidArgument: if it is none.
    """
    if not isinstance(value, str) or not value:
        missing = value in (None, "")
        found, remedy = ("nothing", "Give it a value.") if missing else (repr(value), "Write it in quotes.")
        raise InvalidArgument(where, wanted, found, remedy)
    return value


def entries_of(where: str, value: Any) -> list[tuple[str, Entry]]:
    """A list of entries with the name of each; None and an empty text are an empty list.

    :param where: the option, for an error (str).
    :param value: the list as given.
    :raises InvalidArgument: for anything else.
    """
    if value in (None, ""):
        return []
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidArgument(where, "a list of entries", repr(value), "Write it as a list of {address, netns}.")
    named = [(f"{where}[{index}]", entry) for index, entry in enumerate(value)]
    for place, entry in named:
        if not isinstance(entry, Mapping):
            # no value here: an entry of accounts may be a text with a password
            raise InvalidArgument(place, "an entry (a dictionary)", type(entry).__name__, "Write it as key: value.")
    return named


def only_known(where: str, entry: Entry, options: Sequence[str]) -> None:
    """See that an entry has no other options.

    :param where: the entry, for an error (str).
    :param entry: its options.
    :param options: the options that there are (str).
    :raises InvalidArgument: naming the first one.
    """
    for key in entry:
        if key not in options:
            remedy = f"Options here: {', '.join(options)}."
            raise InvalidArgument(f"{where}.{key}", "a known option", repr(str(key)), remedy)


def _host(where: str, value: Any) -> str:
    """An IP address, a wildcard or a host's name."""
    wanted = "an IP address, a host's name, or *"
    text = text_of(where, value, wanted)
    if "/" in text:
        host, _slash, netns = text.partition("/")
        if netns.isdigit():
            remedy = f"MySQL would take {netns} for the name of a namespace. Write {host}, without a prefix length."
        else:
            remedy = f"Write it as {{address: {host}, netns: {netns}}}."
        raise InvalidArgument(where, wanted, repr(text), remedy)
    if text == "*":
        return text
    if "%" in text:
        remedy = "Use an address that is not link-local: MySQL takes no name of an interface."
        raise InvalidArgument(where, wanted, repr(text), remedy)
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    if not _HOST_NAME.fullmatch(text) or re.fullmatch(r"[0-9.]+", text):
        raise InvalidArgument(where, wanted, repr(text), "Write an address such as 192.0.2.2 or fd00::2.")
    return text.lower()


def _netns(where: str, value: Any, known: Optional[Sequence[str]]) -> str:
    if value in (None, ""):
        return ""
    name = naming.netns_name(where, text_of(where, value))
    if not _NAME_IN_LIST.fullmatch(name):
        remedy = "Choose another name: a comma, a quote or a # means something else in MySQL's options."
        raise InvalidArgument(where, "a name of ASCII letters, digits and _ . @ + = ~ -", repr(name), remedy)
    if known is not None and name not in known:
        there = f"This host has {', '.join(sorted(known))}." if known else "This host has none."
        remedy = f"{there} Build the lab first: the server does not start without the namespace (MY-013406)."
        raise InvalidArgument(where, "a namespace of the host, in /run/netns", f"no {name!r}", remedy)
    return name


def _listening(option: str, value: Any, known: Optional[Sequence[str]]) -> list[Address]:
    """The addresses of one variable."""
    named = entries_of(PREFIX + option, value)
    found: dict[Address, str] = {}
    for place, entry in named:
        only_known(place, entry, ("address", "netns"))
        host = _host(f"{place}.address", entry.get("address"))
        given = Address(host, _netns(f"{place}.netns", entry.get("netns"), None))
        if given.wildcard and given.netns:
            wanted = f"no namespace beside the wildcard {host}"
            raise InvalidArgument(f"{place}.netns", wanted, repr(given.netns), _WILDCARD_REMEDY)
        if given.wildcard and option == "admin_address":
            remedy = "The administrative interface has one address: name it."
            raise InvalidArgument(f"{place}.address", "one address, no wildcard", repr(host), remedy)
        if given.wildcard and len(named) > 1:
            remedy = "Omit the other addresses, or list addresses without the wildcard."
            raise InvalidArgument(f"{place}.address", "a wildcard alone in its list", repr(host), remedy)
        if given in found:
            remedy = "Remove one of the two: the server cannot listen twice on one address."
            used = f"{given.text()}, which is already used by {found[given]}"
            raise InvalidArgument(place, "an address given once", used, remedy)
        _netns(f"{place}.netns", given.netns, known)
        found[given] = place
    if option == "admin_address" and len(named) > 1:
        remedy = "The administrative interface has one address: remove the others."
        raise InvalidArgument(PREFIX + option, "exactly one address", f"{len(named)}", remedy)
    return list(found)


def addresses(options: Mapping[str, Any], namespaces: Optional[Sequence[str]] = None) -> dict[str, str]:
    """Turn lists of addresses and namespaces into values of the server's variables.

    :param options: ``bind_address``, ``admin_address`` and ``mysqlx_bind_address``, each a list of {address, netns}.
        What is not given, None or empty has no value.
    :param namespaces: the names of the namespaces that the host has; None if that is not known.
    :returns: the value of each variable that has one.
    :raises InvalidArgument: for what the server would refuse; the message names the role's variable.
    """
    if not isinstance(options, Mapping):
        raise InvalidArgument("mysql_addresses", "a dictionary", repr(options), f"Options: {', '.join(VARIABLES)}.")
    only_known("mysql_addresses", options, VARIABLES)
    lists = {option: _listening(option, options.get(option), namespaces) for option in VARIABLES}
    return {option: ",".join(each.text() for each in list_) for option, list_ in lists.items() if list_}


# -- the server ------------------------------------------------------------------------------------------------------

#: the first release with namespaces
FIRST = (8, 0, 22)
_NO_MARIADB = (
    "MariaDB has no network namespaces. Install MySQL 8.0.22 or later, or run MariaDB inside the namespace:"
    " ip netns exec NAME."
)


def edition(versions: Mapping[str, str], mariadb: Sequence[str] = ()) -> dict[str, str]:
    """Tell MySQL from MariaDB, and from a MySQL that is too old.

    :param versions: what ``--version`` says of each binary, by path.
    :param mariadb: paths of MariaDB's own servers that are there.
    :returns: the release of each binary, by path.
    :raises Dependency: if there is none, or one that has no namespaces.
    """
    wanted = "a MySQL with network namespaces"
    found = {}
    for path, text in versions.items():
        if "mariadb" in text.lower():
            raise Dependency(path, wanted, " ".join(text.split()), _NO_MARIADB)
        match = re.search(r"\b(?:Ver|Distrib) ([0-9]+)\.([0-9]+)\.([0-9]+)", text)
        if not match:
            remedy = "Is it MySQL? Name its binaries in mysql_netns_binaries."
            raise Dependency(path, wanted, f"{' '.join(text.split())!r} as its version", remedy)
        if tuple(map(int, match.groups())) < FIRST:
            remedy = "MySQL has network namespaces since 8.0.22: upgrade it."
            raise Dependency(path, wanted, ".".join(match.groups()), remedy)
        found[path] = ".".join(match.groups())
    if mariadb and not any(path.endswith("mysqld") for path in found):
        raise Dependency(mariadb[0], wanted, "MariaDB", _NO_MARIADB)
    if not found:
        remedy = "Install MySQL, or name its binaries in mysql_netns_binaries."
        raise Dependency(f"{PREFIX}binaries", wanted, "none of these files", remedy)
    return found


def in_effect(wanted: Mapping[str, str], printed: str, path: str) -> bool:
    """Whether the server would start with the values that were written.

    :param wanted: the values, by variable.
    :param printed: what ``mysqld --print-defaults`` prints; of an option that is there twice the last one counts.
    :param path: the file that has the values.
    :raises Verification: if the file is not read, or another one that is read later says something else.
    """
    words = [word[2:].partition("=") for word in printed.split() if word.startswith("--")]
    for variable, value in wanted.items():
        given = [text for name, _equal, text in words if name.replace("-", "_") == variable]
        if value not in given:
            remedy = "Choose a mysql_netns_config_path in a directory that an !includedir of the server's my.cnf names."
            raise Verification(path, f"{variable}={value} in effect", "a file that the server does not read", remedy)
        if given[-1] != value:
            remedy = (
                f"Remove {variable} from the file that is read later (grep -r {variable.replace('_', '.')} /etc/my*),"
                " or choose a mysql_netns_config_path that is read after it, e.g. in /etc/mysql/mysql.conf.d."
            )
            raise Verification(path, f"{variable}={value} in effect", f"{given[-1]}, from another file", remedy)
    return True


# -- accounts --------------------------------------------------------------------------------------------------------
