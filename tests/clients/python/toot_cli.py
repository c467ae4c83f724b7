"""toot, the command line client: the same journey, each step a command as one would type it.

toot prints an address to open and waits for the code on its standard input, so the pages are visited
between the two.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from checks import check, until
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


def main():
    sign_in("alice")
    sign_in("bob")
    check("alice is alice", toot_json("alice", "whoami")["username"] == "alice")

    toot("bob", "follow", "alice")
    check("bob follows alice", [a["acct"] for a in toot_json("bob", "following", "bob")] == ["alice"])

    status = toot_json("alice", "post", "Hello from toot #ferrodon", "--media", os.environ["FERRODON_PICTURE"], "--description", "A picture in many colours")
    check("the post has the picture", status["media_attachments"][0]["description"] == "A picture in many colours", status)
    until("the post is in bob's timeline", lambda: "Hello from toot" in toot("bob", "timeline", "--once"))
    check("the post can be shown", toot_json("bob", "status", status["id"])["id"] == status["id"])

    reply = toot_json("bob", "post", "@alice well said", "--reply-to", status["id"])
    check("the reply answers the post", reply["in_reply_to_id"] == status["id"], reply)
    check("the thread has both", "well said" in toot("alice", "thread", status["id"]))
    toot("bob", "favourite", status["id"])
    toot("bob", "reblog", status["id"])
    toot("bob", "bookmark", status["id"])
    check("the bookmark is listed", "Hello from toot" in toot("bob", "bookmarks", "--once"))
    check("the boost is listed", [a["acct"] for a in toot_json("alice", "reblogged_by", status["id"])] == ["bob"])

    wanted = {"follow", "mention", "favourite", "reblog"}
    until("alice's notifications are all there", lambda: {n["type"] for n in toot_json("alice", "notifications")} == wanted)
    toot("alice", "notifications")

    toot("bob", "unfavourite", status["id"])
    toot("bob", "unreblog", status["id"])
    toot("bob", "unbookmark", status["id"])
    toot("bob", "unfollow", "alice")
    check("bob follows nobody", toot_json("bob", "following", "bob") == [])
    toot("alice", "delete", status["id"])
    gone = subprocess.run([*TOOT, "status", status["id"]], env=environment("bob"), capture_output=True, text=True, timeout=COMMAND_LIMIT_S)
    check("the deleted post is gone", gone.returncode != 0, gone.stdout)


main()
