// Nine weights as slider and number, presets, and the photograph before and after.
const PLACES = ["top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right"];
const short = (weight) => String(Math.round(weight * 100) / 100);

function render({ model, el }) {
  let kernel = model.get("kernel").flat();
  const { body, ask, show } = connect(model, el, "dlc-kernel", () => {
    showPicture(after, model.get("after"));
    after.alt = model.get("alt");
  });

  const editor = add(body, "div", { className: "dlc-editor" });
  const grid = add(editor, "div", { className: "dlc-grid" }, { role: "group", "aria-label": "Kernel" });
  const cells = PLACES.map((place, index) => {
    const cell = add(grid, "div", { className: "dlc-cell" });
    const number = add(cell, "input", { type: "number", step: 0.1 }, { "aria-label": `weight ${place}` });
    const slider = add(cell, "input", { type: "range", min: -5, max: 5, step: 0.1 },
      { "aria-label": `weight ${place}, slider` });
    const edit = (input) => {
      if (!Number.isFinite(input.valueAsNumber)) return; // half-typed: "-"
      kernel[index] = input.valueAsNumber;
      paint(input);
      ask({ kernel: [0, 3, 6].map((row) => kernel.slice(row, row + 3)) });
    };
    for (const input of [number, slider]) input.addEventListener("input", () => edit(input));
    return { cell, number, slider };
  });
  const buttons = add(editor, "div", { className: "dlc-presets" }, { role: "group", "aria-label": "Presets" });
  const presets = Object.entries(model.get("presets")).map(([name, rows]) => {
    const button = add(buttons, "button", { type: "button", textContent: name });
    button.addEventListener("click", () => {
      kernel = rows.flat();
      paint();
      ask({ kernel: rows });
    });
    return { button, weights: rows.flat() };
  });

  const pictures = add(body, "div", { className: "dlc-pictures" });
  const [before, after] = ["photograph", "result"].map((caption) => {
    const figure = add(pictures, "figure");
    const img = add(figure, "img", { alt: caption });
    add(figure, "figcaption", { textContent: caption });
    return img;
  });
  showPicture(before, model.get("before"));

  // Write the weights into the cells, but not into the one that is being edited.
  const paint = (edited) => {
    cells.forEach(({ cell, number, slider }, index) => {
      const weight = kernel[index];
      if (number !== edited) number.value = short(weight);
      if (slider !== edited) slider.value = weight;
      const share = Math.min(Math.abs(weight) / 5, 1) ** 0.5; // small weights are seen too
      cell.style.setProperty("--share", `${Math.round(45 * share)}%`);
      cell.style.setProperty("--tint", weight < 0 ? "#0072b2" : "#d55e00");
    });
    for (const { button, weights } of presets) {
      button.setAttribute("aria-pressed", weights.every((weight, index) => Math.abs(weight - kernel[index]) < 1e-6));
    }
  };
  model.on("change:kernel", () => {
    kernel = model.get("kernel").flat();
    if (!el.contains(document.activeElement)) paint();
  });
  paint();
  show();
}

export default { render };
