// masto.js: everything else that a client does in its first hour, after the journey of `masto_js.mjs`.

import { readFile } from "node:fs/promises";

import { check, Events, until } from "./checks.mjs";
import { picture, signIn, streaming } from "./people.mjs";

const DAY_S = 24 * 60 * 60;
const names = (list) => list.map((one) => one.username).join();
const ids = (list) => list.map((one) => one.id).join();

/** The status code of a refusal; `undefined` when there was none. */
const refusal = (promise) => promise.then(() => undefined, (error) => error.statusCode);

const alice = await signIn("alice");
const bob = await signIn("bob");
const address = (await alice.rest.v2.instance.fetch()).configuration.urls.streaming;
const [hers, his] = [alice.rest.v1, bob.rest.v1];
const post = (person, status, more = {}) => person.rest.v1.statuses.create({ status, ...more });

// The instance
check("rules are a list", Array.isArray(await hers.instance.rules.list()));
check("languages are a list", (await hers.instance.languages.list()).length > 0);
check("emojis are a list", Array.isArray(await hers.customEmojis.list()));
check("peers are a list", Array.isArray(await hers.instance.peers.list()));
check("weeks of activity", (await hers.instance.activity.list()).length === 12);
check("an extended description", "content" in (await hers.instance.extendedDescription.fetch()));

// The profile, in masto.js's own encoding of files and fields
const file = new Blob([await readFile(picture)], { type: "image/png" });
const profile = await hers.accounts.updateCredentials({
  displayName: "Alice in JavaScript",
  note: "likes #cats",
  avatar: file,
  header: file,
  fieldsAttributes: [{ name: "Home", value: "https://example.test/" }, { name: "Cats", value: "two" }],
  source: { privacy: "unlisted", language: "en" },
  indexable: true,
  discoverable: true,
});
check("the profile is changed", profile.displayName === "Alice in JavaScript" && !profile.avatar.includes("missing") && !profile.header.includes("missing"), profile);
check("with its fields", profile.source.fields.map((field) => field.value).join() === "https://example.test/,two", profile.source);
check("and its defaults", profile.source.privacy === "unlisted" && (await hers.preferences.fetch())["posting:default:visibility"] === "unlisted", profile.source);
check("which posts follow", (await post(alice, "by default")).visibility === "unlisted");
await hers.accounts.updateCredentials({ source: { privacy: "public" } });
check("a picture of a profile can be fetched", (await fetch(profile.avatar)).status === 200, profile.avatar);

// What people are to each other
const bobToHer = hers.accounts.$select(bob.account.id);
const aliceToHim = his.accounts.$select(alice.account.id);
check("alice mutes", (await bobToHer.mute({ notifications: true, duration: DAY_S })).mutingNotifications);
check("and sees whom", names(await hers.mutes.list()) === "bob");
await bobToHer.unmute();
check("alice blocks", (await bobToHer.block()).blocking);
check("and sees whom", names(await hers.blocks.list()) === "bob");
check("bob may not follow", (await refusal(aliceToHim.follow())) >= 400);
await bobToHer.unblock();
await hers.accounts.updateCredentials({ locked: true });
check("bob asks to follow", (await aliceToHim.follow()).requested);
await until("alice has the request", async () => names(await hers.followRequests.list()) === "bob");
check("she lets him", (await hers.followRequests.$select(bob.account.id).authorize()).followedBy);
await hers.accounts.updateCredentials({ locked: false });
check("he is among her followers", names(await hers.accounts.$select(alice.account.id).followers.list()) === "bob");
await bobToHer.follow();
const [relationship] = await hers.accounts.relationships.fetch({ id: [bob.account.id] });
check("they follow each other", relationship.following && relationship.followedBy, relationship);

// Polls
const asked = await post(alice, "one or two?", { poll: { options: ["one", "two"], expiresIn: DAY_S } });
check("a poll is posted", asked.poll.options.length === 2 && asked.poll.expiresAt, asked.poll);
const voted = await his.polls.$select(asked.poll.id).votes.create({ choices: [1] });
check("bob votes", voted.voted && voted.ownVotes.join() === "1" && voted.votesCount === 1, voted);
check("once", (await refusal(his.polls.$select(asked.poll.id).votes.create({ choices: [0] }))) === 422);
check("and all see it", (await hers.polls.$select(asked.poll.id).fetch()).options[1].votesCount === 1);

