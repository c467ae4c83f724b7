"""toot's commands as one would type them, and its sign-in.

toot prints an address to open and waits for the code on its standard input, so the pages are visited
between the two.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from checks import check
from pages import authorization_code

URL = os.environ["FERRODON_URL"]
TOOT = [sys.executable, "-m", "toot"]
COMMAND_LIMIT_S = 60


def toot(who, *words):
    """Runs a command as alice or bob, each of whom has a configuration directory of their own."""
    done = subprocess.run([*TOOT, *words], env=environment(who), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_LIMIT_S)
    check(f"{who}: toot {' '.join(words)}", done.returncode == 0, done.stdout + done.stderr)
    return done.stdout


def toot_json(who, *words):
    return json.loads(toot(who, *words, "--json"))


def environment(who):
    config = Path(os.environ["HOME"]) / who
    return {**os.environ, "XDG_CONFIG_HOME": str(config), "XDG_CACHE_HOME": str(config / "cache"), "NO_COLOR": "1"}


def sign_in(who):
    talk = subprocess.Popen([*TOOT, "login", "--instance", URL], env=environment(who), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    address, said = None, ""
    while address is None:
        line = talk.stdout.readline()
        said += line
        if not line:
            check(f"{who}: toot login prints an address", False, said)
        address = re.match(re.escape(URL) + r"/oauth/authorize\S*", line)
    code = authorization_code(address.group(0), os.environ[f"{who.upper()}_EMAIL"], os.environ[f"{who.upper()}_PASSWORD"])
    rest, _ = talk.communicate(f"n\n{code}\n", timeout=COMMAND_LIMIT_S)
    check(f"{who}: toot login", talk.returncode == 0 and "Successfully logged in" in rest, said + rest)


def refused(who, *words):
    """Runs a command that must fail."""
    done = subprocess.run([*TOOT, *words], env=environment(who), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_LIMIT_S)
    check(f"{who}: toot {' '.join(words)} is refused", done.returncode != 0, done.stdout)
