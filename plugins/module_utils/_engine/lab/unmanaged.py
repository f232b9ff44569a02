# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells systemd-networkd and NetworkManager to leave a lab's links alone: drop-ins of theirs. Pure.

Both read patterns: a link named ``*``, ``!lo`` or ``[k]`` would have networkd let go of other links than that, and a
``;`` or ``,`` begins another entry of NetworkManager's list. What each escapes differs by release; such names are not
written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..._model.errors import InvalidArgument

HEAD = "# Written by the Ansible collection netns.lab.\n"

_PLAIN = re.compile(r"[A-Za-z0-9_.@+-]+")


def is_plain(link: str) -> bool:
    """Whether a link's name means itself, and nothing else, in both.

    :param link: the name (str).
    """
    return _PLAIN.fullmatch(link) is not None


def require(links: Sequence[str]) -> None:
    """See that links can be named to both.

    :param links: names of links (sequence of str).
    :raises InvalidArgument: for one that cannot.
    """
    for link in links:
        if not is_plain(link):
            raise InvalidArgument(
                f"link {link}",
                "a name that systemd-networkd and NetworkManager read literally",
                f"{link!r}, which their files may read as a pattern or a list",
                "Use letters, digits, '_', '-', '.', '@' and '+' only.",
            )


def network_manager(links: Sequence[str]) -> str:
    """Added to what others have there. A section ``[device-…]`` would lose to one before it that says otherwise.

    :param links: names of links that :func:`require` takes (sequence of str).
    """
    match = ",".join(f"interface-name:={link}" for link in links)
    return f"{HEAD}[keyfile]\nunmanaged-devices+={match}\n"


def networkd(links: Sequence[str]) -> str:
    """A file of the folders of systemd.network(5); the first one that matches a link is the only one.

    :param links: names of links that :func:`require` takes (sequence of str).
    """
    return f"{HEAD}[Match]\nName={' '.join(links)}\n\n[Link]\nUnmanaged=yes\n"
