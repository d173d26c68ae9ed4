"use strict";
const report = JSON.parse(document.getElementById("data").textContent);
const STATES = ["broken", "unknown", "degraded", "healthy"], PAGE = 100, SVG = "http://www.w3.org/2000/svg";
const at = (id) => document.getElementById(id);
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
function draw(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}
const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const causes = new Map(report.causes.map((cause) => [cause.id, cause]));
const rows = report.environments.map((env, index) => ({
  env, index, codes: [...new Set(env.findings.map((item) => item.code))].join(" "),
  text: [env.path, env.kind, env.manager, env.name, env.status, env.python.actual_version, env.python.recorded_version, env.python.base_executable,
    ...env.findings.flatMap((item) => [item.code, item.rule, item.message, item.distribution, (causes.get(item.cause) || {}).summary])].join("\n").toLowerCase(),
}));
const view = { states: new Set(), words: "", cause: null, sort: "status", down: false, shown: PAGE };
const version = (env) => env.python.actual_version || "";
const KEYS = { status: (row) => STATES.indexOf(row.env.status), path: (row) => row.env.path, python: (row) => version(row.env).split(".").map((part) => part.padStart(4, "0")).join("."),
  manager: (row) => `${row.env.manager || ""} ${row.env.kind}`, findings: (row) => -row.env.findings.length };

