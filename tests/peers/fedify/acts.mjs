// What bob can be told to do. Each act is a function of the context and its parameters; it returns once everybody
// concerned has been told, with the addresses of what it made.

import { actor, answer, BOB, followers, notes, requests, state } from "./federation.mjs";
import { Temporal, vocab } from "./modules.mjs";

const { Accept, Announce, Block, Collection, Create, Delete, Follow, Like, Mention, Note, PUBLIC_COLLECTION, Question, Reject, Tombstone, Undo, Update } = vocab;

const now = () => Temporal.Now.instant();
const fresh = (ctx, kind) => new URL(`/${kind}/${crypto.randomUUID()}`, ctx.origin);
/** By id: what was done, to be undone. */
const done = new Map();

async function find(ctx, address) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: BOB });
  const found = await ctx.lookupObject(address, { documentLoader });
  if (!found) throw new Error(`${address} was not found`);
  return found;
}

async function authorOf(ctx, object) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: BOB });
  const author = await object.getAttribution({ documentLoader });
  if (!author) throw new Error(`${object.id} has no author`);
  return author;
}

/** Sends an activity about `object` to `recipients`, and keeps it to be undone. */
async function act(ctx, Kind, recipients, rest) {
  const activity = new Kind({ id: fresh(ctx, "activities"), actor: ctx.getActorUri(BOB), ...rest });
  done.set(activity.id.href, { activity, recipients });
  await tell(ctx, recipients, activity);
  return { id: activity.id.href };
}

/** Each inbox once. */
async function tell(ctx, recipients, activity) {
  const each = new Map(recipients.map((recipient) => [recipient.id.href, recipient]));
  if (each.size > 0) await ctx.sendActivity({ identifier: BOB }, [...each.values()], activity, { preferSharedInbox: true });
}

/** A note or poll as it is now goes to followers and to whom it names. */
async function publish(ctx, Kind, note, named) {
  notes.set(note.id.pathname.split("/").pop(), note);
  const recipients = [...followers.values(), ...named];
  const made = await act(ctx, Kind, recipients, { object: note, tos: note.toIds, ccs: note.ccIds, updated: Kind === Update ? now() : null });
  return { ...made, note: note.id.href };
}

function ours(address) {
  const note = notes.get(new URL(address).pathname.split("/").pop());
  if (!note) throw new Error(`${address} is no note of ours`);
  return note;
}

export const acts = {
  /** { address }: what a handle or a URL leads to. */
  find: async (ctx, { address }) => (await find(ctx, address)).toJsonLd(),
  /** { address } of an actor. */
  follow: async (ctx, { address }) => {
    const target = await find(ctx, address);
    return act(ctx, Follow, [target], { object: target.id });
  },
  block: async (ctx, { address }) => {
    const target = await find(ctx, address);
    return act(ctx, Block, [target], { object: target.id });
  },
  /** { object }: the address of a note. */
  like: async (ctx, { object }) => {
    const note = await find(ctx, object);
    return act(ctx, Like, [await authorOf(ctx, note)], { object: note.id });
  },
  announce: async (ctx, { object }) => {
    const note = await find(ctx, object);
    const audience = { to: PUBLIC_COLLECTION, cc: ctx.getFollowersUri(BOB), published: now() };
    return act(ctx, Announce, [await authorOf(ctx, note), ...followers.values()], { object: note.id, ...audience });
  },
  /** { id } of an act, whole activity inside. */
  undo: async (ctx, { id }) => {
    const { activity, recipients } = done.get(id);
    return act(ctx, Undo, recipients, { object: activity });
  },
  /** { text, warning, mention, replyTo, choices, multiple, minutes }: with choices it is a poll. */
  post: async (ctx, { text, warning, mention, replyTo, choices, multiple, minutes }) => {
    const named = mention ? [await find(ctx, mention)] : [];
    const parent = replyTo ? await find(ctx, replyTo) : null;
    const Kind = choices ? Question : Note;
    const id = fresh(ctx, choices ? "polls" : "notes");
    const options = choices?.map((name) => new Note({ name, replies: new Collection({ totalItems: 0 }) }));
    const poll = choices ? { [multiple ? "inclusiveOptions" : "exclusiveOptions"]: options, endTime: now().add({ minutes: minutes ?? 60 }) } : {};
    const tags = named.map((person) => new Mention({ href: person.id, name: mention }));
    const ccs = [ctx.getFollowersUri(BOB), ...named.map((person) => person.id)];
    const published = { attribution: ctx.getActorUri(BOB), to: PUBLIC_COLLECTION, ccs, published: now(), url: id };
    const note = new Kind({ id, content: text, summary: warning, sensitive: Boolean(warning), tags, replyTarget: parent?.id, ...published, ...poll });
    return publish(ctx, Create, note, named);
  },
  /** { note, text } */
  edit: async (ctx, { note, text }) => publish(ctx, Update, ours(note).clone({ content: text, updated: now() }), []),
  /** { note } */
  delete: async (ctx, { note }) => {
    const gone = ours(note);
    notes.delete(gone.id.pathname.split("/").pop());
    return act(ctx, Delete, [...followers.values()], { object: new Tombstone({ id: gone.id }), to: PUBLIC_COLLECTION });
  },
  /** { poll, choices }: a vote is a nameless note with a name. */
  vote: async (ctx, { poll, choices }) => {
    const question = await find(ctx, poll);
    const author = await authorOf(ctx, question);
    for (const name of choices) {
      const ballot = { name, attribution: ctx.getActorUri(BOB), replyTarget: question.id, to: author.id };
      await act(ctx, Create, [author], { object: new Note({ id: fresh(ctx, "votes"), ...ballot }), to: author.id });
    }
    return {};
  },
  /** { locked }: whether follows wait for an answer; those who know the actor are told. */
  lock: async (ctx, { locked }) => {
    state.locked = locked;
    return act(ctx, Update, [...followers.values()], { object: await actor(ctx), to: PUBLIC_COLLECTION });
  },
  /** { address } of a follower that waits. */
  accept: (ctx, { address }) => answered(ctx, address, Accept),
  reject: (ctx, { address }) => answered(ctx, address, Reject),
  /** Who follows, by id. */
  followers: async () => [...followers.keys()],
};

async function answered(ctx, address, Kind) {
  const request = requests.get(address);
  if (!request) throw new Error(`${address} did not ask to follow`);
  await answer(ctx, request.follow, request.follower, Kind);
  return {};
}
