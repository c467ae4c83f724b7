// The people of the scenarios, signed in with masto.js through the pages.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { check } from "./checks.mjs";
import { authorizationCode } from "./pages.mjs";

export const picture = process.env.FERRODON_PICTURE;
const { FERRODON_URL: url, FERRODON_CLIENTS_NODE_MODULES: modules } = process.env;
// Imports of modules look beside this file only, and the modules may be kept elsewhere.
const masto = modules ? pathToFileURL(join(modules, "masto/dist/index.js")).href : "masto";
const { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } = await import(masto);

const SCOPES = "read write follow push";
const REDIRECT_URI = "urn:ietf:wg:oauth:2.0:oob";

// A verifier and its S256 challenge. Source: RFC 7636, appendix B.
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** Signs a person in through the pages, with PKCE. */
export async function signIn(name) {
  const anonymous = createRestAPIClient({ url });
  const app = await anonymous.v1.apps.create({ clientName: "masto.js test", redirectUris: REDIRECT_URI, scopes: SCOPES });
  check(`an app is registered for ${name}`, app.clientId && app.clientSecret, app);
  const address = new URL("/oauth/authorize", url);
  const params = { response_type: "code", client_id: app.clientId, redirect_uri: REDIRECT_URI, scope: SCOPES, code_challenge: CHALLENGE, code_challenge_method: "S256" };
  address.search = new URLSearchParams(params);
  const code = await authorizationCode(address, process.env[`${name.toUpperCase()}_EMAIL`], process.env[`${name.toUpperCase()}_PASSWORD`]);
  const oauth = createOAuthAPIClient({ url });
  const { clientId, clientSecret } = app;
  const token = await oauth.token.create({ grantType: "authorization_code", clientId, clientSecret, redirectUri: REDIRECT_URI, code, codeVerifier: VERIFIER });
  const rest = createRestAPIClient({ url, accessToken: token.accessToken });
  const account = await rest.v1.accounts.verifyCredentials();
  check(`${name} is signed in`, account.username === name, account);
  return { name, app, oauth, token, rest, account };
}

/** A socket for a person's streams. */
export function streaming(person, address) {
  return createStreamingAPIClient({ streamingApiUrl: address, accessToken: person.token.accessToken });
}
