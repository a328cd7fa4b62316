# The words of Tandem's pages in English. Plain words, one thought a sentence. Values stand in { $braces }.

## Around every page
skip = Skip to the main part
signed-in-as = Signed in as { $name }
language-label = Language
reference = Reference for support:
help-link = When is a code or request genuine?

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

## Help
help-title = Which codes and requests are genuine?
help-lead = Codes and requests make it easy to sign in somewhere, and scammers know that. This page tells genuine ones from traps.
help-when = When to expect one
help-never = When not to
help-scan = What to scan, and what not
help-scam = What a scam looks like
help-never-ask = What we never do

## Home
home-title = Two devices, one you
home-lead = A TV, a console or a terminal can show you a code. Here you decide what it may do with your account.
home-code = Enter a code
home-code-hint = Only when a device in front of you shows one.
home-account = Your account
home-account-hint = See what has access, and take it back.
home-demo = See the demo
home-demo-hint = A TV, a call centre, a till – and you with the phone.

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
enter-code-never = When not to
enter-code-scan = Before you scan a QR code
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
where-city = { $city }, { $country }
where-near = It seems to be near you.
where-about = It seems to be about { $km } km from you.
where-places = It seems to be in { $there }, and you in { $here }.
where-places-about = It seems to be in { $there }, and you in { $here }, about { $km } km apart.
where-unknown = We can’t tell how far it is from you.
where-vpn = This comes from network addresses. A VPN or mobile data can make it wrong.

location-use = Use my location to check that it is near
location-hint = Your browser asks you first. We compare your location once with where the device says it is, and don’t keep it.
location-needed = You can say yes only if your location shows that the device is near you. Your browser will ask you for it.
location-taken = Your location goes along with your answer. Press again to take it back.
location-failed = Your browser didn’t say where you are. You can try again, or answer without it.
location-failed-needed = Your browser didn’t say where you are. You can try again, or answer no.
decide-began = When
decide-lasts = Until
decide-lasts-until-taken-back = You take it back
decide-lasts-for = { $time } from now
decide-abilities = If yes, it can
decide-more = { $count ->
    [one] and { $count } more thing
   *[other] and { $count } more things
  }
decide-careful = Say yes only if you started this yourself, just now. Didn’t start or expect it? Answer no.
decide-answers = Your answer
decide-deny = No, deny
decide-allow = Yes, allow
decide-report = I didn’t start this
decide-report-hint = Stops the request and reports it. The device gets nothing.
decide-time-left = You have { $time } to answer. If you don’t, the device gets nothing.
decide-lasts-not-renewed = { $time } from now; then it has to ask you again
decide-less = It asked for more. What isn’t allowed here was left out.

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
warning-far-away = The device seems to be far from you. If it isn’t right in front of you, somebody else is holding it: answer no.
warning-far-away-places = The device seems to be in { $there }, and you in { $here }. If it isn’t right in front of you, somebody else is holding it: answer no.
warning-troubled = Something already went wrong with this request. If somebody else sent you here, answer no.
warning-repeated = { $count ->
    [one] You got { $count } request like this within the hour. Someone may be hoping that you give in.
   *[other] You got { $count } requests like this within the hour. Someone may be hoping that you give in.
  }

## Before the question, where something is odd
warn-title = Did you start this yourself?
warn-lead = Stop and think: { $asker } wants something from you. Read this before you go on.
warn-scam = What a scam looks like
warn-genuine = When it is genuine
warn-careful = Didn’t start or expect it? Then answer no. You can start again at any time.
warn-stop = No, stop it
warn-continue = Yes, go on to the question

## What must come with a yes
binding-confirm = What was typed on the device as “{ $label }”:
binding-confirm-unnamed = What was typed on the device:
binding-mine = Yes, I typed this
binding-confirm-hint = If you didn’t type it, or if it was something else, answer no.
binding-type = Type it once more: what did you type on the device as “{ $label }”?
binding-type-unnamed = Type it once more: what did you type on the device?
binding-type-hint = If you typed nothing on the device, answer no.

