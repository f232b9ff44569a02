# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the kinds of objects: a new kind is a file beside this one, and a line here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, get_type_hints

from ...._model.lab.kinds import KINDS as OPTIONS
from ...state import Key
from . import address, firewall_exception, link, nat, netns, paths, route, rule, sysctl
from .kind import Kind, Listing

_FILES = (paths, netns, link, address, sysctl, route, rule, nat, firewall_exception)


def whole(kinds: Iterable[Kind]) -> dict[str, Kind]:
    """The kinds by the first field of their keys.

    :param kinds: the kinds.
    :raises TypeError: if one leaves out what each has to say.
    """
    found: dict[str, Kind] = {}
    for kind in kinds:
        unsaid = [name for name in Kind.__annotations__ if not hasattr(kind, name)]
        if "describe" not in vars(kind.key) and kind.key.describe is Key.describe:
            unsaid.append("describe of its key")
        if unsaid:
            raise TypeError(f"{type(kind).__module__} does not say {', '.join(unsaid)}")
        found[kind.sort] = kind
    return found


KINDS: dict[str, Kind] = whole(kind for file in _FILES for kind in file.KINDS)


#: what each list of a description means
LISTS: dict[str, Listing] = {
    option: listing for file in _FILES for option, listing in getattr(file, "LISTS", {}).items()
}

if OPTIONS.keys() != LISTS.keys():
    raise TypeError(f"lists that only the model or only the engine knows: {OPTIONS.keys() ^ LISTS.keys()}")


def list_of(option: str) -> Listing:
    """What a list of a description means.

    :param option: its name (str).
    :raises LookupError: for a list that nobody handles.
    """
    try:
        return LISTS[option]
    except KeyError:
        raise LookupError(f"nothing makes objects of the entries in {option}") from None


def kind_of(key: Key) -> Kind:
    """The kind of an object.

    :param key: the object's key.
    :raises LookupError: for a sort that nobody handles.
    """
    try:
        return KINDS[key.sort]
    except KeyError:
        raise LookupError(f"no kind of objects is called {key.sort!r}") from None


def read(parts: list[Any]) -> Key:
    """A key from its plain values, as a file has them.

    :param parts: the sort and the other fields.
    :raises LookupError: for a sort that nobody handles.
    :raises TypeError: for more or fewer fields than its keys have, or one of another type.
    """
    sort, *rest = parts
    if sort not in KINDS:
        raise LookupError(f"no kind of objects is called {sort!r}")
    cls = KINDS[sort].key
    key: Key = cls(*rest)
    wrong = [part for part, form in zip(parts, _forms(cls)) if part.__class__ is not form]
    if wrong:
        raise TypeError(f"{wrong[0]!r} in a key of a {sort}")
    return key


@cache
def _forms(cls: type[Key]) -> list[type]:
    """The types of the fields of keys."""
    hints = get_type_hints(cls)
    return [hints[name] for name in cls._fields]  # type: ignore[attr-defined]  # it is a NamedTuple
