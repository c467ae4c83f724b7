"""Mastodon.py: everything else that a client does in its first hour, after the journey of `mastodon_py.py`."""

import os
from datetime import datetime, timedelta, timezone

from mastodon import MastodonAPIError, StreamListener

from checks import Events, check, until
from people import URL, sign_in

PICTURE = os.environ["FERRODON_PICTURE"]
DAY_S = 24 * 60 * 60


class Listener(StreamListener):
    def __init__(self):
        self.events = Events()

    def on_update(self, status):
        self.events.put("update", status)

    def on_status_update(self, status):
        self.events.put("status.update", status)

    def on_notification(self, notification):
        self.events.put("notification", notification)

    def on_conversation(self, conversation):
        self.events.put("conversation", conversation)

    def on_delete(self, status_id):
        self.events.put("delete", status_id)


def main():
    (alice, alice_account), (bob, bob_account) = sign_in("alice"), sign_in("bob")
    instance(alice)
    profile(alice, bob)
    relationships(alice, alice_account, bob, bob_account)
    requests_to_follow(alice, alice_account, bob, bob_account)
    polls(alice, bob)
    edits(alice, bob)
    scheduled(alice)
    pins_and_mutes(alice, alice_account, bob)
    lists(alice, bob, bob_account)
    tags(alice, bob)
    conversations(alice, bob)
    markers(alice)
    notifications(alice, bob)
    search(alice, alice_account)
    push(alice)
    handles(alice, bob, bob_account)
    scripts(alice)
    marks_outlive_blocks(alice, alice_account, bob, bob_account)
    what_is_empty(alice, bob_account)


def instance(alice):
    check("the instance has limits", alice.instance_v2().configuration.statuses.max_characters == 500)
    check("version 1 too", alice.instance_v1().uri and alice.instance_v1().stats.user_count >= 2)
    for what, answer in [
        ("rules", alice.instance_rules()),
        ("peers", alice.instance_peers()),
        ("emojis", alice.custom_emojis()),
        ("languages", alice.instance_languages()),
    ]:
        check(f"the instance's {what} are a list", isinstance(answer, list), answer)
    refused("which servers are blocked is nobody's business, unless the instance says so", 404, alice.instance_domain_blocks)
    check("its activity is told by the week", len(alice.instance_activity()) == 12)
    check("its description is told", "content" in alice.instance_extended_description())
    check("nodeinfo names the software", alice.instance_nodeinfo().software.name == "ferrodon")


def profile(alice, bob):
    me = alice.account_update_credentials(
        display_name="Alice of the tests",
        note="I like #cats, see https://example.test/",
        avatar=PICTURE,
        avatar_mime_type="image/png",
        header=PICTURE,
        header_mime_type="image/png",
        fields=[("Home", "https://example.test/"), ("Cats", "two")],
        discoverable=True,
        indexable=True,
        default_language="en",
    )
    check("the name is changed", me.display_name == "Alice of the tests", me)
    check("the note as typed is in the source", me.source.note == "I like #cats, see https://example.test/", me.source)
    check("and as HTML in the profile", 'class="mention hashtag"' in me.note, me.note)
    check("the fields are there", [(f.name, f.value) for f in me.source.fields] == [("Home", "https://example.test/"), ("Cats", "two")], me.source)
    seen = bob.account(me.id)
    for picture in (seen.avatar, seen.header):
        check("others see the picture", "missing" not in picture and fetched(bob, picture), picture)
    check("preferences are told", alice.preferences()["posting:default:language"] == "en", alice.preferences())
    check("several accounts at once", {a.id for a in bob.accounts([me.id, bob.me().id])} == {me.id, bob.me().id})
    gone = alice.account_delete_avatar()
    check("the avatar can be taken off", "missing" in gone.avatar, gone.avatar)
    refused("a name that is too long", 422, lambda: alice.account_update_credentials(display_name="x" * 200))


def relationships(alice, alice_account, bob, bob_account):
    muted = alice.account_mute(bob_account.id, notifications=False, duration=DAY_S)
    check("alice mutes bob for a day", muted.muting and not muted.muting_notifications, muted)
    check("and finds him among the muted", [a.id for a in alice.mutes()] == [bob_account.id])
    check("until then", alice.mutes()[0].mute_expires_at is not None, alice.mutes())
    check("and not for ever", not alice.account_unmute(bob_account.id).muting)
    blocked = alice.account_block(bob_account.id)
    check("alice blocks bob", blocked.blocking, blocked)
    check("and finds him among the blocked", [a.id for a in alice.blocks()] == [bob_account.id])
    hers = alice.status_post("bob shall not read this")
    refused("bob asks for her post", 404, lambda: bob.status(hers.id))
    check("bob sees nothing of hers", bob.account_statuses(alice_account.id) == [])
    check("alice lets go", not alice.account_unblock(bob_account.id).blocking)
    alice.domain_block("far.example")
    check("alice blocks a whole host", alice.domain_blocks() == ["far.example"], alice.domain_blocks())
    alice.domain_unblock("far.example")
    check("and lets that go, too", alice.domain_blocks() == [])
    noted = alice.account_note_set(bob_account.id, "met at the tests")
    check("alice keeps a note", noted.note == "met at the tests", noted)