## After a yes: the PIN for the device
pin-title = One more step
pin-type-tv = Type this PIN on your TV:
pin-type-kiosk = Type this PIN on the kiosk in front of you:
pin-type-console = Type this PIN on your console:
pin-type-terminal = Type this PIN in your terminal:
pin-type-computer = Type this PIN on your computer:
pin-type-other = Type this PIN on your device:
pin-time-left = It works for { $time }.
pin-careful = Type it only on the device in front of you. Never read it out to anybody, and never send it or type it anywhere else.
pin-until = Until you type it there, { $asker } gets nothing.
pin-report-hint = Your device doesn’t ask for a PIN? Then another one may have asked. This stops the request and reports it.

## When a request is stopped
refused-spent-title = Opened too often
refused-spent = This code was opened as often as it may be.
refused-spent-next = Start again on the device. It shows a new code then.
refused-held-title = Somebody else has this code
refused-held = Another person opened this code before you. It was sent to more than one, or it isn’t your device.
refused-held-next = If a device in front of you shows the code, start again there. If the code was sent to you, forget it: it’s a trick.
refused-contested-title = Stopped: two had this code
refused-contested = The code was opened twice, by different people or in different places. That is what a trick looks like, so we ended the request for both. Nobody got anything.
refused-contested-next = If a device in front of you shows the code, start again there. Never use a code that somebody sent you.
refused-apart-title = Stopped: too far away
refused-apart = The device that asks isn’t near you, or we can’t tell that it is. This can be allowed only from close by. It got nothing.
refused-apart-next = If you stand in front of the device, switch off any VPN, put both on the same network, and start again there. If you don’t, somebody else started it.
refused-qr-rejected-title = This QR code isn’t good
refused-qr-rejected = The QR code that you scanned is too old, or it was made or changed by somebody else.
refused-qr-rejected-next = Scan the code on the screen of the device itself, not a picture of it. If somebody sent you the picture, it’s a trick.
refused-qr-required-title = Scan the QR code instead
refused-qr-required = This device’s request can be opened only by scanning the QR code on its screen.
refused-qr-required-next = Scan the code on the device in front of you. A code that was sent or read out to you is never good.
refused-network-title = Not from this network
refused-network = This can’t be allowed from the network that you are on.
refused-network-next = Connect to the network that the people who run this service told you to use, and start again.
refused-initiator-title = Somebody else began this
refused-initiator = Another person signed in on the device before it asked. Only they can say yes.
refused-initiator-next = If it’s your device, sign in there as yourself and start again. If it isn’t, you can close this page.
refused-filtered-title = Stopped: this code was sent around
refused-filtered = This code was found in a message. Genuine codes stand on a device in front of you, so we ended the request. Nobody got anything.
refused-filtered-next = Don’t answer the message. If you wanted to sign in on a device, start again there.
refused-incident-title = Stopped to keep you safe
refused-incident = Something went wrong with this request before, so we ended it. Nobody got anything.
refused-incident-next = If you wanted this, start again on the device. If somebody asked you to do it, it’s a trick.
refused-pin-title = Stopped: wrong PIN
refused-pin = A wrong PIN was typed on the device too often, so we ended the request. Nobody got anything.
refused-pin-next = If that was you, start again on the device. If it wasn’t, another device may have asked: you need do nothing.

## What it will be able to do
ability-openid = Recognise you next time
ability-profile = See your name and profile
ability-email = See your e-mail address
ability-phone = See your phone number
ability-address = See your postal address
ability-offline-access = Stay signed in after you go
ability-unexplained = Use “{ $name }”, which nobody has explained
ability-none = Nothing more than know that you said yes

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
decided-access-reported-done-text = { $asker } has no access any more. To keep you safe, you may be signed out everywhere; just sign in again.
decided-access-reported-never-text = Never allow anything because somebody sent you a code or called you. Whoever asks you to isn’t from { $operator }. Don’t answer them; there is nothing that you need to hurry for.
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
decided-number-wrong = The number was wrong, so we stopped the request. { $asker } got nothing.
decided-number-wrong-next = If you did want this, start again on the device, and read the number off its screen. If you saw no number anywhere, somebody else may have started it.
decided-binding-wrong = What you gave isn’t what was typed on the device, so we stopped the request. { $asker } got nothing.
decided-binding-wrong-next = If you did want this, start again on the device. If you typed nothing there, somebody else started it.

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
account-report = I didn’t allow this: end and report it
account-report-label = End the access of { $asker }, and report that you didn’t allow it
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