function command(remedy) {
  if (!remedy || !(remedy.summary || remedy.command)) return null;
  const line = make("div", { class: "command" }, make("span", {}, "→ " + remedy.summary));
  if (remedy.command) {
    const copy = make("button", { type: "button", class: "copy", "aria-label": `Copy command: ${remedy.command}` }, "Copy");
    copy.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(remedy.command); } catch {
        const area = make("textarea", { "aria-label": "command" }); area.value = remedy.command; document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
      }
      at("said").textContent = "Copied"; copy.textContent = "Copied"; setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
    line.append(make("code", {}, remedy.command), copy);
  }
  return line;
}
function finding(item) {
  const facts = make("dl", {}, make("dt", {}, "place"), make("dd", {}, make("code", {}, item.path)));
  for (const [key, value] of Object.entries(item.evidence)) facts.append(make("dt", {}, key), make("dd", {}, make("code", {}, Array.isArray(value) ? value.join(", ") : String(value))));
  return make("div", { class: `card ${item.severity}` }, make("div", {}, make("strong", {}, `${item.code} ${item.severity}: `), item.message), facts, command(item.remedy));
}
function detail(env) {
  const chain = make("ol", { class: "chain" });
  const cut = env.python.chain_end && env.python.chain_end !== "file";
  env.python.chain.forEach((hop, index) => {
    const last = cut && index === env.python.chain.length - 1;
    chain.append(make("li", { class: last ? "broken" : null }, make("code", {}, hop), last ? ` ✗ the chain breaks here (${env.python.chain_end})` : null));
  });
  const facts = make("dl", {});
  for (const [name, value] of [["made for", env.python.recorded_version], ["answers", env.python.actual_version], ["base interpreter", env.python.base_executable], ["installed by", env.python.provider], ["project", env.project], ["made by", env.created_by], ["packages", env.distributions], ["also shaped by", (env.unreported || []).join(" ")]])
    if (value) facts.append(make("dt", {}, name), make("dd", {}, String(value)));
  return make("div", {}, make("h3", {}, "Chain"), chain, facts, env.findings.length ? make("h3", {}, "Findings") : null, ...env.findings.map(finding));
}
function chosen() {
  const words = view.words.toLowerCase().split(/\s+/).filter(Boolean), key = KEYS[view.sort];
  const inside = view.cause && new Set(causes.get(view.cause).environments);
  const found = rows.filter((row) => (!view.states.size || view.states.has(row.env.status)) && (!inside || inside.has(row.env.path)) && words.every((word) => row.text.includes(word)));
  const keyed = found.map((row) => [key(row), row]);
  keyed.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x.index - y.index) * (view.down ? -1 : 1));
  return keyed.map(([, row]) => row);
}
function line(row) {
  const env = row.env, id = `detail-${row.index}`;
  const open = make("button", { type: "button", class: "path", "aria-expanded": "false", "aria-controls": id }, env.path);
  const inner = make("td", { class: "detail", colspan: "5" }), below = make("tr", { id, hidden: "" }, inner);
  const toggle = (wanted) => { if (wanted && !inner.firstChild) inner.append(detail(env)); below.hidden = !wanted; open.setAttribute("aria-expanded", String(wanted)); };
  open.addEventListener("click", () => toggle(below.hidden));
  const python = make("td", {}, version(env) || "–");
  if (env.python.recorded_version && version(env) && !version(env).startsWith(env.python.recorded_version)) python.append(make("span", { class: "soft" }, ` (made for ${env.python.recorded_version})`));
  const head = make("tr", {}, make("td", { class: env.status }, env.status), make("td", {}, open), python, make("td", {}, [env.manager, env.kind].filter(Boolean).join(" · ")), make("td", {}, row.codes));
  return { nodes: [head, below], toggle };
}
let lines = [];
function list() {
  const found = chosen(), body = at("rows");
  lines = found.slice(0, view.shown).map(line);
  body.replaceChildren(...lines.flatMap((item) => item.nodes));
  at("count").textContent = `${counted(found.length, "environment")} of ${rows.length}` + (view.cause ? `: ${causes.get(view.cause).summary}` : "");
  at("more").hidden = found.length <= view.shown;
  at("all").hidden = !(view.cause || view.words || view.states.size);
  for (const head of document.querySelectorAll("th[data-key]")) head.setAttribute("aria-sort", head.dataset.key !== view.sort ? "none" : view.down ? "descending" : "ascending");
}
function change(values) { Object.assign(view, { shown: PAGE }, values); list(); }
function controls() {
  for (const state of STATES) {
    const count = report.summary[state];
    if (!count) continue;
    const button = make("button", { type: "button", "aria-pressed": "false", class: state }, `${count} ${state}`);
    button.addEventListener("click", () => { const on = !view.states.delete(state); if (on) view.states.add(state); button.setAttribute("aria-pressed", String(on)); change({}); });
    at("states").append(button);
  }
  let waiting;
  at("search").addEventListener("input", (event) => { clearTimeout(waiting); waiting = setTimeout(() => change({ words: event.target.value }), 80); });
  at("more").addEventListener("click", () => { view.shown += PAGE; list(); });
  at("all").addEventListener("click", () => { view.states.clear(); at("search").value = ""; for (const button of at("states").children) button.setAttribute("aria-pressed", "false"); change({ words: "", cause: null }); at("search").focus(); });
  for (const head of document.querySelectorAll("th[data-key]")) head.firstChild.addEventListener("click", () => change({ down: view.sort === head.dataset.key && !view.down, sort: head.dataset.key }));
  addEventListener("beforeprint", () => { view.shown = 500; list(); lines.forEach((item, index) => { const row = chosen()[index]; if (index < 200 && row && row.env.status !== "healthy") item.toggle(true); }); });
}
function showCauses() {
  const worst = new Map();
  for (const item of [...report.environments.flatMap((env) => env.findings), ...report.findings]) if (item.cause && worst.get(item.cause) !== "error") worst.set(item.cause, item.severity === "note" ? worst.get(item.cause) || "note" : item.severity);
  at("causes-part").hidden = !report.causes.length;
  for (const cause of report.causes.slice(0, 200)) {
    const count = cause.environments.length;
    const button = make("button", { type: "button", "aria-label": `Show ${counted(count, "environment")}: ${cause.summary}` }, `Show ${counted(count, "environment")}`);
    button.addEventListener("click", () => { change({ cause: cause.id }); at("search").focus(); at("table").scrollIntoView(); });
    at("causes").append(make("li", { class: `card ${worst.get(cause.id) || "note"}` }, make("div", { class: "bar" }, make("strong", {}, cause.summary), count ? button : null), command(cause.remedy)));
  }
  const outside = report.findings.slice(0, 500);
  at("outside-part").hidden = !outside.length; at("outside").append(...outside.map(finding));
  at("errors-part").hidden = !report.errors.length;
  at("errors").append(...report.errors.slice(0, 500).map((item) => make("li", {}, make("code", {}, item.path), ` ${item.message}`)));
}
const cutTo = (text, most) => (text.length > most ? "…" + text.slice(1 - most) : text);
function box(svg, x, y, width, state, title, under) {
  const group = draw("g", { class: state });
  group.append(draw("title", {}, `${title} ${under}`), draw("rect", { x, y, width, height: 40, rx: 6 }), draw("text", { x: x + 10, y: y + 17 }, cutTo(title, Math.floor(width / 8))), draw("text", { x: x + 10, y: y + 33, class: "soft" }, cutTo(under, Math.floor(width / 8))));
  svg.append(group);
}
function link(svg, x1, y1, x2, y2, state) {
  svg.append(draw("path", { class: state, d: `M${x1},${y1} C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}` }));
  if (state === "broken") svg.append(draw("text", { class: "cut", x: (x1 + x2) / 2 - 5, y: (y1 + y2) / 2 + 5 }, "✗"));
}
function graph() {
  const groups = new Map(report.interpreters.map((item) => [item.path, { item, envs: [] }]));
  for (const env of report.environments) { const key = env.python.base_executable || "?"; if (!groups.has(key)) groups.set(key, { item: { path: key === "?" ? "no interpreter" : key, version: null }, envs: [] }); groups.get(key).envs.push(env); }
  const svg = draw("svg", { role: "img", "aria-labelledby": "graph-title", width: 1100 });
  let y = 10, drawn = 0;
  for (const { item, envs } of [...groups.values()].sort((a, b) => b.envs.filter((env) => env.status === "broken").length - a.envs.filter((env) => env.status === "broken").length || b.envs.length - a.envs.length)) {
    if (!envs.length || drawn++ >= 20) continue;
    const few = envs.length <= 8;
    const nodes = few ? envs.map((env) => [env.status, env.path, env.manager || env.kind, [env]]) : STATES.map((state) => [state, counted(envs.filter((env) => env.status === state).length, "environment"), state, envs.filter((env) => env.status === state)]).filter(([, , , members]) => members.length);
    const top = y, gone = item.version === null;
    for (const [state, title, under, members] of nodes) {
      const cut = members.some((env) => env.python.chain_end && env.python.chain_end !== "file") || (state === "broken" && gone);
      link(svg, 330, top + 20, 400, y + 20, cut ? "broken" : state === "broken" ? "degraded" : state);
      box(svg, 400, y, 380, state, title, under);
      const hanging = members.flatMap((env) => env.findings.filter((one) => one.code.startsWith("VD7")));
      if (hanging.length) { link(svg, 780, y + 20, 840, y + 20, "broken"); box(svg, 840, y, 250, "broken", hanging.length === 1 ? hanging[0].path : counted(hanging.length, "dependent"), hanging[0].rule); }
      y += 50;
    }
    box(svg, 10, top, 320, gone ? "broken" : "healthy", item.path, gone ? "gone or not readable" : `${item.implementation || "Python"} ${item.version} · ${item.provider}`);
    y += 10;
  }
  svg.setAttribute("viewBox", `0 0 1100 ${y}`); svg.setAttribute("height", y);
  svg.prepend(draw("title", { id: "graph-title" }, "Interpreters, the environments on them, and what hangs on those; a dashed line with a cross is a broken hop"));
  at("graph").append(svg); at("graph-part").hidden = !drawn;
}
controls(); showCauses(); graph(); list();
