# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``links``: links of the kinds that have no list of their own. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from ..errors import InvalidArgument
from ..reading import Options, Spec
from . import end
from .kind import REACHING, Kind, Rename, nothing, unchecked
from .links.table import LINKS


def _of_kinds() -> Spec:
    """The options of all kinds; one that several have takes the choices of all."""
    found: Spec = {}
    for kind in LINKS.values():
        for name, form in kind.spec.items():
            known = found.setdefault(name, dict(form))
            if "choices" in form:
                known["choices"] = list(dict.fromkeys([*known["choices"], *form["choices"]]))
    return found


#: the options that only some kinds have
OWN: Spec = _of_kinds()
SPEC: Spec = {**end.SPEC, "kind": {"type": "str", "choices": list(LINKS)}, **OWN}


class Link(NamedTuple):
    """A link; ``kind`` is None only where it is to be removed. ``options`` are those of its kind, as (name, value)."""

    where: str
    end: end.End
    kind: Optional[str]
    options: tuple[tuple[str, Any], ...]


def read(where: str, given: Options) -> Link:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    """
    kind = given["kind"]
    options = {name: given[name] for name in OWN if given[name] is not None}
    if kind is not None:
        _of_kind(where, kind, options)
        options = LINKS[kind].read(where, options)
    return Link(where, end.read(where, given), kind, tuple(options.items()))


def _of_kind(where: str, kind: str, options: dict[str, Any]) -> None:
    """Refuse options, and choices, of other kinds."""
    form = LINKS[kind].spec
    for name, value in options.items():
        if name not in form:
            has = ", ".join(form) or "none"
            raise InvalidArgument(
                f"{where}.{name}", f"an option of a {kind} (beside those of every link: {has})", repr(value), "Omit it."
            )
        choices = form[name].get("choices", [value])
        if value not in choices:
            expected = f"one of {', '.join(choices)}"
            raise InvalidArgument(f"{where}.{name}", expected, repr(value), "Choose one of them.")


def require(entry: Link) -> None:
    """See that an entry to be made has what its kind needs.

    :param entry: one of the list.
    :raises InvalidArgument: for an option that is missing.
    """
    given = dict(entry.options)
    for name in LINKS[entry.kind].required if entry.kind is not None else ():
        if name not in given:
            raise InvalidArgument(f"{entry.where}.{name}", f"the {name} of a {entry.kind}", "nothing", "Give it.")


def _renamed(entry: Link, rename: Rename) -> Link:
    named = LINKS[entry.kind].links if entry.kind is not None else ()
    options = {name: rename(entry.end.netns, value) if name in named else value for name, value in entry.options}
    return entry._replace(end=end.renamed(entry.end, rename), options=tuple(options.items()))


KIND = Kind(
    option="links",
    module="link",
    spec=SPEC,
    required=("kind",),
    by_name=False,
    read=read,
    namespaces=end.netns_of_entry,
    ends=end.of_entry,
    addresses=nothing,
    joins=nothing,
    once=nothing,
    renamed=_renamed,
    check=unchecked,
    placed=REACHING,
    steers=False,
)