// Edits
const media = await alice.rest.v2.media.create({ file, description: "colours" });
const first = await post(alice, "a first versoin", { mediaIds: [media.id] });
const edit = hers.statuses.$select(first.id);
check("the source is as typed", (await edit.source.fetch()).text === "a first versoin");
const edited = await edit.update({ status: "a first version", mediaIds: [media.id], mediaAttributes: [{ id: media.id, description: "many colours" }] });
check("it is edited", edited.editedAt && edited.content === "<p>a first version</p>" && edited.mediaAttachments[0].description === "many colours", edited);
check("its history has both", (await edit.history.list()).map((one) => one.content).join() === "<p>a first versoin</p>,<p>a first version</p>");

// Scheduled
const soon = new Date(Date.now() + 2 * 60 * 60 * 1000).toISOString();
const waiting = await post(alice, "later", { scheduledAt: soon });
check("a post waits", waiting.params.text === "later" && waiting.scheduledAt, waiting);
check("it is listed", ids(await hers.scheduledStatuses.list()) === waiting.id);
await hers.scheduledStatuses.$select(waiting.id).remove();
check("and given up", (await hers.scheduledStatuses.list()).length === 0);

// Pins
await edit.pin();
check("it is pinned", ids(await aliceToHim.statuses.list({ pinned: true })) === first.id);
await edit.unpin();
check("and mutes its thread", (await edit.mute()).muted && !(await edit.unmute()).muted);

// Lists, hashtags and their streams, all on one socket
const list = await hers.lists.create({ title: "Pals", repliesPolicy: "list", exclusive: false });
await hers.lists.$select(list.id).accounts.create({ accountIds: [bob.account.id] });
check("bob is in the list", names(await hers.lists.$select(list.id).accounts.list()) === "bob");
const socket = streaming(alice, address);
const streams = {
  list: new Events(socket.list.subscribe({ list: list.id })),
  hashtag: new Events(socket.hashtag.subscribe({ tag: "tour" })),
  public: new Events(socket.public.subscribe()),
  local: new Events(socket.public.local.subscribe()),
  media: new Events(socket.public.media.subscribe()),
  direct: new Events(socket.direct.subscribe()),
  notification: new Events(socket.user.notification.subscribe()),
};
const picked = await bob.rest.v2.media.create({ file, description: "from bob" });
let last = await post(bob, "@alice with a picture #tour", { mediaIds: [picked.id] });
for (const [name, event] of [["list", "update"], ["hashtag", "update"], ["public", "update"], ["local", "update"], ["notification", "notification"]]) {
  await until(`the ${name} stream brings an ${event}`, async () => {
    if (streams[name].has(event)) return true;
    last = await post(bob, "@alice and again #tour");
    return streams[name].has(event);
  });
}
await until("the media stream brings pictures", async () => {
  if (streams.media.has("update")) return true;
  const again = await bob.rest.v2.media.create({ file });
  await post(bob, "one more picture", { mediaIds: [again.id] });
  return streams.media.has("update");
});
await his.statuses.$select(last.id).update({ status: "@alice changed #tour" });
await streams.hashtag.expect("an edit comes live", "status.update", (status) => status.id === last.id);
await his.statuses.$select(last.id).remove();
await streams.hashtag.expect("a deletion, too", "delete", (id) => id === last.id);
const direct = await post(bob, "@alice between us", { visibility: "direct" });
await streams.direct.expect("a direct message comes live", "conversation", (conversation) => conversation.lastStatus.id === direct.id);
check("nobody else hears of it", !streams.public.has("conversation"));
socket.close();
await post(bob, "one that stays #tour");
await until("the list has a timeline", async () => (await hers.timelines.list.$select(list.id).list()).length > 0);
await until("the hashtag has one", async () => (await hers.timelines.tag.$select("tour").list()).length > 0);
await hers.lists.$select(list.id).remove();
check("the list is gone", (await hers.lists.list()).length === 0);
check("a hashtag is followed", (await hers.tags.$select("tour").follow()).following);
check("and listed", (await hers.followedTags.list()).map((tag) => tag.name).join() === "tour");
await hers.tags.$select("tour").unfollow();

