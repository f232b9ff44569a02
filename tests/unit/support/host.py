# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's port to the kernel in memory. It can refuse an act, or die before one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Optional

from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.exceptions import standing
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host import ApplyFailed
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host_state import Session, State
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.address import AddressKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.firewall_exception import FirewallExceptionKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.link import LinkKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import (
    ForwardKey,
    HairpinKey,
    MasqueradeKey,
    NatTableKey,
)
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.netns import NetnsKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.paths import NETNS_HOME
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.route import RouteKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.rule import RuleKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.sysctl import SysctlKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import Record
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.scope import Scope
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.sysctls import Written
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.undo import Undo
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.way_out import CARRIES
from ansible_collections.netns.lab.plugins.module_utils._engine.state import DIRECT, Change, Key
from ansible_collections.netns.lab.plugins.module_utils._model import errors

from .kernel import BRIDGE_DEFAULTS, FORWARDING, PORT_DEFAULTS, Attrs, Kernel, Link, Nat, Refused, six
from .link_kinds import EXAMPLES, IN_PLACE
from .rulesets import saved

_NAT = ("nat_table", "masquerade", "forward", "hairpin")
_REMOVAL = ("firewall_exception", "rule", "route", "address", "link", "file", "netns", "directory", "netns_dir", "home")
_CREATION = (
    "home",
    "netns_dir",
    "directory",
    "netns",
    "file",
    "early",
    "bridge",
    "link",
    "late",
    "raise",
    "address",
    "route",
    "rule",
    "firewall_exception",
)


def _route(key: RouteKey) -> tuple[Any, ...]:
    """A route as the kernel in memory names it."""
    return (key.table, key.dst, key.metric, *([key.beside] if key.beside else []))


def _home(change: Change) -> str:
    """The phase of a removal."""
    return "home" if change.key == NETNS_HOME else str(change.key[0])


class Killed(BaseException):
    """The process is gone: nothing of the engine's runs after it."""