def requests_to_follow(alice, alice_account, bob, bob_account):
    check("alice locks her account", alice.account_update_credentials(locked=True).locked)
    asked = bob.account_follow(alice_account.id)
    check("bob's follow waits", asked.requested and not asked.following, asked)
    until("alice has his request", lambda: [a.id for a in alice.follow_requests()] == [bob_account.id])
    until("and a notification", lambda: [n for n in alice.notifications(types=["follow_request"]) if n.account.id == bob_account.id])
    rejected = alice.follow_request_reject(bob_account.id)
    check("alice says no", not rejected.requested_by, rejected)
    bob.account_follow(alice_account.id)
    accepted = alice.follow_request_authorize(bob_account.id)
    check("alice says yes", accepted.followed_by, accepted)
    check("bob follows", bob.account_relationships(alice_account.id)[0].following)
    check("alice's door is open again", not alice.account_update_credentials(locked=False).locked)
    changed = bob.account_follow(alice_account.id, reblogs=False, notify=True)
    check("bob wants no boosts, but to be told of posts", changed.notifying and not changed.showing_reblogs, changed)
    told = alice.status_post("bob is told of this")
    until("and is", lambda: [n for n in bob.notifications(types=["status"]) if n.status.id == told.id])
    back = alice.account_remove_from_followers(bob_account.id)
    check("alice can lose a follower", not back.followed_by, back)
    bob.account_follow(alice_account.id, reblogs=True)


def polls(alice, bob):
    asked = alice.status_post("cats or dogs?", poll=alice.make_poll(["cats", "dogs", "both"], expires_in=DAY_S, multiple=True))
    check("the poll is there", [o.title for o in asked.poll.options] == ["cats", "dogs", "both"], asked.poll)
    voted = bob.poll_vote(asked.poll.id, [0, 2])
    check("bob votes", voted.voted and voted.own_votes == [0, 2] and voted.voters_count == 1, voted)
    refused("bob votes for the same again", 422, lambda: bob.poll_vote(asked.poll.id, [2]))
    refused("alice votes herself", 422, lambda: alice.poll_vote(asked.poll.id, [1]))
    check("all see the votes", [o.votes_count for o in alice.poll(asked.poll.id).options] == [1, 0, 1])


def edits(alice, bob):
    status = alice.status_post("a post with a mistike", spoiler_text="careful")
    bob.status_reblog(status)
    check("the source is as typed", (alice.status_source(status.id).text, alice.status_source(status.id).spoiler_text) == ("a post with a mistike", "careful"))
    edited = alice.status_update(status.id, "a post without a mistake", spoiler_text="careful")
    check("it is edited", "without a mistake" in edited.content and edited.edited_at is not None, edited)
    history = bob.status_history(status.id)
    check("its history is kept", ["mistike" in history[0].content, "mistake" in history[1].content] == [True, True], history)
    until("who boosted it is told", lambda: [n for n in bob.notifications(types=["update"]) if n.status.id == status.id])


def scheduled(alice):
    later = datetime.now(timezone.utc) + timedelta(hours=2)
    waiting = alice.status_post("from yesterday", scheduled_at=later, visibility="unlisted")
    check("the post waits", waiting.params.text == "from yesterday" and waiting.params.visibility == "unlisted", waiting)
    check("it is listed", [s.id for s in alice.scheduled_statuses()] == [waiting.id])
    moved = alice.scheduled_status_update(waiting.id, later + timedelta(hours=1))
    check("it can be put off", moved.scheduled_at > waiting.scheduled_at, moved)
    alice.scheduled_status_delete(waiting.id)
    check("and given up", alice.scheduled_statuses() == [])
    refused("a post in a minute", 422, lambda: alice.status_post("too soon", scheduled_at=datetime.now(timezone.utc) + timedelta(minutes=1)))


def pins_and_mutes(alice, alice_account, bob):
    status = alice.status_post("look at this first")
    check("it is pinned", alice.status_pin(status).pinned)
    check("bob finds it on top", [s.id for s in bob.account_statuses(alice_account.id, pinned=True)] == [status.id])
    check("it is taken off", not alice.status_unpin(status).pinned)
    check("alice hears no more of it", alice.status_mute(status).muted)
    check("and does again", not alice.status_unmute(status).muted)
    refused("bob pins what is not his", 422, lambda: bob.status_pin(status))


