// Shows what was pushed to this browser, and opens it; and tells the server when the browser's push service gave it
// another address. It keeps that address, nothing else, and answers no request of a page.
"use strict";

const INBOX = new URL("/inbox", self.location.origin).href;
const ICON = "/static/icon-192.png";

const RENEWAL = "/account/devices/web-push/renewal";
// web-push.js writes there, too.
const MEMORY = "web-push";

// Only addresses on this server are opened.
const ours = (address) => {
  try {
    const target = new URL(address, INBOX);
    return target.origin === self.location.origin ? target.href : INBOX;
  } catch {
    return INBOX;
  }
};

const line = (value, most) => (typeof value === "string" ? value.slice(0, most) : "");

// What a push says. A browser takes the permission away from whoever shows nothing, so that an empty or broken
// message still says from where it came.
const read = (data) => {
  let message = null;
  try {
    message = data.json();
  } catch {
    // Not JSON, or no data at all.
  }
  const { title, body, url, tag } = message ?? {};
  return {
    title: line(title, 200) || self.location.hostname,
    body: line(body, 500),
    tag: line(tag, 64) || "tandem",
    url: ours(line(url, 1024)),
  };
};

const show = ({ title, body, tag, url }) =>
  self.registration.showNotification(title, { body, tag, icon: ICON, data: { url } });

const open = async (url) => {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((window) => window.url === url);
  await (there ? there.focus() : self.clients.openWindow(url));
};

// The address under which the server knows this browser: not every browser says which subscription is over.
const remembered = async () => (await (await caches.open(MEMORY)).match(RENEWAL))?.text();
const remember = async (endpoint) => (await caches.open(MEMORY)).put(RENEWAL, new Response(endpoint));

const renew = async ({ oldSubscription, newSubscription }) => {
  const replaces = oldSubscription?.endpoint ?? (await remembered());
  if (!replaces) return;
  // With nobody signed in there is nothing to be done here: the page of devices makes up for it.
  const asked = await fetch(RENEWAL, { cache: "no-store" });
  if (!asked.ok) return;
  const { key, csrf } = await asked.json();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const made = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const { endpoint, keys } = made.toJSON();
  const told = await fetch(RENEWAL, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth }, replaces }),
  });
  if (told.ok) return remember(endpoint);
  // Whoever is signed in does not have, or no longer wants, notifications here.
  if (told.status === 404 || told.status === 409) await made.unsubscribe();
};

// A new version has nothing to wait for.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ours(event.notification.data?.url)));
});
