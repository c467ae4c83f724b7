"""Mastodon.py: two people sign in through the pages, post, read, answer, boost, and hear of it live."""

import os

from mastodon import StreamListener

from checks import Events, check, until
from people import sign_in


class Listener(StreamListener):
    def __init__(self):
        self.events = Events()

    def on_update(self, status):
        self.events.put("update", status)

    def on_notification(self, notification):
        self.events.put("notification", notification)

    def on_delete(self, status_id):
        self.events.put("delete", status_id)

    def on_abort(self, err):
        self.events.put("abort", err)


def main():
    alice, alice_account = sign_in("alice")
    bob, bob_account = sign_in("bob")
    check("the instance says who it is", alice.instance_v2().domain, alice.instance_v2())
    check("the stream is healthy", alice.stream_healthy())

    relationship = bob.account_follow(alice_account.id)
    check("bob follows alice", relationship.following, relationship)
    check("the relationship says so", bob.account_relationships(alice_account.id)[0].following)

    alice_hears, bob_hears = Listener(), Listener()
    streams = [alice.stream_user(alice_hears, run_async=True), bob.stream_user(bob_hears, run_async=True)]

    media = alice.media_post(os.environ["FERRODON_PICTURE"], mime_type="image/png", description="A picture in many colours", focus=(0.5, -0.5))
    check("the picture is taken", media.type == "image" and media.blurhash, media)
    check("its alt text too", media.description == "A picture in many colours", media)
    status = alice.status_post("Hello from Mastodon.py, see https://example.test/a/long/path/that/is/cut and #ferrodon", media_ids=[media], idempotency_key="first")
    check("the post has the picture", [m.id for m in status.media_attachments] == [media.id], status)
    again = alice.status_post("Hello from Mastodon.py, see https://example.test/a/long/path/that/is/cut and #ferrodon", media_ids=[media], idempotency_key="first")
    check("the same key posts once", again.id == status.id, (again.id, status.id))

    seen = bob_hears.events.expect("bob's stream brings the post", "update", lambda update: update.id == status.id)
    check("with its picture", seen.media_attachments[0].description == "A picture in many colours", seen)
    home = until("the post is in bob's home", lambda: [s for s in bob.timeline_home() if s.id == status.id])
    check("with its content", "Hello from Mastodon.py" in home[0].content and 'class="mention hashtag"' in home[0].content, home[0].content)
    check("the post is in the local timeline", status.id in [s.id for s in bob.timeline_local()])
    check("the post is alice's", status.id in [s.id for s in bob.account_statuses(alice_account.id)])

    reply = bob.status_reply(status, "Well said")
    check("the reply answers the post", reply.in_reply_to_id == status.id, reply)
    alice_hears.events.expect("alice hears of the reply", "notification", lambda n: n.type == "mention" and n.status.id == reply.id)
    check("the reply is in the context", [s.id for s in alice.status_context(status.id).descendants] == [reply.id])

    bob.status_favourite(status)
    alice_hears.events.expect("alice hears of the favourite", "notification", lambda n: n.type == "favourite" and n.account.id == bob_account.id)
    boost = bob.status_reblog(status)
    check("the boost holds the post", boost.reblog.id == status.id, boost)
    alice_hears.events.expect("alice hears of the boost", "notification", lambda n: n.type == "reblog")
    bob.status_bookmark(status)
    shown = bob.status(status.id)
    check("the post knows all three", shown.favourited and shown.reblogged and shown.bookmarked, shown)
    check("and counts them", (shown.favourites_count, shown.reblogs_count, shown.replies_count) == (1, 1, 1), shown)
    check("the bookmark is listed", [s.id for s in bob.bookmarks()] == [status.id])
    check("the favourite is listed", [s.id for s in bob.favourites()] == [status.id])

    follow = alice.account_follow(bob_account.id)
    check("alice follows back", follow.following and follow.followed_by, follow)
    bob_hears.events.expect("bob hears of the follower", "notification", lambda n: n.type == "follow")
    types = {n.type for n in alice.notifications()}
    check("alice's notifications are all there", types == {"follow", "mention", "favourite", "reblog"}, types)

    posts = [alice.status_post(f"page {n}") for n in range(5)]
    page = bob.account_statuses(alice_account.id, limit=2, exclude_reblogs=True)
    rest = bob.fetch_remaining(page)
    check("pages follow one another", [s.id for s in rest[:5]] == [s.id for s in reversed(posts)], [s.id for s in rest])

    bob.status_unfavourite(status)
    bob.status_unreblog(status)
    bob.status_unbookmark(status)
    shown = bob.status(status.id)
    check("all three can be undone", not (shown.favourited or shown.reblogged or shown.bookmarked), shown)

    gone = alice.status_delete(posts[0])
    check("a deleted post gives back its text", gone.text == "page 0", gone)
    bob_hears.events.expect("bob hears of the deletion", "delete", lambda status_id: str(status_id) == str(posts[0].id))
    bob.account_unfollow(alice_account.id)
    check("bob no longer follows", not bob.account_relationships(alice_account.id)[0].following)

    for stream in streams:
        stream.close()
    bob.revoke_access_token(allow_http=True)


main()
