# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, changes and removes links: pairs born in their namespaces, bridges raised last, removal in one wait."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple, Optional

from ...._engine.lab.kinds.link import LinkKey
from ...._engine.lab.links.table import over
from ...._engine.state import GOING, GROUP, Attrs, Change, Key
from ...._model.errors import Kernel
from ...netlink import held, messages
from ...netlink.socket import NetlinkError, Socket
from ..kinds.phase import by_netns
from ..refusals import Refused, refusal
from ..session import Session
from . import common, table
from .dump import dump
from .kind import Link, LinkKind


def require(changes: list[Change]) -> None:
    """See that kernel and packages have what changes of links need, before anything is touched.

    :param changes: the changes.
    :raises Dependency: naming what is missing.
    """
    kinds: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if isinstance(change.key, LinkKey):
            kinds[(change.after or change.before or {})["kind"]].append(change)
    for kind, ours in kinds.items():
        table.of(kind).require(ours)


def make(session: Session, changes: list[Change], after: dict[Key, Attrs]) -> None:
    """Make and change links: bridges, pairs, other kinds, then what lies over others. New bridges stay down.

    :param session: what sends messages and notes what was made.
    :param changes: those of links, each of an act of its own.
    :param after: the attributes of every object that the run makes (for a pair's other end).
    """
    alone: dict[str, list[Change]] = defaultdict(list)
    above = []
    for change in changes:
        if change.before is None:
            attrs = change.after or {}
            (above if over(attrs) else alone[attrs["kind"]]).append(change)
    for kind in table.LINKS:
        for change in alone[kind]:
            _kind(change).make(session, change, session.differences(change), after)
    session.flush("")
    for change in above:
        _kind(change).make(session, change, session.differences(change), after)
    for change in changes:
        if change.before is not None:
            differs = session.differences(change)
            common.change_link(session, change, differs)
            _kind(change).change(session, change, differs)
            common.set_up(session, change, differs)


def finish(session: Session, changes: list[Change], after: dict[Key, Attrs]) -> None:
    """Raise what is raised last (new bridges), and give links the options that need them whole.

    :param session: what sends messages and notes what was made.
    :param changes: as for :func:`make`.
    :param after: as for :func:`make`.
    :raises Refused: if an attribute differs that no file of its kind writes.
    """
    for change, raise_it in _raised_last(changes):
        raise_it(session, change)
    session.flush("")
    for change in changes:
        differs = session.differences(change)
        common.port_options(session, change, differs)
        _kind(change).finish(session, change, differs, after)
    _hold_mtus(session, changes, after)
    for change in changes:
        if session.differences(change).left:
            raise _unwritten(change, sorted(session.differences(change).left))


def _unwritten(change: Change, names: list[str]) -> Refused:
    """What is to be said of attributes that nobody wrote: the plan must not look as if it had been carried out."""
    attrs = change.after or {}
    wanted = ", ".join(f"{name} {attrs[name]}" for name in names)
    verb = "make" if change.before is None else "change"
    found = f"nothing in netns.lab that writes {', '.join(names)} of a {attrs['kind'] or 'physical link'}"
    remedy = "This is a bug in netns.lab: please report it, with the plan."
    return Refused(change, Kernel(change.key.describe(), f"to {verb} it ({wanted})", found, remedy))


def _hold_mtus(session: Session, changes: list[Change], after: dict[Key, Attrs]) -> None:
    """Give bridges the MTU that they are to have once more, for it may have given way to that of a port just set."""
    own = {change.key: change for change in changes}
    for change in changes:
        session.differences(change).take("bridge_mtu")
    for key, attrs in after.items():
        if isinstance(key, LinkKey) and attrs.get("bridge_mtu"):
            change = own.get(key) or Change(key, None, attrs)
            session.queue(key.netns, messages.set_mtu(attrs["bridge"], attrs["bridge_mtu"]), change)


def raised_last(changes: list[Change]) -> set[str]:
    """The namespaces that have new links which :func:`finish` is to raise.

    :param changes: as for :func:`make`.
    """
    return {change.key.netns for change, _raise in _raised_last(changes)}


def _raised_last(changes: list[Change]) -> Iterator[tuple[Change, Callable[[Session, Change], None]]]:
    for change in changes:
        raise_it = _kind(change).raise_last if change.before is None else None
        if raise_it is not None:
            yield change, raise_it


def _kind(change: Change) -> LinkKind:
    return table.of((change.after or {})["kind"])


def remove(session: Session, changes: list[Change], known: dict[str, list[Link]]) -> None:
    """Remove links, those of one namespace in one wait of the kernel's: they are put into a group that is then removed.

    The waits for several namespaces are at the same time. A link that is gone already is as good as removed.

    :param session: what sends messages and notes what was made.
    :param changes: the changes.
    :param known: the links of namespaces that were just read; those of others are read now.
    """
    from ...netlink import threads  # noqa: PLC0415 - who makes links does not need it

    waiting = list(by_netns(changes).items())
    for start in range(0, len(waiting), held.AT_ONCE):
        ready = []
        for name, ours in waiting[start : start + held.AT_ONCE]:
            message = _ready(session, name, ours, known.get(name) or dump(session.socket(name), name))
            ready.append(_Removal(session.socket(name), ours, message))
        session.heed()
        threads.share(ready, lambda removal: _remove(session, removal), most=held.AT_ONCE)


class _Removal(NamedTuple):
    """The message that removes the links of one namespace (None: they are gone already), and what it carries out."""

    route: Socket
    changes: list[Change]
    message: Optional[messages.Message]


def _ready(session: Session, name: str, changes: list[Change], standing: list[Link]) -> Optional[messages.Message]:
    found = {link.name: link for link in standing}
    going = [found[change.key.name] for change in changes if change.key.name in found]
    if len(going) > 1:
        return messages.del_group(_gather(session, name, changes, found))
    return messages.del_link(going[0].index) if going else None


def _remove(session: Session, removal: _Removal) -> None:
    if removal.message is not None:
        try:
            removal.route.request(*removal.message)
        except NetlinkError as exc:
            if exc.errno != errno.ENODEV:
                raise refusal(removal.changes[0], exc) from exc
    for change in removal.changes:
        session.note(change)


def _gather(session: Session, name: str, changes: list[Change], found: dict[str, Link]) -> int:
    """Put links that are to go, and no others, into one group.

    :returns: the group.
    """
    leaving = {change.key.name for change in changes}
    group = GROUP
    if {link.name for link in found.values() if link.attrs["group"] == GROUP} != leaving & set(found):
        taken = {link.attrs["group"] for link in found.values()}
        group = next(number for number in GOING if number not in taken)
    for change in changes:
        link = found.get(change.key.name)
        if link is None:
            continue
        table.of(link.attrs["kind"]).gather(session, change, link)
        if group != GROUP:
            session.queue(name, messages.set_group(link.index, group), change)
    session.flush(name)
    return group
