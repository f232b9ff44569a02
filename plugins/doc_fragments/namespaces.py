# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of namespaces and of sysctls."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.plugin_utils.forms import NETNS_OF, form

NETNS = """
name:
  description:
    - Name of the namespace, as C(ip netns list) shows it.
    - 1 to 255 bytes, without white space, C(/), C(:) and C(%), not starting with C(-), and neither V(.) nor V(..).
    - Always compared as a whole. V(red) never matches V(red2).
  type: str
  required: true
lo_up:
  description:
    - Whether the loopback device C(lo) of the namespace is up.
  type: bool
  default: true
sysctls:
  description:
    - Sysctls set inside the namespace, as dotted name and value, for example C(net.ipv4.ip_forward) and V(1).
    - Names and values are as in M(netns.lab.netns_sysctl).
    - Sysctls that are not listed are not managed.
    - A sysctl that is no longer listed in a later run of the same lab is restored to the value it had before, #nested
      as long as the namespace exists. #nested
  type: dict
resolv_conf:
  description:
    - Content of C(/etc/netns/NAME/resolv.conf), which C(ip netns exec) mounts over C(/etc/resolv.conf). See
      ip-netns(8).
    - An existing file with other content that the collection did not write is a C(Conflict). #nested
    - If omitted, the file is not managed.
  type: str
hosts:
  description:
    - Content of C(/etc/netns/NAME/hosts), which C(ip netns exec) mounts over C(/etc/hosts). See ip-netns(8).
    - An existing file with other content that the collection did not write is a C(Conflict). #nested
    - If omitted, the file is not managed.
  type: str
"""

SYSCTL = (
    NETNS_OF
    + """
name:
  description:
    - Dotted name of the sysctl, for example V(net.ipv4.ip_forward). Only names below C(net.) are accepted.
    - A dot within the name of a link is written as a slash, as in sysctl(8), for example
      V(net.ipv4.conf.eth0/42.forwarding).
    - With slashes as separators a dot is a plain dot, V(net/ipv4/conf/eth0.42/forwarding).
    - A sysctl that the kernel does not have is a C(Dependency) error.
    - One that exists only on the host, such as C(net.core.rmem_max), cannot be set in a namespace.
  type: str
  required: true
value:
  description:
    - The value, as for sysctl(8). Quote it, so that YAML does not change it.
    - White space between the parts of a value does not matter. C(true) is 1, and C(false) is 0.
    - A value that the kernel only writes differently, such as C(8080-8081) for C(8080,8081), is not a change.
    - Enabling IPv6 forwarding also sets C(accept_ra) from 1 to 2 on links that use router advertisements, which would
      lose their default route otherwise.
    - A value that differs from the one another lab has set is a C(Conflict).
    - Required unless O(state=absent). #single
  type: str
  required: true #nested
"""
)


class ModuleDocFragment:
    """One attribute for each form of an entry.

    They are annotated because ansible-test reads plain assignments as texts, and these are computed.
    """

    NETNS: str = "options:\n" + form(NETNS)
    SYSCTL: str = "options:\n" + form(SYSCTL)
