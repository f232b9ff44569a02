#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: port_forward
short_description: Forward a host port into a lab (DNAT)
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Forwards connections to a port or a range of ports of the host to an address and port behind it (DNAT).
  - Only connections to the host's own addresses are forwarded, not traffic that is routed through the host, and not the
    host's own connections to loopback.
  - With O(netns), all this is about the namespace instead of the host.
  - An entry is identified by O(netns), O(protocol), O(port), O(listen) and the family of O(to).
  - A change takes effect at once for UDP flows too. When a forward is removed or changed, TCP connections through it
    are cut. Other TCP connections are left alone.
  - IP forwarding must be enabled for connections from outside. See M(netns.lab.netns_sysctl) and
    O(netns.lab.nat_masquerade#module:ip_forward).
options:
  state:
    description:
      - V(present) adds the forward, or changes the existing one to match the options.
      - V(absent) removes the forward with this O(protocol), O(port) and O(listen). Of O(to) only the address family
        counts. Without O(to) the forwards of both families are removed.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.common.nft
  - netns.lab.nat.port_forward
  - netns.lab.common.switches
notes:
  - An accept in one nftables table does not undo a drop in another. So exceptions are added to Docker, ufw and
    firewalld where they are active, in the place that each has for that. A warning names rules that still drop packets.
  - The NAT rules are in the nftables table C(inet netns_lab) of the namespace, and are written to no file. Exceptions
    in ufw are stored in its own files, and are removed with the last entry that needs them.
seealso:
  - module: netns.lab.nat_masquerade
  - module: netns.lab.netns_sysctl
  - module: netns.lab.topology
  - name: nft(8)
    link: https://man7.org/linux/man-pages/man8/nft.8.html
    description: The packet filter and its tables.
"""

EXAMPLES = r"""
- name: Enable forwarding on the host
  netns.lab.netns_sysctl:
    name: net.ipv4.ip_forward
    value: "1"

- name: Forward port 80 to blue
  netns.lab.port_forward:
    protocol: tcp
    port: "80"
    to: 192.168.15.2:80

- name: Forward a range of ports to 9000 and up
  netns.lab.port_forward:
    protocol: udp
    port: 8000-8010
    to: 192.168.15.2:9000

- name: Forward a range of ports of one address only
  netns.lab.port_forward:
    protocol: tcp
    port: 5000-5009
    to: 192.168.15.2
    listen:
      - 192.0.2.1

- name: Forward IPv6, for clients outside the lab only
  netns.lab.port_forward:
    protocol: tcp
    port: "443"
    to: "[2001:db8:15::2]:8443"
    hairpin: false

- name: Remove a forward
  netns.lab.port_forward:
    protocol: tcp
    port: "8443"
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
    - {kind: port_forward, object: tcp/80, action: create, reason: does not exist}
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
    run_module("resource", "port_forwards")


if __name__ == "__main__":
    main()
