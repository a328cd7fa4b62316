// The browser's position on the pages where somebody decides, if they let it be used. Everything else on them works without
// this file. The position goes nowhere but into the form.
"use strict";
(() => {
  const box = document.querySelector("[data-location]");
  if (!box || !navigator.geolocation) return;
  const button = box.querySelector("button");
  const field = box.querySelector("input");
  const message = box.querySelector("[data-location-message]");
  // Where there is no yes without it, a yes waits for it. The server looks again.
  const yes = box.dataset.location === "needed" && box.closest("form").querySelector('button[value="allow"]');

  const say = (words) => {
    message.textContent = words;
    message.hidden = !words;
  };

  const put = (position) => {
    field.value = position;
    button.setAttribute("aria-pressed", String(Boolean(position)));
    if (yes) yes.disabled = !position;
  };

  const found = ({ coords }) => {
    button.disabled = false;
    put([coords.latitude.toFixed(6), coords.longitude.toFixed(6), Math.ceil(coords.accuracy)].join(","));
    say(box.dataset.taken);
  };

  const failed = () => {
    button.disabled = false;
    say(box.dataset.failed);
  };

  // A second press takes the position back.
  button.addEventListener("click", () => {
    say("");
    if (field.value) return put("");
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(found, failed, {
      enableHighAccuracy: true,
      timeout: 20_000,
      maximumAge: 60_000,
    });
  });
  put("");
  box.hidden = false;
})();
