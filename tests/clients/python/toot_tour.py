"""toot: everything else that it can do, after the journey of `toot_cli.py`."""

import json
import os

from checks import check, until
from toot_commands import URL, refused, sign_in, toot, toot_json

PICTURE = os.environ["FERRODON_PICTURE"]


def main():
    sign_in("alice")
    sign_in("bob")
    check("the instance is shown", "Ferrodon" in toot("alice", "instance") or "ferrodon" in toot("alice", "instance"))
    profile()
    relationships()
    polls()
    lists_and_tags()
    pins_and_schedules()
    search()
    handles_and_polls()


def profile():
    toot("alice", "update-account", "--display-name", "Alice the typist", "--note", "writes #poems", "--avatar", PICTURE, "--header", PICTURE, "--language", "en")
    seen = toot_json("bob", "whois", "alice")
    check("the profile is changed", (seen["display_name"], "missing" in seen["avatar"], "missing" in seen["header"]) == ("Alice the typist", False, False), seen)
    check("the hashtag in it is a link", "hashtag" in seen["note"], seen["note"])
    picture = toot_json("alice", "upload", PICTURE, "--description", "many colours")
    check("a picture can be uploaded alone", picture["description"] == "many colours", picture)


def relationships():
    toot("alice", "mute", "bob")
    check("bob is muted", [a["acct"] for a in toot_json("alice", "muted")] == ["bob"])
    toot("alice", "unmute", "bob")
    toot("alice", "block", "bob")
    check("bob is blocked", [a["acct"] for a in toot_json("alice", "blocked")] == ["bob"])
    toot("alice", "unblock", "bob")
    check("and neither any more", (toot_json("alice", "blocked"), toot_json("alice", "muted")) == ([], []))
    toot("alice", "update-account", "--locked")
    toot("bob", "follow", "alice")
    until("bob's request is there", lambda: [a["acct"] for a in toot_json("alice", "follow-requests", "list")] == ["bob"])
    toot("alice", "follow-requests", "accept", "bob")
    check("bob follows", [a["acct"] for a in toot_json("alice", "followers", "alice")] == ["bob"])
    toot("alice", "update-account", "--no-locked")


def polls():
    status = toot_json("alice", "post", "tea or coffee?", "--poll-option", "tea", "--poll-option", "coffee", "--poll-expires-in", "1 day")
    poll = status["poll"]
    check("the poll is posted", [option["title"] for option in poll["options"]] == ["tea", "coffee"], poll)
    toot("bob", "polls", "vote", poll["id"], "0")
    shown = toot_json("alice", "polls", "show", poll["id"])
    check("bob's vote is counted", [option["votes_count"] for option in shown["options"]] == [1, 0], shown)
    refused("bob", "polls", "vote", poll["id"], "1")


def lists_and_tags():
    toot("alice", "follow", "bob")
    toot("alice", "lists", "create", "Pals")
    toot("alice", "lists", "add", "Pals", "bob")
    check("bob is in the list", "bob" in toot("alice", "lists", "accounts", "Pals"))
    status = toot_json("bob", "post", "for all my #Poems")
    until("his post comes into the list", lambda: "for all my" in toot("alice", "timelines", "list", "Pals"))
    toot("alice", "lists", "remove", "Pals", "bob")
    toot("alice", "lists", "delete", "Pals")
    check("the list is gone", toot_json("alice", "lists", "list") == [])
    check("the hashtag has a timeline", status["id"] in [s["id"] for s in json.loads(toot("alice", "timelines", "tag", "poems", "--json"))])
    toot("alice", "tags", "follow", "poems")
    check("the hashtag is followed", [tag["name"].lower() for tag in toot_json("alice", "tags", "followed")] == ["poems"])
    check("and known", toot_json("alice", "tags", "info", "poems")["following"])
    toot("alice", "tags", "unfollow", "poems")


def pins_and_schedules():
    status = toot_json("alice", "post", "pinned to the wall")
    toot("alice", "pin", status["id"])
    check("it is pinned", toot_json("alice", "status", status["id"])["pinned"])
    toot("alice", "unpin", status["id"])
    later = toot_json("alice", "post", "tomorrow", "--scheduled-in", "1 day")
    check("a post waits", later["params"]["text"] == "tomorrow" and later["scheduled_at"], later)


def search():
    status = toot_json("alice", "post", "a wombat crossed the road")
    until("a post is found by a word", lambda: status["id"] in [s["id"] for s in toot_json("alice", "search", "wombat")["statuses"]])
    check("an account by its shown name", [a["acct"] for a in toot_json("bob", "search", "typist", "--type", "accounts")["accounts"]] == ["alice"])
    check("a hashtag by its beginning", "poems" in [tag["name"].lower() for tag in toot_json("bob", "search", "poem", "--type", "hashtags")["hashtags"]])


def handles_and_polls():
    domain = URL.split("//", 1)[1]
    sent = toot_json("alice", "post", "@BOB only for you", "--visibility", "direct")
    check("a handle in any case reaches bob", [m["acct"] for m in sent["mentions"]] == ["bob"], sent["mentions"])
    until("he has the message", lambda: sent["id"] in [n["status"]["id"] for n in toot_json("bob", "notifications", "--mentions")])
    check("whois finds him by his handle with this server's domain", toot_json("alice", "whois", f"bob@{domain}")["acct"] == "bob")
    status = toot_json("alice", "post", "which?", "--poll-option", "a", "--poll-option", "b", "--poll-option", "c", "--poll-multiple", "--poll-expires-in", "1 day")
    voted = toot_json("bob", "polls", "vote", status["poll"]["id"], "2", "0")
    check("bob has voted for two", sorted(voted["own_votes"]) == [0, 2], voted)
    deleted = toot_json("alice", "post", "with a link https://example.test/a(b)#isIt()")
    check("a link keeps its brackets", 'href="https://example.test/a(b)#isIt()"' in deleted["content"], deleted["content"])


main()