## Web Push
web-push-title = { $asker } asks for your approval
web-push-body = Open to see what for, and answer.

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
demo-title = Try it: three screens and a phone
demo-lead = The screens are web pages here, but each asks the way the real thing does. Open one, and be the person with the phone in a second window.
demo-step-sign-in-text = These people live in the demo:
demo-tv = A TV signs in
demo-tv-text = The TV shows a QR code and a short code. Scan the one or enter the other, and compare the code before you say yes.
demo-open-tv = Open the TV
demo-enter-code = Be the phone: enter the code
demo-tv-hint = Say no first, and watch the TV. Then say yes.
demo-call = A call centre asks to see your record
demo-call-text = You are on the phone with your insurance. The representative’s screen stays closed until you say yes on your own phone, to a message that you hear and see.
demo-open-desk = Open the call centre
demo-open-inbox = Be the phone: open the requests
demo-call-hint = Ask alice for consent, sign in as alice in the other window, and compare the message.
demo-shop = A till asks you to pay
demo-shop-text = Nothing is scanned. The cashier types your user name, and your phone shows the sum and who gets it. Pick the number that you see at the till.
demo-open-till = Open the till
demo-shop-hint = Pick a wrong number once, and see what happens.
demo-terminal = The same from a terminal
demo-terminal-phone = A terminal can be the phone. The link for the first command is on your devices page:
demo-terminal-link = Get the link
demo-terminal-client = And it can be the call centre:
demo-after = Afterwards
demo-after-text = Your account shows who got what. Take it back there, and watch the TV.
demo-account = Open the account
demo-operator = When something was misused
demo-operator-text = Somebody looks after the demo, and sees what was reported. What was given in a request that somebody reports ends at once.
demo-open-operator = Be the operator: open the incidents
demo-operator-hint = Begin on the TV, and say as alice that you did not start it. Then sign in as the operator, in a private window.

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
tv-number = Your phone asks for this number
tv-choose = First, think of a word or a number
tv-choose-text = Type it here. Your phone will ask for it, so that you know it is this TV that you answer.
tv-choose-label = A word or a number
tv-choose-next = Next
tv-pin = Almost there
tv-pin-text = Your phone shows a PIN. Type it here.
tv-pin-label = PIN
tv-pin-next = Sign in
tv-pin-wrong = That was another PIN. Look at your phone again.
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

## The demo's call centre
desk-title = Service desk
desk-device = Service desk 7
desk-noscript = This screen runs on JavaScript, which is switched off here. Switch it on and load the page again.
desk-call = Call
desk-calls = Calls
desk-says = Says they are { $name }
desk-withheld = Number withheld
desk-about-1 = Storm damage, garden wall
desk-about-2 = Change of address
desk-about-3 = “It’s about my contract”
desk-on-the-line = On the line
desk-unproven = So they say. A number or what they know proves nothing.
desk-proven = Confirmed on the member’s own phone.
desk-say = Say
desk-read = Read this to the caller
desk-number = And this number, for their phone asks for it
desk-ready = The record needs the member’s yes
desk-ready-text = You can’t open it yourself. The member allows it on their own phone, for this call.
desk-ready-say = “I’d like to send a request to your phone, so that I can see your record. Is that all right?”
desk-ask = Ask for consent
desk-asking = Sending…
desk-pin = The member must type a PIN here
desk-pin-say = “Thank you. Your phone now shows a PIN. Don’t read it out, not even to me. You can type it if you are here at the desk.”
desk-pin-label = PIN
desk-pin-next = Open the record
desk-pin-wrong = That was another PIN. Look at the phone again.
desk-waiting = Waiting for the member’s answer
desk-waiting-say = “Your phone now shows a request from Lumen Insurance, with exactly these words. If it says anything else, please say no. If nothing came, tell me.”
desk-time-left = Time left
desk-reconnecting = No connection. Trying again…
desk-granted = The member said yes
desk-granted-text = The record is open, for this call. It closes when you end the call.
desk-end-call = End the call
desk-denied = The answer was no
desk-denied-text = The member said no, or that they didn’t start this. Nothing was opened. Help without the record, or end the call.
desk-denied-say = “That’s fine. I can’t see your record then, but I can tell you what everybody may know.”
desk-expired = Nobody answered in time
desk-expired-text = The request is gone from the phone, too. If the caller is still there, ask again.
desk-unknown = Nobody has this name
desk-unknown-text = No phone was asked. Spell the name with the caller, or end the call.
desk-resting = Not now
desk-resting-text = This member said no a moment ago, or was asked too often. They are left in peace for a while.
desk-ask-again-in = You can ask again in
desk-busy = The member has other requests to answer
desk-busy-text = Nothing was sent. Once they have answered those on their phone, ask again.
desk-trouble = This didn’t work
desk-trouble-text = No answer reached this desk. Nothing was opened.
desk-ask-again = Ask again
desk-record = Member record
desk-record-closed = Closed
desk-record-closed-text = Nothing of it is on this screen. It opens when the member says yes on their phone.
desk-record-name = Name
desk-record-email = E-mail
desk-record-email-verified = confirmed
desk-record-username = User name
desk-record-consent = Consent
desk-record-consent-text = Given on the member’s own phone at
desk-record-hint = The member sees this access in their account and can take it back.

