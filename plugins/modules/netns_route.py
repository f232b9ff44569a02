#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: netns_route
short_description: Add or remove a route
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Adds, changes or removes an IPv4 or IPv6 route in the host's own namespace or in another one.
  - A route is identified by its namespace, table, destination and metric. The collection marks its routes with the
    protocol number C(110), so C(ip route show proto 110) lists them.
  - An existing route with the same identity is changed in place, whoever added it.
options:
  state:
    description:
      - V(present) adds the route, or changes the existing one to match the options.
      - V(absent) removes the route with this O(dst), O(metric) and O(table). Other options are ignored.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.routing.route
  - netns.lab.common.switches
seealso:
  - module: netns.lab.netns_rule
  - module: netns.lab.netns_address
  - module: netns.lab.topology
  - name: ip-route(8)
    link: https://man7.org/linux/man-pages/man8/ip-route.8.html
    description: Routes and their types.
"""

EXAMPLES = r"""
- name: Create the namespace red
  netns.lab.netns:
    name: red

- name: Connect the host and red
  netns.lab.veth:
    name: veth-red
    addresses:
      - 192.168.15.5/24
      - 2001:db8:15::5/64
    peer:
      name: eth0
      netns: red
      addresses:
        - 192.168.15.1/24
        - 2001:db8:15::1/64

- name: Add a default route in red
  netns.lab.netns_route:
    netns: red
    dst: default
    gateway: 192.168.15.5

- name: Add an IPv6 default route in red
  netns.lab.netns_route:
    netns: red
    dst: default
    gateway: 2001:db8:15::5

- name: Add a route with a preferred source address and a metric
  netns.lab.netns_route:
    netns: red
    dst: 192.168.1.0/24
    gateway: 192.168.15.5
    src: 192.168.15.1
    metric: 50

- name: Make a network unreachable from red
  netns.lab.netns_route:
    netns: red
    dst: 198.51.100.0/24
    type: unreachable

- name: Add a default route to a table for policy routing
  netns.lab.netns_route:
    netns: red
    dst: default
    gateway: 192.168.15.5
    table: "100"

- name: Add a route with an onlink gateway, which is in no subnet of the link
  netns.lab.netns_route:
    netns: red
    dst: 203.0.113.0/24
    gateway: 192.0.2.254
    dev: eth0
    onlink: true

- name: Remove a route
  netns.lab.netns_route:
    netns: red
    dst: 10.0.0.0/8
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
    - {kind: route, object: default in red, action: create, reason: does not exist}
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
    run_module("resource", "routes")


if __name__ == "__main__":
    main()
