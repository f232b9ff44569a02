# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real MySQL on a throwaway host: Debian sid's packages, laid over /usr inside the sandbox only.

Debian's releases have MariaDB alone, which has no network namespaces. The packages are fetched once, with what they
need down to libc, and unpacked into ``.build``. Nothing is installed on the machine.
"""

from __future__ import annotations

import fcntl
import functools
import os
import platform
import select
import shutil
import subprocess
from pathlib import Path

from .sandbox import Background, CommandFailed, Sandbox

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".build" / "mysql-sid"
PACKAGES = ("mysql-server-core", "mysql-client-core", "mysql-common")
MIRROR = "http://deb.debian.org/debian"
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: the first data of a server, as it initializes them
DATA = CACHE / "data.tar"
LOG = "/var/log/mysql/error.log"
SERVER, CLIENT = "/usr/sbin/mysqld", "/usr/bin/mysql"
#: the test's own folder is not for other users
PLAIN = ("env", "-u", "TMPDIR", "-u", "HOME")
#: what the server's log says at the end of a start: it serves, or it gives up
SERVES, GIVES_UP = b"[MY-010931]", b"[MY-010119]"

_LAY = r"""
for top in usr var; do
    mkdir -p "/run/.sandbox/$top/upper" "/run/.sandbox/$top/work"
    lower=/$top
    if [ -d "$1/$top" ]; then lower=$1/$top:/$top; fi
    own=/run/.sandbox/$top
    mount -t overlay overlay -o "lowerdir=$lower,upperdir=$own/upper,workdir=$own/work" "/$top"
done
rm -rf /etc/mysql
cp -a "$1/etc/mysql" /etc/mysql
cat >/etc/mysql/my.cnf <<EOF
[mysqld]
log_error = /var/log/mysql/error.log
!includedir /etc/mysql/conf.d/
EOF
id mysql >/dev/null 2>&1 || useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin mysql
# the folders of a machine that has a MySQL of its own are not this one's
for folder in /var/lib/mysql /var/lib/mysql-files /var/log/mysql; do
    mkdir -p "$folder"
    mount -t tmpfs -o mode=750 tmpfs "$folder"
    chown mysql:mysql "$folder"
