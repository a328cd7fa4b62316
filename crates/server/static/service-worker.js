// Shows what was pushed to this browser, and opens it. It keeps nothing and answers no request of a page.
"use strict";

const INBOX = new URL("/inbox", self.location.origin).href;
const ICON = "/static/icon-192.png";

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

// A new version has nothing to wait for.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ours(event.notification.data?.url)));
});
