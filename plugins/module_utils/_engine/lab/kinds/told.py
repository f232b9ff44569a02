# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an object is told of: in steps, in the difference, and by ``topology_info``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ...state import Attrs

if TYPE_CHECKING:
    from ..host_state import State
    from ..record import Record


class Told:
    """A kind of object, as plans and errors describe it.

    ``sort`` is the first field of its keys. ``in_netns`` says whether its objects lie in a namespace, or in the host's
    own.
    """

    sort: str
    in_netns: bool

    #: attributes that say nothing to a person, or that the object's name says already
    quiet: frozenset[str] = frozenset()
    #: attributes that every object of the kind has: told where they change, not where it comes or goes
    common: frozenset[str] = frozenset()
    #: attributes told where nothing else differs
    marks: frozenset[str] = frozenset()
    #: attributes that it has only where something is wrong with it
    faults: frozenset[str] = frozenset()
    #: the list in which ``topology_info`` tells of it, None for none
    info_list: Optional[str] = None
    #: whether the difference tells of those that the kernel changes along with others
    side_effects_are_told = True
    #: whether a person would say that a lab has it, so that its adoption is a step; all else comes along
    adoption_is_told = False

    def word(self, attrs: Attrs) -> str:
        """The kind of a step about an object.

        :param attrs: the object's attributes.
        """
        del attrs
        return self.sort

    def step_name(self, key: Any, attrs: Attrs) -> str:
        """What a step that removes an object calls it.

        :param key: the object's key.
        :param attrs: the object's attributes.
        """
        del attrs
        name: str = key.named()
        return name

    def line(self, key: Any, attrs: Attrs, names: set[str], other: Attrs) -> Optional[str]:
        """A line of the difference that says it all, None where there is no need for one of its own.

        :param key: the object's key.
        :param attrs: the object's attributes.
        :param names: the names of the attributes that differ (str).
        :param other: the attributes on the other side of the change, None where there are none.
        """
        del key, attrs, names, other

    def title(self, key: Any, attrs: Attrs) -> str:
        """How a line of the difference begins.

        :param key: the object's key.
        :param attrs: the object's attributes.
        """
        del attrs
        text: str = key.describe()
        return text

    def value(self, name: str, attrs: Attrs, other: Optional[Attrs]) -> Any:
        """The value of an attribute for a line of the difference.

        :param name: the attribute's name (str).
        :param attrs: the object's attributes.
        :param other: the attributes on the other side of the change, None where there are none.
        """
        del other
        return attrs.get(name)

    def info(self, key: Any, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """An object as ``topology_info`` tells of it; a kind with :attr:`info_list` says this too.

        :param key: the object's key.
        :param attrs: the object's attributes.
        :param state: what was read of the host.
        :param record: the lab's record.
        :raises NotImplementedError: for a kind that has a list and does not say this.
        """
        raise NotImplementedError(f"{self.sort} is told of in {self.info_list}, but nothing says how")

    def is_told_with_netns(self, key: Any) -> bool:
        """Whether one that stands in a lab's namespace is told of with the lab, though the lab did not make it.

        :param key: the object's key.
        """
        return self.in_netns and not key.is_innate