## The demo's till
till-title = Till
till-name = Till 3
till-noscript = This till runs on JavaScript, which is switched off here.
till-item = Item
till-price = Price
till-item-loaf = Rye loaf, large
till-item-buns = Cardamom buns × 4
till-item-tart = Plum tart
till-item-coffee = Coffee × 2
till-total = Total
till-ready = Pay with your phone
till-ready-text = Tell us your user name. Nothing to scan, no card.
till-asking = One moment…
till-pin = Almost paid
till-pin-text = Your phone shows a PIN. Type it here.
till-pin-label = PIN
till-pin-next = Pay
till-pin-wrong = That was another PIN. Look at your phone again.
till-pick = Pick this number on your phone
till-phone-says = Your phone also says
till-time-left = Time left
till-reconnecting = No connection. Trying again…
till-paid = Paid. Thank you!
till-receipt = Receipt
till-payee = Paid to
till-amount = Amount
till-time = Time
till-receipt-text = As you allowed it on your phone.
till-denied = Not paid
till-denied-text = The answer on the phone was no. Nothing was charged.
till-expired = Nobody answered in time
till-expired-text = Nothing was charged, and the request is gone from the phone.
till-unknown = Nobody has this user name
till-unknown-text = Nothing was sent. Shall we spell it together?
till-resting = Not now
till-resting-text = Somebody said no a moment ago, or was asked too often. Their phone is left in peace for a while.
till-ask-again-in = Try again in
till-busy = Other requests are waiting on the phone
till-busy-text = Please answer those first.
till-trouble = This didn’t work
till-trouble-text = Nothing was charged. Cash still works.
till-cashier = Cashier
till-customer = Customer’s user name
till-pay = Ask the phone
till-cashier-waiting = The customer picks the number on their phone.
till-cashier-pin = The customer types the PIN from their phone.
till-next = Next customer

## Requests that come to a person
inbox-nav = Requests
inbox-title = Requests waiting for you
inbox-asks = { $asker } asks for your consent
inbox-times = { $began } · { $left } left
inbox-none = Nothing is waiting for you.
inbox-when = When to expect one
inbox-never = When not to expect one
inbox-ended = Lately
inbox-ended-approved = Allowed, came { $time }
inbox-ended-denied = Denied, came { $time }
inbox-ended-reported = Reported, came { $time }
inbox-ended-expired = Not answered, came { $time }
inbox-pin = See the PIN
inbox-said = { $count ->
    [0] No request is waiting.
    [one] { $count } request is waiting.
   *[other] { $count } requests are waiting.
  }
inbox-reload = Look for new requests
inbox-live = New requests appear here by themselves.
inbox-lost = No connection. Trying again…

## The question of such a request
request-title = Is this request yours?
request-title-agree = Do you agree to this?
request-from = { $asker } asks for your consent.
request-headline = { $what }?
request-quoted = “{ $words }”
request-message = { $asker } writes:
request-message-compare = Does the other screen, or the person on the phone, say the same? If not, answer no.
request-named-by = Sent via
request-named-by-login-hint = Your user name
request-named-by-login-hint-token = A signed note from a service that we know
request-named-by-id-token-hint = Your earlier sign-in with them
request-number = Which number does the other screen show?
request-number-hint = If you can’t see a number anywhere, answer no.
request-number-missing = To say yes, give the number that the other screen shows. Nothing was sent yet.
request-number-wrong = { $count ->
    [one] The other screen shows another number. Look at it once more; you have { $count } try left.
   *[other] The other screen shows another number. Look at it once more; you have { $count } tries left.
  }
