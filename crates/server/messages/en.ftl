# The words of Tandem's pages in English. Plain words, one thought a sentence. Values stand in { $braces }.

## Around every page
skip = Skip to the main part
signed-in-as = Signed in as { $name }
language-label = Language
reference = Reference for support:

## Lengths of time
duration-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
  }
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
  }
duration-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
  }
duration-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
  }
ago-now = just now
ago = { $time } ago

## Home
home-title = Two devices, one you
home-lead = A TV, a console or a terminal can show you a code. Here you decide what it may do with your account.
home-code = Enter a code
home-code-hint = Only when a device in front of you shows one.
home-account = Your account
home-account-hint = See what has access, and take it back.
home-demo = See the demo
home-demo-hint = A TV in this window, and you with the phone.

## Signing in
sign-in-title = Sign in
sign-in-asked = To answer a request from { $asker }.
sign-in-asked-careful = You didn’t start one? Then close this page; nothing happens.
sign-in-username = User name
sign-in-password = Password
sign-in-submit = Sign in
sign-in-passkey = Sign in with a passkey
sign-in-or = or
sign-in-wrong = That user name and password don’t go together. Check both and try again.
sign-in-throttled = Too many tries. You can try again in { $wait }.
sign-in-session-expired = You were signed out because nothing happened for a while. Sign in again to go on.
sign-in-again = To change how you sign in, please sign in once more first.
sign-in-form-expired = This page was open for too long. Nothing was sent; please try once more.
passkey-failed = The passkey didn’t work. Try again, or use your password.
passkey-add-failed = No passkey was added. You can try again.

## Entering a code
enter-code-title = Which code does your device show?
enter-code-label = Code on the device
enter-code-hint = Capitals, spaces and dashes don’t matter.
enter-code-submit = Continue
enter-code-when = When to enter it
enter-code-when-text = Only when a TV, console, computer or other device right in front of you shows it, and you started this yourself just now.
enter-code-never = When not to
enter-code-never-text = Never enter a code that somebody sent or read out to you: not by e-mail, chat or phone, not from a friend or a bank. No support team will ever send you one.
enter-code-address = The true address of this page begins with { $address }
enter-code-not-found = No device is waiting with this code. Compare it with the device, which may be showing a newer one by now.
enter-code-too-many-tries = Too many tries. You can try again in { $wait }.
enter-code-wrong-shape = A code has { $length } characters, and only these: { $letters }. Compare it with the device once more.
enter-code-session-expired = You were signed out because nothing happened for a while. Enter the code again to go on.
enter-code-form-expired = This page was open for too long. Nothing was sent; please enter the code once more.

## The question
decide-title-tv = Is this your TV?
decide-title-kiosk = Is this the kiosk in front of you?
decide-title-console = Is this your console?
decide-title-terminal = Is this your terminal?
decide-title-computer = Is this your computer?
decide-title-other = Is this your device?
decide-compare = Does the device show this code?
decide-compare-careful = If not, or you can’t see it, answer no.
decide-asker = Who asks
decide-verified = verified by { $operator }
decide-unverified = not verified: anyone can use this name
decide-device = Says it is
decide-network = Where
decide-network-same = Your network, { $address }
decide-network-other = Another network, { $address }
decide-network-unknown = { $address }; we can’t tell where
decide-began = When
decide-lasts = Until
decide-lasts-until-taken-back = You take it back
decide-lasts-for = { $time } from now
decide-abilities = If yes, it can
decide-more = { $count ->
    [one] and { $count } more thing
   *[other] and { $count } more things
  }
decide-careful = Say yes only if you started this yourself, just now.
decide-answers = Your answer
decide-deny = No, deny
decide-allow = Yes, allow
decide-report = I didn’t start this
decide-report-hint = Stops the request and reports it. The device gets nothing.
decide-time-left = You have { $time } to answer. If you don’t, the device gets nothing.

device-tv = A TV
device-kiosk = A kiosk
device-console = A game console
device-terminal = A text terminal
device-computer = A computer
device-other = A device of an unknown sort

## What is odd about a request
warning-label = Before you answer
warning-first-use = { $asker } has no access to your account yet. Sent here by a message or a call? It’s a trick: answer no.
warning-other-network = The device is on another network than you are. If it isn’t right in front of you, somebody else may be holding it.
warning-repeated = { $count ->
    [one] You got { $count } request like this within the hour. Someone may be hoping that you give in.
   *[other] You got { $count } requests like this within the hour. Someone may be hoping that you give in.
  }

## What it will be able to do
ability-openid = Recognise you next time
ability-profile = See your name and profile
ability-email = See your e-mail address
ability-phone = See your phone number
ability-address = See your postal address
ability-offline-access = Stay signed in after you go
ability-unexplained = Use “{ $name }”, which nobody has explained

