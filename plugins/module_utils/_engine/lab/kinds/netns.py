# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.errors import Conflict
from ...._model.lab.netns import Namespace
from ...plan import DELETE, Step
from ...state import CASCADE, DIRECT, PEER, Attrs, Change, Key, Objects
from ..want import Want
from . import sysctl
from .kind import Kind, Listing, Stage, Turn, untouched
from .link import LinkKey
from .paths import NETNS_DIR, NETNS_ETC, NETNS_HOME, DirectoryKey, FileKey

if TYPE_CHECKING:
    from ..host_state import State
    from ..reconcile import Reconciler
    from ..record import Record
    from ..removal import Removal
    from ..scope import Scope
    from ..want import Wants


class _Netns(NamedTuple):
    sort: str
    netns: str


class NetnsKey(Key, _Netns):
    """A namespace by its name. Attributes: lo_up."""

    __slots__ = ()

    def __new__(cls, netns: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("netns", netns))

    def describe(self) -> str:
        """``netns red``."""
        return f"netns {self.netns}"


class _Kind(Kind):
    sort = "netns"
    key = NetnsKey
    shared = False
    in_netns = True
    stage = Stage.NETNS
    of_all_networks = True
    adoption_is_told = True
    info_list = "namespaces"
    touches_session = untouched
    takes_others = True

    def is_told_with_netns(self, key: NetnsKey) -> bool:
        """Only one that the lab made."""
        del key
        return False

    def may_be_made(self, key: NetnsKey) -> bool:
        """The host's own is not."""
        return key.netns != ""

    def ask(self, scope: Scope, key: NetnsKey) -> None:
        """Ask for the namespace."""
        scope.namespaces.add(key.netns)

    def make_way(self, planner: Reconciler, want: Want, attrs: Optional[Attrs]) -> None:
        """One that the lab did not make, and a name that another program left, are left alone."""
        netns, holder = want.key.netns, planner.ledger.holder(want.key)
        if attrs is not None:
            hint = "If it belongs to a container or another program, omit it from namespaces: other entries may use it."
            planner.refuse_foreign(want, attrs, "" if holder else f" {hint}")
        elif netns in planner.state.dead and not (
            want.key in planner.ledger.own.made or (not planner.strict and holder is not None)
        ):
            found = "a leftover name, of a namespace that is gone or mounted in another mount namespace"
            remedy = f"If nobody uses it, remove the name (ip netns delete {netns}); or choose another."
            raise Conflict(f"{want.where} ({want.key.describe()})", "to create it", f"File exists: {found}", remedy)

    def removal_turn(self, key: NetnsKey, attrs: Attrs) -> tuple[int, int]:
        """First of all: the most goes with it."""
        del key, attrs
        return Turn.NETNS, 0

    def remove(self, planner: Reconciler, key: NetnsKey, reason: str) -> None:
        """Of one that is gone the name is removed."""
        if key in planner.state.alien and not planner.strict:
            remedy = "It is not changed: remove it by hand if nobody needs it."
            raise Conflict(key.describe(), "a namespace to remove", planner.state.alien[key], remedy)
        if key not in planner.state.alien and key.netns in planner.state.dead:
            change = Change(key, {"lo_up": False}, None)
            planner.emit(Step(self.sort, key.named(), DELETE, f"{reason}; only its name is left", (change,)))
        super().remove(planner, key, reason)

    def go_along(self, removal: Removal, key: NetnsKey, now: Objects, found: dict[Key, Change]) -> None:
        """It goes after the outer ends of its veth pairs, since it goes asynchronously and they would linger."""
        found[key] = Change(key, now[key], None)
        inner = [other for other in removal.inside(key.netns) if other in now]
        peers = {other: LinkKey(*peer) for other in inner if (peer := now[other].get("peer"))}
        pairs: dict[Key, Change] = {}
        for outer in peers.values():
            if outer in now and outer.netns != key.netns:
                removal.add_link(outer, now, pairs, DIRECT)
        for other in inner:
            if other not in pairs:
                found[other] = Change(other, now[other], None, PEER if peers.get(other) in found else CASCADE)
        found.update(pairs)

    def info(self, key: NetnsKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """Its name and number, and whether loopback is up."""
        del record
        return {"name": key.netns, "inode": state.inodes.get(key.netns), **attrs}


def _want(wants: Wants, item: Namespace, _seed: str) -> None:
    for key in (NETNS_DIR, NETNS_HOME):
        wants.setdefault(key, Want(key, "netns_dir", item.where))
    key = NetnsKey(item.name)
    wants[key] = Want(key, "netns", item.where, {"lo_up": item.lo_up})
    for file, content in (("resolv.conf", item.resolv_conf), ("hosts", item.hosts)):
        if content is None:
            continue
        home = f"{NETNS_ETC}/{item.name}"
        for path in map(DirectoryKey, (NETNS_ETC, home)):
            wants.setdefault(path, Want(path, "directory", item.where))
        path = FileKey(f"{home}/{file}")
        wants[path] = Want(path, "file", item.where, {"content": content})
    for name, value in item.sysctls:
        sysctl.want_value(wants, f"{item.where}.sysctls.{name}", sysctl.SysctlKey(item.name, name), value)


def _remove(item: Namespace) -> list[Key]:
    home = f"{NETNS_ETC}/{item.name}"
    return [
        NetnsKey(item.name), *(sysctl.SysctlKey(item.name, name) for name, _value in item.sysctls),
        *(FileKey(f"{home}/{file}") for file in ("resolv.conf", "hosts")), DirectoryKey(home), DirectoryKey(NETNS_ETC),
        NETNS_DIR, NETNS_HOME,
    ]  # fmt: skip


KINDS = (_Kind(),)
LISTS = {"namespaces": Listing(_want, _remove)}