def lists(alice, bob, bob_account):
    made = alice.list_create("Friends", replies_policy="none", exclusive=True)
    check("a list is made", (made.title, made.replies_policy, made.exclusive) == ("Friends", "none", True), made)
    refused("somebody whom she does not follow", 422, lambda: alice.list_accounts_add(made.id, [bob_account.id]))
    alice.account_follow(bob_account.id)
    alice.list_accounts_add(made.id, [bob_account.id])
    check("bob is in it", [a.id for a in alice.list_accounts(made.id)] == [bob_account.id])
    check("the list is among those he is in", [one.id for one in alice.account_lists(bob_account.id)] == [made.id])
    hears = Listener()
    stream = alice.stream_list(made.id, hears, run_async=True)
    status = until_heard("bob's post comes live", bob, "for the list", hears)
    until("and into the list's timeline", lambda: status in [s.id for s in alice.timeline_list(made.id)])
    check("and not home, for the list is exclusive", status not in [s.id for s in alice.timeline_home()])
    stream.close()
    check("it is renamed", alice.list_update(made.id, "Pals", replies_policy="followed").title == "Pals")
    alice.list_accounts_delete(made.id, [bob_account.id])
    check("bob is out", alice.list_accounts(made.id) == [])
    alice.list_delete(made.id)
    check("the list is gone", alice.lists() == [])


def tags(alice, bob):
    hears = Listener()
    stream = alice.stream_hashtag("tourism", hears, run_async=True)
    status = until_heard("a hashtag comes live", bob, "a trip #Tourism", hears)
    stream.close()
    check("the hashtag has a timeline", status in [s.id for s in alice.timeline_hashtag("tourism")])
    check("the hashtag is told of", alice.tag("tourism").name.lower() == "tourism", alice.tag("tourism"))
    check("alice follows it", alice.tag_follow("tourism").following)
    check("and finds it among those", [t.name.lower() for t in alice.followed_tags()] == ["tourism"])
    check("and leaves it", not alice.tag_unfollow("tourism").following)


def conversations(alice, bob):
    hears = Listener()
    stream = alice.stream_direct(hears, run_async=True)
    sent = bob.status_post("@alice just between us", visibility="direct")
    until("a direct message comes into a conversation", lambda: [c for c in alice.conversations() if c.last_status.id == sent.id])
    first = alice.conversations()[0]
    check("it is unread, and with bob", first.unread and [a.username for a in first.accounts] == ["bob"], first)
    check("it is read", not alice.conversations_read(first.id).unread)
    until("the next one comes live", lambda: bob.status_post("@alice and another", visibility="direct") and hears.events.has("conversation"))
    stream.close()


def markers(alice):
    newest = alice.timeline_home(limit=1)[0]
    check("nothing is marked yet", alice.markers_get(["home"]) == {}, alice.markers_get(["home"]))
    check("a place is kept", str(alice.markers_set("home", newest.id)["home"].last_read_id) == str(newest.id))
    check("and found again", str(alice.markers_get(["home"])["home"].last_read_id) == str(newest.id))


def notifications(alice, bob):
    status = alice.status_post("tell me what you think")
    bob.status_favourite(status)
    bob.status_reply(status, "I think so")
    favourite = until("alice has the favourite", lambda: [n for n in alice.notifications(types=["favourite"]) if n.status.id == status.id])[0]
    until("and the mention", lambda: [n for n in alice.notifications(mentions_only=None, types=["mention"]) if "I think so" in n.status.content])
    check("one can be shown alone", alice.notifications(favourite.id).id == favourite.id)
    check("without some types", "favourite" not in {n.type for n in alice.notifications(exclude_types=["favourite"])})
    check("they are counted", alice.notifications_unread_count().count >= 2, alice.notifications_unread_count())
    grouped = alice.grouped_notifications(expand_accounts="full")
    group = next(g for g in grouped.notification_groups if g.type == "favourite" and str(g.status_id) == str(status.id))
    check("they are grouped", group.notifications_count == 1 and group.group_key.startswith("favourite-"), group)
    check("with their accounts and statuses", grouped.accounts and grouped.statuses, grouped)
    check("a group has accounts", [a.username for a in alice.grouped_notification_accounts(group.group_key)] == ["bob"])
    check("groups are counted", alice.unread_grouped_notifications_count() >= 2)
    alice.dismiss_grouped_notification(group.group_key)
    check("a group is dismissed", group.group_key not in [g.group_key for g in alice.grouped_notifications().notification_groups])
    alice.notifications_dismiss(alice.notifications()[0].id)
    alice.notifications_clear()
    check("all are dismissed", alice.notifications() == [])