## After the answer
decided-allowed-title = Done
decided-allowed = { $asker } is signed in as you now.
decided-next-tv = Go back to your TV. You can close this page.
decided-next-kiosk = Turn back to the kiosk, and sign out there before you leave. You can close this page.
decided-next-console = Go back to your console. You can close this page.
decided-next-terminal = Go back to your terminal. You can close this page.
decided-next-computer = Go back to your computer. You can close this page.
decided-next-other = Go back to your device. You can close this page.
decided-undo = Changed your mind? You can take it back at any time:
decided-account = Your account
decided-denied-title = Denied
decided-denied = { $asker } got nothing.
decided-denied-next = You can close this page. If you did want this, start again on the device.
decided-reported-title = Stopped and reported
decided-reported-done = What was stopped
decided-reported-done-text = The request from { $asker } is refused for good. The device got nothing, and its code doesn’t work any more.
decided-reported-we = What we do now
decided-reported-we-text = It’s on record, and the people who run { $operator } can look into it.
decided-reported-never = What you should never do
decided-reported-never-text = Never type or read out a code that somebody sent you. Whoever asks you to isn’t from { $operator }. Don’t answer them; there is nothing that you need to hurry for.
decided-reported-check = See what has access to your account
decided-expired-title = Too late
decided-expired = The time to answer was over. The device got nothing.
decided-expired-next = Start again on the device if you still want this. It shows a new code then.
decided-already-answered-title = Already answered
decided-already-answered = This request has had its answer. A second one changes nothing.
decided-already-answered-next = Your account shows what has access now.

## Account
account-title = Your account
account-access = What has access
account-access-none = Nothing has access to your account.
account-access-none-hint = When you say yes to a device, it is listed here until you take it back.
account-device = Device
account-since = Allowed
account-used = Last used
account-used-never = Not yet
account-from = Address
account-can = It can
account-revoke = Take back access
account-revoke-label = Take back the access of { $asker }
account-passkeys = Passkeys
account-passkeys-hint = With a passkey you sign in by fingerprint, face or PIN. Nothing is typed, so no fake page can steal it.
account-passkeys-none = You have no passkey yet.
account-passkey-added = Added { $time }
account-passkey-used = Last used { $time }
account-passkey-unused = Not used yet
account-passkey-remove = Remove
account-passkey-remove-label = Remove the passkey { $name }
account-passkey-name = Name of the new passkey
account-passkey-name-hint = So that you know it again: “Phone”, for example.
account-passkey-add = Add a passkey
account-passkey-noscript = Adding a passkey needs JavaScript, which is switched off here.
account-sign-out = Sign out
account-flash-revoked = { $asker } has no access any more.
account-flash-passkey-added = The passkey is added. You can sign in with it from now on.
account-flash-passkey-removed = The passkey is removed. If it’s still kept on a device, it doesn’t work here any more.

## When something does not work
failure-home = Go to the start page
failure-back = Go on
failure-again = Sign in again
failure-retry = Try again
failure-wait = Please wait { $wait }.
failure-not-found-title = There is nothing here
failure-not-found = The address leads nowhere. It may be mistyped, or the page is gone.
failure-csrf-title = Please try that once more
failure-csrf = The page that you came from was open for too long, or wasn’t ours. To keep you safe, nothing was done.
failure-session-expired-title = You are signed out
failure-session-expired = Nothing happened for a while, so we signed you out. What you sent last was not done.
failure-too-large-title = That was too much
failure-too-large = More was sent than fits here. Nothing was done. Go back and send less.
failure-bad-request-title = We didn’t understand that
failure-bad-request = Something was missing or garbled on the way. Nothing was done. Begin again from the start page.
failure-too-many-requests-title = A little too fast
failure-too-many-requests = There were too many tries in a short time. Nothing is wrong with your account; wait a moment and try again.
failure-server-error-title = Something broke on our side
failure-server-error = It isn’t your fault, and nothing was changed. Try again in a moment. If it stays like this, tell support the reference below.
failure-unavailable-title = We can’t take this right now
failure-unavailable = The server is full or being looked after. Nothing was changed. Try again in a few minutes.

## Demo
demo-title = Try it: a TV and a phone
demo-lead = The TV is a web page here, but it signs in the way a real one does. Play both parts.
demo-step-tv = Open the TV
demo-step-tv-text = It shows a QR code and a short code. A second window is best.
demo-open-tv = Open the TV screen
demo-step-phone = Be the phone
demo-step-phone-text = Scan the QR code, or enter the code here.
demo-enter-code = Enter the code
demo-step-sign-in = Sign in
demo-step-sign-in-text = These people live in the demo:
demo-step-answer = Answer
demo-step-answer-text = Compare the code and say yes. Watch the TV. Then say no, or take it back in your account, and watch again.
demo-account = Open the account

## The demo's television
tv-title = Cellar on your TV
tv-service = Cellar
tv-tagline = Films that got better with time
tv-noscript = This TV runs on JavaScript, which is switched off here. Switch it on and load the page again.
tv-starting = One moment…
tv-sign-in = Sign in with your phone
tv-step-scan = Scan this with your phone
tv-step-open = or open
tv-step-compare = Compare the code on both screens
tv-step-answer = The same? Say yes on your phone
tv-code = Code
tv-time-left = Time left
tv-qr-alt = QR code that opens the sign-in page on your phone
tv-reconnecting = No connection. Trying again…
tv-denied = The answer was no
tv-denied-text = Nobody is signed in on this TV.
tv-expired = The code is too old
tv-expired-text = Nobody answered in time. You can get a new one.
tv-trouble = This didn’t work
tv-trouble-text = Cellar can’t sign anyone in right now.
tv-ended = Signed out
tv-ended-text = Access was taken back, so this TV forgot who you are.
tv-again = Try again
tv-signed-in-as = Signed in as
tv-sign-out = Sign out
tv-tonight = Tonight
tv-film-hero = The Long Tide
tv-film-hero-text = A lighthouse keeper, a radio, and the winter that wouldn’t end. 1974 · 1 h 52 min
tv-shelf = From the lower shelf
tv-film-1 = Paper Lanterns
tv-film-2 = Nine Minutes North
tv-film-3 = Salt and Cedar
tv-film-4 = A Quiet Orbit
tv-film-5 = The Glass Orchard