done
install -d -o mysql -g mysql /run/mysqld
"""


@functools.lru_cache(None)
def tree() -> tuple[Path, str]:
    """The unpacked packages, fetched if they are not there yet.

    :returns: the folder, and empty text; or why it cannot be had.
    """
    if (CACHE / "complete").exists():
        return CACHE / "tree", ""
    if platform.machine() != "x86_64":
        return CACHE, f"no real MySQL: fetched for x86_64 only, this is {platform.machine()}"
    missing = [program for program in ("apt-get", "dpkg-deb") if shutil.which(program) is None]
    if missing or not KEYS.exists():
        return CACHE, f"no real MySQL: it is fetched with {', '.join(missing) or KEYS}, which is not here"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (CACHE / "complete").exists():
            try:
                _fetch()
            except (subprocess.SubprocessError, OSError) as exc:
                said = getattr(exc, "stderr", "") or str(exc)
                return CACHE, f"no real MySQL: Debian sid's packages cannot be had: {said.strip()[-300:]}"
    return CACHE / "tree", ""


def _fetch() -> None:
    """Fetch the packages by an apt that knows sid alone and takes nothing for installed, and unpack them."""
    apt = CACHE / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "etc"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    (apt / "status").write_text("")
    (apt / "sources.list").write_text(f"deb [signed-by={KEYS} check-valid-until=no] {MIRROR} sid main\n")
    settings = {
        "Dir::State": apt,
        "Dir::State::status": apt / "status",
        "Dir::State::lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "root",
        "APT::Architecture": "amd64",
        "Acquire::Languages": "none",
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "20",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    # an update that fails only warns
    strict = ["-o", "APT::Update::Error-Mode=any"]
    for command in (
        [*strict, "update"],
        ["install", "--yes", "--download-only", "--no-install-recommends", *PACKAGES],
    ):
        argv = ["apt-get", "-qq", *options, *command]
        subprocess.run(argv, check=True, capture_output=True, text=True, timeout=300)
    DATA.unlink(missing_ok=True)
    partial = CACHE / "partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for package in sorted((apt / "cache/archives").glob("*.deb")):
        if not package.name.startswith(("perl", "libperl")):  # of scripts only, and large
            subprocess.run(["dpkg-deb", "-x", package, partial], check=True, capture_output=True, text=True)
    shutil.rmtree(CACHE / "tree", ignore_errors=True)
    partial.rename(CACHE / "tree")
    shutil.rmtree(apt)
    (CACHE / "complete").touch()


def why_not() -> str:
    """Empty if there is a real MySQL for tests, else why not."""
    return "needs root" if os.geteuid() != 0 else tree()[1]


class MySQL:
    """The server and the client of a throwaway host.

    :param sandbox: the host (Sandbox).
    :param name: empty for the host's MySQL, with which it is installed; else a second server beside it (str).
    """

    def __init__(self, sandbox: Sandbox, name: str = "") -> None:
        self.sandbox = sandbox
        self._server: Background | None = None
        self._own: tuple[str, ...] = ()
        self._log = LOG
        self._data = "/var/lib/mysql"
        if name:
            self._data = f"/var/lib/mysql/{name}"
            self._log = f"/var/log/mysql/{name}.log"
            self._own = (
                "--no-defaults",
                f"--datadir={self._data}",
                f"--socket=/run/mysqld/{name}.sock",
                f"--pid-file=/run/mysqld/{name}.pid",
                "--skip-name-resolve",
            )
        else:
            sandbox.run(["sh", "-e", "-c", _LAY, "lay", str(tree()[0])])

    def _fill(self) -> None:
        """Give the server its first data. A server initializes them once; all others have copies, without its UUID."""
        with (CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not DATA.exists():
                first = "/run/mysqld/first"
                self.sandbox.run(
                    [*self.as_user(), SERVER, "--no-defaults", f"--datadir={first}", "--initialize-insecure"]
                )
                new = DATA.with_suffix(".new")
                self.sandbox.run(["tar", "-C", first, "--sparse", "--exclude=./auto.cnf", "-cf", str(new), "."])
                self.sandbox.sh(f"rm -r {first}")
                new.rename(DATA)
        self.sandbox.sh(f"install -d -o mysql -g mysql -m 750 {self._data}; tar -C {self._data} -xpf {DATA}")

    @staticmethod
    def as_user(user: str = "mysql", *more: str) -> list[str]:
        """What runs a program as a user of the host and with no more than that."""
        group = "nogroup" if user == "nobody" else user
        return [*PLAIN, "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *more, "--"]

    def start(self, *first: str, options: tuple[str, ...] = ()) -> bool:
        """Start the server and wait until it serves or gives up.

        :param first: what is put before the server; the user mysql if nothing.
        :param options: options of the server.
        :returns: whether it serves.
        """
        assert self._server is None
        if not self.sandbox.sh(f"ls -A {self._data}/mysql.ibd 2>/dev/null || true"):
            self._fill()
        self.sandbox.sh(f"rm -f {self._log}; install -o mysql -g mysql -m 640 /dev/null {self._log}")
        watch = self.sandbox.background(["tail", "-n", "+1", "-F", self._log])
        own = (*self._own, f"--log-error={self._log}") if self._own else ()
        self._server = self.sandbox.background([*(first or self.as_user()), SERVER, *own, *options])
        assert watch.process.stdout is not None
        pipe, said = watch.process.stdout.fileno(), b""
        while SERVES not in said and GIVES_UP not in said:
            if not select.select([pipe], [], [], 60)[0]:
                raise CommandFailed(f"mysqld says nothing: {self.log()}")
            said += os.read(pipe, 65536)
        watch.stop()
        if GIVES_UP in said:
            self._end()
        return SERVES in said

    def stop(self) -> None:
        """Shut the server down and wait for its end."""
        self.client("SHUTDOWN")
        self._end()

    def _end(self) -> None:
        assert self._server is not None
        self._server.process.wait(60)
        self._server.stop()
        self._server = None

    def log(self) -> str:
        """The error log of the last start."""
        return self.sandbox.sh(f"cat {self._log}")

    def client(self, sql: str, *arguments: str, user: str = "", password: str = "", check: bool = True) -> str:
        """What the client prints, without a table's frame; where it fails, what it says.

        :param user: the user of the host who runs it; root if none.
        """
        socket = [word for word in self._own if word.startswith("--socket")]
        argv = [*(self.as_user(user) if user else []), CLIENT, *socket, *arguments, "--batch"]
        env = {"MYSQL_PWD": password} if password else {}
        done = self.sandbox.run(argv, stdin=sql, env=env, check=False)
        if check and done.returncode:
            raise CommandFailed(f"{argv}: {done.stderr}")
        return (done.stderr if done.returncode else done.stdout).strip()
