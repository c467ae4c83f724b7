// What every scenario needs: to say what it checked, and to stop at the first thing that is wrong.

// Long enough for anything a healthy server does on a busy machine.
const PATIENCE_MS = 30_000;

/** Prints one JSON line; ends the program with 1 when `fine` is false, showing what was `seen` instead. */
export function check(what, fine, seen) {
  console.log(JSON.stringify(fine ? { check: what, ok: true } : { check: what, ok: false, seen }));
  if (!fine) process.exit(1);
}

/** Asks again, a little less often each time, until `condition` returns something true; returns that. */
export async function until(what, condition) {
  const end = Date.now() + PATIENCE_MS;
  for (let pauseMs = 5; Date.now() < end; pauseMs = Math.min(pauseMs * 2, 200)) {
    const found = await condition();
    if (found) {
      check(what, true);
      return found;
    }
    await new Promise((wake) => setTimeout(wake, pauseMs));
  }
  check(what, false, `nothing within ${PATIENCE_MS} ms`);
}

/** Collects what comes in on a subscription, to be asked for by name later. */
export class Events {
  #seen = [];

  constructor(subscription) {
    (async () => {
      for await (const event of subscription) this.#seen.push(event);
    })().catch((error) => this.#seen.push({ event: "error", payload: String(error) }));
  }

  /** The payload of an event of this name that fits, as soon as there is one. */
  expect(what, name, fits = () => true) {
    return until(what, () => this.#seen.find((event) => event.event === name && fits(event.payload))?.payload);
  }

  /** Whether anything of this name has come in yet. */
  has(name) {
    return this.#seen.some((event) => event.event === name);
  }
}