// Conversations and markers
const [conversation] = await hers.conversations.list();
check("the conversation is there", conversation.unread && conversation.lastStatus.id === direct.id && names(conversation.accounts) === "bob", conversation);
check("it is read", !(await hers.conversations.$select(conversation.id).read()).unread);
await hers.conversations.$select(conversation.id).remove();
check("it is put away", (await hers.conversations.list()).length === 0);
const marker = await hers.markers.create({ home: { lastReadId: first.id } });
check("a place is kept", marker.home.lastReadId === first.id && (await hers.markers.fetch({ timeline: ["home"] })).home.version === marker.home.version, marker);

// Notifications, grouped
await his.statuses.$select(first.id).favourite();
const grouped = await until("the favourite is grouped", async () => {
  const page = await alice.rest.v2.notifications.list({ types: ["favourite"] });
  return page.notificationGroups.length > 0 && page;
});
const [group] = grouped.notificationGroups;
check("with its status and account", group.statusId === first.id && grouped.statuses[0].id === first.id && names(grouped.accounts) === "bob", grouped);
check("the group can be shown", (await alice.rest.v2.notifications.$select(group.groupKey).fetch()).notificationGroups[0].groupKey === group.groupKey);
check("unread ones are counted", (await hers.notifications.unreadCount.fetch()).count > 0 && (await alice.rest.v2.notifications.unreadCount.fetch()).count > 0);
await alice.rest.v2.notifications.$select(group.groupKey).dismiss();
check("the group is dismissed", (await alice.rest.v2.notifications.list({ types: ["favourite"] })).notificationGroups.length === 0);

// Search
const found = await post(alice, "an echidna and 猫カフェ");
for (const q of ["echidna", "カフェ"]) {
  await until(`a search finds ${q}`, async () => ids((await alice.rest.v2.search.list({ q, type: "statuses" })).statuses) === found.id);
}
check("and accounts", names((await bob.rest.v2.search.list({ q: "in JavaScript", type: "accounts" })).accounts) === "alice");
check("and hashtags", (await bob.rest.v2.search.list({ q: "tou", type: "hashtags" })).hashtags.some((tag) => tag.name === "tour"));

// Web Push
const subscription = await hers.push.subscription.create({
  subscription: {
    endpoint: "https://push.example/send/1",
    keys: { p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", auth: "BTBZMqHH6r4Tts7J_aSIgg" },
  },
  data: { alerts: { mention: true }, policy: "all" },
});
check("pushes are subscribed to", subscription.endpoint === "https://push.example/send/1" && subscription.alerts.mention === true, subscription);
await hers.push.subscription.remove();
check("and no longer", (await refusal(hers.push.subscription.fetch())) === 404);

// Handles of this server, however they are written
const { host } = new URL(process.env.FERRODON_URL);
for (const handle of ["@bob", "@BOB"]) {
  const told = await post(alice, `${handle} hello`, { visibility: "direct" });
  check(`${handle} is bob`, told.mentions.map((one) => one.id).join() === bob.account.id, told.mentions);
  check("he sees it", (await his.statuses.$select(told.id).fetch()).id === told.id);
}
check("looking it up finds him", (await hers.accounts.lookup({ acct: `bob@${host}` })).id === bob.account.id);

// Marks can be taken back when the author has blocked
const kept = await post(alice, "worth keeping");
await his.statuses.$select(kept.id).bookmark();
await his.statuses.$select(kept.id).favourite();
await bobToHer.block();
check("a bookmark goes", (await his.statuses.$select(kept.id).unbookmark()).bookmarked === false);
check("a favourite goes", (await his.statuses.$select(kept.id).unfavourite()).favourited === false);
await bobToHer.unblock();

// Wrong dates, deleted parents
check("a date that is none is refused", (await refusal(post(alice, "some day", { scheduledAt: "banana" }))) === 422);
const parent = await post(alice, "to be deleted");
const reply = await post(bob, "an answer", { inReplyToId: parent.id });
await hers.statuses.$select(parent.id).remove();
await until("an answer to what is gone answers nothing", async () => (await his.statuses.$select(reply.id).fetch()).inReplyToId === null);

// What is empty as yet is an empty list
for (const [what, list] of [
  ["filters", alice.rest.v2.filters.list()],
  ["old filters", hers.filters.list()],
  ["trending hashtags", hers.trends.tags.list()],
  ["trending statuses", hers.trends.statuses.list()],
  ["trending links", hers.trends.links.list()],
  ["featured hashtags", hers.featuredTags.list()],
  ["announcements", hers.announcements.list()],
]) {
  check(`${what} are a list`, (await list).length === 0);
}
check("suggestions are a list", Array.isArray(await alice.rest.v2.suggestions.list()));
