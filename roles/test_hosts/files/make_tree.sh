#!/bin/sh
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make_tree.sh DIRECTORY SUITE PACKAGE,... [MIRROR]
#
# Makes a Debian tree with systemd and sshd, whole or not at all; two at once make one. What it did is its last line.

set -eu

tree=$1
suite=$2
packages=$3
mirror=${4:-}

umask 022
mkdir -p "$(dirname "$tree")"
exec 9<"$(dirname "$tree")" # the folder itself: a file of a fixed name in it could be somebody else's link
flock 9
if [ -e "$tree" ]; then
    echo "there is $tree"
    exit 0
fi
# this machine's own mirror, if it is Debian's; its keyring knows no other
if [ -z "$mirror" ]; then
    # shellcheck disable=SC2016  # apt-get fills them in
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 2>/dev/null | awk '$2 == "Debian" {print $1; exit}') || :
fi
rm -rf --one-file-system "$tree.new"
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" -- "$suite" "$tree.new" \
    "${mirror:-http://deb.debian.org/debian}" >&2
mv "$tree.new" "$tree"
echo "made $tree"
