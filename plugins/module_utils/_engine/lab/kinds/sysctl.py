# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls of namespaces and of links; the two that let packets pass through, and what the kernel does along with them.

Setting ``net.ipv4.ip_forward`` sets ``forwarding`` of every link and of ``default`` to the same value and, the other
way round, ``net.ipv4.conf.all.accept_redirects``; ``net.ipv6.conf.all.forwarding`` sets that of every link and of
``default`` (devinet.c and addrconf.c of the kernel). Who gives the one back must give back the others as well.

IPv6 forwarding, also that of one link, drops the default routes that router advertisements gave to any link whose
``accept_ra`` is not 2; see :mod:`..advertisements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.errors import Conflict, Dependency, InvalidArgument
from ...._model.lab.sysctl import Sysctl, link_of
from ...plan import CHANGE, Step
from ...state import CASCADE, DIRECT, Attrs, Change, Key, Objects, within
from ..want import Want
from .kind import Kind, Listing, Stage
from .link import LinkKey

if TYPE_CHECKING:
    from ..host_state import State
    from ..reconcile import Reconciler
    from ..record import Record
    from ..scope import Scope
    from ..ssh_session import SessionPath
    from ..want import Wants


#: the sysctl -> its family's part of the names of those that it writes along
FAMILIES = {"net.ipv4.ip_forward": "ipv4", "net.ipv6.conf.all.forwarding": "ipv6"}
REDIRECTS = "net.ipv4.conf.all.accept_redirects"

#: what was there before, and what the kernel made of it, by name
SideEffects = dict[str, tuple[str, str]]

_IPV6_CONF = "net.ipv6.conf."


_NO_IPV6 = "net.ipv6.conf.all.disable_ipv6"


class _Sysctl(NamedTuple):
    sort: str
    netns: str
    name: str


class SysctlKey(Key, _Sysctl):
    """A sysctl below net. Attributes: value."""

    __slots__ = ()

    def __new__(cls, netns: str, name: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("sysctl", netns, name))

    @property
    def link(self) -> Optional[str]:
        """The link that it belongs to, if any."""
        return link_of(self.name)

    def describe(self) -> str:
        """``sysctl net.ipv4.ip_forward in red``."""
        return f"sysctl {self.name}{within(self.netns)}"


def is_sysctl(name: str) -> bool:
    """Whether it is the name of a file below /proc/sys/net.

    :param name: the name (str).
    """
    if not name.startswith("net.") or "\0" in name:
        return False
    return not {"", ".", ".."} & set(name.translate(str.maketrans("./", "/.")).split("/"))


def is_early(change: Change) -> bool:
    """Whether a sysctl is set before links are made: not one of a link, unless forwarding has to find it set.

    :param change: the change.
    """
    return change.key.link is None or (change.before is not None and turn(change) == 0)


def lets_forward(key: Key) -> bool:
    """Whether a sysctl lets packets of IPv6 pass through, at a link or at all of them.

    :param key: the object's key.
    """
    if not isinstance(key, SysctlKey) or not key.name.startswith(_IPV6_CONF):
        return False
    link, _dot, option = key.name[len(_IPV6_CONF) :].rpartition(".")
    return option == "forwarding" and link != "default"


def is_forwarding(key: Key) -> bool:
    """Whether a key is one of the two sysctls.

    :param key: the object's key.
    """
    return isinstance(key, SysctlKey) and key.name in FAMILIES


def turn(change: Change) -> int:
    """Where a sysctl has its turn among others: what forwarding has to find set, what writes others along, the rest.

    :param change: the change.
    """
    name = change.key.name
    if name.startswith("net.ipv6.conf.") and name.endswith(".accept_ra") and (change.after or {}).get("value") == "2":
        return 0
    return 1 if name in FAMILIES else 2


def _written(key: Key, value: str, near: Objects) -> dict[Key, Attrs]:
    """What the kernel writes along with a value, as far as it was read."""
    prefix, suffix = f"net.{FAMILIES[key.name]}.conf.", ".forwarding"
    found: dict[Key, Attrs] = {}
    for other in near:
        if not isinstance(other, SysctlKey) or other == key:
            continue
        if other.name.startswith(prefix) and other.name.endswith(suffix):
            found[other] = {"value": value}
        elif other.name == REDIRECTS and FAMILIES[key.name] == "ipv4":
            found[other] = {"value": "0" if value == "1" else "1"}
    return found


def consequences(key: Key, before: Attrs, after: Attrs, near: Objects) -> list[Change]:
    """What the kernel writes along when one of the two is changed, what had that value already as well.

    :param key: the object's key.
    :param before: the object's attributes, or the record, as it was.
    :param after: the object's attributes as they are to be.
    :param near: the objects of the namespace at this point of the plan.
    """
    if before["value"] == after["value"]:
        return []
    return [Change(other, near[other], attrs, CASCADE) for other, attrs in _written(key, after["value"], near).items()]


def restoration(
    back: Change, near: Objects, side_effects: Mapping[str, tuple[str, str]], halfway: bool
) -> list[Change]:
    """What has to be written, or changes by itself, when one of the two gets its prior value back.

    A value that is still what the kernel made of it goes back to what was before; one that somebody changed since
    stays as it is; what was not there before follows the kernel.

    :param back: the change that gives it back.
    :param near: the objects of the namespace at this point of the plan.
    :param side_effects: what the kernel changed along, before and after.
    :param halfway: whether a run before this one may have been killed amidst the same.
    """
    found = []
    changes = back.before != back.after
    for other, attrs in _written(back.key, (back.after or {})["value"], near).items():
        is_, written = near[other]["value"], attrs["value"]
        prior, made = side_effects.get(other.name, (written, is_))
        value = prior if is_ == made or (halfway and is_ == written) else is_
        if value != is_ or (changes and value != written):
            via = CASCADE if changes and value == written else DIRECT
            found.append(Change(other, near[other], {"value": value}, via))
    return found


def noted(changes: list[Change]) -> SideEffects:
    """What a record keeps of the consequences.

    :param changes: the changes.
    """
    return {
        change.key.name: (change.before["value"], change.after["value"])
        for change in changes
        if change.via == CASCADE and change.before is not None and change.after is not None
    }


def require_writable(want: Want, value: Optional[str], read_only: set[Key]) -> None:
    """See that a sysctl can be set where it is wanted.

    :param want: the object as it is wanted.
    :param value: the one that it has now.
    :param read_only: those that nobody can set.
    :raises InvalidArgument: if the kernel lets nobody write it there.
    """
    if want.key not in read_only or value == want.attrs["value"]:
        return
    netns, name = want.key.netns, want.key.name
    if netns:
        found = f"the kernel shows it in namespace {netns}, but it can be set in the host's own only"
        raise InvalidArgument(want.where, f"{name} = {want.asked}", found, "Set it for the host, without netns.")
    remedy = "Set it outside: /proc/sys is read-only here, as in a container."
    raise InvalidArgument(want.where, f"{name} = {want.asked}", "a sysctl that cannot be written here", remedy)


def is_irrevocable(key: Key, prior: Optional[str]) -> bool:
    """Whether the kernel cannot be given a value back: a secret, once set, cannot be unset.

    :param key: the object's key.
    :param prior: the value before any lab held it (str), None for none.
    """
    return isinstance(key, SysctlKey) and key.name.endswith(".stable_secret") and prior == ""


class _Kind(Kind):
    sort = "sysctl"
    key = SysctlKey
    stage = Stage.SYSCTL
    shared = True
    in_netns = True
    info_list = "sysctls"
    side_effects_are_told = False

    def turns_ipv6_off(self, change: Change) -> Optional[str]:
        """``disable_ipv6`` of a link, or of all of them."""
        name: str = change.key.name
        if not name.endswith(".disable_ipv6") or (name != _NO_IPV6 and change.key.link is None):
            return None
        off = (change.before or {}).get("value") == "0" and (change.after or {}).get("value") not in (None, "0")
        return (change.key.link or "") if off else None

    def stage_of(self, key: SysctlKey, attrs: Attrs) -> int:
        """Those of one link come after it."""
        del attrs
        return self.stage if key.link is None else Stage.LINK_SYSCTL

    def rank(self, change: Change) -> int:
        """What forwarding has to find set comes before links are made."""
        return Stage.SYSCTL if is_early(change) else Stage.LINK_SYSCTL

    def turn(self, change: Change) -> tuple[int, ...]:
        """What others write along comes after them."""
        return (turn(change), 0)

    def links(self, key: SysctlKey, attrs: Attrs) -> list[str]:
        """The one that it belongs to."""
        del attrs
        return [key.link] if key.link else []

    def may_be_made(self, key: SysctlKey) -> bool:
        """Those below net."""
        return is_sysctl(key.name)

    def undo_turn(self, change: Change) -> tuple[int, ...]:
        """As they are written."""
        return (turn(change), 0, 0)

    def ask(self, scope: Scope, key: SysctlKey) -> None:
        """Ask for its value; where it lets IPv6 pass through, for router advertisements, too."""
        scope.namespaces.add(key.netns)
        scope.sysctls.append(key)
        if lets_forward(key):
            scope.advertisements.add(key.netns)

    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """One of the session's links; what the kernel writes along is left to the cause."""
        parts = change.key.name.split(".", 3)
        family = "ipv6" if path.peer.version == 6 else "ipv4"
        if change.via != DIRECT or parts[1:3] != [family, "conf"] or len(parts) < 4:
            return None
        dev = parts[3].rpartition(".")[0].replace("/", ".")
        return "applies to the link of your SSH session" if dev in {"all", *path.devs} else None

    def make_way(self, planner: Reconciler, want: Want, attrs: Optional[Attrs]) -> None:
        """Two labs cannot hold it at two values."""
        del attrs
        other = planner.ledger.wanted_elsewhere(want.key, want.attrs["value"])
        if other is not None:
            lab, value = other
            wanted, found = f"{want.key.name} = {want.attrs['value']}", f"lab {lab} has set it to {value}"
            raise Conflict(want.where, wanted, found, "Use the same value in both.")

    def remove(self, planner: Reconciler, key: SysctlKey, reason: str) -> None:
        """Give it the value back that it had before any lab; one that was changed since is left alone."""
        planner.released.append(key)
        own = planner.ledger.own
        prior, value = own.sysctls.get(key, (None, ""))
        attrs = planner.now.get(key)
        if prior is None or attrs is None or value not in (None, attrs["value"]) or is_irrevocable(key, prior):
            return
        back = [Change(key, attrs, {"value": prior})]
        if is_forwarding(key) and (attrs["value"] != prior or value is None):
            back += restoration(
                back[0], planner.now_in(key.netns), own.side_effects.get(key, {}), halfway=value is None
            )
        if prior == "0":
            back += planner.put_back(own.taken.get(key, []))
        if any(change.before != change.after for change in back):
            why = f"{reason}; it was {prior} before"
            planner.emit(Step(self.sort, key.named(), CHANGE, why, tuple(back)))

    def want(self, planner: Reconciler, want: Want) -> None:
        """It has to be writable where it is wanted."""
        require_writable(want, (planner.now.get(want.key) or {}).get("value"), planner.state.read_only)
        super().want(planner, want)

    def create(self, planner: Reconciler, want: Want) -> None:
        """One that is not there must be one that comes with what this plan makes."""
        _require(planner, want)
        super().create(planner, want)

    def consequences(self, planner: Reconciler, change: Change) -> tuple[tuple[Change, ...], str]:
        """What the kernel writes along."""
        if not is_forwarding(change.key):
            return super().consequences(planner, change)
        near = planner.now_in(change.key.netns)
        return (change, *consequences(change.key, change.before or {}, change.after or {}, near)), ""

    def goes_with_links(self, key: SysctlKey) -> bool:
        """That of a link does."""
        return key.link is not None

    def info(self, key: SysctlKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """Its value, and the one that it had before any lab."""
        del state
        prior = record.sysctls.get(key, (None,))[0]
        return {"netns": key.netns, "name": key.name, "value": attrs["value"], "prior": prior}


def _require(planner: Reconciler, want: Want) -> None:
    """See that a sysctl that is not there comes with what the plan makes."""
    netns, name, link, state = want.key.netns, want.key.name, want.key.link, planner.state
    there = not netns or planner.has_netns(netns)
    if want.key in state.objects or not there:
        return
    if state.to_come and planner.is_to_come(netns, link):
        return
    born = netns and not planner.had_netns(netns)
    if link is not None and not (born and link == "lo"):
        key = LinkKey(netns, link)
        made = "kind" in planner.wants[key].attrs if key in planner.wants else False
        if made and key not in state.objects:
            return
        if not made and key not in planner.now:
            found = f"no link {link!r} in {'namespace ' + netns if netns else 'the host namespace'}"
            remedy = "Create the link, or correct its name."
            raise InvalidArgument(want.where, f"the sysctl {name} of a link", found, remedy)
    elif born and want.key in state.newborn:
        return
    module = " (load br_netfilter: modprobe br_netfilter)" if name.startswith("net.bridge.") else ""
    remedy = f"Check the name, or load the kernel module that brings it{module}."
    raise Dependency(want.where, f"the sysctl {name}", "a kernel without it", remedy)


# -- what descriptions want ------------------------------------------------------------------------------------------


def want_value(wants: Wants, where: str, key: SysctlKey, value: str, requested_by: Optional[Key] = None) -> None:
    """Want a value of a sysctl.

    :param wants: what is wanted so far.
    :param where: the entry's name (str).
    :param key: the sysctl.
    :param value: the value (str).
    :param requested_by: the object for whose sake it is wanted (default: its own).
    :raises InvalidArgument: if another value is wanted already.
    """
    known = wants.get(key)
    if known is not None and known.attrs["value"] != value:
        found = f"{value}, but {known.where} has {known.attrs['value']}"
        raise InvalidArgument(where, f"one value for {key.name}", found, "Use the same value in both.")
    wants.setdefault(key, Want(key, "sysctl", where, {"value": value})).requested_by.add(requested_by or key)


def forwarding(prefix: str) -> str:
    """The sysctl that lets packets of a prefix's family pass through.

    :param prefix: a prefix or an address (str).
    """
    return "net.ipv6.conf.all.forwarding" if ":" in prefix else "net.ipv4.ip_forward"


def _want(wants: Wants, item: Sysctl, _seed: str) -> None:
    want_value(wants, item.where, SysctlKey(item.netns, item.name), item.value)


def _remove(item: Sysctl) -> list[Key]:
    return [SysctlKey(item.netns, item.name)]


KINDS = (_Kind(),)
LISTS = {"sysctls": Listing(_want, _remove)}
