// A screen that asks a person on their phone: the demo's call centre and till. The client of the server is the demo's
// own server part, which keeps the secrets; this script tells it whom to ask, and shows what it says.
"use strict";
(() => {
  const LOOK_EVERY = 1; // seconds between two looks at what became of a request
  const GRACE = 15; // seconds after its end in which the answer may still be on its way
  const stage = document.querySelector("[data-ask]");
  const all = (name) => stage.querySelectorAll(`[data-${name}]`);
  let run = 0; // each new start makes everything older stop
  let ticking = 0;

  const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  const chosen = () => {
    const radio = stage.querySelector("input[type=radio][data-person]:checked");
    return (radio || stage.querySelector("input[type=text][data-person]")).value.trim();
  };

  // What is compared with another screen: each word in an element of its own, which the style keeps in one line.
  const words = (text) =>
    text.split(" ").flatMap((word, at) => {
      const whole = document.createElement("span");
      whole.textContent = word;
      return at ? [" ", whole] : [whole];
    });

  // Every place that shows something of an answer; without one, all of them are emptied.
  const fill = (answer) => {
    const value = (path) => path.split(".").reduce((found, name) => found?.[name], answer);
    for (const place of all("fill")) {
      const text = String(value(place.dataset.fill) ?? "");
      if (place.classList.contains("words")) place.replaceChildren(...words(text));
      else place.textContent = text;
    }
    for (const place of all("if")) place.hidden = value(place.dataset.if) !== true;
  };

  const show = (name) => {
    clearInterval(ticking);
    for (const part of all("screen")) part.hidden = !part.dataset.screen.split(" ").includes(name);
    for (const group of all("people")) group.disabled = ["asking", "waiting", "pin", "granted"].includes(name);
    for (const line of all("reconnecting")) line.hidden = true;
    stage.dataset.state = name;
  };

  const minutes = (left) => `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;

  const countDown = (seconds, tell, atEnd) => {
    const end = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      tell(left);
      if (left > 0) return;
      clearInterval(ticking);
      atEnd?.();
    };
    clearInterval(ticking);
    ticking = setInterval(tick, 1000);
    tick();
  };

  // `null` stands for no usable answer: no connection, or a server that is unwell or busy.
  const ask = async (path, options) => {
    try {
      const response = await fetch(path, { cache: "no-store", ...options });
      if (response.status >= 500 || response.status === 429) return null;
      return await response.json();
    } catch {
      return null;
    }
  };

  const watch = async (started, mine) => {
    const end = performance.now() + (started.expires_in + GRACE) * 1000;
    while (mine === run) {
      await pause(LOOK_EVERY);
      if (mine !== run) return;
      const answer = await ask(`${stage.dataset.status}?handle=${encodeURIComponent(started.handle)}`);
      if (mine !== run) return;
      for (const line of all("reconnecting")) line.hidden = Boolean(answer);
      if (answer?.state === "pin") wantPin(started, answer, mine);
      else if (answer && answer.state !== "waiting") return finish(answer);
      if (performance.now() > end) return finish({ state: "trouble" });
    }
  };

  // The person said yes, and their phone shows a PIN: whoever stands here types it. What came of it, the next look says.
  const wantPin = (started, answer, mine) => {
    const form = stage.querySelector("[data-typing]");
    const input = form.querySelector("[data-typed]");
    const button = form.querySelector("button");
    if (stage.dataset.state === "pin" && !button.disabled) return;
    if (stage.dataset.state !== "pin") show("pin");
    fill({ ...answer, wrong: typeof answer.tries_left === "number" });
    input.value = "";
    button.disabled = false;
    input.focus();
    form.onsubmit = async (event) => {
      event.preventDefault();
      const pin = input.value.trim();
      if (!pin || button.disabled) return;
      button.disabled = true;
      const body = new URLSearchParams({ handle: started.handle, pin });
      const taken = await ask(stage.dataset.pin, { method: "POST", body });
      // Without an answer, the same PIN can be sent again.
      if (mine === run && !taken) button.disabled = false;
    };
  };

  const finish = (answer) => {
    fill(answer);
    show(stage.querySelector(`[data-screen~="${answer.state}"]`) ? answer.state : "trouble");
    const now = new Date();
    const clock = now.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    for (const place of all("clock")) {
      place.textContent = clock;
      place.dateTime = now.toISOString();
    }
    if (answer.state === "resting") rest(answer.retry_after);
    stage.querySelector(`[data-screen~="${answer.state}"] button:not([hidden])`)?.focus();
  };

  // Until the person may be asked again, the buttons of this screen wait, too.
  const rest = (seconds) => {
    const mine = run;
    const buttons = [...all("start")];
    for (const button of buttons) button.disabled = true;
    const tell = (left) => {
      for (const place of all("wait")) place.textContent = minutes(left);
      if (mine !== run) free();
    };
    const free = () => {
      for (const button of buttons) button.disabled = false;
    };
    countDown(seconds, tell, free);
  };

  const reset = () => {
    run += 1;
    fill({});
    for (const button of all("start")) button.disabled = false;
    show("ready");
  };

  const start = async () => {
    const mine = ++run;
    fill({});
    show("asking");
    const body = new URLSearchParams({ [stage.dataset.parameter]: chosen() });
    const answer = await ask(stage.dataset.ask, { method: "POST", body });
    if (mine !== run) return;
    if (answer?.state !== "waiting") return finish(answer ?? { state: "trouble" });
    fill(answer);
    show("waiting");
    countDown(answer.expires_in, (left) => {
      for (const place of all("time")) place.textContent = minutes(left);
      for (const bar of all("progress")) bar.value = left / answer.expires_in;
    });
    watch(answer, mine);
  };

  for (const button of all("start")) button.addEventListener("click", start);
  for (const button of all("again")) button.addEventListener("click", reset);
  for (const input of all("person")) {
    // Another person is another story: what was said of the last one goes.
    input.addEventListener(input.type === "radio" ? "change" : "input", () => {
      for (const place of all("chosen")) place.textContent = chosen();
      if (stage.dataset.state !== "ready") reset();
    });
    input.addEventListener("keydown", (event) => {
      const button = stage.querySelector("[data-screen~=ready] [data-start]");
      if (event.key === "Enter" && !event.isComposing && input.type === "text" && !button.disabled) start();
    });
  }
  for (const place of all("chosen")) place.textContent = chosen();
  show("ready");
})();
