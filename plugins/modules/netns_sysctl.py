#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: netns_sysctl
short_description: Set a network sysctl; restored on removal
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Sets a sysctl below C(net.) in the host's own namespace or in another one.
  - The value from before is recorded, with the labs that have set the sysctl. The single modules count as one lab. When
    the last of them is removed or releases it, the value from before is restored, unless somebody else has changed it
    since.
  - Nothing is written to C(/etc/sysctl.d). The value lasts as long as the namespace, or until the host reboots.
options:
  state:
    description:
      - V(present) sets the value.
      - V(absent) releases the sysctl. If no lab has set it either, the value from before is restored. A sysctl that the
        single modules did not set is left as it is.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.namespaces.sysctl
  - netns.lab.common.switches
seealso:
  - module: netns.lab.netns
  - module: netns.lab.nat_masquerade
  - module: netns.lab.topology
  - name: sysctl(8)
    link: https://man7.org/linux/man-pages/man8/sysctl.8.html
    description: Sysctls at runtime.
"""

EXAMPLES = r"""
- name: Enable IPv4 forwarding on the host
  netns.lab.netns_sysctl:
    name: net.ipv4.ip_forward
    value: "1"

- name: Create the namespace router
  netns.lab.netns:
    name: router

- name: Enable IPv6 forwarding in the namespace router
  netns.lab.netns_sysctl:
    netns: router
    name: net.ipv6.conf.all.forwarding
    value: "1"

- name: Set the range of ephemeral ports in the namespace
  netns.lab.netns_sysctl:
    netns: router
    name: net.ipv4.ip_local_port_range
    value: "40000 50000"

- name: Release the reverse path filter, and restore the value from before
  netns.lab.netns_sysctl:
    name: net.ipv4.conf.all.rp_filter
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
    - {kind: sysctl, object: net.ipv4.ip_forward, action: change, reason: "value is 0, expected 1"}
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
    run_module("resource", "sysctls")


if __name__ == "__main__":
    main()
