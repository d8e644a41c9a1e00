// What browsers load, from what npm installed beside this file: of Tabler's style sheet only the rules that a template or
// a script of ours can use, then our own; and htmx as it is. `node build.mjs ROOM`, where ROOM is services/gateway.

import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";

const room = process.argv[2];
const modules = join(dirname(fileURLToPath(import.meta.url)), "node_modules");
const made = join(room, "static", "made");
const css = join(room, "assets", "site.css");

function without_comments(sheet) {
  // The first one is the licence.
  let first = true;
  return sheet.replace(/\/\*[\s\S]*?\*\/\n?/g, (one) => {
    const kept = first && one.startsWith("/*!");
    if (kept) first = false;
    return kept ? one : "";
  });
}

function put(name, text) {
  writeFileSync(join(made, `${name}.new`), text);
  renameSync(join(made, `${name}.new`), join(made, name));
}

const tabler = readFileSync(join(modules, "@tabler", "core", "dist", "css", "tabler.css"), "utf8");
const ours = readFileSync(css, "utf8");
const [purged] = await new PurgeCSS().purge({
  content: [join(room, "templates", "*.html"), join(room, "static", "*.js")],
  // Ours is kept whole: a rule like `:focus-visible` names nothing that could be found in a template. It is read all the
  // same, for the variables of Tabler's that it uses.
  css: [{ raw: `${tabler}\n/* purgecss start ignore */\n${ours}\n/* purgecss end ignore */` }],
  variables: true,
  keyframes: true,
  fontFace: true,
});

mkdirSync(made, { recursive: true });
put("app.css", without_comments(purged.css).replace(/^\s+/gm, ""));
copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(made, "htmx.js"));