class FakeHost:
    """A host around a kernel in memory.

    :ivar refuse: numbers of the acts that are refused, counted from 0 over the host's life.
    :ivar late: whether a refused act is done all the same, as one is of which only the last message fails, and
        whether a namespace is half made or half gone where the process dies.
    :ivar die: number of the act before which the process is killed.
    :ivar bridge_nf: whether frames within a bridge pass NAT.
    :ivar session: the ssh session of the runs.
    :ivar stands: by namespace and forward its elements, where they are others than it should have.
    :ivar waits: the plan that waits to be confirmed, as it comes out of its file.
    """

    seed = "a machine's id"

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.files: dict[str, str] = {}
        self.acts = 0
        self.refuse: frozenset[int] = frozenset()
        self.late = False
        self.die: Optional[int] = None
        self.bridge_nf = False
        self.session: Optional[Session] = None
        self.waits: Optional[Undo] = None
        self.stands: dict[tuple[Any, ...], list[list[Any]]] = {}
        self._lock: Optional[bool] = None
        self._done: list[Change] = []
        self._written: dict[Key, Written] = {}
        self._restoring = False

    def copy(self) -> FakeHost:
        """Another host in the same state, with nothing refused."""
        other = FakeHost(self.kernel.copy())
        other.files, other.bridge_nf, other.session = dict(self.files), self.bridge_nf, self.session
        return other

    def dump(self) -> dict[str, Any]:
        """Kernel and records."""
        return {**self.kernel.dump(), "records": self.files}

    def require(self, changes: list[Change]) -> None:
        """All that is needed is there."""

    @contextmanager
    def locked(self, writing: bool) -> Iterator[list[str]]:
        assert self._lock is None
        self._lock = writing
        try:
            yield []
        finally:
            self._lock = None

    def records(self) -> list[Record]:
        assert self._lock is not None
        return [Record.from_dict(json.loads(text)) for _lab, text in sorted(self.files.items())]

    def elsewhere(self) -> list[Record]:
        return []

    def save(self, record: Record) -> None:
        assert self._lock
        if record.made or record.definition:
            self.files[record.lab] = json.dumps(record.as_dict())
        else:
            self.files.pop(record.lab, None)

    def inodes(self) -> dict[str, int]:
        return {name: inode for name, inode in self.kernel.names.items() if name}

    def names(self, places: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
        return {}

    def tables(self) -> dict[str, int]:
        return {"uplink": 100, "backup": 200}

    def neighbours(self, namespaces: list[str]) -> list[dict[str, Any]]:
        return []

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self, scope: Scope) -> State:
        assert self._lock is not None
        state = State(inodes=self.inodes())
        for key in scope.paths:
            sort, path = key
            if sort == "netns_dir" and self.kernel.mounted:
                state.objects[key] = {}
            elif sort != "netns_dir" and path in self.kernel.paths:
                content = self.kernel.paths[path]
                state.objects[key] = {} if sort == "directory" else {"content": content}
        state.entries = {path: self._entries(sort, path) for sort, path in scope.paths if sort != "file"}
        state.session = self.session
        state.bridge_nf, state.dead = self.bridge_nf, self.kernel.dead & scope.namespaces
        there = [name for name in sorted(scope.namespaces) if name in self.kernel.names]
        newborn = Kernel().space("").sysctls
        unborn = [key for key in scope.sysctls if key[1] not in self.kernel.names and key[2] in newborn]
        state.newborn = {key: newborn[key[2]] for key in unborn}
        for name in there:
            self._read_links(state, name, {self.kernel.names[other]: other for other in there}, scope)
            self._read_rest(state, name, scope)
        if scope.firewalls and self.kernel.firewall is not None:
            rules = [f"-A DOCKER-USER {rule}" for rule in self.kernel.firewall]
            state.firewalls = saved("-A FORWARD -j DOCKER-USER", *rules, chains=("DOCKER-USER",))
            state.objects.update({FirewallExceptionKey("", *each): {} for each in standing(state.firewalls)})
        if scope.host_routes:
            routes = self.kernel.space("").routes
            state.routes = [*self.kernel.connected(""), *((key[1], a["dev"]) for key, a in routes.items() if a["dev"])]
        state.management = {dev: CARRIES for dst, dev in state.routes if dst == "0.0.0.0/0"}
        return state

    def _entries(self, sort: str, path: str) -> set[str]:
        if path == "/run/netns":
            return set(self.inodes()) | self.kernel.dead
        return {other.rpartition("/")[2] for other in self.kernel.paths if other.rpartition("/")[0] == path}

    def _read_links(self, state: State, name: str, visible: dict[int, str], scope: Scope) -> None:
        space = self.kernel.space(name)
        if name:
            state.objects[NetnsKey(name)] = {"lo_up": space.links["lo"].up}
        for dev, link in space.links.items():
            attrs: Attrs = {"kind": link.kind, "up": link.up, "mtu": link.mtu, "mac": link.mac, "bridge": link.bridge}
            attrs.update(addrgenmode=link.addrgenmode, group=link.group, **link.options, **link.port)
            if link.kind == "veth":
                seen = link.peer is not None and link.peer[0] in visible
                attrs["peer"] = [visible[link.peer[0]], link.peer[1]] if seen and link.peer else None
            state.objects[LinkKey(name, dev)] = attrs
            for text, found in link.addresses.items():
                if text.startswith("fe80") and AddressKey(name, dev, text) not in scope.link_local:
                    continue
                read = {key: value for key, value in found.items() if key != "secondary" or value}
                state.objects[AddressKey(name, dev, text)] = read

    def _read_rest(self, state: State, name: str, scope: Scope) -> None:
        space, objects = self.kernel.space(name), state.objects
        tables = set(scope.routes.get(name, ()))
        if name == "" and scope.host_routes:
            tables |= {(False, 254), (True, 254)}
        for key, attrs in space.routes.items():
            if (six(key[1]), key[0]) in tables or name in scope.whole:
                objects[RouteKey(name, *key)] = {"raw": None, **attrs}
        for key, attrs in self.kernel.own_routes(name).items():
            if RouteKey(name, *key) in scope.keys:
                objects.setdefault(RouteKey(name, *key), attrs)
        if name in scope.rules:
            objects.update({RuleKey(name, *key): dict(attrs) for key, attrs in space.rules.items()})
        asked = [key[2] for key in scope.sysctls if key[1] == name]
        for family in [FORWARDING[sysctl] for sysctl in asked if sysctl in FORWARDING]:
            asked += [*self.kernel.forwarding(name, family), "net.ipv4.conf.all.accept_redirects"]
        if name in scope.advertisements:
            forms = ("net.ipv6.conf.{}.accept_ra", "net.ipv6.conf.{}.forwarding")
            asked += [form.format(dev) for form in forms for dev in space.links]
            state.advertised |= {(name, dev) for dev, link in space.links.items() if link.advertised}
        objects.update(
            {SysctlKey(name, sysctl): {"value": space.sysctls[sysctl]} for sysctl in asked if sysctl in space.sysctls}
        )
        if name in scope.nat and space.nat is not None:
            nat = space.nat
            objects[NatTableKey(name)] = copy.deepcopy(nat.shape)
            objects.update({MasqueradeKey(name, *key): {"exclude": list(v)} for key, v in nat.masquerades.items()})
            objects.update({ForwardKey(name, *k): {"to": to, "to_port": n} for k, (to, n) in nat.forwards.items()})
            for key in [key for key in self.stands if key[0] == name and key[1:] in nat.forwards]:
                objects[ForwardKey(*key)]["stands"] = self.stands[key]
            objects.update({HairpinKey(name, *key): {} for key in nat.hairpins})

    # -- confirming ----------------------------------------------------------------------------------------------

    @contextmanager
    def armed(self, undo: Undo) -> Iterator[None]:
        assert self._lock and not self.acts, "armed after the first act"
        undo.id = "one"
        self.waits = Undo.from_dict(json.loads(json.dumps(undo.as_dict())))
        yield

    @contextmanager
    def writing(self) -> Iterator[list[str]]:
        yield []

    def undone(self, lab: str) -> list[str]:
        return []

    # -- writing -------------------------------------------------------------------------------------------------

    def apply(self, changes: list[Change], restoring: bool = False) -> list[str]:
        assert self._lock, "a change without the lock"
        self._done, self._written, self._restoring = [], {}, restoring
        direct = [change for change in changes if change.via == DIRECT]
        after = {change.key: change.after for change in changes if change.after is not None}
        gone = [change for change in direct if change.after is None]
        made = [change for change in direct if change.after is not None]
        self._nat(gone)
        for phase in _REMOVAL:
            ours = [each for each in gone if _home(each) == phase]
            for part in _together(ours) if phase == "link" else [[each] for each in ours]:
                self._act(part, partial(self._remove, part))
        for phase in _CREATION:
            for change in (each for each in made if _phase(each) == ("bridge" if phase == "raise" else phase)):
                make = partial(self._raise, change) if phase == "raise" else partial(self._make, change, after)
                self._act([change], make)
        self._nat(made)
        if self.die == self.acts:
            raise Killed
        return []

    def written(self) -> dict[Key, Written]:
        return self._written

    def _act(self, changes: list[Change], act: Callable[[], None]) -> None:
        """One act; the engine is told of what was done before it."""
        number, self.acts = self.acts, self.acts + 1
        if number == self.die:
            if self.late and isinstance(changes[0].key, NetnsKey):
                self._halfway(changes[0])
            raise Killed
        refused = number in self.refuse
        try:
            if refused and not self.late:
                raise Refused("refused by the test")
            act()
            self._done += [change for change in changes if change not in self._done]
            if refused:
                raise Refused("refused by the test, in part")
        except Refused as exc:
            error = errors.Kernel(changes[0].key.describe(), "to do it", str(exc), "See there.")
            raise ApplyFailed(error, list(self._done)) from exc

    def _halfway(self, change: Change) -> None:
        """A namespace's name is there before the namespace, and after it."""
        name = change.key[1]
        if name in self.kernel.names:
            self.kernel.netns_del(name)
        if self.kernel.mounted:
            self.kernel.dead.add(name)

    def _remove(self, changes: list[Change]) -> None:
        kernel, (sort, first, *rest) = self.kernel, changes[0].key
        if sort == "netns_dir":
            kernel.umount()
        elif sort == "link":
            for change in changes:
                kernel.link_del(first, change.key[2])
        elif sort == "address":
            gone = self._restoring or bool((changes[0].before or {}).get("secondary"))
            kernel.addr_del(first, rest[0], rest[1], gone)
        elif sort == "route":
            kernel.route_del(first, _route(changes[0].key), self._restoring)
        elif sort == "firewall_exception":
            kernel.rules_of_firewall().remove(rest[1])
        elif sort == "rule":
            kernel.rule_del(first, (rest[0], rest[1]))
        else:
            {"netns": kernel.netns_del, "directory": kernel.rmdir, "file": kernel.unlink}[sort](first)

    def _make(self, change: Change, after: dict[Key, Any]) -> None:
        kernel, (sort, first, *rest), attrs = self.kernel, change.key, change.after or {}
        if sort == "netns_dir":
            kernel.mount()
        elif sort == "directory":
            kernel.mkdir(first)
        elif sort == "file":
            kernel.write(first, attrs["content"])
        elif sort == "netns":
            if change.before is None:
                kernel.netns_add(first)
            if attrs["lo_up"] != (change.before or {"lo_up": False})["lo_up"]:
                kernel.link_up(first, "lo", attrs["lo_up"])
        elif sort == "sysctl":
            before = kernel.space(first).sysctls.get(rest[0]) if change.before is None else None
            kernel.sysctl(first, rest[0], attrs["value"])
            self._written[change.key] = Written(before, kernel.space(first).sysctls[rest[0]])
        elif sort == "link":
            self._link(change, after)
        elif sort == "address":
            if change.before is not None:
                kernel.addr_del(first, rest[0], rest[1], gone=True)
            if not self._restoring or rest[1] not in kernel.link(first, rest[0]).addresses:
                more = {name: value for name, value in attrs.items() if name not in ("broadcast", "secondary", "raw")}
                more.update({"raw": attrs["raw"]} if attrs.get("raw") else {})
                kernel.addr_add(first, rest[0], rest[1], attrs.get("broadcast"), more)
        elif sort == "route":
            self._route(first, _route(change.key), change)
        elif sort == "firewall_exception":
            kernel.rules_of_firewall().append(rest[1])
        else:
            if change.before is not None:
                kernel.rule_del(first, (rest[0], rest[1]))
            kernel.rule_add(first, (rest[0], rest[1]), attrs)

    def _route(self, netns: str, key: tuple[Any, ...], change: Change) -> None:
        """A route is made where none stands, or put in place of the one that was read."""
        kernel, attrs = self.kernel, change.after or {}
        stands = kernel.space(netns).routes.get(key)
        if change.before is None and not (self._restoring and stands == attrs):
            kernel.route_add(netns, key, attrs)
        elif self._restoring or _alike(stands, change.before):
            kernel.route_replace(netns, key, attrs)
        else:
            raise Refused(f"another route in place of {key}")

    def _link(self, change: Change, after: dict[Key, Any]) -> None:
        kernel, (_kind, netns, name), attrs = self.kernel, change.key, change.after or {}
        if change.before is not None:
            self._set(netns, name, change.before, attrs)
        elif attrs["kind"] == "bridge":
            link = Link("bridge", attrs.get("mac") or kernel.new_mac(), options=dict(BRIDGE_DEFAULTS))
            kernel.link_add(netns, name, link)
            self._set(netns, name, {}, {**attrs, "up": False, "bridge": ""})
        elif attrs["kind"] == "vxlan":
            options = {**{key: attrs[key] for key in ("id", "local", "dstport", "dev")}, "remotes": [], "fdb": []}
            options["fdb_learning"] = attrs.get("fdb_learning", True)
            kernel.vxlan_add(
                netns, name, Link("vxlan", kernel.new_mac(), mtu=1450, options=options, over=attrs["dev"] or "")
            )
            self._set(netns, name, {}, attrs)
        elif attrs["kind"] == "veth":
            peer = tuple(attrs["peer"])
            kernel.veth_add((netns, name), (peer[0], peer[1]))
            self._set(netns, name, {}, attrs)
            self._set(*peer, {}, after[LinkKey(*peer)])
        else:
            example = EXAMPLES[attrs["kind"]]
            options = {option: attrs[option] for option in example.changes if option in attrs}
            link = Link(attrs["kind"], kernel.new_mac(), options=options, over=options.get(example.over, ""))
            if link.over:
                kernel.link(netns, link.over)
            kernel.link_add(netns, name, link)
            self._set(netns, name, {}, attrs)

    def _raise(self, change: Change) -> None:
        """A bridge is raised, and put onto another, when its ports are there."""
        attrs = change.after or {}
        self._set(change.key[1], change.key[2], {}, {name: attrs[name] for name in ("up", "bridge") if name in attrs})

    def _set(self, netns: str, name: str, before: Attrs, after: Attrs) -> None:
        """Bring a link to its new attributes; what it is not told stays."""
        kernel, link = self.kernel, self.kernel.link(netns, name)
        for option in ("mtu", "mac", "addrgenmode", "group"):
            if after.get(option) is not None and before.get(option) != after[option]:
                setattr(link, option, after[option])
        if after.get("bridge") is not None and before.get("bridge", "") != after["bridge"]:
            kernel.link_master(netns, name, after["bridge"])
        if link.kind == "bridge":
            link.options.update({key: after[key] for key in BRIDGE_DEFAULTS if after.get(key) is not None})
        for option, (_value, how) in EXAMPLES[link.kind].changes.items() if link.kind in EXAMPLES else ():
            if how is IN_PLACE and option in after:
                link.options[option] = after[option]
        if link.kind == "vxlan":
            link.options.update({name: list(after[name]) for name in ("remotes", "fdb") if name in after})
        if link.bridge:
            link.port.update({key: after[key] for key in PORT_DEFAULTS if after.get(key) is not None})
            if after.get("bridge_fdb") is not None:
                link.port["bridge_fdb"] = list(after["bridge_fdb"])
        if after.get("up") is not None and before.get("up", False) != after["up"]:
            kernel.link_up(netns, name, after["up"])

    def _nat(self, changes: list[Change]) -> None:
        """Each namespace's NAT is one transaction."""
        ours = [change for change in changes if change.key[0] in _NAT]
        for netns in dict.fromkeys(change.key[1] for change in ours):
            part = sorted(
                (each for each in ours if each.key[1] == netns), key=lambda each: not isinstance(each.key, NatTableKey)
            )
            self._act(part, partial(self._transaction, netns, part))

    def _transaction(self, netns: str, changes: list[Change]) -> None:
        space = self.kernel.space(netns)
        if any(isinstance(change.key, NatTableKey) and change.after is None for change in changes):
            if space.nat is None:
                raise Refused("no table")
            space.nat = None
            return
        was = copy.deepcopy(space.nat)
        try:
            for change in changes:
                self._element(netns, change)
        except Refused:
            space.nat = was
            raise

    def _element(self, netns: str, change: Change) -> None:
        space, (sort, _netns, *rest), attrs = self.kernel.space(netns), change.key, change.after
        if sort == "nat_table" and attrs is not None:
            space.nat = space.nat or Nat({})
            space.nat.shape = copy.deepcopy(attrs)
            return
        if space.nat is None:
            raise Refused("no table")
        store: Any = {"masquerade": space.nat.masquerades, "forward": space.nat.forwards}.get(sort)
        key = tuple(rest)
        if sort == "hairpin":
            if attrs is None and key not in space.nat.hairpins:
                raise Refused(f"no element {key}")
            if attrs is not None and _taken(key, space.nat.hairpins):
                raise Refused(f"ports of {key} are in another element")
            (space.nat.hairpins.discard if attrs is None else space.nat.hairpins.add)(key)
            return
        if attrs is not None and sort == "forward" and _taken(key, store):
            raise Refused(f"ports of {key} are in another element")
        if (key in store) != (change.before is not None):
            raise Refused(f"element {key} {'exists' if key in store else 'is not there'}")
        if attrs is None:
            del store[key]
        else:
            self.stands.pop((netns, *key), None)
            store[key] = list(attrs["exclude"]) if sort == "masquerade" else (attrs["to"], attrs["to_port"])


