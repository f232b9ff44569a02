# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that is confirmed, or undone: whether it touches the ssh session, and the way back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ..._model.errors import LabError, Unconfirmed
from ..._model.values import parse_interface, parse_network
from ..lab import apply, ledger
from ..lab.host import Host
from ..lab.ledger import Record
from ..plan import Step
from ..state import DIRECT, Attrs, Change, Key, Objects, Session, State, describe

#: as seconds: :data:`DEFAULT` where the plan touches the ssh session, else none
AUTOMATIC = -1
DEFAULT = 60


@dataclass
class Undo:
    """What a host needs to undo a plan by itself.

    ``seconds`` is the time to confirm it, from its end; ``reason`` says how the plan touches the ssh session (None: it
    does not); ``before`` is the lab's record before the plan; ``id`` tells this plan from others once it is armed.
    """

    lab: str
    seconds: int
    reason: Optional[str]
    steps: list[Step]
    before: Record
    id: str = ""

    def told(self) -> dict[str, Any]:
        """The same for a user."""
        armed: dict[str, Any] = {"armed": bool(self.id), "timeout": self.seconds, "reason": self.reason}
        return {**armed, "id": self.id} if self.id else armed

    def as_dict(self) -> dict[str, Any]:
        """The whole in JSON types."""
        steps = [{**step.as_dict(), "changes": [list(change) for change in step.changes]} for step in self.steps]
        return {**vars(self), "steps": steps, "before": self.before.as_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Undo:
        """Read what :meth:`as_dict` wrote."""
        steps = [Step(**{**step, "changes": tuple(map(_change, step["changes"]))}) for step in data["steps"]]
        return cls(**{**data, "steps": steps, "before": Record.from_dict(data["before"])})


def _change(parts: list[Any]) -> Change:
    key, before, after, via = parts
    return Change(tuple(key), before, after, via)


def undo(asked: int, state: State, steps: list[Step], before: Record) -> Optional[Undo]:
    """What the host rolls back if nobody confirms the plan.

    :param asked: seconds, more than 0, or :data:`AUTOMATIC`.
    :returns: None where the plan needs no confirmation.
    """
    why = reason(state, steps)
    if asked == AUTOMATIC and why is None:
        return None
    return Undo(before.lab, DEFAULT if asked == AUTOMATIC else asked, why, steps, before)


def take_back(host: Host, plan: Undo) -> list[str]:
    """Roll back a plan that was applied to its end. The host's lock is held.

    :returns: what is left, one text each.
    """
    now = next((record for record in host.records() if record.lab == plan.lab), Record(plan.lab))
    back = [_backwards(step) for step in reversed(plan.steps)]
    between = ledger.both(now, plan.before, back)
    left = _saved(host, between)
    left += apply.undo(host, plan.steps)
    return left or _saved(host, ledger.restored(plan.before, plan.steps, host.inodes()))


def _backwards(step: Step) -> Step:
    changes = tuple(change.inverse() for change in reversed(step.changes))
    return Step(step.kind, step.object, step.action, step.reason, changes)


def _saved(host: Host, record: Record) -> list[str]:
    """Write a record. Where that fails the way in is put back all the same."""
    try:
        host.save(record)
    except LabError as error:
        return [f"the record of lab {record.lab} ({error.found})"]
    return []


def error(seconds: int, left: list[str]) -> Unconfirmed:
    """The error for a plan that was rolled back.

    :param left: what could not be undone, one text each.
    """
    found = f"no new connection within {seconds} s; the host rolled the plan back"
    remedy = "It is as it was before."
    if left:
        remedy = f"Left behind: {'; '.join(left)}. Run the task again, or remove the lab."
    return Unconfirmed(
        "this host", "a new connection to confirm the plan", found, remedy, rolled_back=not left, left=left
    )


# -- whether a plan touches the session ------------------------------------------------------------------------------


def reason(state: State, steps: list[Step]) -> Optional[str]:
    """How a plan touches an interface, address, route or rule that the SSH session uses.

    :returns: the first way found, for a person; None where there is none, or no session.
    """
    if state.session is None:
        return None
    path = _Path(state, state.session)
    for step in steps:
        for change in step.changes:
            found = path.touched(change)
            if found is not None:
                return f"{describe(change.key)} {found}"
    return None


class _Path:
    """The way of a session's packets through the host."""

    def __init__(self, state: State, session: Session) -> None:
        self._session = session
        self._peer, self._own = parse_interface(session.peer).ip, parse_interface(session.address).ip
        self._devs = {key[2] for key in state.objects if self._is_own(key)} | ({session.dev} - {""})
        self._devs |= _ports(state.objects, self._devs)
        lengths = [parse_network(dst).prefixlen for dst, _dev in state.routes if self._covers(dst, self._peer)]
        self._best = max(lengths, default=0)

    def touched(self, change: Change) -> Optional[str]:
        """How one change touches it."""
        sorts = {
            "link": self._link,
            "address": self._address,
            "route": self._route,
            "rule": self._rule,
            "sysctl": self._sysctl,
            "forward": self._forward,
            "masquerade": self._masquerade,
        }
        check = sorts.get(change.key[0])
        return check(change) if check is not None and change.key[1] == "" else None

    def _is_own(self, key: Key) -> bool:
        return key[:2] == ("address", "") and parse_interface(key[3]).ip == self._own

    @staticmethod
    def _covers(prefix: Optional[str], address: Any) -> bool:
        """Whether a prefix, or the lack of one, has an address."""
        return prefix is None or address in parse_network(prefix)

    def _link(self, change: Change) -> Optional[str]:
        return "carries your ssh session" if change.key[2] in self._devs else None

    def _address(self, change: Change) -> Optional[str]:
        if change.key[2] in self._devs:
            return "is on the link of your ssh session"
        if self._is_own(change.key):
            return "is the one of your ssh session"
        net = parse_interface(change.key[3]).network
        return f"takes in {self._session.peer}, where you connect from" if self._peer in net else None

    def _route(self, change: Change) -> Optional[str]:
        _sort, _netns, table, dst, _metric = change.key
        net = parse_network(dst)
        if self._peer in net and (table != 254 or net.prefixlen >= self._best):
            return f"is for {self._session.peer}, where you connect from"
        return None

    def _rule(self, change: Change) -> Optional[str]:
        """A rule selects what goes to the peer, or what comes from it."""
        if any(attrs is not None and self._selects(change.key, attrs) for attrs in (change.before, change.after)):
            return "selects packets of your ssh session"
        return None

    def _selects(self, key: Key, attrs: Attrs) -> bool:
        if key[2] != (self._peer.version == 6) or (attrs.get("fwmark") and not attrs.get("raw")):
            return False
        if attrs.get("raw"):  # it may select anything
            return True
        ends, iif = (attrs.get("from"), attrs.get("to")), attrs.get("iif")
        out = self._covers(ends[0], self._own) and self._covers(ends[1], self._peer) and iif in (None, "lo")
        back = self._covers(ends[0], self._peer) and self._covers(ends[1], self._own)
        return out or (back and (iif is None or iif in self._devs))

    def _sysctl(self, change: Change) -> Optional[str]:
        """A setting of the session's links; what the kernel writes along is left to the cause."""
        parts = change.key[2].split(".", 3)
        family = "ipv6" if self._peer.version == 6 else "ipv4"
        if change.via != DIRECT or parts[1:3] != [family, "conf"] or len(parts) < 4:
            return None
        dev = parts[3].rpartition(".")[0].replace("/", ".")
        return "is in force on the link of your ssh session" if dev in {"all", *self._devs} else None

    def _forward(self, change: Change) -> Optional[str]:
        _sort, _netns, protocol, six, listen, first, last = change.key
        if protocol != "tcp" or six != (self._peer.version == 6) or listen not in ("", None, self._session.address):
            return None
        return "takes new ssh connections" if first <= self._session.port <= last else None

    def _masquerade(self, change: Change) -> Optional[str]:
        excluded = (change.after or change.before or {}).get("exclude") or ()
        if not self._covers(change.key[2], self._own) or any(self._covers(net, self._peer) for net in excluded):
            return None
        return "is for the address of your ssh session"


def _ports(objects: Objects, devs: set[str]) -> set[str]:
    """The links that are ports of some bridges."""
    return {key[2] for key, attrs in objects.items() if key[:2] == ("link", "") and attrs.get("bridge") in devs}