request-form-expired = This page was open for too long. Nothing was sent; please answer once more.
request-binding-missing = To say yes, also give what you typed on the device. Nothing was sent yet.
request-binding-wrong = { $count ->
    [one] Something else was typed on the device. Think once more; you have { $count } try left.
   *[other] Something else was typed on the device. Think once more; you have { $count } tries left.
  }
request-careful = Only approve if you started this yourself. Didn’t start or expect it? Answer no. Nobody who calls you needs you to press Allow.
request-confirm-passkey = Confirm with your passkey first
request-confirm-passkey-why = To allow this, first confirm with your passkey that it’s you. You come back here afterwards.
request-confirm-add-passkey = Add a passkey first
request-confirm-add-passkey-why = This can only be allowed with a passkey, and you have none yet. You can still deny it.
request-time-left = You have { $time } to answer. If you don’t, they get nothing.
request-report-hint = Stops the request and reports it. They get nothing.
request-warning-first-use = { $asker } has no access to your account yet. If you didn’t turn to them yourself just now, answer no.
request-warning-other-network = This was started on another network than yours. If you aren’t in their shop or on a call that you made yourself, somebody else started it: answer no.
request-warning-far-away = This was started far from where you seem to be. If you aren’t on a call that you made yourself, somebody else started it: answer no.
request-warning-far-away-places = This was started in { $there }, it seems, and you are in { $here }. If you aren’t on a call that you made yourself, somebody else started it: answer no.
warning-quiet-hours = This came in your quiet hours. If you weren’t doing anything just now, somebody else started it: answer no.

## After the answer to such a request
decided-request-allowed = { $asker } has your consent.
decided-request-allowed-next = Go back to the shop, the call or the screen where you started. You can close this page.
decided-request-undo = You can take back what they may still do at any time:
decided-request-denied-next = You can close this page. If you did want this, ask them to send it once more.
decided-request-reported-done-text = The request from { $asker } is refused for good. They got nothing.
decided-request-reported-never-text = Never allow a request because somebody on the phone, in a chat or at the door wants you to. Whoever asks you to isn’t from { $operator }. Don’t answer them; there is nothing that you need to hurry for.
decided-request-number-wrong-title = Stopped
decided-request-number-wrong = The number was wrong too often, so we stopped the request. { $asker } got nothing.
decided-request-number-wrong-next = If you did want this, ask them to send it once more, and read the number off their screen. If you saw no number anywhere, somebody else may have started it.
decided-request-binding-wrong = What you gave isn’t what was typed on the other screen, so we stopped the request. { $asker } got nothing.
decided-request-binding-wrong-next = If you did want this, ask them to send it once more. If nothing was typed in your name, somebody else may have started it.
decided-request-expired = The time to answer was over. They got nothing.
decided-request-expired-next = If you still want this, ask them to send it once more.
decided-request-already-answered = This request has had its answer, here or on another of your devices. A second one changes nothing.
decided-request-already-answered-next = Your account shows what has access now.
refused-request-title = Stopped to keep you safe
refused-request-open-title = You can’t allow this here
refused-request-contested = This request was opened in two places at once. That isn’t how it should be, so we ended it. Nobody got anything.
refused-request-contested-next = If you did want this, ask them to send it once more, and open it on one device only.
refused-request-apart = This was started far from where you are, or we can’t tell that it is near you. It can be allowed only from close by.
refused-request-apart-next = If you stand in front of the other screen, switch off any VPN and try again. If you don’t, somebody else started it: deny it.
refused-request-network = This can’t be allowed from the network that you are on.
refused-request-network-next = Connect to the network that the people who run this service told you to use, and open the request again.
refused-request-initiator = Another person signed in on the other screen before it asked. Only they can say yes.
refused-request-initiator-next = You can close this page. If you did want this, sign in there as yourself and start again.
refused-request-pin = A wrong PIN was typed on the other screen too often, so we ended the request. Nobody got anything.
refused-request-pin-next = If that was you, ask them to send it once more. If it wasn’t, somebody tried to guess: you need do nothing.
refused-request-incident = Something went wrong with this request before, so we ended it. Nobody got anything.
refused-request-incident-next = If you did want this, ask them to send it once more. If somebody wanted you to allow it, it’s a trick.
decided-request-inbox = Requests waiting for you

