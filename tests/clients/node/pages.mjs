// The sign-in and consent pages, visited as a browser without scripts would: cookies, forms, redirects.

import { check } from "./checks.mjs";

const REDIRECTS_MAX = 10;

/** Opens the address an app gives its user, signs in, consents, and returns the code shown or sent. */
export async function authorizationCode(authorizeUrl, email, password) {
  const cookies = new Map();
  let page = await visit(cookies, authorizeUrl);
  page = await submit(cookies, page, "the sign-in form", (form) => /type="password"/.test(form), { text: email, email, password });
  page = await submit(cookies, page, "the consent form", (form) => approval(form), {});
  const code = new URL(page.url).searchParams.get("code");
  check("the pages give a code", code, page);
  return code;
}

/** Submits the form as found, its hidden fields included, with `values` for fields of these types. */
async function submit(cookies, page, what, isWanted, values) {
  const form = (page.html.match(/<form[^]*?<\/form>/g) ?? []).find(isWanted);
  check(`the page has ${what}`, form !== undefined, page);
  const fields = new URLSearchParams();
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const [name, kind] = [attribute(tag, "name"), attribute(tag, "type") || "text"];
    const unticked = /checkbox|radio/.test(kind) && !/\schecked/.test(tag);
    if (name && !unticked) fields.append(name, values[kind] ?? attribute(tag, "value"));
  }
  const button = approval(form);
  if (button && attribute(button, "name")) fields.append(attribute(button, "name"), attribute(button, "value"));
  return visit(cookies, new URL(attribute(form, "action"), page.url), fields);
}

/** The button that lets the app in: its own words say so. */
function approval(form) {
  const buttons = form.match(/<button[^]*?<\/button>/g) ?? [];
  return buttons.find((button) => /authori[sz]e|allow|approve/i.test(button) && !/deny|refuse|cancel/i.test(button));
}

async function visit(cookies, url, fields) {
  for (let count = 0; count < REDIRECTS_MAX; count++) {
    const headers = { accept: "text/html", cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    if (fields) headers.origin = new URL(url).origin;
    const answer = await fetch(url, { method: fields ? "POST" : "GET", body: fields, headers, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
      cookies.set(name, value);
    }
    if (answer.status < 300 || answer.status >= 400) return { url: String(url), status: answer.status, html: await answer.text() };
    [url, fields] = [new URL(answer.headers.get("location"), url), undefined];
  }
  check(`no more than ${REDIRECTS_MAX} redirects`, false, String(url));
}

/** The value of `name="…"` in a tag as the pages write it, entities resolved. */
function attribute(tag, name) {
  const entities = { "&#34;": '"', "&quot;": '"', "&#39;": "'", "&#x27;": "'", "&lt;": "<", "&#60;": "<", "&gt;": ">", "&#62;": ">", "&amp;": "&", "&#38;": "&" };
  const value = tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1] ?? "";
  return value.replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity);
}