def search(alice, alice_account):
    status = alice.status_post("An armadillo named Größe 東京タワー #Armadillos")
    for words in ("armadillo", "grosse", "東京", '"armadillo named"'):
        until(f"a search for {words} finds it", lambda: status.id in [s.id for s in alice.search_v2(words, result_type="statuses").statuses])
    check("a search for other words does not", alice.search_v2("armadillo -named", result_type="statuses").statuses == [])
    check("the hashtag is found", "armadillos" in [t.name.lower() for t in alice.search_v2("armadil", result_type="hashtags", exclude_unreviewed=False).hashtags])
    check("the account is found by its shown name", alice_account.id in [a.id for a in alice.search_v2("of the tests", result_type="accounts").accounts])
    check("and by its name", alice_account.id in [a.id for a in alice.account_search("alic")])
    found = alice.search_v2(status.url, resolve=True)
    check("an address leads to its post", [s.id for s in found.statuses] == [status.id], found)


def push(alice):
    refused("nothing is subscribed", 404, alice.push_subscription)
    keys = {"pubkey": RECEIVER_KEY, "auth": bytes(range(16))}
    made = alice.push_subscription_set("https://push.example/send/1", keys, mention_events=True, policy="followed")
    check("a subscription is made", made.endpoint == "https://push.example/send/1" and made.server_key, made)
    check("with what was asked for", made.alerts.mention, made.alerts)
    changed = alice.push_subscription_update(favourite_events=True, policy="all")
    check("it is changed", changed.alerts.favourite, changed)
    check("it is found", alice.push_subscription().id == made.id)
    alice.push_subscription_delete()
    refused("it is gone", 404, alice.push_subscription)


def handles(alice, bob, bob_account):
    for handle in ("@bob", "@BOB"):
        sent = alice.status_post(f"{handle} are you there?", visibility="direct")
        check(f"{handle} is bob", [m.id for m in sent.mentions] == [bob_account.id], sent.mentions)
        until("and he has it", lambda: [n for n in bob.notifications(types=["mention"]) if n.status.id == sent.id])
    domain = URL.split("//", 1)[1]
    for handle in ("bob", "@bob", f"bob@{domain}", f"@BOB@{domain}"):
        check(f"looking {handle} up finds him", alice.account_lookup(handle).id == bob_account.id)


def scripts(alice):
    for tag, around in (("विज्ञान", "{}"), ("தமிழ்", "({})"), ("タグ", "「{}」"), ("cats", '"{}"')):
        posted = alice.status_post("read " + around.format("#" + tag) + " now")
        check(f"#{tag} is a hashtag", [t.name for t in posted.tags] == [tag], posted.tags)
        check("its timeline has the post", posted.id in [s.id for s in alice.timeline_hashtag(tag)])
        check("it is found", tag in [t.name for t in alice.search_v2("#" + tag, result_type="hashtags", exclude_unreviewed=False).hashtags])


def marks_outlive_blocks(alice, alice_account, bob, bob_account):
    status = alice.status_post("worth keeping")
    bob.status_bookmark(status)
    bob.status_favourite(status)
    alice.account_block(bob_account.id)
    check("a bookmark can be taken back after a block", not bob.status_unbookmark(status).bookmarked)
    check("a favourite, too", not bob.status_unfavourite(status).favourited)
    alice.account_unblock(bob_account.id)
    many = bob.account_relationships([alice_account.id, alice_account.id])
    check("who is asked for twice is told of once", [one.id for one in many] == [alice_account.id], many)


def what_is_empty(alice, bob_account):
    for what, answer in [
        ("filters", alice.filters_v2()),
        ("old filters", alice.filters()),
        ("trending tags", alice.trending_tags()),
        ("trending statuses", alice.trending_statuses()),
        ("trending links", alice.trending_links()),
        ("featured tags", alice.featured_tags()),
        ("bob's featured tags", alice.account_featured_tags(bob_account.id)),
        ("announcements", alice.announcements()),
        ("endorsements", alice.endorsements()),
    ]:
        check(f"{what} are a list", answer == [], answer)
    check("suggestions are a list", isinstance(alice.suggestions(), list))


# The receiver's public key of RFC 8291, appendix A: a point of P-256, uncompressed.
RECEIVER_KEY = bytes.fromhex(
    "042571b2becdfde360551aaf1ed0f4cd366c11cebe555f89bcb7b186a53339173168ece2ebe018597bd30479b86e3c8f8eced577ca59187e9246990db682008b0e"
)


def until_heard(what, author, text, listener):
    """Posts until one arrives, since a stream says nothing when it opens; returns that status's id."""
    def posted():
        author.status_post(text)
        return listener.events.has("update")

    until(what, posted)
    return listener.events.first("update").id


def fetched(client, url):
    return client.session.get(url, timeout=30).status_code == 200


def refused(what, code, act):
    try:
        seen = act()
    except MastodonAPIError as error:
        check(f"{what}: {code}", error.args[1] == code, error.args)
    else:
        check(f"{what}: {code}", False, seen)


main()
