// Shared by all views; stands in front of each of them. No imports: a module comes from the kernel alone.
const add = (parent, tag, props = {}, attrs = {}) => {
  const node = Object.assign(document.createElement(tag), props);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, value);
  node.dataset.lmSuppressShortcuts = "true"; // on each: JupyterLab has key bindings for whatever has the focus
  parent.append(node);
  return node;
};

// Show encoded picture bytes in an <img>, and let go of the one before.
const showPicture = (img, bytes) => {
  const old = img.src;
  img.src = URL.createObjectURL(new Blob([bytes]));
  if (old) img.addEventListener("load", () => URL.revokeObjectURL(old), { once: true });
};

// Frame the widget and return ask(inputs): one request at a time, the newest inputs win.
const connect = (model, el, name, redraw) => {
  el.classList.add("dlc", name);
  el.dataset.lmSuppressShortcuts = "true";
  el.tabIndex = -1;
  el.setAttribute("role", "group");
  const body = add(el, "div", { className: "dlc-body" });
  const line = add(el, "p", { className: "dlc-status" });
  const live = add(el, "p", { className: "dlc-hidden" }, { role: "status", "aria-live": "polite" });
  let pending = null, busy = false, slow, quiet;

  const say = (text) => {
    line.textContent = text;
    clearTimeout(quiet); // a screen reader hears the line once the hand rests
    quiet = setTimeout(() => { live.textContent = text; }, 800);
  };
  const show = () => {
    el.setAttribute("aria-label", model.get("alt"));
    say(model.get("status"));
    redraw();
  };
  const send = () => {
    model.set({ ...pending, asked: model.get("asked") + 1 });
    pending = null;
    busy = true;
    slow = setTimeout(() => say("Waiting for the kernel. If this stays, run the cell again."), 300);
    model.save_changes();
  };
  model.on("change:answered", () => {
    busy = false;
    clearTimeout(slow);
    if (pending) send();
    show();
  });
  const ask = (inputs) => {
    pending = { ...pending, ...inputs };
    if (!busy) send();
  };
  return { body, ask, show };
};
