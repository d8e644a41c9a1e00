// Makes what browsers load from the packages that npm installed beside this file: htmx as it is, our style sheet, of
// Tabler's only the rules that our templates and scripts can use, and of the typeface only the characters and weights
// that the pages have. It also gathers the typefaces of PDFs, which print names in any script that these have.
// `node build.mjs GATEWAY`, where GATEWAY is the folder services/gateway.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";
import subset from "subset-font";

const gateway = process.argv[2];
const modules = join(dirname(fileURLToPath(import.meta.url)), "node_modules");
const made = join(gateway, "static", "made");
const css = join(gateway, "assets", "site.css");
const fonts = join(gateway, "legal", "made");

function without_comments(sheet) {
  // The first one is the licence.
  let first = true;
  return sheet.replace(/\/\*[\s\S]*?\*\/\n?/g, (comment) => {
    const kept = first && comment.startsWith("/*!");
    if (kept) first = false;
    return kept ? comment : "";
  });
}

function put(name, content, folder = made) {
  writeFileSync(join(folder, `${name}.new`), content);
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

// ASCII, the letters of Western Europe, and the signs that our sentences use; the system's font has the others.
function characters() {
  const codes = [...Array(0x7f - 0x20).keys()].map((at) => at + 0x20);
  const accented = [...Array(0x100 - 0xa0).keys()].map((at) => at + 0xa0);
  return `${String.fromCharCode(...codes, ...accented)}–—‘’“”…•−→←✓⋯€`;
}

async function typeface() {
  const inter = join(modules, "@fontsource-variable", "inter", "files", "inter-latin-wght-normal.woff2");
  const axes = { wght: { min: 400, max: 700 } };
  return subset(readFileSync(inter), characters(), { targetFormat: "woff2", variationAxes: axes });
}

// DejaVu Sans has the scripts of Europe and the Middle East in one file. Fontsource has the larger ones in many small
// files, so that a PDF opens only the few files whose characters it prints; `fonts.json` says which.
function gather_fonts() {
  mkdirSync(fonts, { recursive: true });
  put("dejavu-sans.ttf", readFileSync(join(modules, "dejavu-fonts-ttf", "ttf", "DejaVuSans.ttf")), fonts);
  const ranges = {};
  for (const script of ["devanagari", "sc", "kr"]) {
    const folder = join(modules, "@fontsource", `noto-sans-${script}`);
    const known = JSON.parse(readFileSync(join(folder, "unicode.json"), "utf8"));
    const regular = readdirSync(join(folder, "files")).filter((name) => name.endsWith("-400-normal.woff2"));
    for (const name of regular.sort()) {
      const part = name.slice(`noto-sans-${script}-`.length, -"-400-normal.woff2".length);
      const range = known[/^\d+$/.test(part) ? `[${part}]` : part];
      if (range === undefined) continue;
      ranges[name] = range;
      put(name, readFileSync(join(folder, "files", name)), fonts);
    }
  }
  put("fonts.json", JSON.stringify(ranges), fonts);
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
  fontFace: false,
});

mkdirSync(made, { recursive: true });
put("app.css", without_comments(purged.css).replace(/^\s+/gm, ""));
put("inter.woff2", await typeface());
gather_fonts();
copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(made, "htmx.js"));
