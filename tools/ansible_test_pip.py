# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares a home directory in which ansible-test can install its requirements from a package index alone.

ansible-test downloads the script that puts pip into its venvs from a site of its own. Where its cache lacks the
script, one of the same name is written there: it runs the same release of pip from the wheel of the package index.
The caller's pip settings (files and ``PIP_`` variables) become the pip.conf of the new home.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

SCRIPT = """\
import sys
import sysconfig
import zipfile
if [word for word in sys.argv[1:] if word[:1] != "-"] == [{package!r}]:
    with zipfile.ZipFile({wheel!r}) as archive:  # what pip itself would do, without the time that it takes
        archive.extractall(sysconfig.get_path("purelib"))
    sys.exit()
sys.path.insert(0, {wheel!r})
from pip._internal.cli.main import main
wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--upgrade", "--force-reinstall", *wanted]))
"""


def pip(*arguments: str) -> str:
    """Run the caller's pip and return what it prints."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def settings() -> str:
    """The caller's pip settings as a pip.conf."""
    found = re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", pip("config", "list"), re.MULTILINE)
    merged = {**dict(found), "cache-dir": pip("cache", "dir").strip(), "quiet": "2"}
    return "\n".join(["[global]", *(f"{name} = {value}" for name, value in merged.items()), ""])


def pip_releases() -> set[str]:
    """The releases of pip that this ansible-test puts into its venvs."""
    spec = importlib.util.find_spec("ansible_test")
    assert spec is not None and spec.submodule_search_locations
    source = Path(spec.submodule_search_locations[0], "_internal/python_requirements.py").read_text(encoding="utf-8")
    return set(re.findall(r"\bpip='(\d[\d.]*)'", source))


def main() -> None:
    """Prepare the home directory given as the only argument."""
    home = Path(sys.argv[1])
    (home / ".config/pip").mkdir(parents=True, exist_ok=True)
    (home / ".config/pip/pip.conf").write_text(settings(), encoding="utf-8")
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for release in pip_releases():
        script = cache / f"get_pip_{release.replace('.', '_')}.py"
        if script.exists():
            continue
        pip("download", "--quiet", "--no-deps", "--only-binary=:all:", f"--dest={cache}", f"pip=={release}")
        (wheel,) = cache.glob(f"pip-{release}-*.whl")
        script.write_text(SCRIPT.format(wheel=str(wheel), package=f"pip=={release}"), encoding="utf-8")


if __name__ == "__main__":
    main()
