"""The lessons as a reader meets them: JupyterLab, Notebook 7, a phone; mouse, finger, keyboard."""

import re
import statistics

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# Both measure inside the page, from the reader's event to the picture on the screen, in ms.
SLIDER_TO_PICTURE = """async (editor) => {
  const slider = editor.querySelector('[aria-label="weight centre, slider"]');
  const picture = editor.querySelectorAll('img')[1];
  const times = [];
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    const shown = new Promise(
      (resolve) => picture.addEventListener('load', resolve, { once: true }));
    slider.value = -5 + i / 4;
    slider.dispatchEvent(new Event('input'));
    await shown;
    times.push(performance.now() - start);
  }
  return times;
}"""
STROKE_TO_ANSWER = """async (widget) => {
  const pad = widget.querySelector('.dlc-stage canvas'), bars = widget.querySelector('.dlc-bars');
  const box = pad.getBoundingClientRect(), times = [];
  const fire = (kind, i) => pad.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, buttons: 1,
    clientX: box.left + box.width * (0.3 + i / 75), clientY: box.top + box.height * 0.4 }));
  pad.setPointerCapture = () => {}; // a made-up pointer cannot be captured
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    const answered = new Promise((resolve) => new MutationObserver((_, observer) => {
      observer.disconnect(); resolve(); }).observe(bars, { subtree: true, attributes: true }));
    fire(i ? 'pointermove' : 'pointerdown', i);
    await answered;
    times.push(performance.now() - start);
  }
  fire('pointerup', 30);
  return times;
}"""

# JupyterLab attaches a long notebook's cells whenever it is idle: count when a second brings none.
CELLS = """async () => {
  const count = () => document.querySelectorAll('.jp-Notebook .jp-Cell').length;
  let before = -1;
  while (before !== count()) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return before;
}"""


def count_cells(page):
    return page.evaluate(CELLS)


def report(capsys, what, times):
    times = sorted(times)
    with capsys.disabled():
        median, p95 = statistics.median(times), times[int(0.95 * len(times))]
        print(f"\n{what}: median {median:.0f} ms, p95 {p95:.0f} ms over {len(times)}")


def wait_for_change(page, element, before, attribute="src"):
    page.wait_for_function(
        f"([node, before]) => node.{attribute} !== before", arg=[element.element_handle(), before]
    )


