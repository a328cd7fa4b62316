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

  const tell = (made) => {
    const { endpoint, keys } = made.toJSON();
    const { p256dh, auth } = keys;
    return post("/account/devices/web-push", { endpoint, keys: { p256dh, auth } });
  };

  // A subscription for the server's key; one for an older key is of no use to it.
  const subscribe = async (manager) => {
    const key = button.dataset.key;
    const old = await manager.getSubscription();
    const bound = old?.options.applicationServerKey;
    if (old && bound && text(bound) === key) return old;
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
    return "off";
  };

  const label = (words) => {
    if (words) button.textContent = words;
  };

  // Whether this browser is one of the devices on the page: a device is named by the digest of its endpoint.
  const look = async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const found = await registration?.pushManager.getSubscription();
    if (!found) return;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(found.endpoint));
    if (document.querySelector(`input[value="${text(digest)}"]`)) subscription = found;
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
