"""toot, the command line client: the same journey, each step a command as one would type it."""

import os

from checks import check, until
from toot_commands import refused, sign_in, toot, toot_json


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
    refused("bob", "status", status["id"])


main()