def _taken(key: tuple[Any, ...], store: Any) -> bool:
    """Whether an interval map has another element with some of the ports."""
    return any(other != key and other[:3] == key[:3] and other[3] <= key[4] and key[3] <= other[4] for other in store)


def _alike(one: Any, other: Any) -> bool:
    names = ("type", "gateway", "dev", "src", "onlink", "protocol", "raw")
    return one is not None and all((one.get(name) or None) == (other.get(name) or None) for name in names)


def _together(changes: list[Change]) -> list[list[Change]]:
    """The links of one namespace are removed by one message."""
    names = dict.fromkeys(change.key[1] for change in changes)
    return [[change for change in changes if change.key[1] == name] for name in names]


def _phase(change: Change) -> str:
    """Where a new or changed object has its turn: sysctls that are not of a new link early, bridges before veth pairs."""
    key = change.key
    if isinstance(key, SysctlKey):
        own = key[2].rpartition(".")[0] not in _of_links(key[2])
        before_forwarding = change.before and key[2].endswith(".accept_ra") and (change.after or {})["value"] == "2"
        return "early" if own or before_forwarding else "late"
    if isinstance(key, LinkKey) and (change.after or {})["kind"] == "bridge" and change.before is None:
        return "bridge"
    return _home(change)


def _of_links(name: str) -> tuple[str, ...]:
    parts = name.split(".")
    return (name.rpartition(".")[0],) if len(parts) == 5 and parts[3] not in ("all", "default") else ()
