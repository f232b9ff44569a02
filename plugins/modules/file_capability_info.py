#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: file_capability_info
short_description: List files with capabilities, and audit them
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Returns the capabilities of single files or of all files below directories, and whether they would have an effect.
  - Can compare them with a list of allowed ones, and return what is unexpected, missing and different.
  - Follows no symbolic links. A million files take some seconds once the kernel has cached their directories.
  - Never changes anything.
options:
  paths:
    description:
      - Files to check, and directories to check with everything below them. A symbolic link here is followed, but none
        below a directory.
      - Either O(paths) or O(allow) is required.
    type: list
    elements: path
  exclude:
    description:
      - Paths or shell patterns to exclude, with everything below them, for example V(/var/lib/docker) or
        V(/home/*/.cache).
    type: list
    elements: str
  one_filesystem:
    description: Whether to stay on the filesystem of each directory of O(paths).
    type: bool
    default: true
  threads:
    description: How many directories are read at the same time.
    type: int
    default: 4
  allow:
    description:
      - The files that may have capabilities, and those they must have.
      - These files are checked wherever they are.
    type: list
    elements: dict
    suboptions:
      path:
        description: The file. Each entry has O(allow[].path) or O(allow[].paths).
        type: path
      paths:
        description: Several files with the same capabilities.
        type: list
        elements: path
      capabilities:
        description: Capabilities as in M(netns.lab.file_capability).
        type: str
        required: true
      rootid:
        description: User id of root in the user namespace in which they are valid.
        type: int
      optional:
        description: Whether the file may be missing.
        type: bool
        default: false
      why:
        description: What it needs them for, as a comment.
        type: str
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.reads
seealso:
  - module: netns.lab.file_capability
  - name: capabilities(7)
    link: https://man7.org/linux/man-pages/man7/capabilities.7.html
    description: What each capability permits, and how files have them.
"""

EXAMPLES = r"""
- name: Find all programs with capabilities in the usual places
  netns.lab.file_capability_info:
    paths: [/usr/bin, /usr/sbin]
  register: found

- name: Show them
  ansible.builtin.debug:
    msg: "{{ found.files | items2dict(key_name='path', value_name='capabilities') }}"

- name: Compare them with what is allowed
  netns.lab.file_capability_info:
    paths: [/usr/bin, /usr/sbin]
    exclude: [/usr/bin/games]
    allow:
      - path: /usr/bin/ping
        capabilities: cap_net_raw=ep
  register: audit

- name: Show the differences
  ansible.builtin.debug:
    msg: "{{ audit.unexpected + audit.missing + audit.different }}"
"""

RETURN = r"""
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
files:
  description: The files that have capabilities, by path.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      returned: always
      type: str
    capabilities:
      description:
        - The capabilities in the text form of setcap. V([rootid=N]) is appended as getcap does.
        - V(=) for an empty set.
      returned: always
      type: str
    permitted:
      description: The permitted set, by name.
      returned: always
      type: list
      elements: str
    inheritable:
      description: The inheritable set, by name.
      returned: always
      type: list
      elements: str
    effective:
      description: Whether the effective bit is set.
      returned: always
      type: bool
    rootid:
      description: User id of root in the user namespace in which they are valid, 0 for all.
      returned: always
      type: int
    warnings:
      description: Why they would have no effect, one sentence each.
      returned: always
      type: list
      elements: str
  sample:
    - path: /usr/bin/ping
      capabilities: cap_net_raw=ep
      permitted: [cap_net_raw]
      inheritable: []
      effective: true
      rootid: 0
      warnings: []
unexpected:
  description: Files with capabilities that are not in O(allow).
  returned: when O(allow) is given
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      returned: always
      type: str
    found:
      description: What it has, in the text form of setcap, empty for none.
      returned: always
      type: str
    expected:
      description: What O(allow) expects, likewise.
      returned: always
      type: str
  sample: []
missing:
  description: Files of O(allow) that have no capabilities or do not exist.
  returned: when O(allow) is given
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      returned: always
      type: str
    found:
      description: What it has, in the text form of setcap, empty for none.
      returned: always
      type: str
    expected:
      description: What O(allow) expects, likewise.
      returned: always
      type: str
  sample: []
different:
  description: Files of O(allow) that have other capabilities.
  returned: when O(allow) is given
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      returned: always
      type: str
    found:
      description: What it has, in the text form of setcap, empty for none.
      returned: always
      type: str
    expected:
      description: What O(allow) expects, likewise.
      returned: always
      type: str
  sample: []
scanned:
  description: How many files below O(paths) were checked.
  returned: success
  type: int
  sample: 1812
unread:
  description: What could not be read, by path, and why.
  returned: success
  type: dict
  sample: {}
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
    object: capabilities
    expected: a capability, by name or by number
    found: "'cap_net_rw'"
    remedy: Did you mean cap_net_raw?
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("file_capability_info")


if __name__ == "__main__":
    main()
