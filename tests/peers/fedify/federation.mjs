// What Fedify needs to know of this server: the actor with its keys, its notes and polls, and what is kept of
// activities that come in. Follows are accepted at once, unless the actor is locked.

import { fedify, vocab } from "./modules.mjs";

const { createFederation, generateCryptoKeyPair, MemoryKvStore } = fedify;
const { Accept, Add, Announce, Block, Create, Delete, EmojiReact, Endpoints, Flag, Follow, Like, Move, Note, Person, Question, Reject, Remove, Undo, Update } =
  vocab;

/** The identifier and the name of the one actor. */
export const BOB = "bob";
/** Everything that came in, in its order. */
export const record = [];
/** By their last path segment. */
export const notes = new Map();
/** Follower's id to their actor. */
export const followers = new Map();
/** Follows that were not answered yet, by the follower's id. */
export const requests = new Map();
export const state = { locked: false };

export const federation = createFederation({ kv: new MemoryKvStore(), allowPrivateAddress: true });

const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];

export async function actor(ctx) {
  const pairs = await ctx.getActorKeyPairs(BOB);
  return new Person({
    id: ctx.getActorUri(BOB),
    preferredUsername: BOB,
    name: "Bob from elsewhere",
    summary: "<p>Another make</p>",
    manuallyApprovesFollowers: state.locked,
    url: ctx.getActorUri(BOB),
    inbox: ctx.getInboxUri(BOB),
    outbox: ctx.getOutboxUri(BOB),
    followers: ctx.getFollowersUri(BOB),
    endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
    publicKey: pairs[0].cryptographicKey,
    assertionMethods: pairs.map((pair) => pair.multikey),
  });
}

federation
  .setActorDispatcher("/users/{identifier}", (ctx, identifier) => (identifier === BOB ? actor(ctx) : null))
  .setKeyPairsDispatcher((_ctx, identifier) => (identifier === BOB ? keys : []));
federation.setObjectDispatcher(Note, "/notes/{id}", (_ctx, { id }) => kept(id, Note));
federation.setObjectDispatcher(Question, "/polls/{id}", (_ctx, { id }) => kept(id, Question));
federation
  .setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [...followers.values()] }))
  .setCounter(() => followers.size);
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] })).setCounter(() => notes.size);

function kept(id, kind) {
  const note = notes.get(id);
  return note instanceof kind ? note : null;
}

const inbox = federation.setInboxListeners("/users/{identifier}/inbox", "/inbox").setSharedKeyDispatcher(() => ({ identifier: BOB }));
for (const kind of [Accept, Add, Announce, Block, Create, Delete, EmojiReact, Flag, Follow, Like, Move, Reject, Remove, Undo, Update]) {
  inbox.on(kind, async (ctx, activity) => {
    const json = await activity.toJsonLd();
    if (activity instanceof Follow) await followed(ctx, activity);
    if (activity instanceof Undo) await undone(ctx, activity);
    // Last, so that what is in the record has had its effect.
    record.push({ type: kind.name, id: activity.id?.href, actor: activity.actorId?.href, activity: json });
  });
}
inbox.onError((_ctx, error) => console.error("the inbox:", error));

async function followed(ctx, follow) {
  const follower = await follow.getActor(ctx);
  if (follow.objectId?.href !== ctx.getActorUri(BOB).href || !follower) return;
  if (state.locked) requests.set(follower.id.href, { follow, follower });
  else await answer(ctx, follow, follower, Accept);
}

/** Accepts or rejects a follow. */
export async function answer(ctx, follow, follower, Kind) {
  requests.delete(follower.id.href);
  if (Kind === Accept) followers.set(follower.id.href, follower);
  const activity = new Kind({ id: new URL(`/activities/${crypto.randomUUID()}`, ctx.origin), actor: ctx.getActorUri(BOB), object: follow });
  await ctx.sendActivity({ identifier: BOB }, follower, activity);
}

async function undone(ctx, undo) {
  const object = await undo.getObject(ctx);
  if (object instanceof Follow && object.actorId?.href === undo.actorId?.href) followers.delete(undo.actorId.href);
}
