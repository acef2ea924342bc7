// A line to write in, examples to click on, and the likeliest words for the gap as bars.
const ROWS = 8;
const GAP = /_{2,}|\[mask\]/i;

function render({ model, el }) {
  const { body, ask, show } = connect(model, el, "dlc-guesser", () => {
    const words = model.get("words");
    const probabilities = model.get("probabilities");
    rows.forEach(({ use, bar, percent }, index) => {
      const there = index < words.length;
      for (const node of [use, bar, percent]) node.hidden = !there;
      if (!there) return;
      const shown = 100 * probabilities[index];
      use.textContent = words[index];
      use.setAttribute("aria-label", `${words[index]}: put it into the gap`);
      bar.style.setProperty("--value", probabilities[index]);
      bar.setAttribute("aria-valuenow", Math.round(shown));
      bar.setAttribute("aria-label", `probability of ${words[index]}`);
      percent.textContent = `${shown < 9.95 ? shown.toFixed(1) : Math.round(shown)} %`;
    });
  });

  const form = add(body, "div", { className: "dlc-line" });
  const line = add(form, "input", { type: "text", maxLength: 400, value: model.get("text"), spellcheck: false, autocomplete: "off" },
    { "aria-label": "Sentence, with three underscores or [MASK] in place of a word" });
  const hide = add(form, "button", { type: "button", textContent: "Hide word" },
    { title: "Hide the word at the cursor, or the selected one" });
  const examples = add(body, "div", { className: "dlc-examples" }, { role: "group", "aria-label": "Examples" });
  const bars = add(body, "div", { className: "dlc-guesses" }, { role: "group", "aria-label": "Guesses" });
  const rows = Array.from({ length: ROWS }, () => ({
    use: add(bars, "button", { type: "button", className: "dlc-word" }),
    bar: add(bars, "div", { className: "dlc-bar" }, { role: "meter", "aria-valuemin": 0, "aria-valuemax": 100 }),
    percent: add(bars, "span"),
  }));

  const write = (text) => {
    line.value = text;
    ask({ text });
  };
  line.addEventListener("input", () => ask({ text: line.value }));

  // The word around the cursor, or what is selected, becomes a gap.
  let place = [0, 0];
  const remember = () => { place = [line.selectionStart, line.selectionEnd]; };
  for (const event of ["keyup", "click", "select", "blur"]) line.addEventListener(event, remember);
  hide.addEventListener("click", () => {
    const text = line.value;
    let [start, end] = place;
    const inWord = (index) => /[\p{L}\p{N}']/u.test(text[index] ?? "");
    if (start === end) {
      while (inWord(start - 1)) start -= 1;
      while (inWord(end)) end += 1;
    }
    if (start === end || GAP.test(text.slice(start, end))) return;
    write(`${text.slice(0, start)}___${text.slice(end)}`);
    line.focus();
    line.setSelectionRange(start + 3, start + 3);
    remember();
  });
  for (const { use } of rows) {
    use.addEventListener("click", () => {
      write(line.value.replace(GAP, () => use.textContent.replace(/^##/, "")));
      line.focus();
    });
  }
  for (const text of model.get("examples")) {
    const button = add(examples, "button", { type: "button", textContent: text });
    button.addEventListener("click", () => write(text));
  }
  model.on("change:text", () => {
    if (document.activeElement !== line) line.value = model.get("text");
  });
  show();
}

export default { render };
