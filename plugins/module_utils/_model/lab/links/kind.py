# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind of link in the list ``links`` says of its options. Pure."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from ...reading import Options, Spec


class LinkOptions(NamedTuple):
    """The options that a kind of link has beside those of every link, by their names in ip-link(8).

    ``required`` are those that it needs where it is to be present, ``links`` those that name a link of its namespace.
    ``read`` gives the values of the options that are given, in the form in which the kernel tells them.
    """

    spec: Spec
    required: tuple[str, ...]
    links: tuple[str, ...]
    read: Callable[[str, Options], dict[str, Any]]


def as_given(_where: str, given: Options) -> dict[str, Any]:
    """The values of options that need no reading but that of their types and choices.

    :param given: the options (dict).
    """
    return dict(given)
