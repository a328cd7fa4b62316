# What teaches people when a request can be genuine: one set a flow. An operator replaces single texts of it by a file
# of the same name in pages.template_dir, with their own examples, kiosks and names. No other key can stand there.

## A code or QR code that a device shows
education-device-authorization-title = A code or a QR code on a device
education-device-authorization-when = Only when a TV, console, computer or other device right in front of you shows it, and you started this yourself just now.
education-device-authorization-never = Never enter a code that somebody sent or read out to you: not by e-mail, chat or phone, not from a friend or a bank. No support team will ever send you one.
education-device-authorization-scan = Scan a QR code only off the screen of a device in front of you, while you are signing in there yourself. Never scan one from a message, a letter, a poster, a sticker or a website that somebody sent you to.
education-device-authorization-scam = A scam begins with a message or a call: your account is locked, a prize is waiting, a colleague needs help. It ends with a code or a QR code. The page is real and so is the code, but it signs a stranger in as you.
education-device-authorization-never-ask = We never send you a code or a QR code by e-mail, chat, text message or phone. We never ask you to read one out to us.
education-device-authorization-notice = Enter or scan a code only if a device in front of you shows it.

## A request that comes to the phone
education-ciba-title = A request on your phone
education-ciba-when = When you have just started something yourself: you are paying at a till or in a shop, or you called somebody who needs your consent. It appears here within seconds.
education-ciba-never = When you started nothing. If somebody calls you, writes to you or stands at your door and wants you to allow a request, it’s a trick: answer no.
education-ciba-scan = Nothing is scanned for such a request; it comes by itself. If somebody gives you a QR code for it, don’t scan it.
education-ciba-scam = A scam begins with a call: it’s your bank, they say, or the police, or a support team. They send you something to confirm and stay on the line until you do. Or requests come again and again, until you give in. Whoever you allow it to then acts as you.
education-ciba-never-ask = We never call you to make you allow a request. We never ask you for a password, a PIN or a number that your phone shows.
education-ciba-notice = Answer no to anything that you didn’t start yourself.

## Where a QR code leads
education-check-title = Check where a QR code leads
education-check-address = Nobody can read a QR code by eye. Your phone shows its address before it opens it: read that first.
education-check-origin = Our pages begin with { $address } and then a slash. If one letter differs, it’s somebody else’s page.
education-check-connection = The browser must show the connection as secure. If it warns you about the connection or a certificate, close the page.
education-check-padlock = A padlock alone proves nothing about who runs a page: scam pages have one, too. The address tells.
education-check-passkey = A passkey checks the address for you. On a page that only looks like ours, it does nothing.

## A PIN on the phone
education-pin-title = A PIN that your phone shows
education-pin = It belongs on the screen where you started, and nowhere else. Don’t read it out, and don’t send it to anybody.
education-pin-unexpected = You see a PIN and started nothing? Then somebody else did. Don’t use it, take the access back in your account, and tell us.

## What to do
education-doubt-title = If something seems wrong
education-doubt-request = Choose “I didn’t start this”. It stops the request, and the people who run { $operator } learn of it.
education-doubt-code = Don’t enter the code, and don’t answer whoever sent it. Without you it does nothing, and it dies by itself within minutes.
education-doubt-after = You said yes, and now you have doubts? Take the access back in your account. It ends at once.
