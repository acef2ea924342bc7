// One labelled control per value, and the figure that Python draws for them.
const round = (number) => String(Number(Number(number).toPrecision(4)));

function render({ model, el }) {
  const values = { ...model.get("values") };
  const { body, ask, show } = connect(model, el, "dlc-explorer", () => {
    showPicture(img, model.get("image"));
    img.alt = model.get("alt");
  });
  const panel = add(body, "div", { className: "dlc-controls" });
  const img = add(body, "img");

  const build = {
    slider(row, { name, stops, step }) {
      const input = add(row, "input", { type: "range", min: stops[0], max: stops[2], step });
      const shown = add(row, "output");
      input.value = values[name];
      shown.value = round(values[name]);
      input.addEventListener("input", () => {
        shown.value = round(input.value);
        change(name, Number(input.value));
      });
    },
    choice(row, { name, stops }) {
      const input = add(row, "select");
      for (const [index, stop] of stops.entries()) add(input, "option", { textContent: stop, value: index });
      input.value = stops.indexOf(values[name]);
      input.addEventListener("change", () => change(name, stops[input.value]));
    },
    switch(row, { name }) {
      const input = add(row, "input", { type: "checkbox", checked: values[name] });
      input.addEventListener("change", () => change(name, input.checked));
    },
  };
  const change = (name, value) => {
    values[name] = value;
    ask({ values: { ...values } });
  };

  for (const control of model.get("controls")) {
    const row = add(panel, "label");
    add(row, "span", { textContent: control.name.replaceAll("_", " ") });
    build[control.kind](row, control);
  }
  show();
}

export default { render };
