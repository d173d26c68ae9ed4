// Interpreters, the environments on them, and what uses those: three columns, a line for each hop. On a phone, where
// three columns have no room, each stands below what it hangs on, and is indented.
const SVG = "http://www.w3.org/2000/svg";
const NARROW = matchMedia("(max-width: 44rem)").matches, ROOM = document.documentElement.clientWidth - 44, INDENT = 36;
const COLUMNS = NARROW
  ? [0, 1, 2].map((depth) => ({ x: 2 + INDENT * depth, width: ROOM - INDENT * depth }))
  : [{ x: 8, width: 290 }, { x: 408, width: 340 }, { x: 832, width: 260 }];
const HIGH = 42, STEP = 50, FEW = 8, GROUPS = 20;
const NOWHERE = "no interpreter";

const baseOf = (env) => env.python.base_executable || NOWHERE;
const isCut = (env) => Boolean(env.python.chain_end && env.python.chain_end !== "file");

function draw(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Cut a path at its start, where all are alike. */
const shortened = (text, most) => (text.length > most ? "…" + text.slice(1 - most) : text);

/** Draw a box in a column; with something to do it is a link that the keyboard reaches. */
function box(column, y, state, title, under, onOpen) {
  const { x, width } = COLUMNS[column], room = Math.floor((width - 24) / 7.6);
  const group = draw(onOpen ? "a" : "g", { class: state });
  group.append(
    draw("rect", { class: "box", x, y, width, height: HIGH, rx: 7 }, draw("title", {}, title)),
    draw("rect", { class: "side", x, y: y + 7, width: 4, height: HIGH - 14, rx: 2 }),
    draw("text", { x: x + 14, y: y + 18 }, shortened(title, room)),
    draw("text", { x: x + 14, y: y + 34, class: "under" }, shortened(under, room + 6)));
  if (!onOpen) return group;
  group.setAttribute("href", "#table-title");
  group.addEventListener("click", (event) => { event.preventDefault(); onOpen(); });
  return group;
}

/** Return a hop's line, and where on it the cross stands. */
function line(column, from, to) {
  const y2 = to + HIGH / 2, x2 = COLUMNS[column + 1].x;
  if (NARROW) return [`M${COLUMNS[column].x + 12},${from + HIGH} V${y2} H${x2}`, x2 - 12, y2];
  const x1 = COLUMNS[column].x + COLUMNS[column].width, y1 = from + HIGH / 2, bend = (x1 + x2) / 2 - 8;
  return [`M${x1},${y1} C${bend},${y1} ${bend},${y2} ${x2 - 30},${y2} L${x2},${y2}`, x2 - 20, y2];
}

/** Draw the hop between two columns; a broken one is dashed and crossed out. */
function hop(column, from, to, state, cut, label) {
  const [d, x, y] = line(column, from, to), group = draw("g", { class: state });
  group.append(draw("path", { class: cut ? "edge cut" : "edge", d }));
  if (cut) {
    group.append(draw("circle", { class: "cross", cx: x, cy: y, r: 8 }), draw("text", { class: "sign", x, y: y + 4 }, "✗"));
  } else if (label && !NARROW) {
    group.append(draw("text", { class: "drift", x: x + 14, y: y - 5 }, label));
  }
  return group;
}

/** Return the interpreters with the environments on each, those with the most trouble first. */
function groups() {
  const found = new Map(report.interpreters.map((item) => [item.path, { item, envs: [] }]));
  for (const { env } of rows) {
    const key = baseOf(env);
    if (!found.has(key)) found.set(key, { item: { path: key, version: null }, envs: [] });
    found.get(key).envs.push(env);
  }
  const sick = ({ envs }) => envs.filter((env) => env.status === "broken").length;
  return [...found.values()].filter(({ envs }) => envs.length).sort((a, b) => sick(b) - sick(a) || b.envs.length - a.envs.length);
}

/** Return what is drawn for an interpreter's environments: each of a few, or one box for each status. */
function members(item, envs) {
  if (envs.length <= FEW) {
    return envs.map((env) => ({ state: env.status, title: env.path, under: `${maker(env)} · ${env.status}`, envs: [env], go: () => open(env) }));
  }
  return STATES.map((state) => ({ state, envs: envs.filter((env) => env.status === state) })).filter((one) => one.envs.length).map((one) => ({
    ...one, title: counted(one.envs.length, "environment"), under: one.state,
    go: () => { select({ base: baseOf(one.envs[0]) }); view.states.add(one.state); change({}); },
  }));
}

/** Say how the Python has changed that an environment was made for. */
function drift(envs) {
  const { recorded_version: made, actual_version: now } = envs[0].python;
  const series = (text) => text.split(".").slice(0, 2).join(".");
  return envs.length === 1 && made && now && series(made) !== series(now) ? `${series(made)} → ${series(now)}` : "";
}

function dependents(envs) {
  const found = envs.flatMap((env) => env.findings.filter((item) => item.code.startsWith("VD7")));
  if (!found.length) return null;
  const one = found.length === 1;
  return { state: LEVELS.includes(found[0].severity) ? found[0].severity : "note", title: one ? found[0].path : `${found.length} that use ${envs.length === 1 ? "it" : "them"}`,
    under: unique(found.map((item) => item.rule)).join(", ") };
}

/** Draw one interpreter with what hangs on it, and return the y below. */
function drawGroup(svg, { item, envs }, top) {
  const gone = item.version === null;
  let y = NARROW ? top + STEP : top;
  for (const one of members(item, envs)) {
    const cut = one.state !== "healthy" && one.envs.some((env) => isCut(env) || (gone && env.status === "broken"));
    svg.append(hop(0, top, y, one.state, cut, drift(one.envs)));
    const users = dependents(one.envs), own = y;
    if (users) {
      if (NARROW) y += STEP;
      const state = users.state === "error" ? "broken" : users.state;
      svg.append(hop(1, own, y, users.state, users.state === "error", ""), box(2, y, state, users.title, users.under, one.go));
    }
    svg.append(box(1, own, one.state, one.title, one.under, one.go));
    y += STEP;
  }
  const under = item.path === NOWHERE ? "none that could be told" : gone ? "gone or not readable" : [item.implementation, item.version, item.provider].filter(Boolean).join(" · ");
  const state = item.path === NOWHERE ? "unknown gone" : gone ? "broken gone" : "healthy";
  svg.append(box(0, top, state, item.path, under, () => select({ base: item.path })));
  return y + 14;
}

function showGraph() {
  const all = groups(), svg = draw("svg", { class: "graph", role: "group", "aria-labelledby": "graph-heading" });
  let y = NARROW ? 4 : 30;
  for (const group of all.slice(0, GROUPS)) y = drawGroup(svg, group, y);
  const heads = ["Interpreters", "Environments", "What uses them"];
  const last = svg.querySelector(`rect[x="${COLUMNS[2].x}"]`) ? 3 : 2;
  if (!NARROW) heads.slice(0, last).forEach((text, index) => svg.append(draw("text", { class: "head", x: COLUMNS[index].x, y: 18 }, text)));
  const wide = NARROW ? ROOM + 4 : COLUMNS[last - 1].x + COLUMNS[last - 1].width + 8;  // without a third column there is no room kept for it
  svg.setAttribute("viewBox", `0 0 ${wide} ${y}`);
  svg.setAttribute("width", wide);
  at("graph").append(svg);
  at("graph-part").hidden = !all.length;
  at("graph-rest").hidden = all.length <= GROUPS;
  at("graph-rest").textContent = `${counted(all.length - GROUPS, "more interpreter")} not drawn; the table has their environments.`;
}
