"use strict";
// Keeps the live section of a page in step with its run. Everything that comes is text, and is put where text stands.
(() => {
  const KEPT_POINTS = 240, LEAST_POINTS = 60, KEPT_LINES = 200, KEPT_RESULTS = 500;
  const box = document.querySelector("[data-live-from]");
  if (!box) return;
  let points = JSON.parse(box.dataset.livePoints);
  const set = (key, text) => {
    const place = box.querySelector(`[data-live="${key}"]`);
    if (place.textContent !== text) place.textContent = text;
  };
  const figure = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
  const draw = (name) => {
    const values = points.map((point) => point[name]);
    const known = values.filter((value) => value !== null);
    const top = Math.max(...known, 0);
    box.querySelector(`[data-live-top="${name}"]`).textContent = known.length ? figure(top) : "n/a";
    // A line begins anew with every trial, and where nothing is known.
    let path = "", pen = false;
    values.forEach((value, index) => {
      if (value === null || (index && points[index].trial !== points[index - 1].trial)) pen = false;
      if (value === null) return;
      // A point without a neighbour is a dot: a line to itself, with round ends.
      path += `${pen ? "L" : "M"}${index} ${(97 - (top ? value / top : 0) * 92).toFixed(1)}${pen ? "" : "h0"}`;
      pen = true;
    });
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    const picture = box.querySelector(`[data-live-line="${name}"]`);
    picture.setAttribute("viewBox", `0 0 ${Math.max(LEAST_POINTS, points.length)} 100`);
    picture.replaceChildren(line);
  };
  const drawAll = () => { draw("throughput_rps"); draw("p99_ms"); };
  const show = (message) => {
    for (const [key, text] of Object.entries(message.texts)) set(key, text);
    const share = box.querySelector("[data-live-share]");
    if (message.share === null) share.removeAttribute("value"); else share.value = message.share;
    if (message.points.length) {
      points = [...points, ...message.points].slice(-KEPT_POINTS);
      drawAll();
    }
    const results = box.querySelector("[data-live-results]");
    for (const cells of message.results) {
      const row = document.createElement("tr");
      cells.forEach((text, index) => {
        const cell = document.createElement(index ? "td" : "th");
        if (!index) cell.scope = "row";
        cell.textContent = text;
        row.append(cell);
      });
      results.prepend(row);
    }
    while (results.rows.length > KEPT_RESULTS) results.deleteRow(-1);
    if (message.lines.length) {
      const lines = box.querySelector("[data-live-lines]");
      const low = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 8;
      lines.textContent = [...lines.textContent.split("\n").filter(Boolean), ...message.lines].slice(-KEPT_LINES).join("\n");
      if (low) lines.scrollTop = lines.scrollHeight;
    }
  };
  if (box.querySelector("[data-live-line]")) drawAll();
  if (box.dataset.liveGoing !== "yes") return;
  const source = new EventSource(`events?from=${box.dataset.liveFrom}`);
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.addEventListener("ended", (event) => {
    show(JSON.parse(event.data));
    source.close();
  });
  source.onerror = () => set("state", "The connection is lost; trying again.");
  window.addEventListener("pagehide", () => source.close());
})();
