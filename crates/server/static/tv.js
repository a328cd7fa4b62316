// A television that signs in with the device authorization grant (RFC 8628). A real client: it knows only what
// the server's endpoints tell it, keeps nothing in cookies, and holds its tokens in memory.
"use strict";
(() => {
  const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
  const WATCH_EVERY = 10; // seconds between two looks at whether the access still holds
  const PICTURE_WITHIN = 3; // seconds in which the QR code should be there
  const PATIENCE = 60; // most seconds to wait between two tries on a bad connection
  const tv = document.querySelector("[data-tv]");
  const part = (name) => tv.querySelector(`[data-${name}]`);
  const client = tv.dataset.client;
  let run = 0; // each new start makes everything older stop
  let tokens = null;
  let ticking = 0;
  let drawing = 0;
  let skew = 0; // how far the server's clock is ahead of this one, in milliseconds
  // Browsers compute only on pages that came over TLS or from this machine.
  const draws = Boolean(globalThis.crypto?.subtle);

  const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  const show = (name) => {
    for (const screen of tv.querySelectorAll("[data-screen]")) screen.hidden = screen.dataset.screen !== name;
    if (name !== "code") {
      clearInterval(ticking);
      clearInterval(drawing);
    }
    tv.querySelector(`[data-screen="${name}"] button`)?.focus();
  };

  // `null` stands for no usable answer: no connection, or a server that is unwell or busy.
  const ask = async (path, options) => {
    try {
      const response = await fetch(path, {
        cache: "no-store",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        ...options,
      });
      // A television's own clock may be wrong, and may stand still while it sleeps.
      const date = Date.parse(response.headers.get("Date") ?? "");
      if (!Number.isNaN(date)) skew = date - Date.now();
      if (response.status >= 500 || response.status === 429) return null;
      return { status: response.status, body: await response.json().catch(() => ({})) };
    } catch {
      return null;
    }
  };
  const post = (path, fields) =>
    ask(path, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields) });

  // Whoever opens the code in time has the rest to answer.
  const countDown = (seconds, rest) => {
    const end = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      part("time").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      part("progress").value = left / seconds;
      if (left === 0 && rest > 0) countDown(rest, 0);
    };
    clearInterval(ticking);
    ticking = setInterval(tick, 1000);
    tick();
  };

  // The new picture takes the old one's place when it is there: nothing flickers.
  const showPicture = async (address) => {
    const next = part("qr").cloneNode();
    next.src = `/demo/qr.svg?text=${encodeURIComponent(address)}`;
    await next.decode();
    part("qr").replaceWith(next);
  };

  // What makes a QR code a living one: a MAC of the step of time under the seed of this request.
  const macOf = async (seed) => {
    const bytes = Uint8Array.from(atob(seed.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return async (step) => {
      const message = new DataView(new ArrayBuffer(8));
      message.setBigUint64(0, BigInt(step));
      const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, message.buffer));
      const text = btoa(String.fromCharCode(...mac.slice(0, 10)));
      return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    };
  };

  // Draws the QR code; with a seed, again whenever another one is due, until another screen is shown.
  const draw = async (started, mine) => {
    const complete = started.verification_uri_complete || started.verification_uri;
    const period = started.tandem_qr_period;
    clearInterval(drawing);
    part("qr").removeAttribute("src");
    if (!draws || !started.tandem_qr_seed || !period) return showPicture(complete).catch(() => {});
    const mac = await macOf(started.tandem_qr_seed);
    let drawn = -1;
    let busy = false;
    const drawIfDue = async () => {
      const step = Math.floor((Date.now() + skew) / 1000 / period);
      // A second back is no other step: the header is only that exact.
      if (busy || mine !== run || step === drawn || step === drawn - 1) return;
      busy = true;
      try {
        await showPicture(`${complete}&live=${await mac(step)}`);
        drawn = step;
      } catch {
        // The next second is another try.
      }
      busy = false;
    };
    await drawIfDue();
    if (mine === run) drawing = setInterval(drawIfDue, 1000);
  };

  const showCode = async (started, mine) => {
    // The picture comes with the words, not after them; unless it takes too long.
    await Promise.race([draw(started, mine), pause(PICTURE_WITHIN)]);
    if (mine !== run) return;
    part("address").textContent = started.verification_uri.replace(/^https?:\/\//, "");
    part("code").textContent = started.user_code;
    part("reconnecting").hidden = true;
    part("with-number").hidden = !started.tandem_number;
    part("number").textContent = started.tandem_number ?? "";
    const opens = started.tandem_user_code_expires_in ?? started.expires_in;
    countDown(opens, started.expires_in - opens);
    show("code");
  };

  // What somebody types on a screen; `null` if they do not before `end`.
  const typed = (name, end) =>
    new Promise((resolve) => {
      const form = tv.querySelector(`[data-screen="${name}"] form`);
      const input = form.querySelector("input");
      let giveUp = 0;
      const finish = (text) => {
        clearTimeout(giveUp);
        form.onsubmit = null;
        input.value = "";
        resolve(text);
      };
      if (end) giveUp = setTimeout(() => finish(null), Math.max(0, end - performance.now()));
      form.onsubmit = (event) => {
        event.preventDefault();
        const text = input.value.trim();
        if (text) finish(text);
      };
      show(name);
      input.focus();
    });

  // Asks for tokens until there is an answer; resolves to the tokens or to the screen that says why not.
  const poll = async (started, mine) => {
    const end = performance.now() + started.expires_in * 1000;
    let interval = started.interval ?? 5;
    let wait = interval;
    const fields = { grant_type: GRANT, device_code: started.device_code, client_id: client };
    while (mine === run) {
      await pause(wait);
      if (mine !== run) return null;
      const asked = performance.now();
      const answer = await post("/token", fields);
      part("reconnecting").hidden = Boolean(answer);
      if (!answer) {
        wait = Math.min(wait * 2, PATIENCE);
        if (performance.now() > end) return "expired";
        continue;
      }
      if (answer.status === 200) return answer.body;
      if (answer.body.error === "slow_down") interval += 5;
      else if (answer.body.error === "access_denied") return "denied";
      else if (answer.body.error === "expired_token") return "expired";
      else if (answer.body.error !== "authorization_pending") return "trouble";
      else if (answer.body.tandem_pin_required) {
        part("wrong").hidden = answer.body.tandem_pin_tries_left === undefined;
        const pin = await typed("pin", end);
        if (mine !== run) return null;
        if (!pin) return "expired";
        fields.tandem_pin = pin;
      }
      // Whoever typed has waited meanwhile.
      wait = Math.max(0, interval - (performance.now() - asked) / 1000);
    }
    return null;
  };

  const whoIsIt = () => ask("/userinfo", { headers: { Authorization: `Bearer ${tokens.access_token}` } });

  // The access token is short-lived: a refused one is renewed once. False means that the access is over.
  const renew = async (mine) => {
    if (!tokens.refresh_token) return false;
    const answer = await post("/token", {
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token,
      client_id: client,
    });
    if (mine !== run) return true;
    if (answer?.status === 200) tokens = { ...tokens, ...answer.body };
    return !answer || answer.status === 200;
  };

  const watch = async (mine) => {
    while (mine === run) {
      await pause(WATCH_EVERY);
      if (mine !== run) return;
      const answer = await whoIsIt();
      if (mine !== run || !answer || answer.status === 200) continue;
      if (!(await renew(mine)) && mine === run) {
        tokens = null;
        show("ended");
        return;
      }
    }
  };

  const start = async () => {
    const mine = ++run;
    tokens = null;
    const bound = "asksForBinding" in tv.dataset ? await typed("choose") : null;
    if (mine !== run) return;
    show("starting");
    let started = null;
    for (let wait = 2; !started && mine === run; wait = Math.min(wait * 2, PATIENCE)) {
      started = await post("/device_authorization", {
        client_id: client,
        scope: tv.dataset.scope,
        tandem_device_name: "Living-room TV",
        tandem_device_type: "tv",
        ...(bound && { tandem_binding_data: bound }),
        ...(draws && { tandem_living_qr: "true" }),
      });
      if (!started) await pause(wait);
    }
    if (mine !== run) return;
    if (started.status !== 200) return show("trouble");
    await showCode(started.body, mine);
    const result = await poll(started.body, mine);
    if (mine !== run || !result) return;
    if (typeof result === "string") return show(result);
    tokens = result;
    let person = await whoIsIt();
    for (let wait = 1; !person && mine === run; wait = Math.min(wait * 2, PATIENCE)) {
      await pause(wait);
      person = await whoIsIt();
    }
    if (mine !== run) return;
    if (person.status !== 200) return show("trouble");
    part("name").textContent = person.body.name || person.body.preferred_username || person.body.sub;
    show("home");
    watch(mine);
  };

  const signOut = async () => {
    const leaving = tokens;
    run += 1;
    show("starting");
    const token = leaving?.refresh_token || leaving?.access_token;
    if (token) await post("/revoke", { token, client_id: client });
    start();
  };

  for (const key of tv.querySelectorAll("[data-again]")) key.addEventListener("click", start);
  part("sign-out").addEventListener("click", signOut);
  start();
})();
