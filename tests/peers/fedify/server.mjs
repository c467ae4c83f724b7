// A server of another make: one actor, bob, on Fedify. It keeps a record of every activity it is sent, and does
// what it is told to at a second port, which only this machine reaches.
//
//   GET  /record?after=N    what came in, from the Nth on: [{ type, id, actor, activity }, …]
//   POST /acts/NAME         does it, once it has been delivered: see acts.mjs
//
// Wants from the environment: PEER_DOMAIN (name:port), PEER_CONTROL_PORT, PEER_CERT_FILE, PEER_KEY_FILE,
// PEER_MODULES (where `npm ci` put its modules), NODE_EXTRA_CA_CERTS.

import dns from "node:dns";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const { PEER_DOMAIN: domain, PEER_CONTROL_PORT: controlPort, PEER_CERT_FILE: certFile, PEER_KEY_FILE: keyFile } = process.env;
const BODY_BYTES_MAX = 1024 * 1024;

// Names under localhost are this machine's, whether the system's resolver knows that or not.
const lookup = dns.lookup;
dns.lookup = (name, ...rest) => lookup(name.endsWith(".localhost") ? "127.0.0.1" : name, ...rest);

const { federation, record } = await import("./federation.mjs");
const { acts } = await import("./acts.mjs");
const origin = `https://${domain}`;

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error("the body is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function federate(request, response) {
  const headers = Object.entries(request.headers).filter(([name]) => !name.startsWith(":"));
  const body = ["GET", "HEAD"].includes(request.method) ? undefined : await bodyOf(request);
  const asked = new Request(new URL(request.url, origin), { method: request.method, headers, body });
  const answer = await federation.fetch(asked, { contextData: undefined });
  if (answer.status >= 400) console.error(request.method, request.url, answer.status);
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function control(request, response) {
  const url = new URL(request.url, "http://control");
  const answer = (status, value) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
  if (url.pathname === "/record") return answer(200, record.slice(Number(url.searchParams.get("after") ?? 0)));
  const act = acts[url.pathname.replace("/acts/", "")];
  if (request.method !== "POST" || !act) return answer(404, { error: `there is no ${url.pathname}` });
  const params = JSON.parse((await bodyOf(request)).toString() || "{}");
  answer(200, await act(federation.createContext(new URL(origin), undefined), params));
}

/** What fails is told to whoever asked, and kept in the log. */
const guarded = (handler) => (request, response) =>
  handler(request, response).catch((error) => {
    console.error(request.method, request.url, error);
    response.writeHead(500, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: String(error?.stack ?? error) }));
  });

const [, port] = domain.split(":");
const protectedServer = https.createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, guarded(federate));
protectedServer.listen(Number(port), "127.0.0.1", () => http.createServer(guarded(control)).listen(Number(controlPort), "127.0.0.1"));
