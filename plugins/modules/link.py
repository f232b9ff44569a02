#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: link
short_description: Create or remove a link of any other kind
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Creates a link of a kind that has no module of its own, in the host's own namespace or in another one. Veth pairs,
    bridges and VXLAN interfaces have one, see below.
  - Options of one kind are refused with another one. They have their names in ip-link(8).
  - An existing link of another kind is not replaced. It is a C(Conflict).
requirements:
  - pyroute2 0.7.2 or newer for the Python of the managed host (package C(python3-pyroute2)), only for
    those of O(kind) that say so
options:
  state:
    description:
      - V(present) creates the link if it does not exist, or changes it to match the options. What the kernel cannot
        change in place is created anew.
      - V(absent) removes the link O(name) in O(netns). If O(kind) is given, only a link of that kind. Other options are
        ignored.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.links.link
  - netns.lab.common.switches
seealso:
  - module: netns.lab.veth
  - module: netns.lab.bridge
  - module: netns.lab.vxlan
  - module: netns.lab.topology
  - name: ip-link(8)
    link: https://man7.org/linux/man-pages/man8/ip-link.8.html
    description: Kinds of links and their options.
"""

EXAMPLES = r"""
- name: Create a namespace
  netns.lab.netns:
    name: red

- name: Create a dummy link in it, with the address of a service
  netns.lab.link:
    name: dummy0
    netns: red
    kind: dummy
    addresses: [192.0.2.1/32]

- name: Create a macvlan on eth0, with an address of its own on that network
  netns.lab.link:
    name: macvlan0
    kind: macvlan
    link: eth0
    mode: bridge
    addresses: [192.0.2.9/24]

- name: Remove the dummy link
  netns.lab.link:
    name: dummy0
    netns: red
    state: absent
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps taken, in order, or in check mode the steps that would be taken.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - Kind of object, V(netns), V(bridge), V(veth), V(vxlan), V(link), V(bridge_port), V(address),
          V(sysctl), V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(firewall_exception), V(file),
          V(directory) or V(netns_dir). A V(firewall_exception) is a rule in another firewall of the host.
        - A link of M(netns.lab.link) is told by its kind, such as C(dummy).
      returned: always
      type: str
    object:
      description: The object.
      returned: always
      type: str
    action:
      description: V(create), V(change) or V(delete).
      returned: always
      type: str
    reason:
      description: Why the step is needed.
      returned: always
      type: str
  sample:
    - {kind: dummy, object: red/dummy0, action: create, reason: does not exist}
diff:
  description: What differs, one line for each object.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The objects concerned, before the run.
      returned: always
      type: str
    after:
      description: The same objects after the run.
      returned: always
      type: str
error:
  description: The failure in structured form. RV(ignore:msg) has the same in one sentence.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(InvalidArgument), an option is wrong.
        - V(Conflict), something that may not be changed is in the way.
        - V(Dependency), a program, a Python package or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel returned an error.
        - V(Interrupted), a signal ended the run, and its changes were rolled back.
        - All but V(Kernel) and V(Interrupted) are reported before anything is changed.
      returned: always
      type: str
    object:
      description: The option or object at fault.
      returned: always
      type: str
    expected:
      description: What was asked for, or what would have been accepted.
      returned: always
      type: str
    found:
      description: What was found instead.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
  sample:
    kind: InvalidArgument
    object: addresses[0]
    expected: an address with its prefix length, e.g. 192.168.15.1/24 or fd00::1/64
    found: "'192.168.15.1', which has no prefix length"
    remedy: >-
      Add the prefix length of the subnet, e.g. 192.168.15.1/24.
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("resource", "links")


if __name__ == "__main__":
    main()
