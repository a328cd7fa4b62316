// Passkeys on the sign-in and account pages. Everything else on them works without this file.
"use strict";
(() => {
  const box = document.querySelector("[data-passkey]");
  if (!box || !window.PublicKeyCredential || !navigator.credentials) return;
  const button = box.querySelector("button");
  const message = box.querySelector("[data-passkey-message]");
  let waiting = null; // the offer inside the user name field, which must end before another begins

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (list) => (list || []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

  const post = async (path, body) => {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": box.dataset.csrf },
      body: JSON.stringify(body),
      cache: "no-store",
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    // Somewhere else has to be visited first: to sign in once more, for instance.
    if (answer.redirect) go(answer.redirect);
    throw new Error(`${path}: ${response.status}`);
  };

  const say = (words) => {
    message.textContent = words;
    message.hidden = !words;
  };

  // Only paths on this server are followed.
  const go = (redirect) => {
    const target = new URL(redirect || "/", location.origin);
    location.assign(target.origin === location.origin ? target : "/");
  };

  const described = (credential) => ({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment || undefined,
    extensions: credential.getClientExtensionResults(),
  });

  let chosen = false; // whether the person picked a passkey, so that a failure is theirs to know

  const signIn = async (mediation) => {
    chosen = mediation !== "conditional";
    const { publicKey, ceremony } = await post("/passkeys/sign-in/options", {});
    waiting?.abort();
    const controller = new AbortController();
    waiting = mediation === "conditional" ? controller : null;
    const credential = await navigator.credentials.get({
      mediation,
      signal: controller.signal,
      publicKey: {
        ...publicKey,
        challenge: bytes(publicKey.challenge),
        allowCredentials: withBytes(publicKey.allowCredentials),
      },
    });
    chosen = true;
    const answer = credential.response;
    const { redirect } = await post("/passkeys/sign-in/finish", {
      ceremony,
      next: box.dataset.next,
      credential: {
        ...described(credential),
        response: {
          authenticatorData: text(answer.authenticatorData),
          clientDataJSON: text(answer.clientDataJSON),
          signature: text(answer.signature),
          userHandle: answer.userHandle ? text(answer.userHandle) : null,
        },
      },
    });
    go(redirect);
  };

  const register = async () => {
    const { publicKey, ceremony } = await post("/passkeys/register/options", {});
    const credential = await navigator.credentials.create({
      publicKey: {
        ...publicKey,
        challenge: bytes(publicKey.challenge),
        user: { ...publicKey.user, id: bytes(publicKey.user.id) },
        excludeCredentials: withBytes(publicKey.excludeCredentials),
      },
    });
    const answer = credential.response;
    const { redirect } = await post("/passkeys/register/finish", {
      ceremony,
      name: box.querySelector("input").value,
      credential: {
        ...described(credential),
        response: {
          attestationObject: text(answer.attestationObject),
          clientDataJSON: text(answer.clientDataJSON),
          transports: answer.getTransports ? answer.getTransports() : undefined,
        },
      },
    });
    go(redirect || "/account");
  };

  // The browser offers passkeys inside the user name field, where it can. It never asks by itself. If the offer
  // outlives its challenge, the next load of the page makes a new one.
  const offer = async () => {
    try {
      if (await PublicKeyCredential.isConditionalMediationAvailable?.()) await signIn("conditional");
    } catch (error) {
      if (chosen && error.name !== "AbortError") say(box.dataset.failed);
    }
  };

  const registering = box.dataset.passkey === "register";
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("");
    try {
      await (registering ? register() : signIn("optional"));
    } catch (error) {
      say(box.dataset.failed);
      if (!registering) offer();
    } finally {
      button.disabled = false;
    }
  });
  box.hidden = false;
  if (!registering) offer();
})();