## How requests reach a person
account-requests = Requests
account-requests-hint = A shop or somebody on the phone may need your consent. You give it here.
devices-title = How requests reach you
devices-lead = Every request waits on one page for you. Here you choose what else tells you about it.
devices-list = Your devices
devices-none = None yet. Add one below, or keep the page of requests open.
devices-channel-app = App
devices-channel-web-push = Browser
devices-channel-email = E-mail
devices-channel-webhook = Text message
devices-gone = This browser can’t be notified any more. Switch notifications on again in it, or remove it.
devices-change = Rename or remove
devices-change-label = Rename or remove { $name }
devices-name = Name
devices-rename = Save the name
devices-remove = Remove this device
devices-remove-label = Remove the device { $name }
devices-save = Save
devices-app = An app
devices-app-hint = An app shows you the whole request and signs your answer with a key that never leaves it.
devices-app-add = Add an app
devices-app-scan = Scan this with the app, or copy the address into it.
devices-app-qr = QR code that adds the app
devices-app-left = It works once, for { $time }. Show it to nobody: whoever scans it can answer in your name.
devices-app-again = Make a new one
devices-push = This browser
devices-push-hint = A notification appears even when this page is closed.
devices-push-noscript = Notifications need JavaScript, which is switched off here.
devices-push-turn-on = Notify me in this browser
devices-push-turn-off = Stop notifying me here
devices-push-on = This browser notifies you.
devices-push-off = This browser doesn’t notify you.
devices-push-denied = The browser blocks notifications from this site. Change that in its settings, then load this page again.
devices-push-unsupported = This browser can’t show notifications. On an iPhone or iPad, first add this page to the Home Screen.
devices-push-full = You have as many devices as one person can have. Remove one first.
devices-push-failed = That didn’t work. You can try again.
devices-email = E-mail
devices-email-no-address = Your account has no confirmed e-mail address. Ask the people who run { $operator } to add yours.
devices-email-on = Each request is announced to { $address }. We never ask for a password or a code by e-mail.
devices-email-off = Requests can be announced to { $address }.
devices-email-turn-on = Switch e-mail on
devices-email-turn-off = Switch e-mail off
devices-text = Text messages
devices-text-address = Phone number
devices-text-hint = With the country code, as in +44 20 7946 0000. A new number gets a code first.
devices-code = Is this your number?
devices-code-sent = We sent a message to { $address }. Type the code in it, to show that the number is yours.
devices-code-label = Code from the message
devices-code-left = It works once, for { $time }. Tell it to nobody, whoever asks.
devices-code-submit = Use this number
devices-code-set = Until then, messages go where they went before.
devices-code-unset = Until then, nothing else is sent there.
devices-code-again = If no message comes, check the number under “Text messages” and send a new code from there.
devices-text-turn-on = Switch text messages on
devices-text-turn-off = Switch text messages off
devices-quiet = Quiet hours
devices-quiet-hint = Between these times nothing makes a sound. Requests still wait on their page.
devices-quiet-from = From
devices-quiet-until = Until
devices-quiet-zone = Time zone
devices-quiet-set = Switch quiet hours on
devices-quiet-remove = Switch quiet hours off
devices-secret = Secret for requests
devices-secret-hint = A short secret that a shop or a helper must ask you for before they may send you a request. Give it only to somebody whom you called yourself, and never use your password.
devices-secret-set = You have one.
devices-secret-unset = You have none. Whoever may send you requests needs only your user name.
devices-secret-new = New secret
devices-secret-shape = { $shortest } to { $longest } characters that you can say out loud.
devices-secret-password = Your password, to change this
devices-secret-save = Set the secret
devices-secret-change = Change the secret
devices-secret-remove = Remove the secret
devices-flash-renamed = The device has its new name.
devices-flash-removed = The device is removed. Nothing is sent to it any more, and it can’t answer any more.
devices-flash-email-on = E-mail is switched on.
devices-flash-email-off = E-mail is switched off.
devices-flash-webhook-saved = Text messages are switched on.
devices-flash-webhook-removed = Text messages are switched off.
devices-flash-user-code-saved = The new secret counts from now on.
devices-flash-user-code-removed = The secret is removed.
devices-flash-quiet-hours-saved = The quiet hours are saved.
devices-flash-quiet-hours-removed = Quiet hours are switched off.
devices-trouble-name-invalid = A name needs 1 to { $longest } characters. The old one was kept.
devices-trouble-too-many-devices = You have { $most } devices, which is as many as one person can have. Remove one first.
devices-trouble-address-invalid = Messages can’t be sent to this number. Check it and try again.
devices-trouble-code-invalid = The code has six digits. Look at the message once more.
devices-trouble-code-wrong = { $count ->
    [one] The message has another code. Look at it once more; you have { $count } try left.
   *[other] The message has another code. Look at it once more; you have { $count } tries left.
}
devices-trouble-code-expired = The time for this code is over. Nothing was changed; save the number again to get a new one.
devices-trouble-code-spent = This code doesn’t count any more: it was used, or others were tried too often. Save the number again to get a new one.
devices-trouble-code-not-sent = No code could be sent to this number. Nothing was changed. Check the number, or try again later.
devices-trouble-too-many-codes = Too many codes were sent. You can get another in { $wait }.
devices-trouble-user-code-invalid = The secret needs { $shortest } to { $longest } characters. Nothing was changed.
devices-trouble-password-wrong = The password is wrong. Nothing was changed.
devices-trouble-times-invalid = Quiet hours need two different times. Nothing was changed.
devices-trouble-zone-invalid = We don’t know this time zone. Choose one from the list.
devices-trouble-form-expired = This page was open for too long. Nothing was changed; please try once more.

