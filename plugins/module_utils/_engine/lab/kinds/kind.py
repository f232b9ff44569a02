# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every kind of object has to say of itself, so that no other part of the engine has to know the kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...plan import CHANGE, CREATE, Step
from ...state import Attrs, Change, Key, Objects
from ..words import differing
from .owned import Owned
from .told import Told

if TYPE_CHECKING:
    from ..nat.conntrack import Concerned
    from ..reconcile import Reconciler
    from ..removal import Removal
    from ..scope import Scope
    from ..ssh_session import SessionPath
    from ..want import Want, Wants


#: how many of what goes along are told
_TOLD = 3

#: the longest other name of a link, in characters
_ALTNAME_MAX = 127


class Stage:
    """The order of creation: the lower is made earlier and removed later.

    Sysctls come before the links, which are born under them; those of one link before its addresses.
    """

    NETNS_HOME = -1
    NETNS_DIR = 0
    DIRECTORY = 1
    NETNS = 2
    FILE = 3
    SYSCTL = 4
    BRIDGE = 5
    LINK = 6
    LINK_SYSCTL = 7
    ADDRESS = 8
    ROUTE = 9
    RULE = 10
    NAT_TABLE = 11
    NAT = 12
    FIREWALL = 13


class Turn:
    """The order in which removals are planned, so that what goes along with another needs no step of its own."""

    NETNS, LINK, BRIDGE, ROUTE, ADDRESS, REST, PATH = range(7)


class Listing(NamedTuple):
    """What a list of a description means: ``want`` adds what an entry wants, ``remove`` names what goes with it.

    ``want`` takes what is wanted so far, the entry, and what tells this host from others (machine-id).
    """

    want: Callable[[Wants, Any, str], None]
    remove: Callable[[Any], list[Key]]


