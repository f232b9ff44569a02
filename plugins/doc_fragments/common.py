# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of several modules has in common, the entry forms apart."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes, requirements and the switches."""

    # every module
    DOCUMENTATION = r"""
requirements:
  - Linux 5.10 or newer on the managed host
  - Python 3.9 or newer on the managed host
notes:
  - Needs root on the managed host, for reading too. Set C(become=true) in the play. In detail it is
    C(CAP_SYS_ADMIN), C(CAP_NET_ADMIN) and write access to C(/run), and for capabilities of files C(CAP_SETFCAP).
attributes:
  platform:
    description: The operating systems that the managed host may run.
    support: full
    platforms: linux
"""

    # modules that change something
    CHANGES = r"""
attributes:
  check_mode:
    description: Can run in check mode and says what it would do without doing it.
    support: full
    details:
      - Check mode reads, validates and plans as the real run does and stops before the first step. It returns the
        same RV(ignore:changed), RV(ignore:plan) and RV(ignore:diff).
  diff_mode:
    description: Returns what differs, before and after.
    support: full
    details:
      - One line for each object that differs.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    # modules that only read
    READS = r"""
attributes:
  check_mode:
    description: Can run in check mode and says what it would do without doing it.
    support: full
    details:
      - The module only reads, so check mode makes no difference.
  diff_mode:
    description: Returns what differs, before and after.
    support: N/A
    details:
      - The module changes nothing, so there is no difference to return.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    SWITCHES = r"""
attributes:
  action_group:
    description:
      - Takes defaults for O(allow_overlap), O(allow_management), O(allow_other_labs) and O(lock_timeout) from
        C(group/netns.lab.lab) in C(module_defaults).
    support: full
    membership: [netns.lab.lab]
options:
  allow_overlap:
    description:
      - An address whose subnet overlaps a route that the host already has on another device would draw traffic away
        from that device. It is refused as a C(Conflict) unless this is V(true).
      - Only addresses in the host's own namespace are held against its routes, and against each other. The default
        route overlaps nothing.
    type: bool
    default: false
  allow_management:
    description:
      - The link that carries the host's default route, and the one that carries the ssh session of this run, are never
        put on a bridge, moved, given or deprived of an address, set down or removed, and the default route is never
        changed, unless this is V(true).
      - Nor is a default route of the host's made where it has no other, so that this would be its only way out. What a
        lab made of that itself it may change and remove.
      - Without it such a step is refused as a C(Conflict) before anything is touched.
    type: bool
    default: false
  allow_other_labs:
    description:
      - What other labs have in a namespace, on a bridge or on a link that is to be removed, or is made anew, would go
        along with it. It is refused as a C(Conflict) that names the lab, unless this is V(true).
      - What single modules have there goes along, and a warning names it.
    type: bool
    default: false
    version_added: 1.0.0
  lock_timeout:
    description:
      - One run at a time works on a host. This is for how many seconds to wait for another one to end.
      - After that time the task fails as a C(Conflict) that names the process, and has touched nothing. A wait of a
        second or more is told by a warning. V(0) does not wait.
      - A process that has ended, in whatever way, holds nothing.
    type: int
    default: 120
"""

    NFT = r"""
requirements:
  - The program C(nft) on the managed host (package C(nftables))
attributes: {}
"""