def draw_one(page, pad, touch=False):
    """Draw an upright stroke, a 1, with the mouse or a finger."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    x = box["x"] + box["width"] / 2
    path = [(x, box["y"] + box["height"] * (0.2 + 0.03 * step)) for step in range(21)]
    if not touch:
        page.mouse.move(*path[0])
        page.mouse.down()
        for point in path:
            page.mouse.move(*point)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)
    for index, (x, y) in enumerate(path):
        kind = "touchMove" if index else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def expect_answer(page, pad, digit):
    page.wait_for_function(
        "([node, start]) => node.textContent.startsWith(start)",
        arg=[pad.locator(".dlc-status").element_handle(), f"It sees a {digit}"],
    )


def test_printed_address_opens_the_first_lesson_without_pop_ups(start, shoot):
    assert start.url.endswith("/lab/tree/course/00_start_here/00_start_here.ipynb")
    assert start.locator(".dlc-explorer img").count() >= 1
    assert start.locator(".jp-Dialog, .jp-toastContainer .Toastify__toast").count() == 0
    instruments = start.locator("#jp-top-panel, .jp-SideBar, .jp-Toolbar").all_inner_texts()
    assert not re.search("nbgrader|formgrader|validate", " ".join(instruments), re.IGNORECASE)
    shoot(start, "start")


@pytest.mark.parametrize("shell", ["lab/tree", "tree"])
def test_a_lessons_text_is_not_beside_it_in_the_file_browser(lab, browser, jupyter, shell):
    with jupyter.visit(browser) as page:
        files = page.locator(".jp-DirListing-itemText")
        for folder, shown in [("course/03_cnn", "01_convolution.ipynb"), ("course", "index.md")]:
            page.goto(f"{lab.base}/{shell}/{folder}?{lab.token}&reset")
            files.filter(has_text=shown).wait_for()
            assert not [name for name in files.all_inner_texts() if re.match(r"\d.*md", name)]


@pytest.mark.parametrize("shell", ["lab", "notebook"])
def test_a_lesson_that_was_not_run_shows_its_pictures(lab, browser, jupyter, shell):
    with jupyter.visit(browser) as page:
        lab.open(page, "course/built.ipynb", shell=shell)
        picture = page.locator(".jp-OutputArea img[alt]").first
        picture.wait_for()
        assert picture.evaluate("(node) => node.decode().then(() => node.naturalWidth)") > 300


def test_explorer_follows_its_slider(start, shoot):
    explorer = start.locator(".dlc-explorer").first
    explorer.scroll_into_view_if_needed()
    before = explorer.locator("img").get_attribute("src")
    slider = explorer.locator("input[type=range]").first
    slider.focus()
    start.keyboard.press("End")
    wait_for_change(start, explorer.locator("img"), before)
    assert slider.get_attribute("max") in explorer.locator("img").get_attribute("alt")
    shoot(explorer, "explorer")


def says(page, widget, text):
    """Wait until the line below a widget begins so."""
    page.wait_for_function(
        "([node, text]) => node.textContent.startsWith(text)",
        arg=[widget.locator(".dlc-status").element_handle(), text],
    )


def test_attention_explorer_by_mouse_and_keyboard(others, shoot):
    widget = others.locator(".dlc-attention")
    says(others, widget, "Layer 0, head 0: one looks at one (100%)")
    widget.get_by_role("option", name="three").hover()
    says(others, widget, "Layer 0, head 0: three looks at three (100%)")
    widget.get_by_role("listbox").focus()
    others.keyboard.press("ArrowRight")
    says(others, widget, "Layer 0, head 1: three looks at one (100%)")
    others.keyboard.press("Home")
    says(others, widget, "Layer 0, head 1: one looks at two (100%)")
    widget.locator("select").select_option("mean of all")
    says(others, widget, "Layer 0, mean of all heads: one looks at one (50%), two (50%)")
    shoot(widget, "attention_explorer")


def test_masked_guesser_by_mouse_and_keyboard(others, shoot):
    widget = others.locator(".dlc-guesser")
    says(others, widget, "It would write “word14” (60%), then “two” (30%)")
    line = widget.get_by_role("textbox")
    line.fill("bees like honey")
    says(others, widget, "No word is hidden")
    line.click()
    others.keyboard.press("End")
    widget.get_by_role("button", name="Hide word").click()
    says(others, widget, "It would write “word16” (60%)")
    assert line.input_value() == "bees like ___"
    cells = count_cells(others)
    others.keyboard.type("bad")  # letters that are commands of JupyterLab
    assert line.input_value() == "bees like ___bad"
    assert count_cells(others) == cells
    widget.get_by_role("button", name="a ___ ran").click()
    widget.get_by_role("button", name="two: put it into the gap").click()
    assert line.input_value() == "a two ran"
    shoot(widget, "masked_guesser")


def test_live_curve_says_what_it_shows(others, shoot):
    image = others.get_by_role(
        "img", name="a net, seed 0: cross-entropy 2.00 at first, 0.50 at step 2"
    )
    image.scroll_into_view_if_needed()
    assert image.evaluate("image => image.naturalWidth") > 300
    shoot(image, "live_curve")


def test_kernel_editor_by_mouse(lesson, shoot):
    editor = lesson.locator(".dlc-kernel")
    editor.scroll_into_view_if_needed()
    result = editor.locator("img").nth(1)
    before = result.get_attribute("src")
    editor.get_by_role("button", name="blur").click()
    wait_for_change(lesson, result, before)
    before = result.get_attribute("src")
    slider = editor.get_by_label("weight centre, slider").bounding_box()
    lesson.mouse.move(slider["x"] + slider["width"] / 2, slider["y"] + slider["height"] / 2)
    lesson.mouse.down()
    lesson.mouse.move(
        slider["x"] + slider["width"] - 2, slider["y"] + slider["height"] / 2, steps=5
    )
    lesson.mouse.up()
    wait_for_change(lesson, result, before)
    assert float(editor.get_by_label("weight centre", exact=True).input_value()) > 4
    shoot(editor, f"kernel_editor_{lesson.shell}")


def test_kernel_editor_by_keyboard(lesson):
    editor = lesson.locator(".dlc-kernel")
    cells = count_cells(lesson)
    result = editor.locator("img").nth(1)
    before = result.get_attribute("src")
    preset = editor.get_by_role("button", name="Laplacian")
    preset.focus()
    lesson.keyboard.press("Enter")
    wait_for_change(lesson, result, before)
    before = result.get_attribute("src")
    editor.get_by_label("weight centre, slider").focus()
    for key in ["ArrowRight"] * 3 + ["a", "b", "x"]:  # in a cell, letters add and cut cells
        lesson.keyboard.press(key)
    wait_for_change(lesson, result, before)
    assert editor.get_by_label("weight centre", exact=True).input_value() == "-3.7"
    assert count_cells(lesson) == cells
    lesson.wait_for_function(
        "(node) => node.textContent.includes('add up to 0.3')",
        arg=editor.locator("[aria-live]").element_handle(),
    )


def test_digit_pad_by_mouse(lesson, shoot):
    pad = lesson.locator(".dlc-digit")
    pad.get_by_role("button", name="Clear").click()  # it may have been drawn on in JupyterLab
    draw_one(lesson, pad.locator(".dlc-stage canvas"))
    expect_answer(lesson, pad, 1)
    assert int(pad.get_by_label("probability of 1").get_attribute("aria-valuenow")) > 50
    shoot(pad, f"digit_pad_{lesson.shell}")
    shoot(lesson, f"lesson_{lesson.shell}")


def test_digit_pad_by_keyboard(lesson):
    pad = lesson.locator(".dlc-digit")
    canvas = pad.locator(".dlc-stage canvas")
    canvas.focus()
    lesson.keyboard.press("Escape")
    lesson.wait_for_function(
        "(node) => node.textContent.startsWith('The pad is empty')",
        arg=pad.locator(".dlc-status").element_handle(),
    )
    for key in ["ArrowUp"] * 8 + [" "] + ["ArrowDown"] * 16 + [" "]:
        lesson.keyboard.press(key)
    expect_answer(lesson, pad, 1)
    pad.get_by_role("button", name="Clear").click()
    lesson.wait_for_function(
        "(node) => node.textContent.startsWith('The pad is empty')",
        arg=pad.locator(".dlc-status").element_handle(),
    )


def test_time_to_answer_is_told_and_the_lesson_saved(lesson, capsys):
    editor, pad = lesson.locator(".dlc-kernel"), lesson.locator(".dlc-digit")
    editor.scroll_into_view_if_needed()
    report(capsys, f"slider to picture, {lesson.shell}", editor.evaluate(SLIDER_TO_PICTURE))
    pad.scroll_into_view_if_needed()
    report(capsys, f"stroke to answer, {lesson.shell}", pad.evaluate(STROKE_TO_ANSWER))
    with lesson.expect_response(lambda answer: answer.request.method == "PUT"):
        lesson.locator(".jp-Toolbar [data-command='docmanager:save']").click()  # for the phone


def test_phone_and_finger(phone, shoot):
    pad, editor = phone.locator(".dlc-digit"), phone.locator(".dlc-kernel")
    editor.scroll_into_view_if_needed()
    before = editor.locator("img").nth(1).get_attribute("src")
    editor.get_by_role("button", name="emboss").tap()
    wait_for_change(phone, editor.locator("img").nth(1), before)
    pad.get_by_role("button", name="Clear").tap()
    draw_one(phone, pad.locator(".dlc-stage canvas"), touch=True)
    expect_answer(phone, pad, 1)
    for widget in (pad, editor):
        assert widget.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    shoot(editor, "phone_kernel_editor")
    shoot(pad, "phone_digit_pad")
    shoot(phone, "phone")
