// What pages gain with JavaScript; each of them works without.
"use strict";

// An answer that is on its way to an application goes by itself.
document.querySelector("form[data-sent]")?.submit();

// A secret that is shown once can be copied.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}

// Moments are in UTC; the reader's own time stands in the tooltip.
const local = (root) => {
  for (const time of root.querySelectorAll("time")) {
    time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  }
};
local(document);

// A live list fetches its own page again and takes the rows, while its switch is on and the page is seen. So does the
// page of one thing that moves, until it moves no more.
// The header says that nobody asked: a session ends by lying idle, a list that moves or not.
for (const live of document.querySelectorAll("[data-live]")) {
  const choice = live.querySelector("input");
  const rows = document.getElementById(live.dataset.live);
  live.hidden = false;
  const turn = async () => {
    if (!choice.checked || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html", "x-unattended": "1" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(live.dataset.live);
      if (fresh && fresh.innerHTML !== rows.innerHTML && !rows.contains(document.activeElement)) {
        const scrolled = rows.querySelector(".scroll")?.scrollLeft ?? 0;
        rows.replaceChildren(...fresh.children);
        rows.querySelector(".scroll")?.scrollTo(scrolled, 0);
        local(rows);
      }
      if (!page.querySelector("[data-live]")) {
        live.remove();
        clearInterval(timer);
      }
    } catch {
      choice.checked = false;
    }
  };
  const timer = setInterval(turn, 2000);
}
