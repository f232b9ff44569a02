# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind of link says of itself, so that no other part of the engine has to know it by name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

from ...._model.lab.link import require
from ...state import Attrs, Key, Objects, place
from ..host_state import State

if TYPE_CHECKING:
    from ..reconcile import Reconciler
    from ..want import Want


class LinkKind(NamedTuple):
    """One kind of link. Whatever it has to say is here; nothing has a default.

    ``over`` is the attribute that names the link that it lies over and goes with, None where there is none. ``first``
    says whether it is made before other links, which may be its ports. ``long`` are attributes that are lists of any
    length. ``networkd`` is what systemd-networkd calls its type.

    ``fill`` adds to what an entry wants of one of its ends what is its kind's own, from the entry, the end and the
    host's seed. ``prepare`` completes what is wanted by what stands and what is planned. ``anew`` names the
    attributes in which a link that stands has to be made anew, for the kernel does not change them. ``check`` holds
    all that are wanted of the kind against the state after the plan, ``check_new`` those that are made against the
    state before it. ``restorable`` says whether what was read of a link is enough to make it again. ``is_same`` says
    whether a link of another name is the one that the lab made, None where nothing would tell. ``udp`` is the UDP
    port that it takes, ``seizes`` the link whose packets it takes for itself, None for none. ``named`` is what a step
    calls it, ``told`` says of an attribute how it differs, None where that needs no words of its own.
    """

    over: Optional[str]
    first: bool
    long: tuple[str, ...]
    networkd: str
    fill: Callable[[Want, Any, Any, str], None]
    prepare: Callable[[Want, Reconciler], None]
    anew: Callable[[Attrs, Attrs], list[str]]
    check: Callable[[list[Want], Objects], None]
    check_new: Callable[[list[Want], State], None]
    restorable: Callable[[Attrs], bool]
    is_same: Optional[Callable[[Key, Optional[Want], Attrs, str], bool]]
    udp: Callable[[Attrs], Optional[int]]
    seizes: Callable[[Attrs], Optional[str]]
    named: Callable[[Key, Attrs], str]
    told: Callable[[str, Any, Any], Optional[str]]


def nothing(*_of: Any) -> None:
    """What a kind has to say that has nothing to say."""


def given(want: Want, entry: Any, _end: Any, _seed: str) -> None:
    """The options of an entry of the list ``links`` as they are given, as ``fill`` of a kind.

    :param want: the object as it is wanted.
    :param entry: the entry as read.
    :raises InvalidArgument: for one that the kind needs and that is missing.
    """
    require(entry)
    want.attrs.update(entry.options)


def made_with(*names: str) -> Callable[[Attrs, Attrs], list[str]]:
    """The attributes that a kind is made with and that the kernel does not change, as ``anew`` of it.

    :param names: the attributes (str).
    """

    def anew(wanted: Attrs, found: Attrs) -> list[str]:
        return [name for name in names if name in wanted and found.get(name) != wanted[name]]

    return anew


def always(_attrs: Attrs) -> bool:
    """``restorable`` of a kind of which everything is read."""
    return True


def named(key: Key, _attrs: Attrs) -> str:
    """A link by its name, as a step calls it.

    :param key: the object's key.
    """
    return place(key.netns, key.name)
