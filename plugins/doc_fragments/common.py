# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of several modules has in common, the entry forms apart."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes, requirements and the options that all changing modules share."""

    # every module
    DOCUMENTATION = r"""
requirements:
  - Linux 5.10 or newer on the managed host
  - Python 3.9 or newer on the managed host
notes:
  - Needs root on the managed host, even to read. Set C(become=true) in the play. The privileges used are
    C(CAP_SYS_ADMIN), C(CAP_NET_ADMIN), write access to C(/run) and, for file capabilities, C(CAP_SETFCAP).
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
      - Check mode reads, validates and plans like a real run, and stops before the first step. It returns the same
        RV(ignore:changed), RV(ignore:plan) and RV(ignore:diff).
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
      - Only addresses in the host's own namespace are checked, against its routes and against each other. The default
        route does not count.
    type: bool
    default: false
  allow_management:
    description:
      - The link of the host's default route and the link of this run's SSH session are never attached to a bridge,
        moved, set down or removed, no address is added to them or removed, and the default route is never changed,
        unless this is V(true).
      - Nor is a default route added to a host that has none. A lab may change and remove what it made itself.
      - Otherwise such a step is refused as a C(Conflict) before anything is changed.
    type: bool
    default: false
  allow_other_labs:
    description:
      - Objects of other labs in a namespace, on a bridge or on a link that is to be removed or recreated would be
        removed with it. This is refused as a C(Conflict) that names the lab, unless this is V(true).
      - Objects of single modules are removed with it, and a warning names them.
    type: bool
    default: false
    version_added: 1.0.0
  lock_timeout:
    description:
      - Only one run at a time changes a host. This is how many seconds to wait for another run to end.
      - After that time the task fails with a C(Conflict) that names the process, and nothing is changed. A wait of a
        second or more is reported as a warning. V(0) fails at once.
      - A process that has ended, even one that was killed, holds no lock.
    type: int
    default: 120
"""

    NFT = r"""
requirements:
  - The program C(nft) on the managed host (package C(nftables))
attributes: {}
"""
