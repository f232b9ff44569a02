# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user asks of a run: the options of a module, read. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from ..._model.errors import InvalidArgument
from ..._model.lab import topology as model
from ..._model.lab.definition import typed_lists_of
from ..._model.lab.kinds import KINDS
from ..._model.lab.topology import Topology
from ..._model.naming import lab_name
from ..._model.reading import named
from .checks import Allowed
from .record import SINGLE


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    :param lab: the lab's name; :data:`.record.SINGLE` for the single modules.
    :param topology: the description, read.
    :param definition: the same as the user gave it, for the record (JSON types).
    :param present: whether it is to be there, or to be gone.
    """

    lab: str
    topology: Topology
    definition: dict[str, Any]
    present: bool
    allowed: Allowed = field(default_factory=Allowed)
    firewall_exceptions: str = "auto"
    #: seconds within which the plan has to be confirmed; 0 for never, ``undo.AUTOMATIC``
    confirm: int = 0
    #: whether the namespaces, links and bridges that an entry needs may be to come: other tasks make them first
    to_come: bool = False

    @property
    def single(self) -> bool:
        """Whether a single module asks: it adds to what stands and prunes nothing."""
        return self.lab == SINGLE


def topology_request(options: dict[str, Any]) -> Request:
    """The request of the module ``topology``.

    :param options: its options (dict); lists that are absent are empty.
    :raises InvalidArgument: if the description is wrong.
    """
    present = _present(options)
    if options.get("span") is not None:
        remedy = "Call netns.lab.topology by its name: its action plugin on the controller gives each host its part."
        raise InvalidArgument("span", "the part of one host", "the definition of several hosts", remedy)
    lists = typed_lists_of(options)
    definition = {name: _given(_named(name, entries)) for name, entries in lists.items() if entries}
    topology = model.parse(definition) if present else Topology()
    name = lab_name("name", "lab" if options.get("name") is None else options["name"])
    firewall_exceptions = options.get("firewall_exceptions") or "auto"
    confirm = _confirm(options.get("confirm_timeout"))
    return Request(name, topology, definition, present, _allowed(options), firewall_exceptions, confirm)


def single_request(resource: str, options: dict[str, Any], to_come: bool = False) -> Request:
    """The request of a single module.

    :param resource: the list of ``topology`` that its entry would stand in, e.g. ``veths`` (str).
    :param options: the module's options (dict).
    :param to_come: whether what the entry builds on may be made by others before it is carried out (bool).
    """
    present = _present(options)
    topology = model.parse_entry(resource, options, present)
    return Request(SINGLE, topology, {}, present, _allowed(options), to_come=to_come)


def _present(options: dict[str, Any]) -> bool:
    state = options.get("state")
    if state not in (None, "present", "absent"):
        raise InvalidArgument("state", "present or absent", repr(state), "Choose one of them.")
    return state != "absent"


def _allowed(options: dict[str, Any]) -> Allowed:
    switches = ("allow_overlap", "allow_management", "adopt", "allow_other_labs")
    return Allowed(*(bool(options.get(name)) for name in switches))


def _confirm(seconds: Optional[int]) -> int:
    if seconds is not None and seconds < -1:
        remedy = "Use 0 for no confirmation, -1 for one if the SSH session is touched."
        raise InvalidArgument("confirm_timeout", "seconds, 0 or more, or -1", str(seconds), remedy)
    return seconds or 0


def _named(option: str, given: Any) -> Any:
    whole = KINDS[option].by_name and isinstance(given, list)
    return [named(entry) for entry in given] if whole else given


def _given(value: Any) -> Any:
    """A description without what was not given, so that it is the same however it was written."""
    if isinstance(value, dict):
        return {name: _given(part) for name, part in value.items() if part is not None}
    return [_given(part) for part in value] if isinstance(value, list) else value