class Kind(Owned, Told, ABC):
    """A kind of object. What has no value here each kind has to say; see :func:`.table.whole`.

    Here is what it has a plan do; whose its objects are, and how they are told of, say :class:`.owned.Owned` and
    :class:`.told.Told`. ``key`` is the class of its keys, ``stage`` their :class:`Stage`. ``sort``, ``shared`` and
    ``in_netns`` are as there.
    """

    sort: str
    key: type[Any]
    stage: int
    shared: bool
    in_netns: bool

    @abstractmethod
    def ask(self, scope: Scope, key: Any) -> None:
        """Add to a scope what has to be read for a plan about an object.

        :param scope: what is to be read.
        :param key: the object's key.
        """

    @abstractmethod
    def make_way(self, planner: Reconciler, want: Want, attrs: Optional[Attrs]) -> None:
        """Refuse what is foreign where an object is wanted, or plan to remove what has to be made anew.

        :param planner: what is planned so far.
        :param want: the object as it is wanted.
        :param attrs: what stands in its place, None for nothing.
        :raises Conflict: where something stands that is left alone.
        """

    @abstractmethod
    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """How a change of an object of the host's own network may cut off the ssh session of a run.

        :param path: the way of the session's packets through the host.
        :param change: the change.
        :returns: what follows the name of the object, for a person; None where it does not.
        """

    # -- removal -------------------------------------------------------------------------------------------------

    def removal_turn(self, key: Any, attrs: Attrs) -> tuple[int, int]:
        """When the removal of an object is planned: a :class:`Turn`, and its place among others of that.

        :param key: the object's key.
        :param attrs: the object's attributes.
        """
        del key, attrs
        return Turn.REST, 0

    def remove(self, planner: Reconciler, key: Any, reason: str) -> None:
        """Plan to remove an object.

        :param planner: what is planned so far.
        :param key: the object's key.
        :param reason: why it is to go, for a person (str).
        """
        attrs = planner.now.get(key)
        if key in planner.state.alien:
            planner.release_alien(key)
        elif attrs is not None:
            planner.take_away(key, attrs, reason)

    def losses(self, planner: Reconciler, key: Any) -> tuple[Change, ...]:
        """The changes that the removal of an object makes, its own first.

        :param planner: the plan in the making.
        :param key: the object's key.
        """
        return planner.removal.of(key, planner.now)

    def go_along(self, removal: Removal, key: Any, now: Objects, found: dict[Key, Change]) -> None:
        """Add what goes with an object that is removed, itself first.

        :param removal: what stands, by what it hangs on.
        :param key: the object's key.
        :param now: the state at this point of the plan; what is gone already is not named again.
        :param found: the changes so far.
        """
        del removal
        found[key] = Change(key, now[key], None)

    #: whether its removal may take along what nobody asked for, so that all of its namespace has to be read
    takes_others = False

    def takes_along(self, change: Change) -> bool:
        """Whether a change of an object that stands takes others along.

        :param change: the change; ``before`` is not None.
        """
        return self.takes_others and change.after is None

    def as_described(self, key: Any) -> Key:
        """The key by which a description names an object, where several may stand under one name.

        :param key: the object's key.
        """
        found: Key = key
        return found

    def refuse_removal(self, key: Any, attrs: Attrs) -> None:
        """Refuse to remove, by a single module, what somebody else keeps in its place.

        :param key: the object's key.
        :param attrs: the object's attributes.
        :raises Conflict: with who keeps it.
        """
        del key, attrs

    # -- IPv6 of links that stand ----------------------------------------------------------------------------------

    def turns_ipv6_off(self, change: Change) -> Optional[str]:
        """The link that a change takes IPv6 from, ``""`` for all of the namespace, None where it does not.

        :param change: the change.
        """
        del change

    def goes_without_ipv6(self, key: Any, attrs: Attrs, link: str) -> bool:
        """Whether an object goes when a link loses IPv6; what the kernel brings back by itself is not meant.

        :param key: the object's key.
        :param attrs: the object's attributes.
        :param link: the link's name (str), ``""`` for all links of the namespace.
        """
        del key, attrs, link
        return False

    # -- creation and change -------------------------------------------------------------------------------------

    def want(self, planner: Reconciler, want: Want) -> None:
        """Plan to make an object, or to change it.

        :param planner: what is planned so far.
        :param want: the object as it is wanted.
        """
        attrs = planner.now.get(want.key)
        if attrs is not None and not (planner.state.half and planner.in_part(want.key)):
            self.change(planner, want, attrs)
        else:
            self.create(planner, want)

    def create(self, planner: Reconciler, want: Want) -> None:
        """Plan to make an object that is not there, or is there in part only.

        :param planner: the plan in the making.
        :param want: the object as it is wanted.
        """
        why = "incomplete" if want.key in planner.now else "does not exist"
        change = Change(want.key, None, {**want.create, **want.attrs})
        planner.emit(Step(want.kind, want.key.named(), CREATE, why, (*self.made_before(planner), change)))

    def made_before(self, planner: Reconciler) -> tuple[Change, ...]:
        """What is made with an object, before it.

        :param planner: the plan in the making.
        """
        del planner
        return ()

    def change(self, planner: Reconciler, want: Want, attrs: Attrs) -> None:
        """Plan to change an object where it is not as wanted.

        :param planner: the plan in the making.
        :param want: the object as it is wanted.
        :param attrs: the object's attributes.
        """
        if want.attrs.items() <= attrs.items():
            return
        differs = {name: value for name, value in want.attrs.items() if attrs.get(name) != value}
        if not differs:
            return
        self.refuse_change(planner, want, attrs)
        reason = self.why(want, attrs, differs) + (f": {want.why}" if want.why else "")
        marks = {name: value for name, value in want.create.items() if name in ("protocol", "bridge_mtu")}
        change = Change(want.key, attrs, {**self.kept(attrs, differs), **marks, **want.attrs})
        changes, more = self.consequences(planner, change)
        planner.emit(Step(want.kind, want.key.named(), CHANGE, reason + more, changes))
        self.after_change(planner, change)

    def refuse_change(self, planner: Reconciler, want: Want, attrs: Attrs) -> None:
        """Refuse to change what is left alone.

        :param planner: the plan in the making.
        :param want: the object as it is wanted.
        :param attrs: the object's attributes.
        :raises Conflict: with what stands.
        """
        del planner, want, attrs

    def why(self, want: Want, attrs: Attrs, differs: Attrs) -> str:
        """The reason of a change: in what the object is not as wanted.

        :param want: the object as it is wanted.
        :param attrs: the object's attributes.
        :param differs: the attributes that differ, as they are wanted.
        """
        del want
        return ", ".join(differing(name, attrs, value) for name, value in differs.items())

    def kept(self, attrs: Attrs, differs: Attrs) -> Attrs:
        """The attributes that an object keeps when some of them change.

        :param attrs: the object's attributes.
        :param differs: the attributes that differ, as they are wanted.
        """
        del differs
        return attrs

    def consequences(self, planner: Reconciler, change: Change) -> tuple[tuple[Change, ...], str]:
        """A change with those that come with it, and what is to be said of them.

        :param planner: the plan in the making.
        :param change: the change.
        """
        lost = planner.losses_of_ipv6(change)
        if not lost:
            return (change,), ""
        names = ", ".join(each.key.describe() for each in lost[:_TOLD])
        more = f" and {len(lost) - _TOLD} more" if len(lost) > _TOLD else ""
        return (change, *lost), f"; also removes {names}{more}"

    def after_change(self, planner: Reconciler, change: Change) -> None:
        """Plan what a change brings about in steps of their own.

        :param planner: the plan in the making.
        :param change: the change.
        """
        del planner, change

    # -- undoing -------------------------------------------------------------------------------------------------

    def undo_turn(self, change: Change) -> tuple[int, ...]:
        """Where a change that undoes has its turn among others.

        :param change: the change.
        """
        return (0, *self.turn(change))

    def undo_parts(self, change: Change) -> list[Change]:
        """The changes that undoing one takes.

        :param change: the change.
        """
        return [change]

    def is_restorable(self, change: Change) -> bool:
        """Whether what was read of an object is enough to make it again.

        :param change: the change.
        """
        del change
        return True

    # -- connection tracking -----------------------------------------------------------------------------------------

    def concern_flows(self, concerned: Concerned, change: Change) -> None:
        """Add the entries of connection tracking that a change concerns; only NAT concerns any.

        :param concerned: takes them.
        :param change: the change.
        """
        del concerned, change

    # -- what it needs -------------------------------------------------------------------------------------------

    def may_be_made(self, key: Any) -> bool:
        """Whether a lab can have made an object of this name, so that it may be on its record.

        :param key: the object's key.
        """
        del key
        return True

    def links(self, key: Any, attrs: Attrs) -> list[str]:
        """The names of the links, of its own namespace, that an object needs.

        :param key: the object's key.
        :param attrs: the object's attributes.
        """
        del key
        return [attrs["dev"]] if attrs.get("dev") else []

    def needed_link(self, want: Want) -> tuple[Optional[str], Optional[str]]:
        """The option by which an entry names a link that has to be there, and that link, None where it names none.

        :param want: the object as it is wanted.
        """
        return "dev", want.attrs.get("dev")

    def host_link_changed(self, change: Change) -> Optional[str]:
        """The host's link that a change enslaves, seizes, moves, re-addresses, takes down or robs of its default route.

        :param change: the change, of an object of the host's own namespace.
        """
        del change
        return None

    def stage_of(self, key: Any, attrs: Attrs) -> int:
        """The stage of an object, where not all of its kind have the same.

        :param key: the object's key.
        :param attrs: the object's attributes.
        """
        del key, attrs
        return self.stage

    def rank(self, change: Change) -> int:
        """The stage of a change that makes an object, or makes it otherwise.

        :param change: the change.
        """
        return self.stage_of(change.key, change.after or {})

    def turn(self, change: Change) -> tuple[int, ...]:
        """Where a change has its turn among others of its stage; those with the same one stay as they are.

        :param change: the change.
        """
        del change
        return (0, 0)


def nothing(_kind: Kind, _planner: Reconciler, _want: Want, _attrs: Optional[Attrs]) -> None:
    """:meth:`Kind.make_way` of a kind in whose way nothing stands."""


def untouched(_kind: Kind, _path: SessionPath, _change: Change) -> Optional[str]:
    """:meth:`Kind.touches_session` of a kind that no packet of a session depends on."""
    return None


def is_link(name: str) -> bool:
    """Whether the kernel takes it as the name of a link, or as another name of one (ALTIFNAMSIZ).

    :param name: the name (str).
    """
    if name in ("", ".", "..") or len(name) > _ALTNAME_MAX:
        return False
    return not any(char in "/:" or char.isspace() for char in name)
