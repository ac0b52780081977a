/**
 * The sheet of a day of traffic: keys as in a spreadsheet, totals while one types, and a draft kept on the device
 * until the server has it, so that a bad link loses nothing. The page works without any of it.
 */

const form = document.querySelector("form[data-draft]");
const cells = () => [...form.querySelectorAll("input.cell")].filter((cell) => !cell.closest("details:not([open])"));

// --- figures ----------------------------------------------------------------------------------------------------
const latin = (text) => text.replace(/[០-៩]/g, (digit) => String("០១២៣៤៥៦៧៨៩".indexOf(digit)));

/** The figure in a cell as the server reads it; NaN for what it would ask about, null for an empty cell. */
function figure(text) {
  const plain = latin(text).replace(/[\u200b-\u200d\ufeff]/g, "").replace(/[\u00a0\u2009\u202f]/g, " ").trim();
  if (plain === "") return null;
  if (/^[1-9]\d{0,2}\.\d{3}$/.test(plain)) return NaN;
  if (/^\d{1,3}([ ,]\d{3})+(\.\d+)?$/.test(plain)) return Number(plain.replace(/[ ,]/g, ""));
  if (/^\d{1,3}(\.\d{3})+,\d+$/.test(plain)) return Number(plain.replaceAll(".", "").replace(",", "."));
  if (/^\d+,\d{1,2}$/.test(plain)) return Number(plain.replace(",", "."));
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
}

function total() {
  for (const output of form.querySelectorAll("[data-total]")) {
    const found = [...form.querySelectorAll(`[data-adds="${output.dataset.total}"]`)]
      .map((cell) => figure(cell.value)).filter((one) => one !== null && !Number.isNaN(one));
    const sum = found.reduce((one, other) => one + other, 0);
    output.value = found.length ? String(Math.round(sum * 1000) / 1000) : "–";
  }
}

// --- keys -------------------------------------------------------------------------------------------------------
/** The cell above or below in the same column; at the end of a column the top of the next. */
function step(cell, by) {
  const all = cells();
  const way = (one) => (/^out-|-out$/.test(one.name) ? "out" : "in");
  const column = all.filter((one) => way(one) === way(cell));
  const next = column[column.indexOf(cell) + by];
  if (next || by < 0 || way(cell) === "out") return next;
  return all.find((one) => way(one) === "out");
}

function beside(cell, by) {
  const row = [...cell.closest(".sheet-row").querySelectorAll("input.cell")];
  return row[row.indexOf(cell) + by];
}

form.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (!(cell instanceof HTMLInputElement) || !cell.classList.contains("cell")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const atStart = cell.selectionStart === 0 && (cell.selectionEnd === 0 || cell.selectionEnd === cell.value.length);
  const atEnd = cell.selectionEnd === cell.value.length && (cell.selectionStart === cell.selectionEnd || cell.selectionStart === 0);
  let next;
  if (event.key === "Enter" || event.key === "ArrowDown") next = step(cell, event.shiftKey ? -1 : 1);
  else if (event.key === "ArrowUp") next = step(cell, -1);
  else if (event.key === "ArrowLeft" && atStart) next = beside(cell, -1);
  else if (event.key === "ArrowRight" && atEnd) next = beside(cell, 1);
  else return;
  event.preventDefault();
  if (next) {
    next.focus();
    next.select();
  } else if (event.key === "Enter") {
    form.querySelector(".day-send").focus();
  }
});

// --- the draft --------------------------------------------------------------------------------------------------
const key = form.dataset.draft;
const note = form.querySelector(".draft-note");
const kept = /^(csrfmiddlewaretoken|version-.*|more)$/;

const content = () => Object.fromEntries(
  [...new FormData(form)].filter(([name]) => !kept.test(name)),
);
const begun = JSON.stringify(content());

function store(value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // A device without room or permission: the page still works, only without a draft.
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function fill(values) {
  for (const field of form.elements) {
    if (!field.name || kept.test(field.name) || field.type === "hidden") continue;
    if (field.type === "checkbox") field.checked = field.name in values;
    else if (field.name in values) field.value = values[field.name];
  }
  for (const fold of form.querySelectorAll("details")) {
    if ([...fold.querySelectorAll("input.cell")].some((cell) => cell.value !== "")) fold.open = true;
  }
}

function take(draft) {
  fill(draft.content);
  note.querySelector("[data-taken]").hidden = false;
  note.querySelector("[data-left]").hidden = true;
  note.querySelector("[data-take]").hidden = true;
}

function offer(draft) {
  note.querySelector("[data-left]").hidden = false;
  const button = note.querySelector("[data-take]");
  button.hidden = false;
  button.addEventListener("click", () => {
    take(draft);
    total();
    keep();
  });
}

const refused = document.querySelector(".error-summary") !== null;
if ("saved" in form.dataset) {
  store(null);
  // A second look at the same address must not throw away a draft that was begun after.
  history.replaceState(null, "", location.pathname);
} else if (!refused) {
  const draft = stored();
  if (draft && JSON.stringify(draft.content) !== begun) {
    note.hidden = false;
    // Over what somebody entered since, a draft is laid only when the person asks for it.
    if (draft.versions === form.dataset.versions) take(draft);
    else offer(draft);
  }
}

let waiting = 0;
function keep() {
  clearTimeout(waiting);
  const now = content();
  store(JSON.stringify(now) === begun && !refused ? null : JSON.stringify({ versions: form.dataset.versions, content: now }));
}
form.addEventListener("input", () => {
  total();
  clearTimeout(waiting);
  waiting = setTimeout(keep, 250);
});
// The last letters before the page goes away.
addEventListener("pagehide", () => { if (waiting) keep(); });
form.addEventListener("submit", keep);

note.querySelector("[data-discard]").addEventListener("click", () => {
  store(null);
  waiting = 0;
  location.reload();
});
total();
