// Fedify, from wherever its modules are kept: imports would look beside this file only.

import { createRequire } from "node:module";
import { join } from "node:path";

const beside = process.env.PEER_MODULES ? join(process.env.PEER_MODULES, "..", "package.json") : import.meta.url;
const require = createRequire(beside);

export const fedify = require("@fedify/fedify");
export const vocab = require("@fedify/vocab");
export const { Temporal } = require("@js-temporal/polyfill");