## Message with a code for a number
address-code = { $code } is your code for { $operator }. Type it only on the page where you gave your number, and do not tell anybody this code.

## Mail that says that something waits
mail-subject = { $operator }: something waits for your answer
mail-asks = { $asker } asks for your yes or no.
mail-message = It comes with this message, which the other device shows too: “{ $message }”
mail-message-withheld = It comes with a message that looks like a link, so we don’t repeat it here. You can read it on the page.
mail-open = See what it is about, and answer here:
mail-until = You have { $time } to answer. If you don’t, nothing happens.
mail-careful = Didn’t start this? Then open the page and say so: choose “I didn’t start this”.
mail-never = We never ask you for a password or a code by mail.

## Daily summary for operators, by mail
summary-subject = { $operator }: what was misused in the last day
summary-opened = From { $since } to { $until } ({ $zone }), new incidents: { $count }
summary-cause-reported = a person said that they did not start it
summary-cause-code-filtered = a code was found in messages to several people
summary-cause-code-repeated = a code came again after its use
summary-cause-code-contested = two people or networks opened one code
summary-cause-foreign-key = a device came with another key than before
summary-cause-refresh-token-reused = two hold what only one may have
summary-cause-shared-signal = another service warned us
summary-cause-operator = an operator found it
summary-cause-api = a program found it
summary-state-open = open
summary-state-contained = contained, everything ended
summary-state-closed = closed
summary-open = Open now, the newest first:
summary-none-open = Nothing is open now.
summary-one = { $number }: { $summary }
summary-page = See all of them, and decide:

## Incidents, for operators
account-operator = For operators
account-operator-hint = You look after incidents on this service.
sign-in-again-to-act = To act on an incident, please sign in once more first.
incidents-title = Incidents
incidents-search = Search
incidents-search-hint = A user name, the name of a device, an address, the identifier of a request, or words of a description.
incidents-state = State
incidents-all-states = All
incidents-cause = Cause
incidents-all-causes = All
incidents-find = Search incidents
incidents-caption = Incidents, the newest first
incidents-number = Number
incidents-what = What happened
incidents-when = Opened
incidents-none = Nothing was misused so far.
incidents-none-found = No incident fits. Search for less, or for all states and causes.
incidents-pages = More incidents
incidents-newest = Newest
incidents-older = Older

