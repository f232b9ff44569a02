# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose an object is: what a kind says of records, of other labs and of what is nobody's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...state import Attrs, Change

if TYPE_CHECKING:
    from ...finding import Finding
    from ..want import Want


class Owned:
    """A kind of object, as to whose its objects are.

    ``sort`` is the first field of their keys. ``shared`` says whether several labs may hold one object at once: the
    last one that releases it removes or restores it.
    """

    sort: str
    shared: bool

    #: whether an object that a lab made stays on its record while it stands
    on_record = True
    #: whether what a lab changes of others' is given back, though it did not make it
    given_back = False
    #: whether a run that is killed may leave it half made
    half_made = False
    #: whether it is there for all networks of the host
    of_all_networks = False
    #: whether other labs lose it with what it is in or on, and whether the doctor misses it
    can_be_lost = True
    is_missed = True

    #: whether it outlasts the record of its lab, as at a reboot, and bears our mark
    outlasts_record = False

    def left_over(self, key: Any) -> Finding:
        """What the doctor says of one that is on no record; a kind that :attr:`outlasts_record` says this too.

        :param key: the object's key.
        :raises NotImplementedError: for a kind that does not say this.
        """
        raise NotImplementedError(f"{self.sort} outlasts records, but nothing says what to do with it")

    def is_put_back(self, change: Change) -> bool:
        """Whether a change makes something of somebody else's again, which had gone along with another.

        :param change: the change.
        """
        del change
        return False

    def is_anothers(self, attrs: Attrs) -> bool:
        """Whether what stands where a lab made something is somebody else's by now.

        :param attrs: the object's attributes.
        """
        del attrs
        return False

    def goes_with_links(self, key: Any) -> bool:
        """Whether it goes when links or addresses of its namespace do.

        :param key: the object's key.
        """
        del key
        return False

    def may_be_adopted(self, want: Want, attrs: Attrs) -> bool:
        """Whether one that stands and is nobody's can become the lab's.

        :param want: the object as it is wanted.
        :param attrs: the object's attributes.
        """
        del want, attrs
        return not self.shared
