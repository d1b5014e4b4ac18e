// What keys do, and what ages. Every page works without it: the chips of keys that need it are shown where it runs.
"use strict";
document.documentElement.classList.add("js");

// No key acts while an input method composes: its keys are the pinyin's.
const composing = e => e.isComposing || e.keyCode === 229;
const typing = e => /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && !/^(radio|checkbox)$/.test(e.target.type);
const box = () => document.getElementById("q");

// Rows are chosen by arrows, from wherever the focus is; the chosen one is marked, and named to a screen reader.
// Where arrows mean something else (data-focus) the row is chosen that has the focus.
const rows = () => [...document.querySelectorAll("tr[data-row]")];
const chosen = () => document.querySelector("tr[data-row].on");

function choose(row, scrolls = true) {
  if (!row) return;
  for (const r of rows()) {
    r.classList.toggle("on", r === row);
    r.toggleAttribute("aria-current", r === row);
  }
  for (const part of document.querySelectorAll("[data-part]")) part.hidden = part.dataset.part !== row.dataset.row;
  const act = document.getElementById("act");
  if (act && row.dataset.act) {
    act.action = row.dataset.act;
    act.elements.version.value = row.dataset.version || "";
  }
  const pick = document.getElementById("pick");
  if (pick && row.dataset.base) {
    pick.elements.version.value = row.dataset.version;
    for (const b of pick.querySelectorAll("[data-of]")) {
      if (b.tagName === "A") b.href = row.dataset.base + b.dataset.of; else b.formAction = row.dataset.base + b.dataset.of;
    }
  }
  if (scrolls) row.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const all = rows();
  if (document.querySelector("table[data-focus]")) return false;
  if (all.length) choose(all[Math.min(all.length - 1, Math.max(0, all.indexOf(chosen()) + by))]);
  return all.length > 0;
}

function open(row) {
  const next = row && (row.querySelector(".next") || row.querySelector("a, button"));
  if (next) next.click();
  return !!next;
}

const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

function act(e) {
  if (composing(e)) return false;
  const inBox = e.target === box();
  if (e.key === "F2") {
    const q = box();
    if (q) { q.focus(); q.select(); return true; }
    return press("nav a[href='/find']"); // of who may find
  }
  if (e.altKey && !e.ctrlKey && !e.metaKey) {
    // accesskey works without script, but some browsers keep Alt and a digit for their tabs unless a page takes it
    const k = CSS.escape(e.key.toLowerCase());
    return press(`[accesskey='${k}'], [data-part]:not([hidden]) [data-alt='${k}']`);
  }
  if (e.altKey || e.metaKey) return false;
  if (e.ctrlKey) return e.key === "Enter" && press("[data-key='Control Enter']");
  if (e.key === "Escape" && inBox && box().value) { box().value = ""; return true; }
  if (steps[e.key] && (inBox || !typing(e)) && !/^(radio)$/.test(e.target.type) && move(steps[e.key])) return true;
  if (e.key === "Enter" && !typing(e) && !e.target.closest("a, button")) return open(chosen());
  if (/^[1-9]$/.test(e.key) && !typing(e)) return press(`[data-nth='${e.key}']`);
  return press(`[data-key='${CSS.escape(e.key)}']`);
}

function press(selector) {
  const what = document.querySelector(selector);
  if (!what || what.hasAttribute("aria-disabled")) return false;
  what.click();
  return true;
}

document.addEventListener("keydown", e => { if (!e.defaultPrevented && act(e)) e.preventDefault(); });

// How old an answer is, second by second; from a minute on it says so in amber.
function age() {
  for (const t of document.querySelectorAll("[data-age]")) {
    const s = Number(t.dataset.age) + Math.floor((performance.now() - (t.began ??= performance.now())) / 1000);
    t.textContent = s < 60 ? `${s} 秒前` : `${Math.floor(s / 60)} 分钟前`;
    t.classList.toggle("old", s >= 60);
  }
}

// The page says when it is cut off from the program: what it shows may have changed.
async function look() {
  const note = document.getElementById("cut");
  try {
    const answer = await fetch("/here", { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (answer.redirected && !document.body.classList.contains("door")) location.replace(answer.url); // locked: nothing stays in view
    note.hidden = true;
  } catch { note.hidden = false; }
}

// A live question is asked beside the facts, never instead of them.
async function live(part, byItself) {
  try {
    const answer = await fetch(part.dataset.live, {
      method: "POST", headers: byItself ? { "X-By-Itself": "1" } : {}, body: new URLSearchParams({ fragment: "1", version: part.dataset.version || "" }), signal: AbortSignal.timeout(12000),
    });
    if (answer.ok) part.innerHTML = await answer.text();
  } catch { /* it stays as it was, with its age */ }
}

// A part of the page becomes what the program says now; who stands in it with the focus stays there.
function put(part, text) {
  if (text === part.told) return;
  const focus = document.activeElement, of = part.contains(focus) && focus.form?.getAttribute("action");
  part.innerHTML = part.told = text;
  if (of) [...part.querySelectorAll("form")].find(f => f.getAttribute("action") === of)?.querySelector("button")?.focus();
  if (part.dataset.again === "/calls") document.title = (part.querySelector("form") ? "呼叫 · " : "") + title;
}
const title = document.title;

// Who goes to a call says so beside what is being typed: the page stays as it is.
async function go(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams({ fragment: "1" }), signal: AbortSignal.timeout(8000) });
    if (!answer.ok) return form.submit(); // which says why not
    const part = form.closest("[data-again]");
    put(part, await answer.text());
    const told = part.querySelector(".told");
    part.parentElement.prepend(told); // out of what is asked for again
    setTimeout(() => told.remove(), 20000);
  } catch { look() }
}

// What is on show is asked for again and again; without script the page loads itself anew.
async function again(part) {
  try {
    const answer = await fetch(part.dataset.again, { headers: { "X-By-Itself": "1" }, cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (answer.redirected) location.reload();
    else if (answer.ok) {
      put(part, await answer.text());
    }
  } catch { /* the note that the page is cut off says so */ }
  setTimeout(again, Number(part.dataset.every || 1500), part);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll("[data-again]")) again(part);
  document.addEventListener("submit", e => {
    if (e.target.hasAttribute("data-call")) { e.preventDefault(); go(e.target); }
  });
  const q = box();
  if (q) {
    q.focus({ preventScroll: true });
    q.setSelectionRange(q.value.length, q.value.length);
    // Enter opens the chosen row where nothing else was typed since
    q.form.addEventListener("submit", e => {
      if (q.value !== "" && q.value.trim() === q.dataset.asked && open(chosen())) e.preventDefault();
    });
  }
  choose(chosen() || rows()[0], false);
  for (const row of rows()) {
    row.addEventListener("click", e => { if (!e.target.closest("a, button")) choose(row); });
    row.addEventListener("focusin", () => choose(row));
  }
  // the days of a calendar are one stop of Tab: arrows go from day to day
  for (const day of document.querySelectorAll(".cal td:not(.pick) a")) day.tabIndex = -1;
  for (const part of document.querySelectorAll("[data-live]")) {
    live(part, true);
    for (const b of document.querySelectorAll(`[formaction='${part.dataset.live}']`)) {
      b.addEventListener("click", e => { e.preventDefault(); live(part); });
    }
  }
  for (const f of document.forms) f.addEventListener("submit", e => e.submitter?.setAttribute("aria-busy", "true"));
  setInterval(age, 1000);
  setInterval(look, 15000);
});