incident-title = Incident
incident-open = Open
incident-containing = Being stopped
incident-contained = Stopped
incident-closed = Closed
incident-means-open = What it concerns may still work.
incident-means-containing = It is being stopped at this moment.
incident-means-contained = Everything that it concerned has ended.
incident-means-closed = Somebody looked at it and is done with it.
incident-somebody = somebody
incident-some-service = a service
incident-cause-reported = Reported by a person
incident-cause-code_filtered = Code found in messages
incident-cause-code_repeated = Code used again
incident-cause-code_contested = Two people on one code
incident-cause-foreign_key = Another key
incident-cause-refresh_token_reused = Copied access
incident-cause-shared_signal = Warning of another service
incident-cause-operator = Opened by an operator
incident-cause-api = Opened by a program
incident-story-reported = A request from { $service } was reported by { $person }, who had not started it.
incident-story-code_filtered = A code of { $service } was found in messages to several people.
incident-story-code_repeated = A code of { $service } was opened again after it had been used.
incident-story-code_contested = Two people, or people in two networks, had the same code of { $service } open.
incident-story-foreign_key = A device using { $service } came back with another key than it began with.
incident-story-refresh_token_reused = The saved access of { $service } for { $person } was used from a copy. Two hold it, and one of them should not.
incident-story-shared_signal = Another service warned us about { $person } or one of their devices.
incident-story-operator = An operator opened this by hand.
incident-story-api = A program outside opened this.
incident-summary = In other words
incident-targets = What it concerns
incident-targets-none = Nothing that could be stopped.
incident-seen = Seen with it
incident-ended = What was ended
incident-kind-crossing = Request
incident-kind-family = Access
incident-kind-session = Sign-in
incident-kind-device = Device
incident-kind-address = Address
incident-kind-person = Person
incident-kind-client = Service
incident-others = { $name }: show its other incidents
incident-more = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
  }
incident-steps = What was done
incident-more-steps = { $count ->
    [one] { $count } older step is not shown.
   *[other] { $count } older steps are not shown.
  }
incident-step-opened = Opened by { $actor }.
incident-step-joined = Something more came to light. Noted by { $actor }.
incident-step-containing = Stopping began, by { $actor }.
incident-step-contained = Everything was stopped, by { $actor }.
incident-step-closed = Closed by { $actor }.
incident-step-reopened = Opened again by { $actor }.
incident-step-would-contain = In a trial run, { $actor } would have stopped this. Nothing was done.
incident-step-noted = Noted by { $actor }.
incident-actor-rule = the server, following its rules
incident-actor-command = somebody with access to the server
incident-actor-operator = { $name }
incident-actor-api = the program { $name }
incident-act = What you can do
incident-reload = Load this page again
incident-sign-in-first = You can look at everything here. To act, sign in once more first: it has been a while.
incident-sign-in = Sign in to act
incident-contain = Stop everything
incident-would-end = Stopping it now would end:
incident-will-end = This ends
incident-ending-requests = { $count ->
    [one] { $count } open request
   *[other] { $count } open requests
  }
incident-ending-accesses = { $count ->
    [one] the access of { $count } device or program
   *[other] the access of { $count } devices or programs
  }
incident-ending-sessions = { $count ->
    [one] { $count } browser in which somebody is signed in
   *[other] { $count } browsers in which people are signed in
  }
incident-ending-devices = { $count ->
    [one] the registration of { $count } device
   *[other] the registrations of { $count } devices
  }
incident-ending-nothing = Nothing of it works any more. Stopping it only puts that on record.
incident-contain-for-good = This cannot be undone. Whoever needs the access must ask for it again, and people must sign in again.
incident-contain-look = See what ends, then decide
incident-contain-title = Stop everything that this incident concerns?
incident-contain-do = Stop everything
incident-contain-not = Go back and change nothing
incident-close = Close it
incident-close-hint = You are done with it. What was stopped stays stopped, and what still works goes on working. You can open it again at any time.
incident-note = What you found
incident-close-do = Close the incident
incident-reopen = Open it again
incident-reopen-hint = It goes back to where it stood. You can close it again at any time.
incident-reopen-do = Open the incident again
incident-undo-close = Undo: open it again
incident-undo-reopen = Undo: close it again
incident-flash-contained = Everything that the incident concerns is stopped. This cannot be undone.
incident-flash-closed = The incident is closed. You can undo that.
incident-flash-reopened = The incident is open again. You can undo that.
incident-trouble-form-expired = This page was open for too long. Nothing was done; please try once more.
incident-trouble-note-missing = Say in a few words what you found: 1 to 1000 characters. Nothing was done.
incident-trouble-closed = The incident is closed. Open it again before you stop anything.
incident-trouble-containing = The incident is being stopped at this moment. Wait a little, and try again.
incident-trouble-another = Another incident about the same request is open. Go on there.
incident-trouble-not-yet = An answer is just being written. Stopping goes on by itself; load this page again in a moment.
