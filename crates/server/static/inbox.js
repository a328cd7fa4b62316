// Keeps the inbox up to date while it is open. Without this file one loads the page again.
"use strict";
(() => {
  const FIRST_WAIT = 1; // seconds before the connection is tried again
  const LONGEST_WAIT = 60;
  const REFRESH = 20; // seconds after which the times on open requests are too old to read
  const inbox = document.querySelector("[data-inbox]");
  if (!inbox || !window.EventSource || !window.fetch) return;
  const list = inbox.querySelector("[data-inbox-list]");
  const state = inbox.querySelector("[data-inbox-state]");
  const reload = inbox.querySelector("[data-inbox-reload]");
  const said = inbox.querySelector("[data-inbox-said]");
  const title = document.title;
  let events = null;
  let retry = 0;
  let wait = FIRST_WAIT;
  let fetching = false;
  let stale = false; // something changed while the list was on its way

  const openNow = () => Number(list.firstElementChild?.dataset.open || 0);

  const showState = (live) => {
    state.textContent = live ? inbox.dataset.live : inbox.dataset.lost;
    reload.hidden = live;
  };

  const showCount = () => {
    document.title = openNow() ? `(${openNow()}) ${title}` : title;
  };

  // The answer is this server's own page part; whoever reads with the keyboard stays where they were.
  const replace = (html) => {
    const links = (root) => [...root.querySelectorAll("a[href]")].map((link) => link.getAttribute("href"));
    const before = links(list).join(" ");
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.innerHTML = html;
    showCount();
    if (focused) {
      const again = [...list.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === focused);
      if (again) again.focus({ preventScroll: true });
    }
    if (links(list).join(" ") === before) return;
    // Emptied first: the same words twice would be read once.
    said.textContent = "";
    setTimeout(() => (said.textContent = list.firstElementChild?.dataset.said || ""), 100);
  };

  const refresh = async () => {
    if (fetching) {
      stale = true;
      return;
    }
    fetching = true;
    try {
      do {
        stale = false;
        const answer = await fetch(inbox.dataset.part, { cache: "no-store", headers: { Accept: "text/html" } });
        // Signed out meanwhile, or the like: the page itself says what to do.
        if (answer.redirected || answer.status === 401 || answer.status === 403) {
          location.reload();
          return;
        }
        if (answer.ok) replace(await answer.text());
      } while (stale);
    } catch {
      showState(false);
    } finally {
      fetching = false;
    }
  };

  const disconnect = () => {
    clearTimeout(retry);
    events?.close();
    events = null;
  };

  const connect = () => {
    disconnect();
    const source = new EventSource(inbox.dataset.events);
    events = source;
    source.addEventListener("requests", () => {
      if (source !== events) return;
      wait = FIRST_WAIT;
      showState(true);
      refresh();
    });
    source.addEventListener("error", () => {
      if (source !== events) return;
      disconnect();
      showState(false);
      // Somebody who signed out elsewhere must not keep looking at what was there.
      refresh();
      // Not all at once, when a server comes back to many people.
      retry = setTimeout(connect, wait * 1000 * (0.5 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  };

  setInterval(() => {
    if (openNow() && !document.hidden && events) refresh();
  }, REFRESH * 1000);
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
  addEventListener("online", () => {
    wait = FIRST_WAIT;
    connect();
  });
  showCount();
  connect();
})();
