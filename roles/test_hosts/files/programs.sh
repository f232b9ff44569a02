#!/bin/sh
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# programs.sh PROGRAM:PACKAGE...
#
# Installs what is missing, on Debian or Ubuntu as root; anybody else is told. A PROGRAM may be the path of a file.
# A server that comes with it is not started, now or at the next boot: throwaway hosts start their own.
# Waits for another apt or dpkg at most $APT_PATIENCE seconds (300).

set -eu

PATH=$PATH:/usr/sbin:/sbin
export PATH
policy=/usr/sbin/policy-rc.d
patience=${APT_PATIENCE:-300}

missing=
for entry in "$@"; do
    [ -e "${entry%%:*}" ] || command -v "${entry%%:*}" >/dev/null || missing="$missing ${entry##*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing here, by the names of Debian's packages:$missing. Install them." >&2
    exit 1
fi
said=$(mktemp)
trap 'rm -f "$said"' EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy" "$said"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive

# apt ARGUMENT...: apt-get, again and again as long as another process holds a lock. DPkg::Lock::Timeout is not heeded by
# update, nor for the folder of archives.
apt() {
    left=$patience
    until LC_ALL=C apt-get -qq "$@" >"$said" 2>&1; do
        if [ "$left" -le 0 ] || ! grep -q '^E: \(Could not get lock\|Unable to lock\|Unable to acquire\)' "$said"; then
            cat "$said" >&2
            return 1
        fi
        sleep 1
        left=$((left - 1))
    done
}
apt update
# shellcheck disable=SC2086  # a list of packages
apt install --yes --no-install-recommends $missing
case $missing in
    *openssh-server*)
        ! command -v systemctl >/dev/null || systemctl disable --quiet ssh.service ssh.socket 2>/dev/null || :
        ;;
esac
echo "installed$missing"
