"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  for (const section of document.querySelectorAll("main section")) {
    const links = [...section.querySelectorAll("svg.konbit a")];
    const panel = section.querySelector(".details");
    const body = panel.querySelector("div");
    const heads = [...section.querySelectorAll("thead th")].map((cell) => cell.textContent);
    let origin = null;

    const clear = () => {
      for (const one of section.querySelectorAll(".chosen")) one.classList.remove("chosen");
    };
    const close = () => {
      panel.hidden = true;
      clear();
      if (origin) origin.focus();
    };
    const open = (link) => {
      const row = section.querySelector(link.getAttribute("href"));
      const list = document.createElement("dl");
      [...row.cells].forEach((cell, index) => {
        if (!cell.textContent.trim()) return;
        const term = document.createElement("dt");
        term.textContent = heads[index];
        const text = document.createElement("dd");
        for (const node of cell.childNodes) text.append(node.cloneNode(true));
        list.append(term, text);
      });
      body.replaceChildren(list);
      clear();
      link.classList.add("chosen");
      row.classList.add("chosen");
      origin = link;
      panel.hidden = false;
    };
    const centre = (link) => {
      const box = link.getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    };
    // The nearest box in the direction of the arrow key; what lies off the straight line counts twice.
    const towards = (link, across, down) => {
      const [x, y] = centre(link);
      let best = null;
      let least = Infinity;
      for (const other of links) {
        const [a, b] = centre(other);
        const ahead = (a - x) * across + (b - y) * down;
        const aside = Math.abs((a - x) * down) + Math.abs((b - y) * across);
        if (other !== link && ahead > 4 && ahead + 2 * aside < least) {
          best = other;
          least = ahead + 2 * aside;
        }
      }
      return best;
    };
    const directions = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

    for (const link of links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        open(link);
      });
      link.addEventListener("keydown", (event) => {
        const direction = directions[event.key];
        if (!direction) return;
        event.preventDefault();
        const next = towards(link, ...direction);
        if (next) {
          next.focus();
          next.scrollIntoView({ block: "nearest", inline: "nearest" });
        }
      });
    }
    panel.querySelector("button").addEventListener("click", close);
    section.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.hidden) close();
    });
  }
})();
