#!/bin/sh
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# programs.sh PROGRAM:PACKAGE...
#
# Installs what is missing, on Debian or Ubuntu as root; anybody else is told. A PROGRAM may be the path of a file.
# A server that comes with it is not started, now or at the next boot: throwaway hosts start their own.

set -eu

PATH=$PATH:/usr/sbin:/sbin
export PATH
policy=/usr/sbin/policy-rc.d

missing=
for entry in "$@"; do
    [ -e "${entry%%:*}" ] || command -v "${entry%%:*}" >/dev/null || missing="$missing ${entry##*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing here, by the names of Debian's packages:$missing. Install them." >&2
    exit 1
fi
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086  # a list of packages
apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends $missing >/dev/null
case $missing in
    *openssh-server*)
        ! command -v systemctl >/dev/null || systemctl disable --quiet ssh.service ssh.socket 2>/dev/null || :
        ;;
esac
echo "installed$missing"
