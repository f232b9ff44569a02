# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a difference that a person reads: one line an object, those alike on both sides left out."""

from __future__ import annotations

from typing import Any, Optional

from ..._model.lab import port_ranges
from ..plan import Step
from ..state import CASCADE, Attrs, Key, place
from .kinds import rule as policy_rules
from .kinds.link import LinkKey
from .kinds.rule import RuleKey
from .kinds.sysctl import SysctlKey
from .links import table as link_kinds
from .links.lists import some
from .nat import table as nat_table

#: attributes that say nothing to a person, or that the object's name says already
_QUIET = frozenset(
    {"kind", "group", "protocol", "secondary", "bridge_mtu", "bridge_fdb", "place"}
    | {"rules", "chains", "sets", "foreign", "in_front"}
    | {"dad", "raw", "devs", "until", "other_end", "hops"}
)
#: what the nft table is made of: told as being in order or not
_PARTS = frozenset({"rules", "chains", "sets"})
#: what an object has only where something is wrong with it
_FAULTS = frozenset({"stands", "each"})
#: told where nothing else differs: an object that is adopted, a bridge that lost what its port told it
_MARKS = frozenset({"group", "protocol", "bridge_fdb"}) | _PARTS
#: attributes that every link or route has; they are told where they change, not where the object comes or goes
_COMMON = frozenset(
    {"mtu", "mac", "addrgenmode", "hairpin", "isolated", "learning", "flood", "cost", "priority"}
    | {"forward_delay", "stp", "vlan_filtering", "onlink"}
)


def diff(steps: list[Step]) -> dict[str, str]:
    """The objects that a plan changes, before and after.

    :returns: ``before`` and ``after``, each a text with one line an object, in the plan's order. An object that comes
        or goes is told with what tells it from others, one that changes or is made anew with what is set to something
        else. Sysctls that the kernel writes along with others are left out.
    """
    first: dict[Key, Attrs | None] = {}
    last: dict[Key, Attrs | None] = {}
    changes = [change for step in steps for change in step.changes]
    acted = {change.key for change in changes if change.via != CASCADE}
    for change in changes:
        if not isinstance(change.key, SysctlKey) or change.key in acted:
            first.setdefault(change.key, change.before)
            last[change.key] = change.after
    before, after = [], []
    for key, old in first.items():
        new = last[key]
        if old == new or (key.is_innate and None in (old, new)):
            continue
        if old is None or new is None:
            before += [_line(key, old, set(old) - _COMMON)] if old is not None else []
            after += [_line(key, new, set(new))] if new is not None else []
        elif names := {name for name, value in new.items() if old.get(name) != value} | ({*old} - {*new}) & _FAULTS:
            before.append(_line(key, old, names, new))
            after.append(_line(key, new, names, old))
    return {"before": "".join(before), "after": "".join(after)}


def _line(key: Key, attrs: Attrs, names: set[str], other: Optional[Attrs] = None) -> str:
    """One object. Of lists that may be long only what ``other`` does not have is told."""
    words = [key.describe()]
    if isinstance(key, RuleKey) and "raw" in names and (attrs.get("raw") or (other or {}).get("raw")):
        return f"{words[0]}  {policy_rules.told(attrs)}\n"
    kind = link_kinds.find(attrs) if isinstance(key, LinkKey) else None
    if isinstance(key, LinkKey):
        words[0] = f"{attrs.get('kind') or 'link'} {place(key.netns, key.name)}"
    for name in sorted(names - _QUIET or names & _MARKS):
        value = attrs.get(name)
        if kind is not None and name in kind.long:
            known = (other or {}).get(name, ())
            value = some([entry for entry in value or () if entry not in known], limit=2 if other else 0)
        if value is not None and value not in ("", []):
            words.append(f"{name}={_value(name, value)}")
    return "  ".join(words) + "\n"


def _value(name: str, value: Any) -> str:
    if name == "stands":
        return ",".join(f"{kind} {port_ranges.text(*run)} to {to}:{port}" for kind, *run, to, port in value)
    if name == "each":
        return f"{len(value)} rules"
    if name in _PARTS:
        return "in order" if value == nat_table.WANTED[name] else "amiss"
    if name == "peer":
        return place(*value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return repr(value) if name == "content" else str(value)
