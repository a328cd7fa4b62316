// Web Push on the page of authorization devices. Everything else on it works without this file.
"use strict";
(() => {
  const button = document.querySelector("[data-web-push]");
  if (!button) return;
  const status = document.querySelector("[data-web-push-status]");
  let subscription = null; // this browser's, if the server knows it too

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // Each state has its words in the template: data-on, data-off, data-denied, data-unsupported, data-full, data-failed.
  const say = (state) => {
    if (!status) return;
    status.textContent = status.dataset[state] || "";
    status.hidden = !status.textContent;
  };

  // Only paths on this server are followed.
  const go = (redirect) => {
    const target = new URL(redirect, location.origin);
    location.assign(target.origin === location.origin ? target : "/");
  };

  const post = async (path, body) => {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": button.dataset.csrf },
      body: JSON.stringify(body),
      cache: "no-store",
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return "done";
    // Somewhere else has to be visited first: to sign in once more, for instance.
    if (answer.redirect) go(answer.redirect);
    return answer.error || "failed";
  };

  // Under which address the server knows this browser: the service worker reads it when the address changes.
  const MEMORY = "web-push";
  const RENEWAL = "/account/devices/web-push/renewal";
  const memory = () => caches.open(MEMORY);
  // Some browsers keep nothing in a private window, and notify all the same.
  const remember = (endpoint) => memory().then((kept) => kept.put(RENEWAL, new Response(endpoint))).catch(() => {});
  const remembered = () => memory().then(async (kept) => (await kept.match(RENEWAL))?.text()).catch(() => {});

  // A device is named by the digest of its endpoint.
  const nameOf = async (endpoint) =>
    text(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  const isListed = (name) => document.querySelector(`input[value="${name}"]`) !== null;
  const isGone = (name) => document.querySelector(`[data-gone="${name}"]`) !== null;

  // Adds this browser, or puts it in the place of what it was before.
  const tell = async (made) => {
    const { endpoint, keys } = made.toJSON();
    const body = { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } };
    const before = await remembered();
    const renews = before && before !== endpoint && isListed(await nameOf(before));
    const outcome = await (renews
      ? post(RENEWAL, { ...body, replaces: before })
      : post("/account/devices/web-push", body));
    if (outcome === "done") await remember(endpoint);
    return outcome;
  };

  // A subscription for the server's key; one for an older key is of no use to it, nor one that is over.
  const subscribe = async (manager) => {
    const key = button.dataset.key;
    const old = await manager.getSubscription();
    const bound = old?.options.applicationServerKey;
    if (old && bound && text(bound) === key && !isGone(await nameOf(old.endpoint))) return old;
    await old?.unsubscribe();
    return manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  };

  const turnOn = async () => {
    if ((await Notification.requestPermission()) !== "granted") return "denied";
    await navigator.serviceWorker.register("/service-worker.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    let made = await subscribe(pushManager);
    let outcome = await tell(made);
    if (outcome === "taken") {
      // Somebody else was notified in this browser before. That ends now: a new subscription is theirs no more.
      await made.unsubscribe();
      made = await subscribe(pushManager);
      outcome = await tell(made);
    }
    if (outcome !== "done") await made.unsubscribe();
    return { done: "on", too_many: "full" }[outcome] || "failed";
  };

  const turnOff = async () => {
    const { endpoint } = subscription;
    if ((await post("/account/devices/web-push/remove", { endpoint })) !== "done") return "failed";
    await subscription.unsubscribe();
    await caches.delete(MEMORY).catch(() => {});
    return "off";
  };

  const label = (words) => {
    if (words) button.textContent = words;
  };

  // Whether this browser is one of the devices on the page. If it was one under another address, it is one again: the
  // service worker could not say so while nobody was signed in.
  const look = async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const found = await registration?.pushManager.getSubscription();
    if (!found) return;
    const name = await nameOf(found.endpoint);
    if (isListed(name)) {
      if (isGone(name)) return;
      subscription = found;
      return remember(found.endpoint);
    }
    const before = await remembered();
    if (!before || !isListed(await nameOf(before)) || (await tell(found)) !== "done") return;
    location.assign(location.pathname);
  };

  const begin = async () => {
    if (!navigator.serviceWorker || !window.PushManager || !window.Notification) return say("unsupported");
    await look();
    if (subscription) {
      label(button.dataset.turnOff);
      say("on");
    } else {
      label(button.dataset.turnOn);
      say(Notification.permission === "denied" ? "denied" : "off");
    }
    button.hidden = button.disabled = false;
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    let outcome = "failed";
    try {
      outcome = await (subscription ? turnOff() : turnOn());
    } catch {
      // The browser or its push service said no.
    }
    say(outcome);
    button.disabled = false;
    // The list of devices on the page has changed.
    if (outcome === "on" || outcome === "off") location.assign(location.pathname);
  });
  button.disabled = true;
  begin().catch(() => say("failed"));
})();
