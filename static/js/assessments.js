/**
 * The form of an assessment saves by itself; without this script its buttons save as well.
 *
 * What is typed is first kept on this device and leaves it only when the server has said that all of it is saved. So
 * a dead line, a closed window or a session that has ended loses nothing: on coming back the page offers it again.
 * When somebody else saved the step meanwhile nothing is overwritten; the form then says so and stops saving by itself.
 */

const PAUSE_MS = 1200;
const RETRY_MS = [5_000, 10_000, 20_000, 40_000, 60_000];
const PATIENCE_MS = 20_000;
const PREFIX = "borderwatch-assessment-";

const form = document.getElementById("step-form");
const page = form ?? document.getElementById("assessment");
const keyOf = (step) => `${PREFIX}${page.dataset.assessment}-${step}`;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A device that keeps nothing: the server is then the only memory.
  }
}

const saves = page ? JSON.parse(page.dataset.saves || "{}") : {};

// What was sent has arrived when the server's last save of the step came from that very form, after it was sent.
function arrived(step, kept) {
  const last = saves[step];
  return Boolean(kept?.sent && last && kept.key === last.form && Number(kept.revision) < last.revision);
}

function forgetWhatArrived() {
  for (const step of Object.keys(saves)) if (arrived(step, read(keyOf(step)))) write(keyOf(step), null);
}

if (page) forgetWhatArrived();
if (form) start();

function start() {
  const mine = keyOf(form.dataset.step);
  const words = form.dataset;
  const state = document.getElementById("save-state");
  const problem = document.getElementById("save-problem");
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Phnom_Penh", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  let waiting = 0;
  let tries = 0;
  let typed = 0;
  let saving = null;
  let stopped = "clash" in words;

  const facts = () =>
    [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "revision", "form_key", "go"].includes(name));
  // ២៤០០ was saved as 2400; that is no difference.
  const plain = (facts_) =>
    JSON.stringify(facts_.map(([name, value]) => [name, value.trim().replace(/[០-៩]/g, (digit) => digit.charCodeAt(0) - 0x17e0)]));
  const same = (one, other) => plain(one) === plain(other);
  const atFirst = facts();

  function say(words_, kind) {
    state.textContent = words_;
    state.dataset.state = kind;
  }

  function keep(sent = false) {
    write(mine, {
      at: Date.now(),
      facts: facts(),
      revision: form.elements.revision.value,
      key: form.elements.form_key.value,
      sent,
    });
  }

  /* --- saving by itself --------------------------------------------------------------------------------------- */

  function soon(delay = PAUSE_MS) {
    clearTimeout(waiting);
    waiting = setTimeout(save, delay);
  }

  async function save() {
    if (saving || stopped || form.dataset.sent) return;
    const mark = typed;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    say(words.saving, "saving");
    saving = fetch(words.autosave, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Requested-With": "fetch" },
      signal: patience.signal,
    });
    try {
      await heard(await saving, mark);
    } catch {
      offline();
    } finally {
      clearTimeout(timer);
      saving = null;
      if (typed !== mark && !stopped && tries === 0) soon();
    }
  }

  async function heard(answer, mark) {
    if (answer.redirected || answer.status === 403 || answer.status === 404) {
      stop(words.signedOut);
      return;
    }
    if (answer.status >= 500) throw new Error("later");
    const told = await answer.json();
    if (answer.status === 409) {
      stop(told.state === "conflict" ? `${told.message} ${words.look}` : told.message);
      return;
    }
    tries = 0;
    if (answer.status === 422) {
      say("", "");
      problem.textContent = Object.values(told.errors).flat().join(" ");
      return;
    }
    form.elements.revision.value = told.revision;
    const failed = Object.entries(told.errors);
    say((failed.length ? words.partly : words.saved).replace("{time}", told.at), failed.length ? "partly" : "saved");
    problem.textContent = failed.map(([name, errors]) => `${label(name)}: ${errors.join(" ")}`).join(" ");
    for (const control of form.querySelectorAll(".form-control, .form-select")) {
      if (told.errors[control.name]) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
    progress(told);
    if (typed === mark && !failed.length) write(mine, null);
    else keep();
  }

  function label(name) {
    return form.querySelector(`label[for="id_${name}"]`)?.firstChild.textContent.trim() ?? name;
  }

  function progress(told) {
    document.getElementById("steps-done").textContent = words.done.replace("{n}", told.steps_done);
    document.querySelector(`.steps-list a[data-step="${words.step}"]`)?.classList.toggle("step-done", told.done);
  }

  function offline() {
    keep();
    say("", "");
    problem.textContent = words.offline;
    soon(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    tries += 1;
  }

  function stop(why) {
    stopped = true;
    clearTimeout(waiting);
    say("", "");
    problem.textContent = why;
  }

  form.addEventListener("input", () => {
    typed += 1;
    keep();
    if (stopped) return;
    if (tries === 0) {
      say(words.typing, "typing");
      soon();
    }
  });
  // While an earlier save is on its way the server's answer would not tell which of the two arrived.
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    keep(!saving);
  });
  // Back from a page that never came: what was sent has not arrived.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && read(mine)?.sent) keep();
  });
  window.addEventListener("online", () => {
    if (tries) soon(0);
  });
  // Leaving the page: what was typed last is sent on its way; if it does not arrive, this device still holds it.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || stopped || saving || form.dataset.sent || !read(mine)) return;
    clearTimeout(waiting);
    fetch(words.autosave, { method: "POST", body: new FormData(form), keepalive: true, headers: { "X-Requested-With": "fetch" } }).then(
      (answer) => heard(answer, typed),
      offline,
    );
  });

  /* --- what this device holds --------------------------------------------------------------------------------- */

  function offer() {
    const kept = read(mine);
    if (!kept || same(kept.facts, atFirst)) {
      write(mine, null);
      return;
    }
    // The page has just come back with what was sent and could not be taken: it is in the form already.
    if ("refused" in words) {
      keep();
      return;
    }
    document.getElementById("kept-at").textContent = clock.format(new Date(kept.at));
    document.getElementById("kept-here").hidden = false;
    document.getElementById("kept-back").addEventListener("click", () => {
      putBack(kept);
      document.getElementById("kept-here").hidden = true;
      form.querySelector(".form-control, .form-select")?.focus();
    });
    document.getElementById("kept-away").addEventListener("click", () => {
      write(mine, null);
      document.getElementById("kept-here").hidden = true;
    });
  }

  function putBack(kept) {
    // With the revision it was typed at: if somebody saved the step since, that shows.
    form.elements.revision.value = kept.revision;
    form.elements.form_key.value = kept.key;
    for (const control of form.elements) {
      if (!control.name || ["csrfmiddlewaretoken", "revision", "form_key", "go"].includes(control.name)) continue;
      const values = kept.facts.filter(([name]) => name === control.name).map(([, value]) => value);
      if (control.type === "checkbox") control.checked = values.includes(control.value);
      else control.value = values[0] ?? "";
    }
    typed += 1;
    keep();
    say(words.typing, "typing");
    soon(0);
  }

  offer();
}
