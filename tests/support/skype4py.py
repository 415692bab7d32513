"""Fetches Skype4Py 1.0.35 (BSD, Python 2), checks its hash and converts it for Python 3.

Nothing of it is kept in the project. Its set-up script is Python 2 and is never run: pip's own
finder and session fetch the file through whatever index pip is set up with.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

SHA256 = "79dbf9033a60b3d37ff1a8eb07fcc5f8dd1f5afb79cb83b216f721acca4d63c4"
PYTHON = "/usr/bin/python3"

FETCH = """
import sys
from pip._internal.commands import create_command
command = create_command("download")
options, _ = command.parse_args(["Skype4Py"])
with command.main_context():
    finder = command._build_package_finder(options=options, session=command.get_default_session(options))
    link = next(c.link for c in finder.find_all_candidates("Skype4Py") if str(c.version) == "1.0.35")
    sys.stdout.buffer.write(command.get_default_session(options).get(link.url_without_fragment).content)
"""

#: What lib2to3 leaves: file, old text, new text.
PATCHES = (
    ("utils.py", "from new import instancemethod", "from types import MethodType as instancemethod"),
    (
        "utils.py",
        "return str(s).decode('utf-8')",
        "return s.decode('utf-8') if isinstance(s, bytes) else str(s)",
    ),
    ("conversion.py", "__import__('lang.%s'", "__import__('Skype4Py.lang.%s'"),
    ("api/posix_dbus.py", "import gobject", "from gi.repository import GLib as gobject"),
    ("api/posix_dbus.py", "gobject.threads_init()", "pass"),
    ("api/posix_dbus.py", "    import dbus.glib\n", "    import dbus.mainloop.glib\n"),
    ("api/posix_dbus.py", "dbus.glib.threads_init()", "dbus.mainloop.glib.threads_init()"),
    ("api/posix_dbus.py", "self.isAlive()", "self.is_alive()"),
    ("api/posix_dbus.py", "event.isSet()", "event.is_set()"),
)


def prepare(cache: Path) -> Path:
    """A folder to put on the path; made once, then found again."""
    target = cache / "skype4py-1.0.35"
    if (target / ".made").exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / "Skype4Py-1.0.35.zip"
    if not archive.exists():
        data = subprocess.run([sys.executable, "-c", FETCH], check=True, capture_output=True).stdout
        assert hashlib.sha256(data).hexdigest() == SHA256, "not the archive that was looked at"
        archive.write_bytes(data)
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as files:
        for name in files.namelist():
            inside = name.removeprefix("Skype4Py-1.0.35/")
            if inside.startswith("Skype4Py/") and inside.endswith(".py"):
                path = target / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(files.read(name))
    convert = "import sys; from lib2to3.main import main; sys.exit(main('lib2to3.fixes'))"
    subprocess.run(
        [PYTHON, "-W", "ignore", "-c", convert, "-w", "-n", "--no-diffs", str(target / "Skype4Py")],
        check=True,
        capture_output=True,
    )
    for name, old, new in PATCHES:
        path = target / "Skype4Py" / name
        text = path.read_text(encoding="utf-8")
        assert old in text, (name, old)
        path.write_text(text.replace(old, new), encoding="utf-8")
    (target / ".made").touch()
    return target
