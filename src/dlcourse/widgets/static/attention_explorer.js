// Tokens that look on the left, tokens looked at on the right, and lines as strong as the weights.
const ROW = 28; // pixels a token, as in the style sheet
const HELP = "Tokens that look. Arrow up and down choose one, arrow left and right change the head, "
  + "page up and page down the layer.";
const FAINT = 0.03; // weights below leave no line
let made = 0; // makes ids unique on the page

function render({ model, el }) {
  const tokens = model.get("tokens"), columns = model.get("columns");
  const last = { token: tokens.length - 1, head: model.get("heads") - 1, layer: model.get("layers") - 1 };
  const first = { token: 0, head: last.head > 0 ? -1 : 0, layer: 0 };
  const now = { token: model.get("token"), head: model.get("head"), layer: model.get("layer") };
  const id = `dlc-attention-${made++}`;
  const { body, ask, show } = connect(model, el, "dlc-attention", () => paint());

  const bar = add(body, "div", { className: "dlc-choices" });
  const selects = {};
  for (const name of ["layer", "head"]) {
    if (first[name] === last[name]) continue;
    const label = add(bar, "label");
    add(label, "span", { textContent: name });
    const select = selects[name] = add(label, "select");
    for (let value = 0; value <= last[name]; value++) add(select, "option", { value, textContent: value });
    if (first[name] < 0) add(select, "option", { value: -1, textContent: "mean of all" });
    select.addEventListener("change", () => choose({ [name]: Number(select.value) }));
  }

  const board = add(body, "div", { className: "dlc-board" });
  const list = add(board, "div", { className: "dlc-looks", tabIndex: 0 }, { role: "listbox", "aria-label": HELP });
  const lines = add(board, "div", { className: "dlc-lines" }, { "aria-hidden": "true" });
  const seen = add(board, "div", { className: "dlc-seen" }, { role: "list", "aria-label": "Tokens looked at" });
  const left = tokens.map((text, index) => {
    const row = add(list, "div", { className: "dlc-token", textContent: text, id: `${id}-${index}` }, { role: "option" });
    for (const kind of ["pointerenter", "click"]) row.addEventListener(kind, () => choose({ token: index }));
    return row;
  });
  const right = columns.map((text) => {
    const row = add(seen, "div", { className: "dlc-token" }, { role: "listitem" });
    add(row, "span", { textContent: text });
    return { row, percent: add(row, "output") };
  });

  const weight = (row, column) => model.get("shades").getFloat32(4 * (row * columns.length + column), true);
  const line = (row, column, strength, chosen) => {
    const opacity = chosen ? 0.4 + 0.6 * strength : 0.3 * strength;
    return `<line x1="0" x2="100" y1="${(row + 0.5) * ROW}" y2="${(column + 0.5) * ROW}" class="${chosen ? "dlc-chosen" : ""}"`
      + ` stroke-width="${0.5 + 5 * strength}" opacity="${opacity}" vector-effect="non-scaling-stroke"/>`;
  };
  const paint = () => {
    const height = ROW * Math.max(tokens.length, columns.length);
    const drawn = [];
    const draw = (row, chosen) => columns.forEach((_, column) => {
      const strength = weight(row, column);
      if (strength >= FAINT) drawn.push(line(row, column, strength, chosen));
    });
    tokens.forEach((_, row) => row !== now.token && draw(row, false));
    draw(now.token, true); // on top
    lines.innerHTML = `<svg viewBox="0 0 100 ${height}" height="${height}" preserveAspectRatio="none">${drawn.join("")}</svg>`;
    left.forEach((row, index) => row.setAttribute("aria-selected", index === now.token));
    list.setAttribute("aria-activedescendant", left[now.token].id);
    right.forEach(({ row, percent }, column) => {
      const strength = weight(now.token, column);
      row.style.setProperty("--share", `${Math.round(75 * strength ** 0.5)}%`); // small weights are seen too
      percent.textContent = strength >= 0.005 ? `${Math.round(100 * strength)} %` : "";
    });
    for (const [name, select] of Object.entries(selects)) select.value = now[name];
  };
  const choose = (change) => {
    if (Object.entries(change).every(([name, value]) => now[name] === value)) return;
    Object.assign(now, change);
    paint(); // the token's lines at once; another head's when the kernel has sent them
    ask({ ...now });
  };

  const KEYS = { ArrowUp: ["token", -1], ArrowDown: ["token", 1], ArrowLeft: ["head", -1], ArrowRight: ["head", 1],
    PageUp: ["layer", -1], PageDown: ["layer", 1], Home: ["token", -Infinity], End: ["token", Infinity] };
  list.addEventListener("keydown", (event) => {
    const [name, step] = KEYS[event.key] ?? [];
    if (!name) return;
    event.preventDefault();
    event.stopPropagation();
    choose({ [name]: Math.min(last[name], Math.max(first[name], now[name] + step)) });
    left[now.token].scrollIntoView({ block: "nearest" });
  });
  show();
}

export default { render };
