// A canvas to draw a digit on, ten bars, and the 28x28 picture that the net sees.
const LOGICAL = 28;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = "Drawing pad. Draw with the mouse or a finger. By keyboard: arrow keys move the pen, "
  + "Space puts it down and lifts it, Escape clears.";

// Paint grey bytes, side x side, over a whole canvas.
const paintBytes = (canvas, view, side) => {
  const small = document.createElement("canvas");
  small.width = small.height = side;
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    image.data.fill(view.getUint8(i), 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  small.getContext("2d").putImageData(image, 0, 0);
  canvas.getContext("2d").drawImage(small, 0, 0, canvas.width, canvas.height);
};

function render({ model, el }) {
  const side = model.get("side");
  const { body, ask, show } = connect(model, el, "dlc-digit", () => {
    paintBytes(seen, model.get("seen"), LOGICAL);
    const best = Math.max(...model.get("probabilities"));
    model.get("probabilities").forEach((probability, digit) => {
      const { bar, percent } = rows[digit];
      bar.style.setProperty("--value", probability);
      bar.classList.toggle("dlc-best", probability > 0 && probability === best);
      bar.setAttribute("aria-valuenow", Math.round(100 * probability));
      percent.textContent = `${Math.round(100 * probability)} %`;
    });
  });

  const left = add(body, "div", { className: "dlc-draw" });
  const stage = add(left, "div", { className: "dlc-stage" });
  const pad = add(stage, "canvas", { width: side * 5, height: side * 5, tabIndex: 0 },
    { role: "application", "aria-label": HELP });
  const cursor = add(stage, "div", { className: "dlc-pen" });
  const row = add(left, "div", { className: "dlc-row" });
  const clear = add(row, "button", { type: "button", textContent: "Clear" });
  add(row, "span", { textContent: "Draw here, or use arrow keys and Space." });
  const right = add(body, "div", { className: "dlc-answer" });
  const bars = add(right, "div", { className: "dlc-bars" });
  const rows = Array.from({ length: 10 }, (_, digit) => {
    add(bars, "span", { textContent: digit });
    const bar = add(bars, "div", { className: "dlc-bar" },
      { role: "meter", "aria-label": `probability of ${digit}`, "aria-valuemin": 0, "aria-valuemax": 100 });
    return { bar, percent: add(bars, "span") };
  });
  const figure = add(right, "figure");
  const seen = add(figure, "canvas", { width: LOGICAL, height: LOGICAL }, { role: "img", "aria-label": "what the net sees" });
  add(figure, "figcaption", { textContent: "what the net sees: centred, 28×28" });

  const ink = pad.getContext("2d", { willReadFrequently: true });
  const unit = pad.width / LOGICAL;
  ink.lineCap = ink.lineJoin = "round";
  ink.lineWidth = 2.5 * unit;
  ink.strokeStyle = "#fff";
  paintBytes(pad, model.get("ink"), side);

  const shrunk = document.createElement("canvas");
  shrunk.width = shrunk.height = side;
  const small = shrunk.getContext("2d", { willReadFrequently: true });
  small.imageSmoothingQuality = "high";
  const send = () => {
    small.drawImage(pad, 0, 0, side, side);
    const { data } = small.getImageData(0, 0, side, side);
    ask({ ink: new DataView(Uint8Array.from({ length: side * side }, (_, i) => data[4 * i]).buffer) });
  };

  let example = model.get("asked") === 0;
  let path = null; // the stroke under way, by mouse, finger or keyboard
  const wipe = () => {
    ink.fillRect(0, 0, pad.width, pad.height);
    example = false;
  };
  const begin = (point) => {
    if (example) wipe(); // the first stroke starts on a clean pad
    path = new Path2D();
    path.moveTo(...point);
    draw(point);
  };
  const draw = (point) => {
    path.lineTo(...point);
    ink.stroke(path); // all of it: single segments would leave seams
    send();
  };

  const spot = (event) => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) * pad.width / box.width, (event.clientY - box.top) * pad.height / box.height];
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    begin(spot(event));
  });
  pad.addEventListener("pointermove", (event) => { if (path && event.buttons) draw(spot(event)); });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { path = null; });

  let pen = [LOGICAL / 2, LOGICAL / 2]; // the keyboard's
  const place = () => {
    [cursor.style.left, cursor.style.top] = pen.map((value) => `${100 * value / LOGICAL}%`);
    cursor.classList.toggle("dlc-down", path !== null);
  };
  const reset = () => { path = null; wipe(); send(); place(); };
  clear.addEventListener("click", reset);
  pad.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (step) pen = pen.map((value, axis) => Math.min(LOGICAL - 1, Math.max(1, value + step[axis])));
    else if (event.key === "Escape") reset();
    else if (event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const point = pen.map((value) => value * unit);
    if (step && path) draw(point);
    if (event.key === " ") path ? path = null : begin(point);
    place();
  });
  place();
  show();
}

export default { render };
