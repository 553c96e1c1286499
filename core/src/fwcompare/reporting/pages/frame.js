"use strict";
// A flamegraph in its frame: a field that finds frames, in place of the dialogue that a browser refuses to a frame.
// The address of a frame cannot be changed, so what inferno would keep there is dropped.
history.replaceState = () => {};
// On paper a frame has no width, and inferno would draw for a negative one.
addEventListener("resize", (event) => {
  if (!document.documentElement.clientWidth) event.stopImmediatePropagation();
});
addEventListener("DOMContentLoaded", () => {
  // A frame that is out of sight has no width to draw for: it begins when a browser shows it.
  const begin = init;
  window.init = (event) => requestAnimationFrame(() => begin(event));
  const term = document.querySelector("[data-term]");
  const said = document.querySelector("[data-said]");
  const find = () => {
    reset_search();
    searching = 0;
    document.getElementById("matched").classList.add("hide");
    said.textContent = "";
    if (!term.value) return;
    try {
      search(term.value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      said.textContent = "not a regular expression";
      return;
    }
    said.textContent = searching ? document.getElementById("matched").textContent : "no frame matches";
  };
  window.search_prompt = () => term.focus();
  term.addEventListener("keydown", (event) => { if (event.key === "Enter") find(); });
  document.querySelector("[data-find]").addEventListener("click", find);
  document.querySelector("[data-whole]").addEventListener("click", () => { term.value = ""; find(); unzoom(); });
  // The root is at the bottom.
  setTimeout(() => scrollTo(0, document.documentElement.scrollHeight), 0);
});
