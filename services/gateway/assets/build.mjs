// Makes what browsers load from the packages that npm installed beside this file: htmx as it is, our style sheet, and
// of Tabler's only the rules that our templates and scripts can use. `node build.mjs GATEWAY`, where GATEWAY is the
// folder services/gateway.

import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";

const gateway = process.argv[2];
const modules = join(dirname(fileURLToPath(import.meta.url)), "node_modules");
const made = join(gateway, "static", "made");
const css = join(gateway, "assets", "site.css");

function without_comments(sheet) {
  // The first one is the licence.
  let first = true;
  return sheet.replace(/\/\*[\s\S]*?\*\/\n?/g, (comment) => {
    const kept = first && comment.startsWith("/*!");
    if (kept) first = false;
    return kept ? comment : "";
  });
}

function put(name, text) {
  writeFileSync(join(made, `${name}.new`), text);
  renameSync(join(made, `${name}.new`), join(made, name));
}

const tabler = readFileSync(join(modules, "@tabler", "core", "dist", "css", "tabler.css"), "utf8");
const ours = readFileSync(css, "utf8");
const [purged] = await new PurgeCSS().purge({
  content: [join(gateway, "templates", "*.html"), join(gateway, "static", "*.js")],
  // Our sheet is kept whole: a rule like `:focus-visible` names nothing that could be found in a template. PurgeCSS
  // reads it all the same, for the variables of Tabler's that it uses.
  css: [{ raw: `${tabler}\n/* purgecss start ignore */\n${ours}\n/* purgecss end ignore */` }],
  variables: true,
  keyframes: true,
  fontFace: true,
});

mkdirSync(made, { recursive: true });
put("app.css", without_comments(purged.css).replace(/^\s+/gm, ""));
copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(made, "htmx.js"));
