// masto.js: two people sign in through the pages, post, read, answer, boost, and hear of it on a WebSocket.

import { readFile } from "node:fs/promises";

import { check, Events, until } from "./checks.mjs";
import { picture, signIn, streaming } from "./people.mjs";

/** The user stream of a person, known to be subscribed: a post of their own has come in. */
async function listen(person, streamingUrl) {
  const client = streaming(person, streamingUrl);
  const events = new Events(client.user.subscribe());
  await until(`${person.name}'s stream is open`, async () => {
    if (events.has("update")) return true;
    const probe = await person.rest.v1.statuses.create({ status: "is anybody there?", visibility: "private" });
    await person.rest.v1.statuses.$select(probe.id).fetch();
    return events.has("update");
  });
  return { client, events };
}

const alice = await signIn("alice");
const bob = await signIn("bob");
const instance = await alice.rest.v2.instance.fetch();
check("the instance says who it is", instance.domain && instance.configuration.urls.streaming, instance);
check("and in version 1 too", (await alice.rest.v1.instance.fetch()).uri, instance);

const relationship = await bob.rest.v1.accounts.$select(alice.account.id).follow();
check("bob follows alice", relationship.following, relationship);

const aliceHears = await listen(alice, instance.configuration.urls.streaming);
const bobHears = await listen(bob, instance.configuration.urls.streaming);

const file = new Blob([await readFile(picture)], { type: "image/png" });
const media = await alice.rest.v2.media.create({ file, description: "A picture in many colours", focus: "0.5,-0.5" });
check("the picture is taken", media.type === "image" && media.blurhash && media.url, media);
check("its alt text too", media.description === "A picture in many colours", media);
const status = await alice.rest.v1.statuses.create({ status: "Hello from masto.js #ferrodon", mediaIds: [media.id], visibility: "public" });
check("the post has the picture", status.mediaAttachments[0]?.id === media.id, status);
check("the picture can be fetched", (await fetch(status.mediaAttachments[0].url)).status === 200, status.mediaAttachments[0].url);

const seen = await bobHears.events.expect("bob's stream brings the post", "update", (update) => update.id === status.id);
check("with its picture", seen.mediaAttachments[0].description === "A picture in many colours", seen);
const home = await bob.rest.v1.timelines.home.list();
check("the post is in bob's home", home.some((one) => one.id === status.id), home);
const local = await bob.rest.v1.timelines.public.list({ local: true });
check("the post is in the local timeline", local.some((one) => one.id === status.id), local);

const reply = await bob.rest.v1.statuses.create({ status: "@alice well said", inReplyToId: status.id });
check("the reply answers the post", reply.inReplyToId === status.id, reply);
await aliceHears.events.expect("alice hears of the reply", "notification", (n) => n.type === "mention" && n.status.id === reply.id);
const context = await alice.rest.v1.statuses.$select(status.id).context.fetch();
check("the reply is in the context", context.descendants[0]?.id === reply.id, context);

const post = bob.rest.v1.statuses.$select(status.id);
await post.favourite();
await aliceHears.events.expect("alice hears of the favourite", "notification", (n) => n.type === "favourite" && n.account.id === bob.account.id);
const boost = await post.reblog();
check("the boost holds the post", boost.reblog.id === status.id, boost);
await aliceHears.events.expect("alice hears of the boost", "notification", (n) => n.type === "reblog");
await post.bookmark();
const shown = await post.fetch();
check("the post knows all three", shown.favourited && shown.reblogged && shown.bookmarked, shown);
check("and counts them", shown.favouritesCount === 1 && shown.reblogsCount === 1 && shown.repliesCount === 1, shown);
check("the bookmark is listed", (await bob.rest.v1.bookmarks.list())[0]?.id === status.id);

await alice.rest.v1.accounts.$select(bob.account.id).follow();
await bobHears.events.expect("bob hears of the follower", "notification", (n) => n.type === "follow");
const notifications = await alice.rest.v1.notifications.list();
const types = notifications.map((notification) => notification.type).sort();
check("alice's notifications are all there", types.join() === "favourite,follow,mention,reblog", types);

const texts = [];
for (let count = 0; count < 5; count++) await alice.rest.v1.statuses.create({ status: `page ${count}` });
for await (const page of alice.rest.v1.accounts.$select(alice.account.id).statuses.list({ limit: 2 })) {
  texts.push(...page.map((one) => one.content));
  if (texts.length >= 6) break;
}
check("pages follow one another", texts.slice(0, 5).join() === [4, 3, 2, 1, 0].map((count) => `<p>page ${count}</p>`).join(), texts);

await post.unfavourite();
await post.unreblog();
await post.unbookmark();
const undone = await post.fetch();
check("all three can be undone", !(undone.favourited || undone.reblogged || undone.bookmarked), undone);

await alice.rest.v1.statuses.$select(status.id).remove();
await bobHears.events.expect("bob hears of the deletion", "delete", (id) => id === status.id);
const gone = await post.fetch().then(() => undefined, (error) => error.statusCode);
check("the deleted post is gone", gone === 404, gone);

await bob.oauth.revoke({ clientId: bob.app.clientId, clientSecret: bob.app.clientSecret, token: bob.token.accessToken });
const refused = await bob.rest.v1.accounts.verifyCredentials().then(() => undefined, (error) => error.statusCode);
check("a revoked token is refused", refused === 401, refused);
aliceHears.client.close();
bobHears.client.close();
