// What web clients (Phanpy, Elk) ask when they start and when somebody opens their pages: none of it may be a 404, which
// they show as an error page. The addresses are written as such clients write them, with an odd slash here and there.

import { check } from "./checks.mjs";
import { picture, signIn } from "./people.mjs";
import { readFile } from "node:fs/promises";

const { FERRODON_URL: url } = process.env;
const alice = await signIn("alice");
const bob = await signIn("bob");
const token = { authorization: `Bearer ${alice.token.accessToken}` };

const json = async (path, headers) => {
  const response = await fetch(`${url}${path}`, { headers });
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = text;
  }
  return { status: response.status, body };
};

/** Asks for `path`, which is there; its JSON. */
async function there(path, headers = token) {
  const { status, body } = await json(path, headers);
  check(`GET ${path}`, status === 200 && typeof body === "object", { status, body });
  return body;
}

/** Asks for `path`, whose answer is a list. */
async function listed(path, headers = token) {
  const body = await there(path, headers);
  check(`GET ${path} is a list`, Array.isArray(body), body);
  return body;
}

const hello = await bob.rest.v1.statuses.create({ status: "hello #विज्ञान" });
await alice.rest.v1.accounts.$select(bob.account.id).follow();
const [me, him] = [alice.account.id, bob.account.id];

// Before anybody is signed in
for (const path of ["/api/v2/instance", "/api/v1/instance", "//api/v1/instance", "/api//v2/instance", "/.well-known/nodeinfo"]) await there(path, {});
for (const path of [
  "/api/v1/custom_emojis",
  "/api/v1/instance/rules",
  "/api/v1/instance/peers",
  "/api/v1/instance/activity",
  "/api/v1/timelines/public?local=true&limit=20",
  "/api/v1/timelines/public?remote=true&limit=20",
  "/api/v1/trends/tags?limit=20",
  "/api/v1/trends/statuses?limit=20",
  "/api/v1/trends/links?limit=20",
  "/api/v1/trends?limit=5",
]) {
  await listed(path, {});
}
await there("/api/v1/instance/translation_languages", {});
await there("/api/v1/instance/extended_description", {});

// On start
await there("/api/v1/accounts/verify_credentials");
await there("/api/v1/preferences");
await there("/api/v1/markers?timeline[]=home&timeline[]=notifications");
for (const path of [
  "/api/v1/lists",
  "/api/v2/filters",
  "/api/v1/filters",
  "/api/v1/followed_tags?limit=200",
  "/api/v1/featured_tags",
  "/api/v1/featured_tags/suggestions",
  "/api/v1/announcements",
  "/api/v1/announcements?with_dismissed=true",
  "/api/v1/follow_requests?limit=80",
  "/api/v1/scheduled_statuses?limit=40",
  "/api/v1/suggestions?limit=40",
  "/api/v2/suggestions?limit=40",
]) {
  await listed(path);
}

// Pages
for (const path of [
  "/api/v1/timelines/home?limit=20",
  "/api/v1/timelines/tag/%E0%A4%B5%E0%A4%BF%E0%A4%9C%E0%A5%8D%E0%A4%9E%E0%A4%BE%E0%A4%A8?limit=20",
  "/api/v1/notifications?limit=20&types[]=mention",
  "/api/v1/conversations?limit=20",
  "/api/v1/bookmarks?limit=20",
  "/api/v1/favourites?limit=20",
  "/api/v1/mutes?limit=80",
  "/api/v1/blocks?limit=80",
  "/api/v1/domain_blocks?limit=80",
  "/api/v1/endorsements",
  `/api/v1/statuses?id[]=${hello.id}`,
  `/api/v1/accounts?id[]=${him}`,
  `/api/v1/accounts/relationships?id[]=${him}&id[]=${him}`,
  `/api/v1/accounts/familiar_followers?id[]=${him}`,
  `/api/v1/accounts/search?q=bob&limit=5&resolve=false`,
  `/api/v1/accounts/${him}/statuses?exclude_replies=true&limit=20`,
  `/api/v1/accounts/${him}/statuses?pinned=true`,
  `/api/v1/accounts/${him}/statuses?only_media=true`,
  `/api/v1/accounts/${him}/featured_tags`,
  `/api/v1/accounts/${him}/endorsements`,
  `/api/v1/accounts/${him}/lists`,
  `/api/v1/accounts/${him}/followers?limit=80`,
  `/api/v1/accounts/${me}/following?limit=80`,
  `/api/v1/statuses/${hello.id}/reblogged_by`,
  `/api/v1/statuses/${hello.id}/favourited_by`,
  `/api/v1/statuses/${hello.id}/history`,
  "/api/v1/notifications/requests?limit=40",
]) {
  await listed(path);
}
const grouped = await there("/api/v2/notifications?limit=20&grouped_types[]=favourite&grouped_types[]=reblog&expand_accounts=partial_avatars");
check("groups are a list", Array.isArray(grouped.notification_groups), grouped);
await there("/api/v2/notifications/policy");
await there("/api/v1/tags/%E0%A4%B5%E0%A4%BF%E0%A4%9C%E0%A5%8D%E0%A4%9E%E0%A4%BE%E0%A4%A8");
await there(`/api/v1/statuses/${hello.id}/context`);
const lookedUp = await there(`/api/v1/accounts/lookup?acct=${encodeURIComponent(`bob@${new URL(url).host}`)}`);
check("a handle on this server's domain is the local account", lookedUp.id === him, lookedUp);
const found = await there(`/api/v2/search?q=${encodeURIComponent("\u202a@bob\u202c")}&type=accounts&resolve=true`);
check("invisible marks around a handle do not matter", found.accounts.some((one) => one.id === him), found);

// The address behind a hashtag
const page = await fetch(hello.tags[0].url, { headers: { accept: "text/html" } });
check("a hashtag's link leads to its page", page.status === 200 && (await page.text()).includes("hello"), page.status);

// A picture of one's own choice stands for a sound or a film; here for a picture, which keeps its own.
const upload = new FormData();
const bytes = new Blob([await readFile(picture)], { type: "image/png" });
upload.append("file", bytes, "a.png");
upload.append("thumbnail", bytes, "b.png");
const sent = await fetch(`${url}/api/v2/media`, { method: "POST", headers: token, body: upload });
check("a thumbnail comes with an upload", sent.status === 200 || sent.status === 202, sent.status);
